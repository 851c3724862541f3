#include "daemon/serve.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>

#include <fmt/format.h>

#include "acm/authority.h"
#include "acm/issuer.h"
#include "alb/controller.h"
#include "aws/endpoint.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/call_log.h"
#include "daemon/credentials.h"
#include "daemon/doors.h"
#include "daemon/endpoint_probe.h"
#include "daemon/examiner.h"
#include "daemon/kept_answers.h"
#include "daemon/open_door.h"
#include "daemon/reset.h"
#include "daemon/routes.h"
#include "daemon/sampler.h"
#include "daemon/service_names.h"
#include "daemon/services.h"
#include "daemon/start_worker.h"
#include "daemon/sweeper.h"
#include "dns/health_checker.h"
#include "dns/resolver.h"
#include "ecs/scheduler.h"
#include "fargate/agent.h"
#include "http/server.h"
#include "scaling/controller.h"
#include "services/ec2/ec2.h"
#include "services/ecr/registry.h"
#include "services/elbv2/login.h"
#include "services/iam/authorize.h"
#include "services/iam/role_call.h"
#include "services/s3/guest.h"
#include "services/logs/metric_log.h"
#include "services/s3/s3.h"
#include "services/support/transact.h"
#include "store/log_store.h"
#include "store/table.h"
#include "sys/linux.h"
#include "sys/netns.h"
#include "vpc/network.h"

namespace landfall::daemon {
namespace {

constexpr int kDefaultDnsPort = 4653;

/// Signals that end the daemon, as a descriptor: blocked in every thread, so this comes before the first thread.
Fd signal_descriptor() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);  // workers that end need nobody to wait for them
  return Fd(signalfd(-1, &ending, SFD_CLOEXEC));
}

Result<void> write_address(const model::Settings& settings, int dns_port) {
  const json::object address{{"port", settings.port}, {"pid", getpid()}, {"dns_port", dns_port}, {"region", settings.region}, {"account", settings.account}};
  return write_file_atomic(std::filesystem::path(settings.data_dir) / "daemon.json", pretty_json(address) + "\n");
}

dns::Sockets host_sockets() {
  return {.open = [](const std::string& network_namespace, int type) { return sys::socket_in(network_namespace, AF_INET, type); }, .identity = sys::netns_identity};
}

/// Everything that lives as long as the daemon, in the order in which it is built.
class Daemon {
 public:
  explicit Daemon(const ServeOptions& options) : options_(options) {}

  Result<void> start() {
    // The store's lock comes first: of two daemons that start at once, one alone may write into the folder.
    TRY(make_directories(options_.data_dir, 0711));
    store_ = TRY(store::open_sqlite(options_.data_dir / "store.db"));
    settings_ = TRY(open_data_dir(options_, ids_));
    const std::filesystem::path folder = settings_.data_dir;
    event_log_ = TRY(store::open_log_store(folder / "logs.db"));
    logs_ = std::make_unique<services::logs::MetricLog>(*event_log_, *store_, metrics_);
    authority_ = TRY(acm::Authority::open(folder / "ca", clock_));
    const aws::AdminKey key = TRY(open_admin_key(folder, ids_));
    TRY(store_admin_key(*store_, key, settings_.account));
    TRY(store_->transact([&](store::Transaction& tx) -> Result<void> {
      store::put(tx, settings_);
      return {};
    }));
    const services::Deps deps{*store_, *logs_, metrics_, clock_, ids_, settings_.data_dir};
    deps_ = std::make_unique<services::Deps>(deps);
    register_services(registry_, *deps_);
    services::s3::remove_orphans(*deps_);
    answers_ = std::make_unique<KeptAnswers>(*store_);
    endpoint_ = std::make_unique<aws::Endpoint>(registry_, [this](std::string_view id) { return key_owner(id); }, clock_, ids_, hooks());
    open_door_ = std::make_unique<OpenDoor>(*deps_, *endpoint_, guest_secret_, [this](std::string_view id) { return key_owner(id); });
    distribution_ = std::make_unique<services::ecr::Distribution>(*deps_, settings_.account, settings_.region, registry_guard());
    const int dns_port = options_.dns_port != 0 ? options_.dns_port : kDefaultDnsPort;
    routes_ = std::make_unique<RouteDeps>(RouteDeps{*store_, *logs_, clock_, settings_, key.secret_key, dns_port, ids_.uuid(),
                                                    [this] {
                                                      is_reset_ = true;
                                                      stop(true);
                                                    },
                                                    [this](int64_t after) { return calls_.json_after(after); }, [this](bool purge) { stop(purge); },
                                                    [this](const auto& task, const auto& container, const auto& words) { return exec(task, container, words); }});
    agent_ = std::make_unique<fargate::Agent>(*store_, *logs_, clock_, ids_, kernel_, settings_, fargate::AgentOptions{.guard = role_guard()});
    server_ = TRY(http::Server::start({.port = static_cast<uint16_t>(settings_.port), .spool_folder = folder}, [this](http::Request r) { return handle(std::move(r)); }));
    issuer_ = std::make_unique<acm::Issuer>(*store_, clock_, *authority_, folder / "certificates");
    resolver_ = std::make_unique<dns::Resolver>(*store_, host_sockets(), [this](uint64_t bound) { return ids_.below(bound); }, "127.0.0.1", dns_port);
    scheduler_ = std::make_unique<ecs::Scheduler>(*store_, clock_, ids_);
    network_ = std::make_unique<vpc::Network>(*store_, clock_, kernel_);
    balancers_ = std::make_unique<alb::Controller>(*store_, clock_, folder / "alb", start_worker);
    threads_.emplace_back([this] { issuer_->run(); });
    threads_.emplace_back([this] { balancers_->run(); });
    threads_.emplace_back([this] { resolver_->run(); });
    threads_.emplace_back([this] { dns::HealthChecker(*store_, clock_, probe_endpoint).run(); });
    threads_.emplace_back([this] { scheduler_->run(); });
    threads_.emplace_back([this] { network_->run(); });
    threads_.emplace_back([this] { agent_->run(); });
    threads_.emplace_back([this] { serve_inside(); });
    threads_.emplace_back([this] { Sampler(*store_, metrics_, clock_, [this] { return scaling::Reading{.at = {}, .tasks = agent_->usage(), .balancers = balancers_->traffic()}; }).run(); });
    threads_.emplace_back([this] { Sweeper(*deps_).run(); });
    threads_.emplace_back([this] { scaling::Controller(*store_, metrics_, clock_, ids_).run(); });
    threads_.emplace_back([this] { Examiner(*store_, clock_, settings_).run(); });
    return write_address(settings_, dns_port);
  }

