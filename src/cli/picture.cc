#include "cli/picture.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace landfall::cli {
namespace {

std::string member(const json::value& row, std::string_view name) {
  const json::value* value = row.as_object().if_contains(name);
  if (value == nullptr) return "";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::vector<std::string> strings(const json::value& row, std::string_view name) {
  std::vector<std::string> list;
  if (const json::array* array = array_member(row.as_object(), name)) {
    for (const json::value& element : *array) {
      if (element.is_string()) list.emplace_back(element.get_string());
    }
  }
  return list;
}

const json::array& rows(const json::object& status, std::string_view name) {
  static const json::array none;
  const json::array* found = array_member(status, name);
  return found == nullptr ? none : *found;
}

}  // namespace

std::string picture(const json::object& status) {
  std::string text = fmt::format("{}   account {}   region {}   DNS {}\n", string_member(status, "endpoint"), string_member(status, "account"),
                                 string_member(status, "region"), string_member(status, "dns"));
  for (const json::value& row : rows(status, "load_balancers")) {
    text += fmt::format("\nload balancer {}  {}  {}\n", member(row, "name"), member(row, "state"), join(strings(row, "addresses"), " "));
    for (const std::string& url : strings(row, "urls")) text += "  " + url + "\n";
  }
  if (!rows(status, "services").empty()) text += "\nSERVICE                          RUNNING  ROLLOUT      LAST EVENT\n";
  for (const json::value& row : rows(status, "services")) {
    text += fmt::format("{:<32} {:>3} of {:<3}{:<12} {}\n", member(row, "name"), member(row, "running"), member(row, "desired"), member(row, "rollout"), member(row, "last_event"));
  }
  if (!rows(status, "tasks").empty()) text += "\nTASK                              STATUS        ZONE        ADDRESS          GROUP\n";
  for (const json::value& row : rows(status, "tasks")) {
    text += fmt::format("{:<33} {:<13} {:<11} {:<16} {} {}\n", member(row, "id"), member(row, "status"), member(row, "zone"), member(row, "address"), member(row, "group"), member(row, "detail"));
  }
  if (!rows(status, "targets").empty()) text += "\nTARGET                 STATE      GROUP                            REASON\n";
  for (const json::value& row : rows(status, "targets")) {
    text += fmt::format("{:<22} {:<10} {:<32} {}\n", member(row, "id") + ":" + member(row, "port"), member(row, "state"), member(row, "group"), member(row, "reason"));
  }
  return text;
}

std::string how_to_try(const json::object& status, const DaemonClient& daemon) {
  for (const json::value& row : rows(status, "load_balancers")) {
    const std::vector<std::string> addresses = strings(row, "addresses"), urls = strings(row, "urls");
    for (const std::string& url : urls) {
      if (addresses.empty() || !url.starts_with("https://")) continue;
      const std::string host = url.substr(8, url.find('/', 8) - 8);
      return fmt::format("\nTry it:\n  curl --cacert {} --resolve {}:443:{} {}\n  chromium --no-sandbox --ignore-certificate-errors-spki-list --host-resolver-rules='MAP {} {}' {}\n", daemon.ca_file(), host, addresses[0], url, host, addresses[0], url);
    }
  }
  return "";
}

}  // namespace landfall::cli
