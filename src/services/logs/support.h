#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/endpoint.h"
#include "aws/shapes/logs.h"
#include "model/storage.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

namespace landfall::services::logs {

namespace shapes = landfall::aws::logs;
using aws::CallContext;
using store::Transaction;

inline std::string group_key(const CallContext& context, std::string_view name) { return context.account + "/" + context.region + "/" + std::string(name); }

template <class From>
Result<model::LogGroup> group_named(const From& from, const CallContext& context, const std::optional<std::string>& name) {
  auto group = store::find<model::LogGroup>(from, group_key(context, text(name)));
  if (!group) return fail("ResourceNotFoundException", "The specified log group does not exist.");
  return std::move(*group);
}
template <class From>
Result<model::LogStream> stream_named(const From& from, const CallContext& context, const std::optional<std::string>& group, const std::optional<std::string>& stream) {
  TRY(group_named(from, context, group));
  auto found = store::find<model::LogStream>(from, group_key(context, text(group)) + "#" + text(stream));
  if (!found) return fail("ResourceNotFoundException", "The specified log stream does not exist.");
  return std::move(*found);
}

void register_groups(aws::Registry&, const Deps&);
void register_streams(aws::Registry&, const Deps&);
void register_events(aws::Registry&, const Deps&);
void register_metric_filters(aws::Registry&, const Deps&);
void register_account_records(aws::Registry&, const Deps&);

}  // namespace landfall::services::logs
