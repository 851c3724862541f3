#pragma once

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "aws/endpoint.h"
#include "aws/shapes/ssm.h"
#include "base/text.h"
#include "model/secret.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// What the Parameter Store handlers share.
namespace landfall::services::ssm {

namespace shapes = landfall::aws::ssm;
using aws::CallContext;
using model::Parameter;
using model::ParameterVersion;
using store::Transaction;

inline std::string scope(const CallContext& context) { return context.account + "/" + context.region + "#"; }

/// A name as callers write it: plain, as a path, or an ARN; and the ":version" or ":label" at its end.
struct Selector {
  std::string name, suffix;
};
Selector selector_of(const CallContext& context, const std::string& given);

Error no_parameter(const std::string& name);

/// "a" and "/a" are one parameter: they have one ARN. Nothing of deeper paths.
std::string other_form(const std::string& name);

template <class From>
std::optional<Parameter> parameter_at(const From& from, const CallContext& context, const std::string& name) {
  auto parameter = store::find<Parameter>(from, scope(context) + name);
  const std::string other = other_form(name);
  return parameter || other.empty() ? parameter : store::find<Parameter>(from, scope(context) + other);
}

template <class From>
Result<Parameter> parameter_named(const From& from, const CallContext& context, const std::optional<std::string>& given) {
  auto parameter = parameter_at(from, context, selector_of(context, text(given)).name);
  if (!parameter) return fail(no_parameter(text(given)));
  return std::move(*parameter);
}

/// The value as a caller sees it: of a SecureString, without decryption, only something that nobody can read.
std::string value_of(const ParameterVersion& version, bool with_decryption);
std::string last_modifier(const CallContext& context);

template <class T>
Result<Page<T>> page(std::vector<T> all, const std::optional<int32_t>& limit, int usual, const std::optional<std::string>& token) {
  return page_of(std::move(all), limit.value_or(usual), token, Error{.code = "InvalidNextToken", .what = "The specified token isn't valid."});
}

/// Filters of DescribeParameters and GetParametersByPath: each key once, options that fit it. Errors: "InvalidFilterKey" …
Result<void> check_filters(const std::vector<shapes::ParameterStringFilter>& filters);

Result<model::Tags> read_tags(const std::optional<std::vector<shapes::Tag>>& given);

void register_parameter(aws::Registry&, const Deps&);
void register_parameter_list(aws::Registry&, const Deps&);
void register_label(aws::Registry&, const Deps&);

}  // namespace landfall::services::ssm
