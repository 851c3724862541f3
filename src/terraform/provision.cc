#include <cstdlib>

#include <fmt/format.h>

#include "base/text.h"
#include "hcl/value_json.h"
#include "sys/process.h"
#include "terraform/applier.h"

extern char** environ;

namespace landfall::terraform {
namespace {

using hcl::Diagnostics;

/// Terraform waits for as long as a command takes; so long that nobody does, it is cut.
constexpr std::chrono::hours kLongestCommand{24};

std::string text_of(const hcl::Body& body, std::string_view name, const hcl::Scope& scope, Diagnostics& diagnostics) {
  const hcl::Attribute* attribute = body.find(name);
  if (attribute == nullptr) return "";
  hcl::Evaluated found = hcl::evaluate(*attribute->value, scope, hcl::Type::string());
  diagnostics.append(std::move(found.diagnostics));
  return found.value.has_value() ? found.value.as_string() : std::string();
}

}  // namespace

/// Runs the local-exec provisioners of one instance, in order of writing. False: one failed, and is not to be passed over.
bool Applier::provision(const PlannedChange& change, bool at_destroy, const hcl::Scope& scope) {
  for (const ProvisionerConfig& provisioner : change.config->provisioners) {
    if (provisioner.at_destroy != at_destroy) continue;
    const hcl::Body& body = provisioner.block->body;
    Diagnostics diagnostics;
    sys::Command command{.output_bound = 16 << 20, .timeout = kLongestCommand};
    const std::string script = text_of(body, "command", scope, diagnostics), folder = text_of(body, "working_dir", scope, diagnostics);
    command.folder = folder.empty() ? impl_.options.directory.string() : (impl_.options.directory / folder).string();
    command.words = {"/bin/sh", "-c"};
    if (const hcl::Attribute* interpreter = body.find("interpreter")) {
      hcl::Evaluated found = hcl::evaluate(*interpreter->value, scope, hcl::Type::list(hcl::Type::string()));
      diagnostics.append(std::move(found.diagnostics));
      command.words.clear();
      if (found.value.has_value()) for (const Value& word : found.value.elements()) command.words.push_back(word.has_value() ? word.as_string() : "");
    }
    command.words.push_back(script);
    for (char** entry = environ; *entry != nullptr; ++entry) command.environment.emplace_back(*entry);
    if (const hcl::Attribute* environment = body.find("environment")) {
      hcl::Evaluated found = hcl::evaluate(*environment->value, scope, hcl::Type::map(hcl::Type::string()));
      diagnostics.append(std::move(found.diagnostics));
      if (found.value.has_value()) for (const auto& [name, value] : found.value.fields()) command.environment.push_back(name + "=" + (value.has_value() ? value.as_string() : ""));
    }
    if (!diagnostics.has_errors()) {
      const auto tell = [&](Event::Kind kind, const std::string& output = "") { impl_.tell({.kind = kind, .address = change.address, .output = output}); };
      tell(Event::Kind::provision_start);
      std::string words;
      for (const std::string& word : command.words) words += (words.empty() ? "" : " ") + hcl::to_json(Value::string(word));
      tell(Event::Kind::provision_progress, "Executing: [" + words + "]");
      const auto done = sys::run_process(command);
      if (done) {
        for (const std::string& line : split(trim(done->out + done->err), '\n')) {
          if (!line.empty()) tell(Event::Kind::provision_progress, line);
        }
      }
      const bool is_done = done && done->exit_code == 0;
      tell(is_done ? Event::Kind::provision_complete : Event::Kind::provision_errored);
      if (is_done) continue;
      const std::string what = done ? fmt::format("Error running command '{}': exit status {}. Output: {}", script, done->exit_code, done->out + done->err) : done.error().message();
      diagnostics.error(provisioner.block->header_range, "local-exec provisioner error", what);
    }
    if (provisioner.goes_on) {
      for (hcl::Diagnostic& one : diagnostics) one.severity = hcl::Severity::warning;
      collected_.add(std::move(diagnostics));
      continue;
    }
    collected_.add(std::move(diagnostics));
    return false;
  }
  return true;
}

}  // namespace landfall::terraform
