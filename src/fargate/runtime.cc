#include "fargate/runtime.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::fargate {
namespace {

constexpr const char* kRunc = "/usr/sbin/runc";
constexpr const char* kLogBound = "67108864";  // conmon starts a new file at 64 MiB; the old one is read to its end first
constexpr auto kCreateTimeout = std::chrono::seconds(60);

bool is_gone(const std::string& text) { return text.find("does not exist") != std::string::npos || text.find("process already finished") != std::string::npos || text.find("container not running") != std::string::npos; }

}  // namespace

std::string words_of_runc(const std::string& text) {
  const size_t at = text.rfind("msg=\"");
  if (at == std::string::npos) return std::string(trim(text));
  std::string out;
  for (size_t i = at + 5; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

Result<void> Runtime::create(const ContainerPlace& place, bool has_terminal) const {
  TRY(make_directories(root_, 0700));
  TRY(make_directories(place.exits(), 0700));
  // conmon tells how runc's create went on descriptor 3; run_process hears standard output.
  sys::Command command{.words = {"/bin/sh", "-c", "exec \"$0\" \"$@\" 3>&1", "conmon", "--api-version", "1", "-c", place.id, "-u", place.id, "-r", kRunc, "--runtime-arg", "--root=" + root_.string(),
                                 "-b", place.folder, "-p", place.folder / "pid", "-P", place.folder / "conmon.pid", "--exit-dir", place.exits(), "-0", place.folder, "-l", "k8s-file:" + place.log().string(),
                                 "--log-size-max", kLogBound, "--full-attach", "--no-sync-log"},
                       .environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "_OCI_SYNCPIPE=3"}, .folder = place.folder, .timeout = kCreateTimeout, .until_line = true};
  if (has_terminal) command.words.push_back("-t");
  const sys::Outcome outcome = TRY(sys::run_process(command));
  const auto told = parse_json(trim(outcome.out), "conmon's answer");
  const json::object* object = told ? told->if_object() : nullptr;
  const json::value* data = object ? object->if_contains("data") : nullptr;
  if (data != nullptr && data->is_int64() && data->get_int64() > 0) return {};
  const std::string why = object ? words_of_runc(std::string(string_member(*object, "message"))) : std::string(trim(outcome.out + outcome.err));
  return fail("Runtime.Refused", why.empty() ? fmt::format("conmon ended with {} and said nothing", outcome.exit_code) : why, Blame::host);
}

Result<void> Runtime::start(const ContainerPlace& place) const {
  const sys::Outcome outcome = TRY(sys::run_process({.words = {kRunc, "--root", root_, "start", place.id}}));
  if (outcome.exit_code == 0) return {};
  return fail("Runtime.Refused", words_of_runc(outcome.err), Blame::host);
}

std::string Runtime::state(const ContainerPlace& place) const {
  std::error_code error;
  if (!std::filesystem::exists(std::filesystem::path(root_) / place.id, error)) return "";  // runc keeps a folder for each
  const auto outcome = sys::run_process({.words = {kRunc, "--root", root_, "state", place.id}});
  if (!outcome || outcome->exit_code != 0) return "";
  const auto value = parse_json(outcome->out, "runc's state");
  const json::object* object = value ? value->if_object() : nullptr;
  return object ? std::string(string_member(*object, "status")) : "";
}

Result<void> Runtime::signal(const ContainerPlace& place, const std::string& signal) const {
  const sys::Outcome outcome = TRY(sys::run_process({.words = {kRunc, "--root", root_, "kill", place.id, signal}}));
  if (outcome.exit_code == 0 || is_gone(outcome.err)) return {};
  return fail("Runtime.Refused", words_of_runc(outcome.err), Blame::host);
}

void Runtime::remove(const ContainerPlace& place) const {
  for (const char* program : {"conmon", kRunc}) {
    for (const int pid : sys::find_processes({program, place.id})) sys::kill_and_wait(pid);
  }
  (void)sys::run_process({.words = {kRunc, "--root", root_, "delete", "--force", place.id}});
}

Result<sys::Outcome> Runtime::exec(const ContainerPlace& place, const std::vector<std::string>& words, std::chrono::milliseconds timeout, bool as_root) const {
  sys::Command command{.words = {kRunc, "--root", root_, "exec"}, .timeout = timeout};
  if (as_root) command.words.insert(command.words.end(), {"--user", "0:0"});
  command.words.push_back(place.id);
  command.words.insert(command.words.end(), words.begin(), words.end());
  return sys::run_process(command);
}

std::optional<int> Runtime::monitor(const ContainerPlace& place) const {
  const auto is_ours = [&](int pid) {
    const auto line = read_file(fmt::format("/proc/{}/cmdline", pid));
    const std::vector<std::string> words = split(line ? *line : "", '\0');
    return !words.empty() && words[0] == "conmon" && std::ranges::find(words, place.folder.string()) != words.end();
  };
  if (const auto text = read_file(place.folder / "conmon.pid")) {
    const int pid = std::atoi(text->c_str());
    if (pid > 0 && is_ours(pid)) return pid;
  }
  // Killed between conmon's start and its pid file.
  for (const int pid : sys::find_processes({"conmon", place.id, place.folder})) return pid;
  return std::nullopt;
}

std::optional<int> Runtime::exit_code(const ContainerPlace& place) {
  const auto text = read_file(place.exit_file());
  if (!text || text->empty()) return std::nullopt;
  return std::atoi(text->c_str());
}

}  // namespace landfall::fargate