  /// Until a signal, or a stop request, which sends one.
  void wait(const Fd& signals) {
    signalfd_siginfo got{};
    while (read(signals.get(), &got, sizeof got) < 0 && errno == EINTR) {
    }
  }

  bool is_reset() const { return is_reset_; }

  /// Threads end when the store is closed. With a purge the host is left as it was before.
  void finish() {
    server_.reset();
    store_->close();
    threads_.clear();
    if (is_purged_) {
      balancers_->remove_everything();
      agent_->remove_everything();
      if (const auto removed = network_->remove_everything(); !removed) log_error("network not removed", {{"error", removed.error().message()}});
    }
    std::filesystem::remove(std::filesystem::path(settings_.data_dir) / "daemon.json");
  }

 private:
  http::Response handle(http::Request request) {
    if (request.path.starts_with("/_landfall/")) return own_route(*routes_, request);
    return handle_inside(std::move(request));
  }

  /// Guests have no key of their own: they are let in before (OpenDoor).
  std::optional<aws::KeyOwner> key_owner(std::string_view access_key) const {
    if (!access_key.starts_with(services::s3::kGuestKey)) return find_key(*store_, access_key);
    aws::KeyOwner guest{.secret_key = guest_secret_, .account = std::string(access_key.substr(services::s3::kGuestKey.size())), .principal_arn = "anonymous", .session_token = {}, .expires_at = {}};
    return guest;
  }

  /// What surrounds every call of the endpoint.
  aws::Hooks hooks() {
    aws::Hooks hooks{.answer_once = [this](const auto& key, bool is_only_recalled, const auto& call) { return answers_->answer(key, is_only_recalled, call); },
                     .undone = [this](const auto& call) { return services::undone(*store_, call); },
                     .prepare = [this](const aws::CallContext& context) {
                       if (context.service == "ec2") services::ec2::prepare_region(*deps_, context.account, context.region);
                     },
                     .authorize = {},
                     .record = [this](const aws::CallRecord& record) { calls_.add(record); }};
    if (options_.enforces_iam) {
      hooks.authorize = [this](const auto& context, const auto& caller, const auto& shape, const void* input) -> Result<void> {
        if (context.access_key.starts_with(services::s3::kGuestKey)) return {};
        return services::iam::authorize(*deps_, context, caller, shape, input);
      };
    }
    return hooks;
  }

