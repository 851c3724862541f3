#pragma once

#include "model/launch_template.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {

/// The template that a call names, by id or by name. Errors: "MissingParameter", "InvalidParameterCombination",
/// "InvalidLaunchTemplateId.Malformed", "InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException".
Result<model::LaunchTemplate> template_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id, const std::optional<std::string>& name);

/// A number, "$Latest" or "$Default". Error: "InvalidLaunchTemplateId.VersionNotFound", also of a version that was deleted.
Result<const model::LaunchTemplateVersion*> version_named(const model::LaunchTemplate& a_template, const std::string& name);

/// What a version is made from. Errors: "MissingParameter", "InvalidUserData.Malformed".
Result<model::LaunchTemplateVersion> read_version(const Deps& deps, const CallContext& context, const std::optional<shapes::RequestLaunchTemplateData>& data, const std::optional<std::string>& description);

}  // namespace landfall::services::ec2
