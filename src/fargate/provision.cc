#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "fargate/life.h"
#include "fargate/metadata.h"
#include "store/interfaces.h"
#include "store/table.h"
#include "sys/netns.h"

/// PROVISIONING: the task's interface, and what answers inside its network namespace.
namespace landfall::fargate {
namespace {

constexpr const char* kMetadataAddress = "169.254.170.2";

/// Where the endpoint really listens: a listener on port 80 of one address would take that port from every program of the task
/// that listens on all addresses, so port 80 is led here.
constexpr uint16_t kMetadataPort = 51679;

constexpr const char* kRedirect =
    "table ip landfall_metadata {\n}\ndelete table ip landfall_metadata\n"
    "table ip landfall_metadata {\n  chain output {\n    type nat hook output priority -100\n    ip daddr 169.254.170.2 tcp dport 80 dnat to 169.254.170.2:51679\n  }\n}\n";

}  // namespace

std::optional<Stop> Life::provision() {
  std::optional<Stop> refused;
  const auto done = host_.store.transact([&](store::Transaction& tx) -> Result<void> {
    auto now = store::find<Task>(tx, arn_);
    if (!now || now->desired_status == "STOPPED" || !now->network_interface_id.empty()) return {};
    const auto made = store::create_interface(tx, {.subnet_key = now->account + "/" + now->region + "/" + now->subnet_id, .security_group_ids = now->security_group_ids, .description = now->attachment_id.empty() ? "" : "arn:aws:ecs:" + now->region + ":" + now->account + ":attachment/" + now->attachment_id,
                                                   .type = "interface", .requester_id = "ecs", .owner = arn_, .host_namespace = network_namespace(), .assign_public_ip = now->assign_public_ip}, host_.ids);
    if (!made) return fail(made.error());
    now->network_interface_id = made->id;
    now->private_ip = made->private_ip;
    now->mac = made->mac;
    now->attachment_status = "ATTACHING";
    ++now->version;
    store::put(tx, *now);
    return {};
  });
  if (!done) {
    explain({.code = "Task.NoInterface", .sentence = done.error().what, .cause = task()->subnet_id, .attribute = "cidr_block", .remedy = "free addresses of the subnet, or use a larger one"}, true);
    return Stop{"TaskFailedToStart", fmt::format("ResourceInitializationError: unable to create the task's network interface: {}: {}", done.error().code, done.error().what)};
  }
  if (auto stop = wait_for_interface()) return stop;
  change([](Task& t) {
    t.attachment_status = "ATTACHED";
    if (t.last_status == "PROVISIONING") t.last_status = "PENDING";
  });
  return std::nullopt;
}

std::optional<Stop> Life::wait_for_interface() {
  const auto now = task();
  if (!now) return std::nullopt;
  const std::string key = now->account + "/" + now->region + "/" + now->network_interface_id;
  const auto deadline = host_.clock.steady() + host_.options.interface_timeout;
  while (is_wanted()) {
    const store::Revision seen = host_.store.revision();
    const auto interface = store::find<model::NetworkInterface>(host_.store, key);
    if (!interface) return Stop{"TaskFailedToStart", "ResourceInitializationError: the task's network interface " + now->network_interface_id + " is gone"};
    if (interface->is_plumbed) return open_metadata();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - host_.clock.steady());
    if (left.count() <= 0) {
      explain({.code = "Task.InterfaceNotReady", .sentence = fmt::format("network interface {} was not ready: {}", interface->id, interface->plumb_error.empty() ? "no reason is known" : interface->plumb_error)}, true);
      return Stop{"TaskFailedToStart", "Timeout waiting for network interface provisioning to complete."};
    }
    wait(seen, std::min(left, std::chrono::milliseconds(1000)), {store::path_of<model::NetworkInterface>(key)});
  }
  return std::nullopt;
}

std::optional<Stop> Life::open_metadata() {
  if (metadata_) return std::nullopt;
  const std::string space = network_namespace();
  const auto refused = [](const Error& error) { return Stop{"TaskFailedToStart", "ResourceInitializationError: the task metadata endpoint cannot be opened: " + error.message()}; };
  const auto ip = parse_ipv4(kMetadataAddress);
  if (const auto added = host_.kernel.change_network(space, {sys::Add<sys::InterfaceAddress>{{.device = "lo", .ip = *ip, .prefix_length = 32}}}); !added) return refused(added.error());
  if (const auto loaded = host_.kernel.load_ruleset(space, kRedirect); !loaded) return refused(loaded.error());
  const auto opened = sys::run_in(space, [&]() -> Result<void> {
    metadata_ = TRY(http::Server::start({.address = kMetadataAddress, .port = kMetadataPort, .max_body_bytes = 1 << 16, .spool_folder = host_.settings.data_dir, .max_connections = 32}, [this](http::Request request) { return answer_metadata(request); }));
    return {};
  });
  if (!opened) return refused(opened.error());
  return std::nullopt;
}

http::Response Life::answer_metadata(const http::Request& request) const {
  const auto answer = [](int status, std::string body) {
    http::Response response{.status = status, .body = std::move(body)};
    response.headers.set("Content-Type", "application/json");
    return response;
  };
  const std::vector<std::string> parts = split(request.path, '/');  // "", "v4", id, rest…
  const auto now = task();
  if (request.method == "GET" && now && !definition_.task_role_arn.empty() && request.path == TaskCredentials::path_of(*now)) {
    const auto keys = credentials_.answer(host_.store, host_.clock, host_.ids, *now, definition_.task_role_arn);
    if (keys) return answer(200, *keys);
    return answer(400, "{\"code\":\"InvalidRoleInCredentialsRequest\",\"message\":\"CredentialsV2Request: " + keys.error().what + "\"}");
  }
  if (request.method != "GET" || !now || parts.size() < 3 || parts[1] != "v4") return answer(404, "\"404 page not found\"");
  const auto container = std::ranges::find_if(now->containers, [&](const auto& c) { return host_.place_of(task_id_, c.name).id == parts[2]; });
  if (container == now->containers.end()) return answer(404, "\"V4 metadata handler: unable to get container ID from the request\"");
  const std::string rest = request.path.substr(5 + parts[2].size() - 1);
  if (rest.empty() || rest == "/") return answer(200, container_metadata(host_.store, *now, definition_, *container));
  if (rest == "/task" || rest == "/taskWithTags") return answer(200, task_metadata(host_.store, *now, definition_));
  return answer(501, "\"Landfall's metadata endpoint does not support " + rest + "; it supports the container itself, /task and /taskWithTags\"");
}

}  // namespace landfall::fargate
