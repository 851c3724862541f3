#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/daemon_client.h"

namespace landfall::cli {
namespace {

struct Answer {
  int exit_code = 0;
  std::string out, err;
  bool is_cut = false, is_timed_out = false;
};

Result<Answer> ask(const Global& global, const std::string& task, const std::string& container, const std::vector<std::string>& words) {
  const DaemonClient client = TRY(DaemonClient::connect(global.data_dir));
  json::array command;
  for (const std::string& word : words) command.emplace_back(word);
  const std::string body = TRY(client.post(fmt::format("/_landfall/exec?task={}&container={}", percent_encode(task), percent_encode(container)), json::serialize(json::object{{"command", command}})));
  const json::value value = TRY(parse_json(body, "the daemon's answer"));
  const json::object* object = value.if_object();
  const json::value* code = object ? object->if_contains("exit_code") : nullptr;
  if (code == nullptr || !code->is_int64()) return fail("Daemon.Malformed", "the daemon's answer has no exit code");
  const auto flag = [&](const char* name) { return object->contains(name) && object->at(name).is_bool() && object->at(name).get_bool(); };
  auto its_out = TRY(base64_decode(string_member(*object, "stdout")));
  auto its_err = TRY(base64_decode(string_member(*object, "stderr")));
  return Answer{.exit_code = static_cast<int>(code->get_int64()), .out = std::move(its_out), .err = std::move(its_err),
                .is_cut = flag("is_cut"), .is_timed_out = flag("is_timed_out")};
}

}  // namespace

int exec_command(const Global& global, const std::string& task, const std::string& container, const std::vector<std::string>& words, bool is_interactive) {
  if (is_interactive) return complain({.code = "Exec.Interactive", .what = "landfall exec has no interactive terminal yet; leave out --interactive and give a whole command: landfall exec TASK -- sh -c '…'"});
  const auto answer = ask(global, task, container, words);
  if (!answer) return complain(answer.error());
  std::fwrite(answer->out.data(), 1, answer->out.size(), stdout);
  std::fwrite(answer->err.data(), 1, answer->err.size(), stderr);
  if (answer->is_cut) std::fputs("error: the output was over 1 MiB; the rest of it is not shown\n", stderr);
  if (answer->is_timed_out) std::fputs("error: the command did not end in time and was killed\n", stderr);
  return answer->exit_code;
}

}  // namespace landfall::cli
