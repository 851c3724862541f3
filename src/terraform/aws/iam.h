#pragma once

#include <functional>
#include <optional>
#include <string>

#include "terraform/provider.h"

/// What the IAM types share.
namespace landfall::terraform::aws_types {

/// The name that is written, or one of `name_prefix` (or `prefix`) and 26 digits.
std::string generated_name(const Cloud& cloud, const Record& planned, const char* prefix = "terraform-");

/// Sets name_prefix, if it is not known yet (after an import), from a name that was generated.
void set_prefix(Record& state, const std::string& name);

/// A required policy document, compared by what it says.
Attribute policy_text(const char* name);

/// Sets `name` to a document as IAM tells it (percent-encoded), unless what is there says the same.
void set_policy(Record& state, const char* name, const std::optional<std::string>& document);

/// For checked(): a name of a user or group.
std::string check_iam_name(const Value& value);

/// For adjust, where the id is the name: id and ARN are not known before a new name is given.
Result<void> renamed(const Planned& planned);

/// Tries again while something that goes away at the same time holds the thing (DeleteConflict).
Result<void> delete_when_free(const Cloud& cloud, const std::function<Result<void>()>& attempt);

}  // namespace landfall::terraform::aws_types
