#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <semaphore>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "fargate/awslogs.h"
#include "fargate/layer.h"
#include "fargate/life.h"
#include "fargate/metadata.h"
#include "fargate/resolver_file.h"
#include "fargate/secret_value.h"
#include "fargate/spec.h"
#include "model/identity.h"
#include "model/reachability.h"
#include "model/registry.h"
#include "model/storage.h"
#include "store/network_view.h"
#include "store/table.h"
#include "sys/overlay.h"

extern "C" const char _binary_container_init_start[], _binary_container_init_end[];

/// PENDING: log groups, images, root filesystems, processes.
namespace landfall::fargate {
namespace {

constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kPidsOfTask = 8192;
constexpr const char* kInit = "/sbin/docker-init";

/// The program of container_init.c, as the linker put it here.
std::string container_init() { return {_binary_container_init_start, _binary_container_init_end}; }

std::counting_semaphore<64>& pulls(int at_once) {
  static std::counting_semaphore<64> free(std::min(at_once, 64));
  return free;
}

class Slot {
 public:
  explicit Slot(std::counting_semaphore<64>& from) : from_(from) { from_.acquire(); }
  ~Slot() { from_.release(); }
  Slot(const Slot&) = delete;

 private:
  std::counting_semaphore<64>& from_;
};

}  // namespace

std::optional<Stop> Life::prepare() {
  if (auto stop = wait_for_interface()) return stop;  // plumbed anew after a restart of the daemon, and the metadata endpoint with it
  if (!is_wanted()) return std::nullopt;
  if (auto stop = check_roles()) return stop;
  if (auto stop = check_permissions()) return stop;
  if (auto stop = check_logs()) return stop;
  if (auto stop = pull_images()) return stop;
  if (!is_wanted()) return std::nullopt;
  unexplain(false);
  const sys::CgroupLimits limits{.memory_bytes = definition_.memory * kMiB, .cpu_quota_us = definition_.cpu * 100'000ll / 1024, .pids = kPidsOfTask};
  auto made = sys::make_cgroup(host_.cgroups, cgroup(), limits);
  if (made) made = write_task_files();
  if (!made) return Stop{"TaskFailedToStart", "InternalError: " + made.error().message()};
  return start_containers();
}

std::string unable_to_assume(const std::string& role_arn) {
  return fmt::format("ECS was unable to assume the role '{}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.", role_arn);
}

std::optional<Stop> Life::check_roles() {
  for (const std::string& arn : {definition_.execution_role_arn, definition_.task_role_arn}) {
    if (arn.empty()) continue;
    const auto roles = store::all<model::Role>(host_.store);
    if (std::ranges::find(roles, arn, &model::Role::arn) != roles.end()) {
      if (auto stop = check_trust(arn)) return stop;
      continue;
    }
    explain({.code = "Task.RoleNotFound", .sentence = fmt::format("task definition {}:{} names role {}, which does not exist", definition_.family, definition_.revision, arn), .cause = definition_.arn,
             .attribute = arn == definition_.execution_role_arn ? "execution_role_arn" : "task_role_arn", .remedy = "create the role, or name one that exists"}, true);
    return Stop{"TaskFailedToStart", unable_to_assume(arn)};
  }
  return std::nullopt;
}

std::optional<Stop> Life::check_logs() {
  const auto now = task();
  for (const model::ContainerDefinition& container : definition_.containers) {
    if (!now || !container.log_configuration) continue;
    const model::LogConfiguration& logs = *container.log_configuration;
    if (!has_awslogs(container)) return Stop{"TaskFailedToStart", fmt::format("ResourceInitializationError: failed to initialize logging driver: Landfall does not support log driver '{}'; it supports awslogs", logs.driver)};
    const std::string group_key = group_key_of(*now, logs), name = option_of(logs, "awslogs-group"), region = option_of(logs, "awslogs-region");
    const bool may_create = option_of(logs, "awslogs-create-group") == "true";
    bool is_missing = false;
    (void)host_.store.transact([&](store::Transaction& tx) -> Result<void> {
      auto group = store::find<model::LogGroup>(tx, group_key);
      is_missing = !group && !may_create;
      if (is_missing) return {};
      if (!group) {
        group = model::LogGroup{.account = now->account, .region = region, .name = name, .arn = group_arn_of(*now, logs), .created_at = host_.clock.wall()};
        store::put(tx, *group);
      }
      const model::LogStream stream{.group_key = group_key, .name = stream_of(*now, container), .arn = group->arn + ":log-stream:" + stream_of(*now, container), .created_at = host_.clock.wall()};
      if (!store::find<model::LogStream>(tx, stream.key())) store::put(tx, stream);
      return {};
    });
    if (!is_missing) continue;
    explain({.code = "Task.LogGroupNotFound", .sentence = fmt::format("container {} logs to group {} in {}, which does not exist", container.name, name, region), .cause = definition_.arn,
             .attribute = attribute_of(container.name, "logConfiguration"), .remedy = fmt::format("create the log group {}, or set awslogs-create-group to true", name)}, true);
    return Stop{"TaskFailedToStart", "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist."};
  }
  return std::nullopt;
}

std::optional<Stop> Life::pull_images() {
  change([&](Task& t) {
    if (!t.pull_started_at) t.pull_started_at = host_.clock.wall();
  });
  for (const model::ContainerDefinition& container : definition_.containers) {
    if (!is_wanted()) return std::nullopt;
    const PullRequest request{.image = image_of(container), .architecture = architecture(), .network_namespace = network_namespace(), .has_execution_role = !definition_.execution_role_arn.empty(), .is_given = is_given(image_of(container)),
                              .is_cancelled = [this] { return !is_wanted(); },
                              .tell = [this](const std::string& what) { change([&](Task& t) { t.pull_detail = what; }); },
                              .tell_unreachable = [this](const Unreachable& unreachable) { explain_unreachable(unreachable); }};
    const Slot slot(pulls(host_.options.parallel_pulls));
    auto pulled = host_.images.pull(request);
    if (!pulled && !is_wanted()) return std::nullopt;
    if (!pulled) {
      const std::string& text = pulled.error().error.what;
      if (pulled.error().is_not_found) explain_not_found(container, text);
      else if (!pulled.error().unreachable) explain_failed_pull(container, pulled.error().error);
      change([&](Task& t) {
        t.pull_stopped_at = host_.clock.wall();
        for (auto& entry : t.containers) {
          if (entry.name == container.name) entry.reason = text;
        }
      });
      return Stop{"TaskFailedToStart", text};
    }
    change([&](Task& t) {
      for (auto& entry : t.containers) {
        if (entry.name == container.name) entry.image_digest = pulled->digest;
      }
    });
    keep_digest(container, pulled->digest);
    images_[container.name] = std::move(*pulled);
  }
  change([&](Task& t) {
    t.pull_stopped_at = host_.clock.wall();
    t.pull_detail = "starting containers";
  });
  return std::nullopt;
}

/// Whether an image of another registry was given to this daemon under that name.
bool Life::is_given(const std::string& image) const {
  const auto reference = parse_reference(image);
  if (!reference || is_ecr_host(reference->host)) return false;
  const std::string key = fmt::format("{}/{}/{}", reference->host, model::kElsewhere, reference->repository);
  const auto repository = store::find<model::Repository>(host_.store, key);
  if (!repository) return false;
  return reference->digest.empty() ? repository->image_tags.contains(reference->tag) : store::find<model::Manifest>(host_.store, key + "/" + reference->digest).has_value();
}

/// By the digest that the first task of the deployment found (ECS API, ContainerDefinition: versionConsistency).
std::string Life::image_of(const model::ContainerDefinition& container) const {
  const auto now = task();
  const auto revision = now && container.keeps_digest ? store::find<model::ServiceRevision>(host_.store, model::revision_arn(now->service_arn, now->started_by)) : std::nullopt;
  const auto reference = parse_reference(container.image);
  if (!revision || !reference || !reference->digest.empty() || !revision->image_digests.contains(container.name)) return container.image;
  return reference->host + "/" + reference->repository + "@" + revision->image_digests.at(container.name);
}

void Life::keep_digest(const model::ContainerDefinition& container, const std::string& digest) {
  const auto now = task();
  const std::string arn = now ? model::revision_arn(now->service_arn, now->started_by) : "";
  const auto revision = store::find<model::ServiceRevision>(host_.store, arn);
  if (!revision || !container.keeps_digest || revision->image_digests.contains(container.name)) return;
  const auto done = host_.store.transact([&](store::Transaction& tx) -> Result<void> {
    store::update<model::ServiceRevision>(tx, arn, [&](model::ServiceRevision& r) { r.image_digests.emplace(container.name, digest); });
    return {};
  });
  if (!done) log_error("an image's digest not recorded", {{"task", task_id_}, {"error", done.error().message()}});
}

void Life::explain_unreachable(const Unreachable& unreachable) {
  const auto now = task();
  if (!now || !is_wanted()) return;  // a task that is being ended loses its network
  model::Because because{.code = "Task.CannotReachRegistry", .evidence = {{"registry", unreachable.host}, {"address", unreachable.ip}, {"port", std::to_string(unreachable.port)}, {"network interface", now->network_interface_id}}};
  if (unreachable.ip.empty()) {
    because.code = "Task.CannotResolveRegistry";
    because.sentence = fmt::format("the VPC's resolver does not know the registry {}", unreachable.host);
    because.cause = definition_.arn;
    because.attribute = "container_definitions";
    because.remedy = "correct the registry's name in the image";
    const auto interface = store::find<model::NetworkInterface>(host_.store, now->account + "/" + now->region + "/" + now->network_interface_id);
    const auto vpc = interface ? store::find<model::Vpc>(host_.store, now->account + "/" + now->region + "/" + interface->vpc_id) : std::nullopt;
    if (vpc && !vpc->enable_dns_support) {
      because.sentence = fmt::format("the task cannot look up the registry {}: {} has no resolver (enable_dns_support is false)", unreachable.host, vpc->id);
      because.cause = vpc->id;
      because.attribute = "enable_dns_support";
      because.remedy = "set enable_dns_support = true";
    }
    return explain(std::move(because), true);
  }
  const model::Path path = model::trace(store::view_of(host_.store), {.interface_id = now->network_interface_id}, {.ip = unreachable.ip}, {.protocol = "tcp", .port = unreachable.port});
  because.evidence["path"] = path.is_reachable ? "reachable" : path.code;
  because.sentence = path.is_reachable ? fmt::format("the registry {} ({}:{}) does not answer, though routes and security groups let the task reach it", unreachable.host, unreachable.ip, unreachable.port)
                                       : fmt::format("the task cannot reach the registry {} ({}:{}) to pull its image: {}", unreachable.host, unreachable.ip, unreachable.port, path.sentence);
  // The interface is the service's (or the task's) own: there it is configured.
  because.cause = path.cause != now->network_interface_id ? path.cause : now->service_arn.empty() ? arn_ : now->service_arn;
  because.attribute = path.attribute == "assign_public_ip" ? "network_configuration.assign_public_ip" : path.attribute;
  because.remedy = path.is_reachable && !is_ecr_host(unreachable.host) ? "give this machine a way to the registry, or give the image to Landfall: landfall image push IMAGE REGISTRY/NAME:TAG" : path.remedy;
  if (path.code == "NO_ROUTE_TO_DESTINATION" && is_ecr_host(unreachable.host)) {
    because.remedy += fmt::format(" Or make interface endpoints with private DNS for com.amazonaws.{0}.ecr.api and com.amazonaws.{0}.ecr.dkr.", now->region);
  }
  explain(std::move(because), true);
}

void Life::explain_not_found(const model::ContainerDefinition& container, const std::string& text) {
  const std::string& image = container.image;
  model::Because because{.code = "Image.NotFound", .sentence = fmt::format("container {} of task definition {}:{} wants image {}, and its registry has no such image", container.name, definition_.family, definition_.revision, image),
                         .cause = definition_.arn, .attribute = attribute_of(container.name, "image"), .remedy = "push the image under that name, or correct the image's name or tag", .evidence = {{"answer", text}}};
  if (const auto reference = parse_reference(image); reference && is_ecr_host(reference->host)) {
    std::vector<std::string> tags;
    for (const auto& repository : store::all<model::Repository>(host_.store)) {
      if (repository.name != reference->repository) continue;
      for (const auto& [tag, digest] : repository.image_tags) tags.push_back(tag);
    }
    because.evidence["tags of the repository"] = tags.empty() ? "none" : join(tags, ", ");
  }
  explain(std::move(because), true);
}

void Life::explain_failed_pull(const model::ContainerDefinition& container, const Error& error) {
  model::Because because{.code = "Image.PullFailed", .sentence = error.what, .cause = definition_.arn, .attribute = attribute_of(container.name, "image")};
  if (error.code == "Image.NoPlatform") {
    because.code = "Image.OtherArchitecture";
    because.sentence = fmt::format("image {} of container {} was not built for {}, which task definition {}:{} runs on: {}", container.image, container.name, architecture(), definition_.family, definition_.revision, error.what);
    because.remedy = fmt::format("build the image for linux/{}, or set runtime_platform.cpu_architecture", architecture());
  } else if (error.code == "Registry.Denied") {
    because.code = "Image.AccessDenied";
    because.sentence = fmt::format("the registry of {} refuses the pull: {}", container.image, error.what);
    because.remedy = "correct the repository's name, or give credentials (execution_role_arn for ECR, repositoryCredentials elsewhere)";
    because.evidence["identity"] = definition_.execution_role_arn.empty() ? "none" : definition_.execution_role_arn;
  }
  explain(std::move(because), true);
}

/// Of the image that is wanted.
std::string Life::architecture() const { return definition_.cpu_architecture.empty() ? host_architecture() : definition_.cpu_architecture == "ARM64" ? "arm64" : "amd64"; }

/// What all containers of the task share: /etc/hosts, /etc/resolv.conf, /etc/hostname, volumes.
Result<void> Life::write_task_files() {
  const auto now = task();
  if (!now) return fail("Task.Gone", "the task's record is gone");
  const std::filesystem::path folder = host_.folder_of(task_id_);
  TRY(make_directories(folder, 0711));
  std::string resolver = "169.254.169.253";
  const std::string name = private_dns_name(now->private_ip, now->region), domain = name.substr(name.find('.') + 1), scope = now->account + "/" + now->region + "/";
  std::map<std::string, std::vector<std::string>> options{{"domain-name", {domain}}, {"domain-name-servers", {"AmazonProvidedDNS"}}};  // a region's own set is nobody's record
  if (const auto subnet = store::find<model::Subnet>(host_.store, scope + now->subnet_id)) {
    const auto vpc = store::find<model::Vpc>(host_.store, scope + subnet->vpc_id);
    const auto cidr = vpc ? parse_cidr(vpc->cidr) : Result<Cidr>(Cidr{});
    if (vpc && cidr) resolver = to_string(cidr->base + 2);
    if (const auto set = vpc ? store::find<model::DhcpOptions>(host_.store, scope + vpc->dhcp_options_id) : std::nullopt) options = set->configurations;
    if (vpc && vpc->dhcp_options_id == "default") options.clear();  // that is: none
  }
  std::string names;
  const auto connected = store::find<model::ConnectTable>(host_.store, arn_);
  for (const auto& endpoint : connected ? connected->endpoints : std::vector<model::ConnectEndpoint>{}) {
    const std::string line = fmt::format("{} {}\n", endpoint.address, endpoint.name);
    if (names.find(line) == std::string::npos) names += line;
  }
  const std::pair<const char*, std::string> files[] = {{"resolv.conf", resolver_file(options, resolver)}, {"hostname", name + "\n"},
                                                       {"hosts", fmt::format("127.0.0.1 localhost\n{} {}\n{}", now->private_ip, name, names)}};
  for (const auto& [file, text] : files) {
    if (read_file(folder / file).value_or("") != text) TRY(write_file_atomic(folder / file, text));
  }
  for (const std::string& volume : definition_.volumes) TRY(make_directories(folder / ".volumes" / volume));
  return {};
}

std::optional<Stop> Life::start_containers() {
  for (const model::ContainerDefinition& container : definition_.containers) {
    // What an earlier daemon was still making when it was killed is made anew below: its program never ran, or nobody knows how it went.
    const ContainerPlace place = host_.place_of(task_id_, container.name);
    if (Runtime::exit_code(place) || (host_.runtime.state(place) == "running" && host_.runtime.monitor(place))) adopt(container);
  }
  for (;;) {
    const store::Revision seen = host_.store.revision();
    const auto now = task();
    if (!now || now->desired_status == "STOPPED" || host_.store.is_closed()) return std::nullopt;
    bool is_waiting = false;
    for (const model::ContainerDefinition& container : definition_.containers) {
      const model::TaskContainer* entry = container_in(*now, container.name);
      if (entry == nullptr) continue;
      if (container.essential && entry->last_status == "STOPPED" && !may_restart(container.restart_policy, *entry)) {
        change([](Task& t) { t.last_status = "RUNNING"; });  // it ran: supervise() tells how it ended
        return std::nullopt;
      }
      if (entry->last_status != "PENDING") continue;
      std::string broken;
      if (!is_ready_to_start(container, *now, broken)) {
        if (!broken.empty()) return Stop{"TaskFailedToStart", broken};
        is_waiting = true;
        continue;
      }
      if (auto stop = start_container(container)) return stop;
      is_waiting = true;  // look again: others may depend on it
    }
    if (!is_waiting) break;
    wait(seen, std::chrono::seconds(5));  // at once if something changed since
  }
  change([&](Task& t) {
    t.last_status = "RUNNING";
    t.started_at = host_.clock.wall();
    t.pull_detail.clear();
  });
  unexplain(true);
  log_info("task runs", {{"task", task_id_}});
  return std::nullopt;
}

/// Found running, or ended, after a restart of the daemon.
void Life::adopt(const model::ContainerDefinition& definition) {
  const auto now = task();
  const ContainerPlace place = host_.place_of(task_id_, definition.name);
  if (now && has_awslogs(definition)) host_.logs.add(place, group_key_of(*now, *definition.log_configuration), stream_of(*now, definition));
  const auto monitor = host_.runtime.monitor(place);
  if (!monitor) return record_exit(host_, arn_, definition.name);
  change([&](Task& t) {
    for (auto& entry : t.containers) {
      if (entry.name == definition.name && entry.last_status == "PENDING") entry.last_status = "RUNNING", entry.runtime_id = place.id;
    }
  });
  exits_.add(arn_ + "#" + definition.name, *monitor);
}

std::optional<Stop> Life::start_container(const model::ContainerDefinition& definition) {
  const ContainerPlace place = host_.place_of(task_id_, definition.name);
  const auto refuse = [&](const std::string& text) {
    change([&](Task& t) {
      for (auto& entry : t.containers) {
        if (entry.name == definition.name) entry.last_status = "STOPPED", entry.reason = text;
      }
    });
    explain_not_started(definition, text);
    return Stop{"TaskFailedToStart", text};
  };
  std::error_code ignored;
  if (std::filesystem::exists(place.folder, ignored)) {  // half made before a crash
    host_.runtime.remove(place);
    (void)sys::unmount(place.rootfs());
    std::filesystem::remove_all(place.folder, ignored);
  }
  if (auto made = write_bundle(definition, images_.at(definition.name), place); !made) {
    const bool is_secret = made.error().code == "Secret.Missing", is_file = made.error().code == "EnvironmentFile.Missing";
    const Stop stop = refuse((is_secret ? "ResourceInitializationError: unable to pull secrets or registry auth: " : is_file ? "ResourceInitializationError: failed to download env files: " : "CannotCreateContainerError: ") + made.error().what);
    if (is_secret) explain_missing_secret(definition, made.error().what);
    return stop;
  }
  if (auto started = run(definition, place); !started) return refuse(start_error(started.error().what));
  if (definition.health_check && !health_.joinable()) health_ = std::jthread([this](const std::stop_token& stop) { run_health_checks(stop); });
  return std::nullopt;
}

/// A bundle that lies there runs, and is watched.
Result<void> Life::run(const model::ContainerDefinition& definition, const ContainerPlace& place) {
  const auto now = task();
  if (auto made = host_.runtime.create(place, definition.pseudo_terminal); !made) {
    host_.runtime.remove(place);
    return made;
  }
  if (now && has_awslogs(definition)) host_.logs.add(place, group_key_of(*now, *definition.log_configuration), stream_of(*now, definition));
  TRY(host_.runtime.start(place));
  change([&](Task& t) {
    for (auto& entry : t.containers) {
      if (entry.name != definition.name) continue;
      entry.last_status = "RUNNING";
      entry.runtime_id = place.id;
      entry.started_at = host_.clock.wall();
      entry.exit_code.reset();
    }
  });
  if (const auto monitor = host_.runtime.monitor(place)) exits_.add(arn_ + "#" + definition.name, *monitor);
  else record_exit(host_, arn_, definition.name);
  return {};
}

/// The words name the secret or parameter.
void Life::explain_missing_secret(const model::ContainerDefinition& definition, const std::string& text) {
  model::Because because{.code = "Container.NotStarted", .sentence = fmt::format("container {} wants a secret that is not there: {}", definition.name, text), .cause = definition_.arn, .attribute = attribute_of(definition.name, "secrets"),
                         .remedy = "create the secret or parameter under that name, or correct valueFrom"};
  explain(std::move(because), true);
}

/// What runc says names the word that it looked for.
void Life::explain_not_started(const model::ContainerDefinition& definition, const std::string& text) {
  model::Because because{.code = "Container.NotStarted", .sentence = fmt::format("container {} cannot be started: {}", definition.name, text), .cause = definition_.arn, .attribute = attribute_of(definition.name, "")};
  const bool is_lookup = text.find("executable file not found") != std::string::npos || text.find("no such file or directory") != std::string::npos || text.find("permission denied") != std::string::npos;
  if (is_lookup && text.find("exec: ") != std::string::npos) {
    const bool is_entry = definition.entry_point && !definition.entry_point->empty();
    because.attribute = attribute_of(definition.name, is_entry ? "entryPoint" : "command");
    const auto& words = is_entry ? definition.entry_point : definition.command;
    const bool has_blanks = words && words->size() == 1 && (*words)[0].find(' ') != std::string::npos;
    because.remedy = has_blanks ? fmt::format("\"{}\" is one word: write each word of the command as its own string", (*words)[0]) : "name a program that the image has, with its path";
    if (words) because.evidence["words"] = join(*words, " | ");
  } else if (text.find("exec format error") != std::string::npos) {
    because.code = "Image.OtherArchitecture";
    because.attribute = attribute_of(definition.name, "image");
    because.remedy = fmt::format("build the image for linux/{}", architecture());
  }
  explain(std::move(because), true);
}

/// Of two files that set a variable the first one counts (ECS guide, Specifying environment variables).
Result<std::map<std::string, std::string>> Life::read_environment_files(const model::ContainerDefinition& definition) const {
  constexpr std::string_view kBucketArn = "arn:aws:s3:::";
  std::map<std::string, std::string> variables;
  for (const std::string& arn : definition.environment_files) {
    const std::string path = arn.substr(std::min(arn.size(), kBucketArn.size()));
    const auto object = store::find<model::Object>(host_.store, path);
    const auto content = object ? read_file(std::filesystem::path(host_.settings.data_dir) / "objects" / object->file) : fail("Object.Missing", "");
    if (!content) return fail("EnvironmentFile.Missing", fmt::format("file download command: non empty error stream: service call has been retried 1 time(s): {} is not in S3", arn));
    for (const std::string& line : split(*content, '\n')) {
      const std::string_view plain = trim(line);
      const size_t equals = plain.find('=');
      if (plain.empty() || plain[0] == '#' || equals == std::string_view::npos || equals == 0) continue;
      variables.emplace(plain.substr(0, equals), plain.substr(equals + 1));
    }
  }
  return variables;
}

Result<void> Life::write_bundle(const model::ContainerDefinition& definition, const PulledImage& image, const ContainerPlace& place) {
  const auto now = task();
  if (!now) return fail("Task.Gone", "the task's record is gone");
  TRY(make_directories(place.folder, 0711));
  TRY(sys::mount_overlay({.layers_folder = host_.images.layers_folder(), .layers = image.layers, .upper = place.folder / "upper", .work = place.folder / "work", .target = place.rootfs()}));
  const std::filesystem::path shared = host_.folder_of(task_id_);
  ContainerSpec spec{.words = words_of(definition, image.config), .hostname = std::string(trim(read_file(shared / "hostname").value_or(""))), .rootfs = place.rootfs(),
                     .network_namespace_path = "/run/netns/" + network_namespace(), .cgroup_path = "/" + cgroup() + "/" + place.id, .memory_bytes = definition.memory * kMiB,
                     .memory_reservation_bytes = definition.memory_reservation * kMiB, .cpu_shares = std::max(2, definition.cpu), .drop_capabilities = definition.drop_capabilities,
                     .add_capabilities = definition.add_capabilities, .ulimits = definition.ulimits, .system_controls = definition.system_controls, .has_terminal = definition.pseudo_terminal, .is_readonly = definition.readonly_root_filesystem,
                     .open_files = most_open_files()};
  if (spec.words.empty()) return fail("Container.NoCommand", "no command specified");
  spec.user = TRY(resolve_user(definition.user.empty() ? image.config.user : definition.user, read_in_root(place.rootfs(), "etc/passwd").value_or(""), read_in_root(place.rootfs(), "etc/group").value_or("")));
  spec.working_directory = !definition.working_directory.empty() ? definition.working_directory : image.config.working_directory.empty() ? "/" : image.config.working_directory;
  for (const char* file : {"hosts", "hostname", "resolv.conf"}) spec.binds.push_back({.source = shared / file, .target = std::string("/etc/") + file, .read_only = definition.readonly_root_filesystem});
  if (definition.init_process_enabled) {
    TRY(write_file_atomic(shared / "docker-init", container_init(), 0755));
    spec.binds.push_back({.source = shared / "docker-init", .target = kInit, .read_only = true});
    spec.words.insert(spec.words.begin(), {kInit, "--"});
  }
  for (const model::MountPoint& mount : definition.mount_points) spec.binds.push_back({.source = shared / ".volumes" / mount.source_volume, .target = mount.container_path, .read_only = mount.read_only});

  std::map<std::string, std::string> variables{{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, {"HOSTNAME", spec.hostname}, {"HOME", spec.user.home}};
  for (const std::string& entry : image.config.environment) {
    const size_t equals = entry.find('=');
    if (equals != std::string::npos) variables[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  variables["AWS_EXECUTION_ENV"] = "AWS_ECS_FARGATE";
  variables["AWS_REGION"] = variables["AWS_DEFAULT_REGION"] = now->region;
  variables["ECS_CONTAINER_METADATA_URI_V4"] = "http://169.254.170.2/v4/" + place.id;
  if (!definition_.task_role_arn.empty()) variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = TaskCredentials::path_of(*now);
  for (auto& [name, value] : TRY(read_environment_files(definition))) variables[name] = std::move(value);
  for (const model::NameValue& entry : definition.environment) variables[entry.name] = entry.value;
  for (const model::NameValue& entry : definition.secrets) variables[entry.name] = TRY(secret_value(host_.store, *now, entry.value));
  for (const auto& [name, value] : variables) spec.environment.push_back(name + "=" + value);
  TRY(write_file_atomic(place.folder / "stop-signal", image.config.stop_signal.empty() ? "TERM" : image.config.stop_signal, 0600));
  return write_file_atomic(place.folder / "config.json", runtime_spec(spec), 0600);
}

}  // namespace landfall::fargate
