#pragma once

#include <string>
#include <string_view>

#include "services/ssm/support.h"

/// Secrets of Secrets Manager, read as parameters: "/aws/reference/secretsmanager/NAME", with ":VERSION-ID" or ":STAGE".
namespace landfall::services::ssm {

bool is_secret_name(std::string_view name);
/// Errors: "ValidationException" without decryption, "ParameterNotFound".
Result<shapes::Parameter> secret_as_parameter(const store::Store& store, const CallContext& context, const std::string& given, bool with_decryption);

}  // namespace landfall::services::ssm
