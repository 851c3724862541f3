#pragma once

#include <string>
#include <vector>

#include "base/record.h"
#include "model/network.h"

namespace landfall::model {

/// One version of a launch template. Versions never change; their numbers are not given again.
struct LaunchTemplateVersion {
  int64_t number = 1;
  std::string description;
  std::string data;  ///< RequestLaunchTemplateData as JSON
  std::string created_by;
  WallTime created_at;
  FIELDS(number, description, data, created_by, created_at)
};

/// What an instance would be started from. Nothing starts one here: the record is all there is of it, as with AWS.
struct LaunchTemplate {
  std::string account, region, id, name;
  int64_t default_version = 1, latest_version = 1;
  int64_t last_number = 1;  ///< that a version ever had
  std::string created_by;
  WallTime created_at;
  std::vector<LaunchTemplateVersion> versions{};  ///< by rising number; deleted ones are gone
  Tags tags;
  FIELDS(account, region, id, name, default_version, latest_version, last_number, created_by, created_at, versions, tags)
  static constexpr std::string_view kTable = "launch_template";
  std::string key() const { return account + "/" + region + "/" + id; }
};

}  // namespace landfall::model
