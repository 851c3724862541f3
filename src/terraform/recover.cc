#include <fmt/format.h>

#include "base/json.h"
#include "hcl/value_json.h"
#include "terraform/decode.h"
#include "terraform/session.h"

namespace landfall::terraform {
namespace {

constexpr auto kLongestWait = std::chrono::seconds(10);

/// What became of one creation: an instance for the state, or nothing.
Result<std::optional<StateInstance>> find_out(const Engine::Impl& impl, const ResourceType& type, const Begun& begun) {
  const Value wanted = TRY(hcl::from_json(begun.wanted, type.schema().type()));
  Attempt attempt = Attempt::again(*impl.journal, begun);
  const Cloud plain = impl.cloud_in(begun.region);
  Cloud cloud = plain;
  cloud.attempt = &attempt;
  cloud.ids = &attempt.ids();
  cloud.longest_wait = kLongestWait;
  Record state(wanted);
  const auto created = type.create(cloud, Record(wanted), state);
  if (!created && !state.has("id")) {
    if (attempt.is_nothing_made(created.error())) return std::nullopt;
    return std::unexpected(created.error());
  }
  if (!TRY(type.read(plain, state))) return std::nullopt;
  const Value fitted = TRY(fit(state.to_value(), type.schema().type()));
  return StateInstance{.attributes = hcl::to_json(fitted), .schema_version = type.schema_version(), .is_tainted = !created.has_value(), .dependencies = begun.dependencies, .creates_first = begun.creates_first};
}

}  // namespace

Result<void> Engine::recover() {
  const std::vector<Begun> unfinished = TRY(impl_->journal->unfinished());
  if (unfinished.empty()) return {};
  impl_->carry_aws();  // what it was making may have no block any more
  State state = TRY(read_state());
  for (const Begun& begun : unfinished) {
    const ResourceType* type = impl_->provider.resource(begun.address.block.type);
    if (type != nullptr && !state.instances.contains(begun.address)) {
      auto found = TRY(find_out(*impl_, *type, begun).while_doing(fmt::format("finding out what became of {}, which an interrupted apply was making", begun.address.text())));
      if (found) {
        state.instances[begun.address] = std::move(*found);
        ++state.serial;
        TRY(impl_->backend->write(state).while_doing("writing the state to " + impl_->backend->place()));
        impl_->say(fmt::format("{}: Found again; an interrupted apply had made it.", begun.address.text()));
      }
    }
    impl_->journal->end(begun.token);
  }
  return {};
}

}  // namespace landfall::terraform
