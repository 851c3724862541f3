#include <cstdio>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/daemon_client.h"
#include "cli/follow.h"
#include "cli/picture.h"

namespace landfall::cli {
namespace {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string log_line(const json::object& event) {
  const auto text = [&](std::string_view name) { return string_member(event, name); };
  return fmt::format("{} {} {}  {}\n", text("at"), text("task").substr(0, 8), text("container"), text("message"));
}

Result<json::object> parse_object(const std::string& body) {
  json::value value = TRY(parse_json(body, "the daemon's answer"));
  if (!value.is_object()) return fail("Daemon.Malformed", "the daemon's answer is not an object");
  return std::move(value.get_object());
}

}  // namespace

int serve_command(const Global&, ServeArguments arguments, const Entrypoints& entrypoints) { return entrypoints.serve(arguments); }

int start_command(const ServeArguments& arguments) {
  const auto running = ensure_daemon(arguments, [](const std::string& line) { print(line + "\n"); });
  return running ? 0 : complain(running.error());
}

int stop_command(const Global& global, bool purge) {
  const auto done = stop_daemon(global.data_dir, purge);
  return done ? 0 : complain(done.error());
}

int status_command(const Global& global, bool as_json) {
  const auto client = DaemonClient::connect(global.data_dir);
  if (!client) return complain(client.error());
  const auto body = client->get("/_landfall/status");
  if (!body) return complain(body.error());
  if (as_json) {
    print(*body);
    return 0;
  }
  const auto status = parse_object(*body);
  if (!status) return complain(status.error());
  print(picture(*status));
  return 0;
}

int why_command(const Global& global, const std::vector<std::string>& thing, bool as_json) {
  const auto client = DaemonClient::connect(global.data_dir);
  if (!client) return complain(client.error());
  const auto body = client->get(fmt::format("/_landfall/why?thing={}{}", percent_encode(join(thing, " ")), as_json ? "&format=json" : ""));
  if (!body) return complain(body.error());
  print(*body);
  return 0;
}

int logs_command(const Global& global, const std::string& of, bool follow) {
  const auto client = DaemonClient::connect(global.data_dir);
  if (!client) return complain(client.error());
  const auto done = follow_events(*client, fmt::format("/_landfall/logs?of={}&", percent_encode(of)), follow, log_line);
  return done ? 0 : complain(done.error());
}

int env_command(const Global& global) {
  const auto client = DaemonClient::connect(global.data_dir);
  if (!client) return complain(client.error());
  const auto& address = client->address();
  print(fmt::format("export AWS_ENDPOINT_URL={}\nexport AWS_REGION={}\nexport AWS_DEFAULT_REGION={}\nexport AWS_ACCESS_KEY_ID={}\n"
                    "export AWS_SECRET_ACCESS_KEY={}\nexport AWS_CA_BUNDLE='{}'\nunset AWS_SESSION_TOKEN AWS_PROFILE\n",
                    address.url(), address.region, address.region, client->key().access_key, client->key().secret_key, client->ca_file()));
  return 0;
}

int ca_command(const Global& global) {
  const auto path = global.data_dir / "ca" / "root.pem";
  if (!std::filesystem::exists(path)) {
    return complain({.code = "Ca.Missing", .what = fmt::format("{} does not exist yet: the daemon makes it at its first start", path.string())});
  }
  print(path.string() + "\n");
  return 0;
}

int confirm_command(const Global& global, const std::string& arn) {
  const auto client = DaemonClient::connect(global.data_dir);
  if (!client) return complain(client.error());
  const auto done = client->post("/_landfall/certificates/confirm?arn=" + percent_encode(arn), "");
  return done ? 0 : complain(done.error());
}

}  // namespace landfall::cli
