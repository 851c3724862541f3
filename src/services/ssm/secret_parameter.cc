#include "services/ssm/secret_parameter.h"

#include <algorithm>

#include "base/json.h"
#include "services/secretsmanager/support.h"

namespace landfall::services::ssm {
namespace {

constexpr std::string_view kStem = "/aws/reference/secretsmanager/";

bool is_uuid(const std::string& text) { return text.size() == 36 && std::ranges::count(text, '-') == 4; }

/// What Secrets Manager answered, as Parameter Store passes it on.
std::string answer_of(const model::Secret& secret, const model::SecretVersion& version) {
  json::array stages;
  for (const std::string& stage : version.stages) stages.emplace_back(stage);
  json::object told{{"ARN", secret.arn}, {"name", secret.name}, {"versionId", version.id}, {"versionStages", stages}, {"createdDate", iso8601(version.created_at)}};
  if (version.binary.empty()) told["secretString"] = version.text;
  return json::serialize(told);
}

}  // namespace

bool is_secret_name(std::string_view name) { return name.starts_with(kStem); }

Result<shapes::Parameter> secret_as_parameter(const store::Store& store, const CallContext& context, const std::string& given, bool with_decryption) {
  if (!with_decryption) return fail("ValidationException", "WithDecryption flag must be True for retrieving a Secret Manager secret.");
  const std::string asked = given.substr(kStem.size());
  const size_t colon = asked.starts_with("arn:") ? std::string::npos : asked.find(':');
  const std::string name = asked.substr(0, colon), suffix = colon == std::string::npos ? "" : asked.substr(colon + 1);
  const auto absent = [&] { return fail("ParameterNotFound", fmt::format("An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {} not found.", given)); };
  const auto secret = secretsmanager::secret_at(store, context, name);
  if (!secret || secret->deleted_at) return absent();
  const auto given_part = [&](bool is_wanted) { return is_wanted && !suffix.empty() ? std::optional(suffix) : std::nullopt; };
  const auto version = secretsmanager::version_of(*secret, given_part(is_uuid(suffix)), given_part(!is_uuid(suffix)));
  if (!version) return absent();
  shapes::Parameter out{.arn = secret->arn, .data_type = "text", .last_modified_date = (*version)->created_at, .name = std::string(kStem) + name, .source_result = answer_of(*secret, **version), .type = "SecureString", .value = (*version)->text, .version = 0};
  if (!suffix.empty()) out.selector = ":" + suffix;
  return out;
}

}  // namespace landfall::services::ssm
