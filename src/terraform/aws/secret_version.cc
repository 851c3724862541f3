#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/secretsmanager.h"
#include "base/text.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace sm = aws::secretsmanager;
constexpr const char* kService = "secretsmanager";

std::string check_base64(const Value& text) { return base64_decode(text.as_string()) ? "" : "to be base64 encoded"; }

bool holds(const std::vector<std::string>& stages, const std::string& stage) { return std::ranges::find(stages, stage) != stages.end(); }

/// The version that holds a stage; "" if none does.
Result<std::string> holder_of(const Cloud& cloud, const std::string& secret, const std::string& stage) {
  sm::DescribeSecretRequest request;
  request.secret_id = secret;
  const auto found = TRY(cloud.call<sm::DescribeSecretResponse>(kService, "DescribeSecret", request));
  if (!found.version_ids_to_stages) return std::string();
  for (const auto& [version, stages] : *found.version_ids_to_stages) {
    if (holds(stages, stage)) return version;
  }
  return std::string();
}

/// Either may be "": a stage that is put first, or taken away.
Result<void> move_stage(const Cloud& cloud, const std::string& secret, const std::string& stage, const std::string& from, const std::string& to) {
  sm::UpdateSecretVersionStageRequest request;
  request.secret_id = secret;
  request.version_stage = stage;
  if (!from.empty()) request.remove_from_version_id = from;
  if (!to.empty()) request.move_to_version_id = to;
  TRY(cloud.call<sm::UpdateSecretVersionStageResponse>(kService, "UpdateSecretVersionStage", request));
  return {};
}

/// One value of a secret. It cannot be deleted, only lose its stages; AWSCURRENT stays until another version takes it.
class SecretVersion final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("arn").read_only(), text("version_id").read_only(), text("secret_id").required().forces_new(), text("secret_string").forces_new().sensitive(),
                                              text("secret_binary").forces_new().sensitive().checked(check_base64), text_set("version_stages").computed(), text("secret_string_wo").write_only(),
                                              number("secret_string_wo_version").forces_new(), flag("has_secret_string_wo").read_only()}};
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    const bool both = !change.planned.text("secret_string").empty() && !change.planned.text("secret_binary").empty();
    if (both) return fail("Secret.Conflict", "\"secret_string\": conflicts with secret_binary");
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    sm::PutSecretValueRequest request;
    request.secret_id = planned.text("secret_id");
    request.client_request_token = cloud.ids->uuid();
    if (planned.has("secret_string")) request.secret_string = planned.text("secret_string");
    if (planned.has("secret_string_wo")) request.secret_string = planned.text("secret_string_wo");
    state.set("has_secret_string_wo", planned.has("secret_string_wo"));
    if (planned.has("secret_binary")) request.secret_binary = TRY(base64_decode(planned.text("secret_binary")));
    if (const auto stages = planned.texts("version_stages"); !stages.empty()) request.version_stages = stages;
    const auto made = TRY(cloud.call<sm::PutSecretValueResponse>(kService, "PutSecretValue", request));
    state.set("id", *request.secret_id + "|" + made.version_id.value_or(""));
    state.set("version_id", made.version_id.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id");
    const size_t bar = id.rfind('|');
    if (bar == std::string::npos) return fail("Secret.Id", fmt::format("unexpected format for ID ({}), expected SecretID|VersionID", id));
    sm::GetSecretValueRequest request;
    request.secret_id = id.substr(0, bar);
    request.version_id = id.substr(bar + 1);
    auto found = cloud.call<sm::GetSecretValueResponse>(kService, "GetSecretValue", request);
    const bool is_deleted = !found && (is_gone(found.error()) || (found.error().code == "InvalidRequestException" && found.error().what.find("marked for deletion") != std::string::npos));
    if (is_deleted) return false;
    if (!found) return std::unexpected(found.error());
    state.set("secret_id", *request.secret_id);
    state.set("version_id", *request.version_id);
    state.set("arn", found->arn.value_or(""));
    if (state.flag("has_secret_string_wo")) state.clear("secret_string");
    else state.set("secret_string", found->secret_string.value_or(""));
    state.set("secret_binary", base64_encode(found->secret_binary.value_or("")));
    state.set("version_stages", found->version_stages.value_or(std::vector<std::string>{}));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string secret = prior.text("secret_id"), version = prior.text("version_id");
    const auto before = prior.texts("version_stages"), after = planned.texts("version_stages");
    for (const std::string& stage : after) {
      if (!holds(before, stage)) TRY(move_stage(cloud, secret, stage, TRY(holder_of(cloud, secret, stage)), version));
    }
    for (const std::string& stage : before) {
      if (!holds(after, stage) && stage != "AWSCURRENT") TRY(move_stage(cloud, secret, stage, version, ""));
    }
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    for (const std::string& stage : state.texts("version_stages")) {
      if (stage == "AWSCURRENT") continue;
      const std::string secret = state.text("secret_id");
      const auto done = move_stage(cloud, secret, stage, state.text("version_id"), "");
      const bool is_over = done || is_gone(done.error()) || done.error().code == "InvalidParameterException" || done.error().code == "InvalidRequestException";
      if (!is_over) return done;
    }
    return {};
  }
};

}  // namespace

void add_secret_version(Provider& provider) { provider.resources["aws_secretsmanager_secret_version"] = std::make_unique<SecretVersion>(); }

}  // namespace landfall::terraform::aws_types
