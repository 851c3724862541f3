#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

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

/// "arn:aws:logs:R:A:log-group:NAME" (":*" may follow) -> NAME.
std::optional<std::string> name_of_arn(const std::optional<std::string>& arn);

/// The group of a request that names it by logGroupName, or by logGroupIdentifier: a name or an ARN.
template <class From, class Request>
Result<model::LogGroup> group_given(const From& from, const CallContext& context, const Request& request) {
  if (request.log_group_name && request.log_group_identifier) return fail("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.");
  if (!request.log_group_name && !request.log_group_identifier) return fail("InvalidParameterException", "Either logGroupName or logGroupIdentifier must be specified.");
  if (request.log_group_name) return group_named(from, context, request.log_group_name);
  return group_named(from, context, request.log_group_identifier->starts_with("arn:") ? name_of_arn(request.log_group_identifier) : request.log_group_identifier);
}

/// Nobody needs it any more, and callers take it for opaque (API reference, PutLogEvents): 56 digits.
inline std::string sequence_token(int64_t sequence) { return fmt::format("{:056}", sequence); }

inline Error bad_token() { return {.code = "InvalidParameterException", .what = "The specified nextToken is invalid."}; }

void register_groups(aws::Registry&, const Deps&);
void register_streams(aws::Registry&, const Deps&);
void register_events(aws::Registry&, const Deps&);
void register_queries(aws::Registry&, const Deps&);
void register_metric_filters(aws::Registry&, const Deps&);
void register_account_records(aws::Registry&, const Deps&);
void register_exports(aws::Registry&, const Deps&);
void register_subscriptions(aws::Registry&, const Deps&);
void register_delivery_destinations(aws::Registry&, const Deps&);

}  // namespace landfall::services::logs
