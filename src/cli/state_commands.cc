#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/root_session.h"
#include "terraform/decode.h"
#include "terraform/refactor.h"
#include "terraform/session.h"
#include "terraform/state_value.h"

/// Commands that change a state without planning: mv, rm, push, taint, import.
namespace landfall::cli {
namespace {

using terraform::Address;
using terraform::State;

/// The configuration does not count, only where it keeps its state.
std::unique_ptr<RootSession> open_state(const Global& global, TerraformArguments& arguments) {
  arguments.only_state = true;
  return RootSession::open_here(global, arguments);
}

/// Reads under a lock, lets `edit` change it, writes it.
int change_state(const Global& global, TerraformArguments& arguments, const std::string& operation, const std::function<Result<void>(State&, terraform::Engine&)>& edit) {
  const auto session = open_state(global, arguments);
  if (!session || !session->lock(operation)) return 1;
  auto state = session->engine().read_state();
  if (!state) return complain(state.error());
  if (const auto edited = edit(*state, session->engine()); !edited) return complain(edited.error());
  const auto written = session->engine().write_state(std::move(*state));
  return written ? 0 : complain(written.error());
}

std::vector<Address> covered(const State& state, const std::string& outer) {
  std::vector<Address> found;
  for (const auto& [address, instance] : state.instances) {
    if (terraform::covers(outer, address.text())) found.push_back(address);
  }
  return found;
}

Error no_match(const std::string& address) { return {.code = "State.NoInstance", .what = fmt::format("no instance in the state matches \"{}\"; `landfall state list` names those it has", address)}; }

}  // namespace

int state_move_command(const Global& global, TerraformArguments arguments) {
  if (arguments.words.size() != 2) return complain({.code = "Usage", .what = "state mv takes two addresses: from and to"});
  return change_state(global, arguments, "state-mv", [&](State& state, terraform::Engine&) -> Result<void> {
    const std::string &from = arguments.words[0], &to = arguments.words[1];
    const std::vector<Address> found = covered(state, from);
    if (found.empty()) return fail(no_match(from));
    for (const Address& address : found) {
      const auto target = terraform::parse_address(to + address.text().substr(from.size()));
      if (!target) return fail("State.Address", fmt::format("\"{}\" cannot take what \"{}\" is", to, from));
      if (state.instances.contains(*target)) return fail("State.Taken", fmt::format("\"{}\" is in the state already", target->text()));
      auto node = state.instances.extract(address);
      node.key() = *target;
      state.instances.insert(std::move(node));
      if (const auto kept = state.providers.find(address.block); kept != state.providers.end()) state.providers[target->block] = std::string(kept->second);
      std::printf("Move \"%s\" to \"%s\"\n", address.text().c_str(), target->text().c_str());
    }
    std::printf("Successfully moved %zu object(s).\n", found.size());
    return {};
  });
}

int state_remove_command(const Global& global, TerraformArguments arguments) {
  return change_state(global, arguments, "state-rm", [&](State& state, terraform::Engine&) -> Result<void> {
    size_t count = 0;
    for (const std::string& outer : arguments.words) {
      const std::vector<Address> found = covered(state, outer);
      if (found.empty()) return fail(no_match(outer));
      for (const Address& address : found) {
        state.instances.erase(address);
        state.deposed.erase(address);
        std::printf("Removed %s\n", address.text().c_str());
        ++count;
      }
    }
    std::printf("Successfully removed %zu resource instance(s).\n", count);
    return {};
  });
}

int state_pull_command(const Global& global, TerraformArguments arguments) {
  const auto session = open_state(global, arguments);
  if (!session) return 1;
  const auto state = session->engine().read_state();
  if (!state) return complain(state.error());
  std::fputs(terraform::render_state(*state).c_str(), stdout);
  return 0;
}

int state_push_command(const Global& global, TerraformArguments arguments) {
  const std::string name = arguments.words.empty() ? "" : arguments.words[0];
  const auto text = name == "-" ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {})) : read_file(name);
  if (!text) return complain(text.error());
  auto given = terraform::parse_state(*text, name);
  if (!given) return complain(given.error());
  return change_state(global, arguments, "state-push", [&](State& state, terraform::Engine&) -> Result<void> {
    if (!state.is_empty() && state.lineage != given->lineage && !arguments.is_approved) return fail("State.Lineage", fmt::format("the state that is there has lineage {}, the given one {}; -force pushes it all the same", state.lineage, given->lineage));
    if (!state.is_empty() && state.serial > given->serial && !arguments.is_approved) return fail("State.Serial", fmt::format("the state that is there has serial {}, newer than the given one's {}; -force pushes it all the same", state.serial, given->serial));
    given->serial = std::max(state.serial, given->serial - 1);
    state = std::move(*given);
    return {};
  });
}

int taint_command(const Global& global, TerraformArguments arguments, bool taints) {
  const std::string wanted = arguments.words.empty() ? "" : arguments.words[0];
  return change_state(global, arguments, taints ? "taint" : "untaint", [&](State& state, terraform::Engine&) -> Result<void> {
    const auto address = terraform::parse_address(wanted);
    const auto found = address ? state.instances.find(*address) : state.instances.end();
    if (found == state.instances.end()) return fail(no_match(wanted));
    found->second.is_tainted = taints;
    std::printf("Resource instance %s has been %s.\n", wanted.c_str(), taints ? "marked as tainted" : "successfully untainted");
    return {};
  });
}

int import_command(const Global& global, TerraformArguments arguments) {
  if (arguments.words.size() != 2) return complain({.code = "Usage", .what = "import takes an address and an id"});
  return change_state(global, arguments, "import", [&](State& state, terraform::Engine& engine) -> Result<void> {
    const auto address = terraform::parse_address(arguments.words[0]);
    if (!address) return fail("State.Address", fmt::format("\"{}\" is not the address of a resource", arguments.words[0]));
    if (state.instances.contains(*address)) return fail("State.Taken", fmt::format("{} is in the state already", address->text()));
    const auto* type = engine.provider().resource(address->block.type);
    if (type == nullptr) return fail("Provider.NoType", fmt::format("Landfall does not support resource type \"{}\"", address->block.type));
    const bool is_declared = std::ranges::any_of(engine.impl().graph.nodes, [&](const auto& node) { return node.id() == terraform::config_address(address->block); });
    if (!is_declared) return fail("Import.NoBlock", fmt::format("the configuration has no block for {}: write one first", address->text()));
    const terraform::Cloud cloud = TRY(engine.cloud_of(address->block));
    if (address->block.type.starts_with("aws_") && !cloud.client) return fail("Daemon.NotRunning", "no Landfall daemon runs for the data directory");
    terraform::Record found = TRY(type->import(cloud, arguments.words[1]));
    if (!TRY(type->read(cloud, found))) return fail("Import.NotFound", fmt::format("there is no {} with the id \"{}\"", address->block.type, arguments.words[1]));
    terraform::StateInstance instance{.schema_version = type->schema_version()};
    terraform::set_attributes(instance, TRY(terraform::fit(found.to_value(), type->schema().type())), type->schema());
    state.instances[*address] = std::move(instance);
    std::printf("%s: Import complete!\n", address->text().c_str());
    return {};
  });
}

int force_unlock_command(const Global& global, TerraformArguments arguments) {
  const auto session = open_state(global, arguments);
  if (!session) return 1;
  if (const auto broken = session->engine().break_lock(arguments.words[0]); !broken) return complain(broken.error());
  std::puts("Landfall state has been successfully unlocked!");
  return 0;
}

}  // namespace landfall::cli
