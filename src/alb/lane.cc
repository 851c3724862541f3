#include "alb/lane.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "alb/client.h"
#include "alb/flow.h"
#include "alb/transport.h"

namespace landfall::alb {
namespace {

constexpr int kTickMs = 250;
constexpr size_t kMaxKept = 1024;  // idle connections to one target
constexpr size_t kBurst = 4;  // blocks of exchanges: some three hundred requests at once

}  // namespace

/// A listening socket: one node's address and one listener's port.
class Lane::Acceptor final : public Handler {
 public:
  Acceptor(Lane& lane, Fd socket, int port, const Node& node) : lane_(lane), socket_(std::move(socket)), port_(port), node_(node) {
    lane_.loop_.watch(socket_.get(), this, EPOLLIN);
  }
  /// A successor may have the same socket: the kernel would go on telling of it.
  ~Acceptor() override { lane_.loop_.forget(socket_.get()); }
  void on_event(uint32_t) override { lane_.accept_all(*this); }
  int fd() const { return socket_.get(); }
  int port() const { return port_; }
  const Node& node() const { return node_; }

 private:
  Lane& lane_;
  Fd socket_;
  int port_;
  const Node& node_;
};

/// Wakes the lane from another thread.
Lane::Lane(const LaneSettings& settings, size_t index) : settings_(settings), index_(index), clients_(sizeof(Client)), upstreams_(sizeof(Upstream)), bell_(loop_) {
  (void)!getrandom(random_, sizeof random_, 0);
}

Lane::~Lane() {
  connections_.clear();
  acceptors_.clear();
  pools_.clear();
  sessions_.clear();
  loop_.clear_graves();
}

void Lane::post(std::shared_ptr<const Snapshot> snapshot) {
  {
    const std::lock_guard lock(mutex_);
    posted_ = std::move(snapshot);
  }
  wake();
}

void Lane::wake() { bell_.ring(); }

void Lane::follow_turn() {
  {
    const std::lock_guard lock(mutex_);
    turn_changed_ = true;
  }
  wake();
}

std::vector<std::pair<std::string, Fd>> Lane::copy_listening() const {
  std::vector<std::pair<std::string, Fd>> copies;
  const std::lock_guard lock(mutex_);
  for (const auto& [at, fd] : listening_) copies.emplace_back(at, Fd(fcntl(fd, F_DUPFD_CLOEXEC, 0)));
  return copies;
}

void Lane::take_posted() {
  std::shared_ptr<const Snapshot> next;
  bool turn_changed = false;
  std::vector<std::pair<uint64_t, LoginOutcome>> outcomes;
  {
    const std::lock_guard lock(mutex_);
    next = std::exchange(posted_, nullptr);
    turn_changed = std::exchange(turn_changed_, false);
    outcomes.swap(outcomes_);
  }
  follow(std::move(next), turn_changed);
  take_logins(std::move(outcomes));
}

void Lane::follow(std::shared_ptr<const Snapshot> next, bool turn_changed) {
  if (!next && !(turn_changed && snapshot_)) return;
  if (!next) return follow_listeners();
  // Requests hold it by a count of the lane's own: one that all lanes changed would go from processor to processor.
  snapshot_ = std::shared_ptr<const Snapshot>(next.get(), [next](const Snapshot*) {});
  follow_listeners();
  std::set<Target*> named;
  for (const auto& [arn, group] : snapshot_->groups) {
    for (const auto& member : group.members) {
      if (!member.drains) named.insert(member.target.get());
    }
  }
  sessions_.keep_only(named);
  for (auto& [link, pool] : pools_) {
    if (!named.contains(link.target)) for (auto& kept : std::exchange(pool.idle, {})) retire(std::move(kept));
  }
  std::erase_if(pools_, [&](const auto& entry) { return !named.contains(entry.first.target) && entry.second.idle.empty(); });
  revision_ = snapshot_->config.revision;
  if (settings_.taken != nullptr) settings_.taken->ring();
}

void Lane::follow_listeners() {
  std::set<std::string> wanted;
  std::map<std::string, std::string> errors;
  const auto turn = settings_.turn.load();
  for (const Node& node : snapshot_->nodes) {
    if (node.address.empty()) continue;
    Node& known = nodes_[node.address];
    known = node;
    for (const auto& [port, listener] : snapshot_->listeners) {
      if (turn != LaneSettings::Turn::now) continue;
      const std::string at = fmt::format("{}:{}", node.address, port);
      wanted.insert(at);
      if (acceptors_.contains(at)) continue;
      Fd inherited = settings_.inherited ? settings_.inherited(at) : Fd();
      auto socket = inherited ? Result<Fd>(std::move(inherited)) : listen_at(node.address, port, settings_.lanes > 1);
      if (socket) acceptors_[at] = std::make_unique<Acceptor>(*this, std::move(*socket), port, known);
      else errors[at] = socket.error().message();
    }
  }
  for (auto& [at, acceptor] : acceptors_) {
    if (!wanted.contains(at)) loop_.bury(std::move(acceptor));
  }
  std::erase_if(acceptors_, [](const auto& entry) { return entry.second == nullptr; });
  const std::lock_guard lock(mutex_);
  listen_errors_ = std::move(errors);
  listening_.clear();
  for (const auto& [at, acceptor] : acceptors_) listening_[at] = acceptor->fd();
  followed_ = turn;
}

std::map<std::string, std::string> Lane::listen_errors() const {
  const std::lock_guard lock(mutex_);
  return listen_errors_;
}

void Lane::accept_all(Acceptor& acceptor) {
  for (;;) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    Fd socket(accept4(acceptor.fd(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    const auto listener = snapshot_->listeners.find(acceptor.port());
    const auto most = static_cast<size_t>(snapshot_->config.max_connections) / settings_.lanes;
    if (connections_.size() >= std::max<size_t>(most, 1) || is_over_budget() || listener == snapshot_->listeners.end()) {
      counters(acceptor.node()).add("elb.rejected_connection");
      continue;
    }
    FrontFacts facts{.client = peer.sin_addr, .client_port = ntohs(peer.sin_port), .listener_port = acceptor.port(), .is_tls = listener->second->tls != nullptr, .node = &acceptor.node(), .connection_id = chance()};
    auto tls = facts.is_tls ? std::make_unique<TlsSession>(listener->second->tls) : nullptr;
    Transport transport(std::move(socket), std::move(tls));
    std::unique_ptr<Connection> client;
    if (listener->second->carries_flows) client = std::make_unique<Flow>(*this, std::move(transport), facts, *listener->second);
    else client.reset(new (clients_) Client(*this, std::move(transport), facts));
    client->slot = connections_.size();
    client->node_slot = acceptor.node().slot;
    connections_.push_back(std::move(client));
    count_connections(acceptor.node().slot, 1);
    counters(acceptor.node()).add(Count::connections);
    connections_.back()->start();
  }
}

/// After the list has changed.
void Lane::count_connections(size_t slot, int by) {
  connection_count_.store(connections_.size(), std::memory_order_relaxed);
  by_node_[slot].store(by_node_[slot].load(std::memory_order_relaxed) + static_cast<size_t>(by), std::memory_order_relaxed);
}

void Lane::release(Connection* connection) {
  const size_t slot = connection->slot;
  if (slot >= connections_.size() || connections_[slot].get() != connection) return;
  const size_t node_slot = connection->node_slot;
  loop_.bury(std::move(connections_[slot]));
  if (slot + 1 < connections_.size()) {
    connections_[slot] = std::move(connections_.back());
    connections_[slot]->slot = slot;
  }
  connections_.pop_back();
  count_connections(node_slot, -1);
}

void Lane::replace(Connection* old, std::unique_ptr<Connection> fresh, int fd) {
  const size_t slot = old->slot;
  fresh->slot = slot;
  fresh->node_slot = old->node_slot;
  loop_.change(fd, fresh.get(), kEdges);
  std::swap(connections_[slot], fresh);
  loop_.bury(std::move(fresh));
  connections_[slot]->start();
}

/// xoroshiro128+: choices and trace ids, nothing that must stay secret.
uint64_t Lane::chance() {
  const uint64_t a = random_[0], result = a + random_[1], b = random_[1] ^ a;
  random_[0] = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
  random_[1] = (b << 37) | (b >> 27);
  return result;
}

/// The newest kept connection. `check`: one that its target has just closed is found before a request that cannot be repeated.
std::unique_ptr<Upstream> Lane::take_kept(Link link, bool check) {
  const auto pool = pools_.find(link);
  if (pool == pools_.end()) return nullptr;
  auto& idle = pool->second.idle;
  while (!idle.empty()) {
    auto kept = std::move(idle.back());
    idle.pop_back();
    if (!check || !kept->transport().is_spoilt()) return kept;
    retire(std::move(kept));
  }
  return nullptr;
}

void Lane::keep(Link link, std::unique_ptr<Upstream> upstream) {
  Pool& pool = pools_[link];
  if (pool.target == nullptr) pool.target = link.target->shared_from_this();
  if (pool.idle.size() >= kMaxKept) return retire(std::move(upstream));
  upstream->keep_in(&pool);
  pool.idle.push_back(std::move(upstream));
}

uint64_t Lane::begin_login(Exchange& exchange, LoginCall call) {
  const uint64_t ticket = ++tickets_;
  const auto done = [this, ticket](LoginOutcome outcome) {
    {
      const std::lock_guard lock(mutex_);
      outcomes_.emplace_back(ticket, std::move(outcome));
    }
    wake();
  };
  if (settings_.logins == nullptr || !settings_.logins->start(std::move(call), done)) return 0;
  logins_.emplace(ticket, &exchange);
  return ticket;
}

/// Outcomes for exchanges that are gone are dropped.
void Lane::take_logins(std::vector<std::pair<uint64_t, LoginOutcome>> outcomes) {
  for (auto& [ticket, outcome] : outcomes) {
    const auto waiting = logins_.extract(ticket);
    if (!waiting.empty()) waiting.mapped()->on_login(std::move(outcome));
  }
}

bool Lane::is_over_budget() const { return Kept::total() > (static_cast<size_t>(snapshot_->config.memory_mib) << 20) / settings_.lanes; }

void Lane::tick() {
  const TimePoint now = loop_.now();
  for (size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size()) connections_[i]->on_tick(now);
  }
  sessions_.on_tick(now);
  if (!listen_errors_.empty()) follow_listeners();
  if (exchanges_.shrink() >= kBurst) malloc_trim(0);  // what the burst's requests held lies free in the heap
  kept_bytes_.store(Kept::total(), std::memory_order_relaxed);
  if (settings_.logs == nullptr) return;
  if (!log_.empty()) settings_.logs->push(LogWriter::File::requests, std::exchange(log_, {}));
  if (!connection_log_.empty()) settings_.logs->push(LogWriter::File::connections, std::exchange(connection_log_, {}));
}

void Lane::run(const std::atomic<bool>& stop) {
  Tally::take_place(index_);
  TimePoint next{};
  while (!stop.load(std::memory_order_relaxed)) {
    loop_.turn(kTickMs / 2);
    take_posted();
    if (loop_.now() >= next) {
      tick();
      loop_.clear_graves();
      next = loop_.now() + std::chrono::milliseconds(kTickMs);
    }
    for (Exchange* exchange : spent_) exchanges_.give(exchange);
    spent_.clear();
    if (log_.size() >= kLogPiece && settings_.logs != nullptr) settings_.logs->push(LogWriter::File::requests, std::exchange(log_, {}));
  }
  tick();
}

int Lane::bound_port(int configured, const std::string& address) const {
  for (const auto& [at, acceptor] : acceptors_) {
    if (acceptor->port() != configured || (!address.empty() && acceptor->node().address != address)) continue;
    sockaddr_in local{};
    socklen_t size = sizeof local;
    getsockname(acceptor->fd(), reinterpret_cast<sockaddr*>(&local), &size);
    return ntohs(local.sin_port);
  }
  return 0;
}

}  // namespace landfall::alb
