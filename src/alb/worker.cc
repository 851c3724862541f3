#include "alb/worker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/capability.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "alb/checker.h"
#include "alb/client.h"
#include "base/log.h"

namespace landfall::alb {
namespace {

constexpr size_t kMaxClients = 20'000;
constexpr int kTickMs = 100;

std::string local_address_of(int fd) {
  sockaddr_in local{};
  socklen_t size = sizeof local;
  getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size);
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &local.sin_addr, text, sizeof text);
  return text;
}

}  // namespace

/// A listening socket: one node's address and one listener's port.
class Worker::Acceptor final : public Handler {
 public:
  Acceptor(Worker& worker, Fd socket, int port) : worker_(worker), socket_(std::move(socket)), port_(port) { worker_.loop_.watch(socket_.get(), this, EPOLLIN); }
  ~Acceptor() override { worker_.loop_.forget(socket_.get()); }
  void on_event(uint32_t) override { worker_.accept_all(*this); }
  int fd() const { return socket_.get(); }
  int port() const { return port_; }

 private:
  Worker& worker_;
  Fd socket_;
  int port_;
};

/// Tells when the configuration file was replaced.
class Worker::Watcher final : public Handler {
 public:
  explicit Watcher(Worker& worker) : worker_(worker), inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    inotify_add_watch(inotify_.get(), worker.config_file_.parent_path().c_str(), IN_MOVED_TO | IN_CLOSE_WRITE);
    worker_.loop_.watch(inotify_.get(), this, EPOLLIN);
  }
  ~Watcher() override { worker_.loop_.forget(inotify_.get()); }
  void on_event(uint32_t) override {
    alignas(inotify_event) char buffer[4096];
    bool touched = false;
    for (ssize_t got = 0; (got = read(inotify_.get(), buffer, sizeof buffer)) > 0;) {
      for (ssize_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        touched = touched || (event->len > 0 && worker_.config_file_.filename() == event->name);
        at += static_cast<ssize_t>(sizeof *event + event->len);
      }
    }
    if (touched) (void)worker_.reload();
  }

 private:
  Worker& worker_;
  Fd inotify_;
};

Worker::Worker(std::filesystem::path config_file) : config_file_(std::move(config_file)) {}
Worker::~Worker() {
  clients_.clear();
  checkers_.clear();
  acceptors_.clear();
  watcher_.reset();
  loop_.clear_graves();
}

Result<std::unique_ptr<Worker>> Worker::create(std::filesystem::path config_file) {
  std::unique_ptr<Worker> worker(new Worker(std::filesystem::absolute(config_file)));
  worker->watcher_ = std::make_unique<Watcher>(*worker);
  TRY(worker->reload());
  return worker;
}

/// All or nothing: what does not load is told in the state, and the old configuration stays in force.
Result<void> Worker::reload() {
  const auto load = [&]() -> Result<std::shared_ptr<const Snapshot>> {
    return Snapshot::compile(TRY(parse_config(TRY(read_file(config_file_)))), snapshot_.get());
  };
  auto loaded = load();
  if (!loaded) {
    config_error_ = loaded.error().message();
    log_warn("configuration refused", {{"file", config_file_.string()}, {"error", config_error_}});
    return std::unexpected(loaded.error());
  }
  config_error_.clear();
  cut_ended(**loaded);
  snapshot_ = std::move(*loaded);
  follow_listeners();
  return {};
}

/// A target that was draining and is not named any more: its deregistration delay is over.
void Worker::cut_ended(const Snapshot& next) {
  if (!snapshot_) return;
  for (const auto& [arn, group] : snapshot_->groups) {
    for (const auto& target : group.targets) {
      const auto after = next.groups.find(arn);
      const bool stays = after != next.groups.end() && std::ranges::find(after->second.targets, target) != after->second.targets.end();
      if (target->is_draining && !stays) target->is_cut = true;
    }
  }
}

void Worker::follow_listeners() {
  std::set<std::string> wanted;
  listen_errors_.clear();
  for (const NodeConfig& node : snapshot_->config.nodes) {
    for (const auto& [port, listener] : snapshot_->listeners) {
      const std::string at = fmt::format("{}:{}", node.address, port);
      wanted.insert(at);
      if (acceptors_.contains(at)) continue;
      auto socket = listen_at(node.address, port);
      if (socket) acceptors_[at] = std::make_unique<Acceptor>(*this, std::move(*socket), port);
      else listen_errors_[at] = socket.error().message();
    }
  }
  std::erase_if(acceptors_, [&](const auto& entry) { return !wanted.contains(entry.first); });
}

