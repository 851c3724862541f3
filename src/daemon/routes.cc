#include "daemon/routes.h"

#include <openssl/crypto.h>
#include <unistd.h>

#include <map>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "daemon/root_report.h"
#include "daemon/status.h"
#include "model/certificate.h"
#include "model/container_service.h"
#include "model/storage.h"
#include "store/table.h"
#include "why/explain.h"

namespace landfall::daemon {
namespace {

using Query = std::map<std::string, std::string>;

Query parse_query(std::string_view text) {
  Query query;
  for (const std::string& pair : split(text, '&')) {
    const size_t equals = pair.find('=');
    query[percent_decode(pair.substr(0, equals), true)] = equals == std::string::npos ? "" : percent_decode(pair.substr(equals + 1), true);
  }
  return query;
}

http::Response answer(int status, std::string body, std::string_view type = "application/json") {
  http::Response response{.status = status, .body = std::move(body)};
  response.headers.set("Content-Type", type);
  return response;
}

http::Response refuse(int status, const std::string& why) { return answer(status, why + "\n", "text/plain"); }

http::Response take_origins(const RouteDeps& deps, const std::string& body) {
  const auto taken = take_root_report(deps.store, body, deps.clock.wall());
  if (taken) return answer(200, "{}\n");
  return refuse(taken.error().blame == Blame::caller ? 400 : 500, taken.error().message());
}

http::Response confirm_certificate(const RouteDeps& deps, const std::string& arn) {
  bool found = false;
  const auto done = deps.store.transact([&](store::Transaction& tx) -> Result<void> {
    found = store::update<model::Certificate>(tx, arn, [](model::Certificate& certificate) {
      for (auto& validation : certificate.validations) validation.status = "SUCCESS";
    });
    return {};
  });
  if (!done) return refuse(500, done.error().message());
  return found ? answer(200, "{}\n") : refuse(404, fmt::format("there is no certificate {}", arn));
}

/// Lines of a service's (or task's) log streams after a sequence number.
http::Response read_logs(const RouteDeps& deps, const Query& query) {
  const auto value = [&](const char* name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  };
  const std::string wanted = value("of");
  const int64_t after = std::atoll(value("after").c_str());
  json::array events;
  bool known = false;
  std::map<std::string, int> groups;
  for (const auto& task : store::all<model::Task>(deps.store)) {
    const bool of_service = task.group == "service:" + wanted;
    if (!of_service && task.id != wanted && task.arn != wanted) continue;
    known = true;
    const auto definition = store::find<model::TaskDefinition>(deps.store, task.task_definition_arn);
    if (!definition) continue;
    for (const auto& container : definition->containers) {
      if (!container.log_configuration || container.log_configuration->driver != "awslogs") continue;
      const auto& options = container.log_configuration->options;
      const auto option = [&](const char* name) { return options.contains(name) ? options.at(name) : std::string(); };
      const auto read = deps.logs.read({.group_key = fmt::format("{}/{}/{}", task.account, option("awslogs-region"), option("awslogs-group")),
                                        .stream = fmt::format("{}/{}/{}", option("awslogs-stream-prefix"), container.name, task.id), .after_sequence = after});
      if (!read) return refuse(500, read.error().message());
      for (const auto& event : *read) {
        events.push_back(json::object{{"sequence", event.sequence}, {"at", iso8601(event.timestamp, true)}, {"task", task.id}, {"container", container.name}, {"message", event.message}});
      }
    }
  }
  for (const auto& service : store::all<model::Service>(deps.store)) known = known || service.name == wanted;
  if (!known) return refuse(404, fmt::format("there is no service or task '{}'", wanted));
  return answer(200, json::serialize(json::object{{"events", events}}));
}

/// {"command": ["sh", "-c", …]}
http::Response exec(const RouteDeps& deps, const std::string& task, const std::string& container, const std::string& body) {
  const auto value = parse_json(body, "the body");
  const json::object* object = value ? value->if_object() : nullptr;
  const json::array* command = object ? array_member(*object, "command") : nullptr;
  if (command == nullptr) return refuse(400, value ? "the body has no list 'command'" : value.error().what);
  std::vector<std::string> words;
  for (const json::value& word : *command) {
    if (!word.is_string()) return refuse(400, "a word of 'command' is not a string");
    words.emplace_back(word.get_string());
  }
  const auto done = deps.exec(task, container, words);
  return done ? answer(200, *done) : refuse(done.error().code.starts_with("Exec.") ? 400 : 500, done.error().message());
}

bool is_secret(const RouteDeps& deps, const http::Request& request) {
  const auto given = request.headers.find("x-landfall-secret");
  return given && given->size() == deps.secret.size() && CRYPTO_memcmp(given->data(), deps.secret.data(), given->size()) == 0;
}

}  // namespace

http::Response own_route(const RouteDeps& deps, const http::Request& request) {
  if (!is_secret(deps, request)) return refuse(403, "the header x-landfall-secret does not hold this daemon's secret");
  const Query query = parse_query(request.query);
  const std::string path = request.path.substr(std::string_view("/_landfall").size());
  const auto value = [&](const char* name) { return query.contains(name) ? query.at(name) : std::string(); };
  if (request.method == "GET") {
    if (path == "/health") return answer(200, fmt::format("{{\"pid\": {}, \"boot\": \"{}\"}}\n", getpid(), deps.boot));
    if (path == "/events") return answer(200, deps.events(std::atoll(value("after").c_str())));
    if (path == "/status") return answer(200, status_json(deps.store, deps.settings, deps.dns_port));
    if (path == "/logs") return read_logs(deps, query);
    if (path == "/why") {
      const why::Explanation explanation = why::explain(deps.store, value("thing"));
      return value("format") == "json" ? answer(200, why::render_json(explanation)) : answer(200, why::render(explanation), "text/plain");
    }
  }
  if (request.method == "POST") {
    if (path == "/origins") return take_origins(deps, request.body);
    if (path == "/certificates/confirm") return confirm_certificate(deps, value("arn"));
    if (path == "/exec") return exec(deps, value("task"), value("container"), request.body);
    if (path == "/reset") {
      deps.reset();
      return answer(200, "{}\n");
    }
    if (path == "/stop") {
      deps.stop(value("purge") == "true");
      return answer(200, "{}\n");
    }
  }
  return refuse(404, fmt::format("there is no route {} {}", request.method, request.path));
}

}  // namespace landfall::daemon
