#include <fmt/format.h>

#include "base/json.h"
#include "sys/process.h"
#include "terraform/simple_source.h"
#include "terraform/utility/plain_file.h"
#include "terraform/utility/types.h"

extern char** environ;

namespace landfall::terraform::utility_types {
namespace {

/// Terraform waits for as long as a program takes; so long that nobody does, it is cut.
constexpr std::chrono::hours kLongestProgram{24};
constexpr size_t kMostOutput = 16 << 20, kMostInput = 64 << 10;

Result<std::map<std::string, std::string>> result_of(const std::string& output, const std::string& program) {
  const json::value value = TRY(parse_json(output, "the output of " + program));
  if (!value.is_object()) return fail("External.BadResult", fmt::format("{} wrote JSON that is no object: {}", program, output));
  std::map<std::string, std::string> result;
  for (const auto& [name, member] : value.get_object()) {
    if (!member.is_string()) return fail("External.BadResult", fmt::format("{} wrote an object whose \"{}\" is {}; all members must be strings", program, std::string(name), json::serialize(member)));
    result[std::string(name)] = std::string(member.get_string());
  }
  return result;
}

/// The query goes to the program's standard input as an object of strings; so comes the result from its standard output.
/// Source  registry.terraform.io, hashicorp/external: data external.
Result<void> read_external(const Cloud& cloud, Record& state) {
  sys::Command command{.output_bound = kMostOutput, .timeout = kLongestProgram};
  command.words = state.texts("program");
  if (command.words.empty() || command.words[0].empty()) return fail("Argument.Missing", "program must name a program");
  const std::string& program = command.words[0];
  command.folder = full_path(cloud, state.text("working_dir")).string();
  for (char** entry = environ; *entry != nullptr; ++entry) command.environment.emplace_back(*entry);
  json::object query;
  for (const auto& [name, value] : state.pairs("query")) query[name] = value;
  command.input = json::serialize(query);
  if (command.input.size() > kMostInput) return fail("External.TooMuch", fmt::format("the query has {} bytes; at most {} can be given to {}", command.input.size(), kMostInput, program));
  const sys::Outcome outcome = TRY(sys::run_process(command));
  if (outcome.exit_code == 127 && outcome.out.empty() && outcome.err.empty()) return fail("External.NotFound", fmt::format("the program {} cannot be started in {}: is it there, and executable?", program, command.folder));
  if (outcome.exit_code != 0) return fail("External.Failed", fmt::format("{} ended with exit status {}: {}", program, outcome.exit_code, outcome.err.empty() ? "it wrote nothing to standard error" : outcome.err));
  if (outcome.is_cut) return fail("External.TooMuch", fmt::format("{} wrote more than {} bytes", program, kMostOutput));
  state.set("result", TRY(result_of(outcome.out, program)));
  state.set("id", "-");
  return {};
}

}  // namespace

void add_external(Provider& provider) {
  add_source(provider, "external", {.attributes = {text("id").read_only(), texts("program").required(), text("working_dir"), text_map("query"), text_map("result").read_only()}, .is_exact = true}, read_external);
}

}  // namespace landfall::terraform::utility_types