  /// With --enforce-iam the registry's paths are asked for as calls are.
  services::ecr::Distribution::Authorize registry_guard() {
    if (!options_.enforces_iam) return {};
    return [this](const std::string& access_key, const std::string& action, const std::string& arn) -> Result<void> {
      const auto owner = find_key(*store_, access_key);
      if (!owner || !owner->is_active || (owner->expires_at && owner->expires_at <= clock_.wall())) return fail("AccessDenied", "the key that got this password is no longer valid");
      return services::iam::authorize_action(*deps_, access_key, *owner, action, arn);
    };
  }

  /// With --enforce-iam ECS does for a task what the task's roles may.
  std::optional<fargate::RoleGuard> role_guard() const {
    if (!options_.enforces_iam) return std::nullopt;
    return fargate::RoleGuard{.is_trusted = [this](const std::string& role) { return services::iam::trusts_service(*deps_, role, "ecs-tasks.amazonaws.com"); },
                              .authorize = [this](const auto& role, const auto& session, const auto& action, const auto& resource) { return services::iam::authorize_role(*deps_, role, session, action, resource); }};
  }

  void stop(bool purge) {
    is_purged_ = is_purged_ || purge;
    kill(getpid(), SIGTERM);
  }

  Result<std::string> exec(const std::string& task, const std::string& container, const std::vector<std::string>& words) {
    const sys::Outcome outcome = TRY(agent_->exec(task, container, words));
    // What a program writes need not be text; JSON must be.
    return json::serialize(json::object{{"exit_code", outcome.exit_code}, {"stdout", base64_encode(outcome.out)}, {"stderr", base64_encode(outcome.err)}, {"is_cut", outcome.is_cut}, {"is_timed_out", outcome.is_timed_out}});
  }

  /// The endpoint as VPCs see it.
  void serve_inside() {
    const auto certificate = authority_->issue({.names = service_names(settings_.region), .key_algorithm = "EC_prime256v1"});
    if (!certificate) return log_error("endpoint has no certificate", {{"error", certificate.error().message()}});
    Doors(*store_, settings_, http::ServerTls{certificate->certificate_pem + certificate->chain_pem, certificate->private_key_pem}, [this](http::Request r) { return handle_inside(std::move(r)); }).run();
  }

  /// From inside a VPC there are AWS's services only, never the daemon's own routes.
  http::Response handle_inside(http::Request request) {
    if (services::elbv2::asks_for_claims_key(request)) return services::elbv2::claims_key(*store_, request);
    const bool is_registry = request.path == "/v2" || request.path.starts_with("/v2/");
    return is_registry ? distribution_->handle(request) : open_door_->handle(std::move(request));
  }

  const ServeOptions& options_;
  SystemClock clock_;
  IdSource ids_;
  model::Settings settings_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::LogStore> event_log_;
  std::unique_ptr<store::LogStore> logs_;  ///< the same, feeding metric filters
  store::MetricStore metrics_;
  std::unique_ptr<acm::Authority> authority_;
  std::unique_ptr<services::Deps> deps_;
  aws::Registry registry_;
  const std::string guest_secret_ = to_hex(secret_bytes(32));
  std::unique_ptr<KeptAnswers> answers_;
  std::unique_ptr<aws::Endpoint> endpoint_;
  std::unique_ptr<OpenDoor> open_door_;
  std::unique_ptr<services::ecr::Distribution> distribution_;
  std::unique_ptr<RouteDeps> routes_;
  std::unique_ptr<acm::Issuer> issuer_;
  std::unique_ptr<dns::Resolver> resolver_;
  std::unique_ptr<ecs::Scheduler> scheduler_;
  std::unique_ptr<alb::Controller> balancers_;
  sys::Linux kernel_;
  std::unique_ptr<vpc::Network> network_;
  std::unique_ptr<fargate::Agent> agent_;
  CallLog calls_;
  std::atomic<bool> is_purged_ = false, is_reset_ = false;
  std::vector<std::jthread> threads_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

int serve(const ServeOptions& options) {
  if (geteuid() != 0) {
    std::fprintf(stderr, "error: the daemon must run as root, which makes network namespaces, mounts and control groups; this is user %u\n", geteuid());
    return 1;
  }
  const Fd signals = signal_descriptor();
  bool is_reset = false;
  {
    Daemon daemon(options);
    if (const auto started = daemon.start(); !started) {
      std::fprintf(stderr, "error: %s\n", started.error().message().c_str());
      return 1;
    }
    log_info("daemon started", {{"data_dir", options.data_dir.string()}, {"port", std::to_string(options.port)}});
    daemon.wait(signals);
    daemon.finish();
    is_reset = daemon.is_reset();
  }
  log_info("daemon ended");
  if (is_reset) {
    erase_records(options.data_dir);
    start_over();
    log_error("the daemon could not start over", {{"error", std::strerror(errno)}});
    return 1;
  }
  return 0;
}

}  // namespace landfall::daemon
