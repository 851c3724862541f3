#include "fargate/secret_value.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "model/secret.h"
#include "store/table.h"

namespace landfall::fargate {
namespace {

std::unexpected<Error> missing(const std::string& what) { return fail("Secret.Missing", "execution resource retrieval failed: unable to retrieve secret from " + what); }

/// One member of a secret that is a JSON object.
Result<std::string> member_of_secret(const std::string& text, const std::string& key, const std::string& arn) {
  const auto value = parse_json(text, "the secret");
  const json::object* object = value ? value->if_object() : nullptr;
  const json::value* found = object == nullptr ? nullptr : object->if_contains(key);
  if (found == nullptr) return missing(fmt::format("asm: retrieved secret from Secrets Manager did not contain json key {} in {}", key, arn));
  return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

/// Whether it is a secret's ARN, which key, stage and version may follow.
bool is_secret(const std::vector<std::string>& parts) { return parts.size() >= 7 && parts[0] == "arn" && parts[2] == "secretsmanager"; }

std::string plain_arn(const std::vector<std::string>& parts) { return join(std::vector<std::string>(parts.begin(), parts.begin() + 7), ":"); }

Result<std::string> from_secrets_manager(const store::Store& store, const std::vector<std::string>& parts, const std::string& given) {
  const std::string arn = plain_arn(parts);
  const auto part = [&](size_t i) { return parts.size() > i ? parts[i] : std::string(); };
  for (const auto& secret : store::all<model::Secret>(store, parts[4] + "/" + parts[3] + "/")) {
    const bool named = secret.arn == arn || secret.arn.substr(0, secret.arn.size() - 7) == arn;
    if (!named || secret.deleted_at) continue;
    const std::string stage = part(8).empty() ? "AWSCURRENT" : part(8);
    for (const auto& version : secret.versions) {
      const bool wanted = part(9).empty() ? std::ranges::count(version.stages, stage) > 0 : version.id == part(9);
      if (!wanted) continue;
      return part(7).empty() ? Result<std::string>(version.text) : member_of_secret(version.text, part(7), arn);
    }
  }
  return missing(fmt::format("asm: service call has been retried 1 time(s): failed to fetch secret {} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.", given));
}

}  // namespace

std::string secret_arn(const model::Task& task, const std::string& value_from) {
  const std::vector<std::string> parts = split(value_from, ':');
  if (is_secret(parts)) return plain_arn(parts);
  if (parts.size() == 6 && parts[2] == "ssm") return value_from;
  return fmt::format("arn:aws:ssm:{}:{}:parameter/{}", task.region, task.account, value_from.starts_with('/') ? value_from.substr(1) : value_from);
}

Result<std::string> secret_value(const store::Store& store, const model::Task& task, const std::string& value_from) {
  const std::vector<std::string> parts = split(value_from, ':');
  if (is_secret(parts)) return from_secrets_manager(store, parts, value_from);
  std::string name = value_from, account = task.account, region = task.region;
  if (parts.size() == 6 && parts[2] == "ssm") {
    region = parts[3];
    account = parts[4];
    name = parts[5].substr(std::string_view("parameter").size());
  }
  for (const std::string& tried : {name, name.starts_with("/") ? name.substr(1) : name}) {
    const auto parameter = store::find<model::Parameter>(store, account + "/" + region + "#" + tried);
    if (parameter && !parameter->versions.empty()) return parameter->versions.back().value;
  }
  return missing(fmt::format("ssm: service call has been retried 1 time(s): invalid parameters: {}", value_from));
}

}  // namespace landfall::fargate
