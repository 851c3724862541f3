#include "daemon/call_log.h"

#include "aws/client.h"
#include "aws/shape.h"
#include "base/json.h"

namespace landfall::daemon {
namespace {

json::object render(int64_t sequence, const aws::CallRecord& r) {
  const aws::ServiceModel* service = aws::find_service(r.service);
  const std::string type = r.principal_arn.ends_with(":root") ? "Root" : r.principal_arn.find(":assumed-role/") != std::string::npos ? "AssumedRole" : "IAMUser";
  json::object event{{"sequence", sequence}, {"eventTime", iso8601(r.at, true)}, {"eventSource", std::string(service == nullptr ? r.service : service->signing_name) + ".amazonaws.com"}, {"eventName", r.operation},
                     {"awsRegion", r.region}, {"sourceIPAddress", r.source_ip}, {"requestID", r.request_id}, {"readOnly", aws::is_read(r.operation)}, {"recipientAccountId", r.account},
                     {"userIdentity", json::object{{"type", type}, {"arn", r.principal_arn}, {"accountId", r.account}, {"accessKeyId", r.access_key}}}, {"milliseconds", r.milliseconds}};
  if (!r.error_code.empty()) {
    event["errorCode"] = r.error_code;
    event["errorMessage"] = r.error_message;
  }
  return event;
}

}  // namespace

void CallLog::add(aws::CallRecord record) {
  const std::lock_guard lock(mutex_);
  records_.push_back({++last_, std::move(record)});
  if (records_.size() > kMost) records_.pop_front();
}

std::string CallLog::json_after(int64_t after) const {
  const std::lock_guard lock(mutex_);
  json::array events;
  for (const Numbered& one : records_) {
    if (one.sequence > after) events.push_back(render(one.sequence, one.record));
  }
  return json::serialize(json::object{{"events", std::move(events)}});
}

}  // namespace landfall::daemon
