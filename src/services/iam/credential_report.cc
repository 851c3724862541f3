#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/inline_policies.h"

/// The report of the credentials of an account's users: made when asked for, and told for some hours.
namespace landfall::services::iam {
namespace {

using model::CredentialReport;

constexpr Duration kFresh = std::chrono::hours(4);  // IAM API, GenerateCredentialReport: an older one is made anew

/// Source  IAM user guide, Understanding the report format. Keys' use is not recorded: N/A.
std::string write(const Transaction& tx, const CallContext& context) {
  std::string csv = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
                    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
  const auto devices = store::all<model::MfaDevice>(tx);
  for (const auto& user : store::all<model::User>(tx, context.account + "/")) {
    const auto profile = store::find<model::LoginProfile>(tx, user.key());
    const bool has_mfa = std::ranges::any_of(devices, [&](const auto& device) { return device.account == user.account && device.user_name == user.name; });
    std::vector<std::string> row{user.name, user.arn, iso8601(user.created_at), profile ? "true" : "false", profile ? "no_information" : "N/A", profile ? iso8601(profile->created_at) : "N/A", "N/A", has_mfa ? "true" : "false"};
    const auto keys = keys_of(tx, context, user.name);
    for (size_t i = 0; i < 2; ++i) {
      const bool has_key = i < keys.size();
      for (const std::string& cell : {std::string(has_key && keys[i].status == "Active" ? "true" : "false"), has_key ? iso8601(keys[i].created_at) : std::string("N/A"), std::string("N/A"), std::string("N/A"), std::string("N/A")}) row.push_back(cell);
    }
    const auto certificates = store::all<model::UserCredential>(tx, user.key() + "/signing/");
    for (size_t i = 0; i < 2; ++i) {
      row.emplace_back(i < certificates.size() && certificates[i].status == "Active" ? "true" : "false");
      row.push_back(i < certificates.size() ? iso8601(certificates[i].uploaded_at) : "N/A");
    }
    csv += "\n" + join(row, ",");
  }
  return csv;
}

/// A call starts a report, which is ready at once, and the next says so. AWS makes one in four hours; here also when it would say
/// something new.
Result<shapes::GenerateCredentialReportResponse> generate(const Deps& deps, const CallContext& context, const shapes::GenerateCredentialReportInput&) {
  return transact<shapes::GenerateCredentialReportResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GenerateCredentialReportResponse> {
    const auto before = store::find<CredentialReport>(tx, context.account);
    CredentialReport report{.account = context.account, .content = write(tx, context), .made_at = deps.clock.wall()};
    if (before && before->content == report.content && report.made_at - before->made_at < kFresh) return shapes::GenerateCredentialReportResponse{.state = "COMPLETE"};
    store::put(tx, report);
    return shapes::GenerateCredentialReportResponse{.description = before ? "Starting a new report generation task" : "No report exists. Starting a new report generation task", .state = "STARTED"};
  });
}

Result<shapes::GetCredentialReportResponse> get(const Deps& deps, const CallContext& context, const shapes::GetCredentialReportInput&) {
  const auto report = store::find<CredentialReport>(deps.store, context.account);
  if (!report) return fail("ReportNotPresent", "");
  if (deps.clock.wall() - report->made_at >= kFresh) return fail("ReportExpired", "");
  return shapes::GetCredentialReportResponse{.content = report->content, .generated_time = report->made_at, .report_format = "text/csv"};
}

}  // namespace

void register_credential_report(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GenerateCredentialReportInput, shapes::GenerateCredentialReportResponse>("iam", "GenerateCredentialReport", {}, bind(generate));
  registry.add<shapes::GetCredentialReportInput, shapes::GetCredentialReportResponse>("iam", "GetCredentialReport", {}, bind(get));
}

}  // namespace landfall::services::iam
