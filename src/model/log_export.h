#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/record.h"
#include "model/network.h"

/// Where events of CloudWatch Logs go beyond their log groups.
namespace landfall::model {

/// Events of a log group on their way into a bucket.
struct ExportTask {
  std::string account, region, id, name, group, stream_prefix, bucket, prefix;
  WallTime from, to;
  std::string status = "PENDING", message;  ///< then COMPLETED, FAILED or CANCELLED
  WallTime created_at, completed_at;
  FIELDS(account, region, id, name, group, stream_prefix, bucket, prefix, from, to, status, message, created_at, completed_at)
  static constexpr std::string_view kTable = "export_task";
  std::string key() const { return account + "/" + region + "/" + id; }
};

/// Where vended logs could go: a bucket or a log group that is here.
struct DeliveryDestination {
  std::string account, region, name, kind, resource_arn, output_format;  ///< kind: "S3", "CWL"
  std::string policy;
  Tags tags;
  FIELDS(account, region, name, kind, resource_arn, output_format, policy, tags)
  static constexpr std::string_view kTable = "delivery_destination";
  std::string key() const { return account + "/" + region + "/" + name; }
};

}  // namespace landfall::model
