#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "alb/bell.h"
#include "alb/burst_pool.h"
#include "alb/connection.h"
#include "alb/counters.h"
#include "alb/exchange.h"
#include "alb/log_writer.h"
#include "alb/logins.h"
#include "alb/loop.h"
#include "alb/session_pool.h"
#include "alb/slab.h"
#include "alb/snapshot.h"
#include "alb/stickiness.h"

namespace landfall::alb {

/// What all lanes of a worker share, and who made it outlives them.
struct LaneSettings {
  /// A socket of a worker that this one follows; none: it opens one.
  std::function<Fd(const std::string& at)> inherited;
  /// before: another worker has the listeners; after: another has them now, and connections end with what is in flight.
  enum class Turn { before, now, after };
  std::atomic<Turn> turn = Turn::now;
  CookieSeal seal;
  LogWriter* logs = nullptr;
  size_t lanes = 1;
  Logins* logins = nullptr;
  const Bell* taken = nullptr;  ///< rung when a posted snapshot came into force
};

/// One thread of the data path: its listening sockets, its clients and its connections to targets. Lanes share nothing
/// but the snapshot of the configuration and what is atomic in it.
class Lane {
 public:
  explicit Lane(const LaneSettings& settings, size_t index = 0);  ///< index: its place among the worker's lanes
  ~Lane();

  // For the control thread.
  void post(std::shared_ptr<const Snapshot> snapshot);  ///< in force at the lane's next turn
  void take_posted();                                   ///< at once; only before run, or by its thread
  void run(const std::atomic<bool>& stop);
  void wake();
  void follow_turn();  ///< settings.turn has changed
  bool has_followed() const { return followed_.load() == settings_.turn.load(); }
  std::vector<std::pair<std::string, Fd>> copy_listening() const;
  int64_t revision() const { return revision_.load(); }
  size_t connection_count() const { return connection_count_.load(std::memory_order_relaxed); }
  size_t kept_bytes() const { return kept_bytes_.load(std::memory_order_relaxed); }
  std::map<std::string, std::string> listen_errors() const;  ///< by "address:port"
  int bound_port(int configured, const std::string& address = "") const;
  const Counters& counters(size_t slot) const { return counters_[slot]; }  ///< of the node with that slot
  size_t connection_count(size_t slot) const { return by_node_[slot].load(std::memory_order_relaxed); }

  // For its connections.
  EventLoop& loop() { return loop_; }
  Slab& upstreams() { return upstreams_; }
  TimePoint now() const { return loop_.now(); }
  bool is_leaving() const { return settings_.turn.load(std::memory_order_relaxed) == LaneSettings::Turn::after; }
  Counters& counters(const Node& node) { return counters_[node.slot]; }
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  const CookieSeal& seal() const { return settings_.seal; }
  uint64_t chance();
  http::h1::RequestHead& head() { return head_; }  ///< for parsing; its views last as long as the bytes do
  Exchange* begin() { return exchanges_.take(*this); }
  void end(Exchange* exchange) { spent_.push_back(exchange); }
  std::unique_ptr<Upstream> take_kept(Link link, bool check);
  SessionPool& sessions() { return sessions_; }
  void keep(Link link, std::unique_ptr<Upstream> upstream);
  /// Calls an identity provider for the exchange, which is told in on_login unless end_login comes first. 0: too many wait.
  uint64_t begin_login(Exchange& exchange, LoginCall call);
  void end_login(uint64_t ticket) { logins_.erase(ticket); }
  void release(Connection* connection);
  /// The connection goes on as another one (HTTP/2 after the handshake).
  void replace(Connection* old, std::unique_ptr<Connection> fresh, int fd);
  bool is_over_budget() const;
  void log_request(const Exchange& exchange, int status);
  void log_connection(const FrontFacts& facts, std::string_view tls_state, double handshake_seconds);

 private:
  static constexpr size_t kLogPiece = 64 * 1024;  ///< goes to the writer at once
  class Acceptor;
  void follow_listeners();
  void accept_all(Acceptor& acceptor);
  void count_connections(size_t slot, int by);
  void follow(std::shared_ptr<const Snapshot> next, bool turn_changed);
  void take_logins(std::vector<std::pair<uint64_t, LoginOutcome>> outcomes);
  void tick();

  const LaneSettings& settings_;
  size_t index_;
  Slab clients_, upstreams_;  ///< outlive the loop, which buries connections
  EventLoop loop_;
  Bell bell_;
  std::shared_ptr<const Snapshot> snapshot_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> posted_;
  std::map<std::string, std::string> listen_errors_;
  std::map<std::string, int> listening_;  ///< descriptors of the acceptors
  bool turn_changed_ = false;
  std::map<std::string, std::unique_ptr<Acceptor>> acceptors_;  ///< by "address:port"
  std::map<std::string, Node> nodes_;                           ///< by address; never forgotten: connections point at them
  std::vector<std::unique_ptr<Connection>> connections_;
  std::unordered_map<Link, Pool, LinkHash> pools_;  ///< of HTTP/1
  SessionPool sessions_{loop_};              ///< of HTTP/2
  BurstPool<Exchange> exchanges_;
  std::vector<Exchange*> spent_;  ///< over, but perhaps still on the stack until the turn ends
  http::h1::RequestHead head_;
  std::array<Counters, kMaxSlots> counters_;  ///< by node
  std::unordered_map<uint64_t, Exchange*> logins_;  ///< exchanges that wait, by ticket
  uint64_t tickets_ = 0;
  std::vector<std::pair<uint64_t, LoginOutcome>> outcomes_;  ///< of other threads, under mutex_
  uint64_t random_[2]{};
  std::string log_, connection_log_;
  std::atomic<LaneSettings::Turn> followed_ = LaneSettings::Turn::before;
  std::atomic<int64_t> revision_ = -1;
  std::atomic<size_t> connection_count_ = 0, kept_bytes_ = 0;
  std::array<std::atomic<size_t>, kMaxSlots> by_node_{};  ///< connections
};

}  // namespace landfall::alb