void Worker::accept_all(Acceptor& acceptor) {
  for (;;) {
    Fd socket(accept4(acceptor.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    if (clients_.size() >= kMaxClients) {
      count("elb.rejected_connection");
      continue;
    }
    const int on = 1;
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::string local = local_address_of(socket.get());
    const auto listener = snapshot_->listeners.find(acceptor.port());
    if (listener == snapshot_->listeners.end()) continue;
    Transport transport = listener->second.tls ? Transport(std::move(socket), listener->second.tls) : Transport(std::move(socket));
    auto client = std::make_unique<Client>(*this, std::move(transport), acceptor.port(), local);
    Client* raw = client.get();
    clients_.emplace(raw, std::move(client));
    raw->start();
    count("connections");
  }
}

void Worker::release(Client* client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  loop_.bury(std::move(found->second));
  clients_.erase(found);
}

void Worker::release(Checker* checker) {
  const auto found = checkers_.find(checker);
  if (found == checkers_.end()) return;
  loop_.bury(std::move(found->second));
  checkers_.erase(found);
}

/// X-Amzn-Trace-Id: version, time in hex, 24 hex digits.
std::string Worker::trace_root() { return fmt::format("1-{:08x}-{}", time(nullptr), ids_.hex(24)); }

std::string Worker::source_for(const std::string& local_address) const {
  for (const NodeConfig& node : snapshot_->config.nodes) {
    if (node.address == local_address) return local_address;
  }
  return "";
}

std::string_view Worker::zone_of(const std::string& local_address) const {
  for (const NodeConfig& node : snapshot_->config.nodes) {
    if (node.address == local_address) return node.zone;
  }
  return "";
}

/// Each target is checked at its interval, from the nodes in turn. Groups that no listener names are not checked.
void Worker::start_checks(TimePoint now) {
  for (const auto& [arn, group] : snapshot_->groups) {
    if (!group.group.health_check.enabled) continue;
    for (const auto& target : group.targets) {
      if (target->is_draining || now < target->next_check) continue;
      target->next_check = now + std::chrono::seconds(group.group.health_check.interval_seconds);
      auto checker = std::make_unique<Checker>(*this, target, group.group.health_check);
      Checker* raw = checker.get();
      checkers_.emplace(raw, std::move(checker));
      const auto& nodes = snapshot_->config.nodes;
      raw->start(nodes.empty() ? "" : nodes[checks_++ % nodes.size()].address);
    }
  }
}

void Worker::tick() {
  const TimePoint now = std::chrono::steady_clock::now();
  if (!listen_errors_.empty()) follow_listeners();
  start_checks(now);
  std::vector<Client*> clients;
  for (const auto& [client, owned] : clients_) clients.push_back(client);
  for (Client* client : clients) {
    if (clients_.contains(client)) client->on_tick(now);
  }
  std::vector<Checker*> checkers;
  for (const auto& [checker, owned] : checkers_) checkers.push_back(checker);
  for (Checker* checker : checkers) {
    if (checkers_.contains(checker)) checker->on_tick(now);
  }
  write_state();
}

/// Written only when it changed; requests alone do not count as a change.
void Worker::write_state() {
  WorkerState state{.pid = getpid(), .revision = snapshot_->config.revision, .config_error = config_error_};
  for (const auto& [port, listener] : snapshot_->listeners) {
    ListenerState told{.port = port, .is_bound = true};
    for (const NodeConfig& node : snapshot_->config.nodes) {
      const auto error = listen_errors_.find(fmt::format("{}:{}", node.address, port));
      if (error == listen_errors_.end()) continue;
      told.is_bound = false;
      told.error = error->second;
    }
    state.listeners.push_back(told);
  }
  for (const auto& [arn, group] : snapshot_->groups) {
    for (const auto& target : group.targets) {
      const Health& health = target->health;
      TargetState told{.group_arn = arn, .id = target->address, .port = target->port, .state = health.state(), .reason = health.reason(), .description = health.description(), .last_check = health.last_check()};
      if (target->is_draining) {
        told.state = "draining";
        told.reason = "Target.DeregistrationInProgress";
        told.description = "Target deregistration is in progress";
        told.in_flight = target->in_flight;
      }
      state.targets.push_back(told);
    }
  }
  std::string text = encode(state);
  if (text == last_state_) return;
  last_state_ = text;
  state.counters = counters_;
  const auto written = write_file_atomic(config_file_.parent_path() / "state.json", encode(state), 0600);
  if (!written) log_warn("state not written", {{"error", written.error().message()}});
}

int Worker::bound_port(int configured) const {
  for (const auto& [at, acceptor] : acceptors_) {
    if (acceptor->port() != configured) continue;
    sockaddr_in local{};
    socklen_t size = sizeof local;
    getsockname(acceptor->fd(), reinterpret_cast<sockaddr*>(&local), &size);
    return ntohs(local.sin_port);
  }
  return 0;
}

void Worker::run(const std::function<bool()>& stop) {
  TimePoint next = std::chrono::steady_clock::now();
  while (!stop()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next) {
      tick();
      next = now + std::chrono::milliseconds(kTickMs);
    }
    loop_.turn(kTickMs / 2);
  }
}

namespace {

/// Root's files may be read and low ports bound; nothing else of root's powers is kept, and none can be got back.
void drop_privileges() {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  data[0].effective = data[0].permitted = 1u << CAP_NET_BIND_SERVICE;
  if (geteuid() == 0 && syscall(SYS_capset, &header, data) != 0) log_warn("privileges not dropped");
}

}  // namespace

int run_worker(const std::filesystem::path& config_file) {
  static volatile sig_atomic_t stopped = 0;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, [](int) { stopped = 1; });
  signal(SIGINT, [](int) { stopped = 1; });
  drop_privileges();
  const auto worker = Worker::create(config_file);
  if (!worker) {
    std::fprintf(stderr, "error: %s\n", worker.error().message().c_str());
    return 1;
  }
  (*worker)->run([] { return stopped != 0; });
  return 0;
}

}  // namespace landfall::alb
