#include "aws/validate.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "aws/constraint.h"
#include "aws/member_path.h"
#include "aws/scalar.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

std::string_view invalid_code(const ServiceModel& service) {
  if (service.name == "ec2") return "InvalidParameterValue";
  if (service.name == "ecs" || service.name == "ecr" || service.name == "logs" || service.name == "resourcegroupstaggingapi") return "InvalidParameterException";
  if (service.name == "route53" || service.name == "servicediscovery") return "InvalidInput";
  if (service.name == "s3") return "InvalidArgument";
  return service.protocol == Protocol::query || service.name == "cloudwatch" ? "ValidationError" : "ValidationException";
}

std::string lower_first(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

/// "tags.1.member.key"
std::string path_of(const Fault& fault) {
  std::vector<std::string> parts;
  for (const Step& step : fault.path) {
    if (!step.member.empty()) parts.push_back(lower_first(step.member));
    else parts.push_back((step.index > 0 ? std::to_string(step.index) : step.key) + ".member");
  }
  return join(parts, ".");
}

/// "Tags.1.Key", with `element` "Tags.member.1.Key".
std::string wire_path_of(const Fault& fault, const char* element = "") {
  std::vector<std::string> parts;
  for (const Step& step : fault.path) parts.push_back(step.member.empty() ? element + (step.index > 0 ? std::to_string(step.index) : step.key) : std::string(step.member));
  return join(parts, ".");
}

/// IAM does not repeat what it was given (seen in answers of February 2026).
bool repeats_values(const ServiceModel& service) { return service.name != "iam"; }

std::string sentence(const ServiceModel& service, const Fault& fault) {
  const bool is_told = !fault.shown.empty() && repeats_values(service);
  return fmt::format("Value {}at '{}' failed to satisfy constraint: {}", is_told ? fault.shown + " " : "", path_of(fault), fault.constraint);
}

/// What AWS tells of in other words, or later: the handlers do. A member covers what lies under it.
enum class Extent : unsigned char { whole, itself, pattern };
struct Left {
  std::string_view service, operation, member;  ///< no operation, no member: all
  Extent extent = Extent::whole;                ///< with what lies under the member, the member alone, or its pattern alone
};
constexpr std::array kLeft{
    Left{"dynamodb", "BatchGetItem", "requestItems", Extent::itself},
    Left{"dynamodb", "TransactGetItems", "transactItems", Extent::itself},
    Left{"dynamodb", "TransactWriteItems", "transactItems", Extent::itself},
    Left{"ecr", "CreateRepository", "repositoryName"},
    Left{"ecr", "", "lifecyclePolicyText"},
    Left{"elbv2", "", "healthCheckPath"},
    Left{"iam", "UpdateAccountPasswordPolicy", ""},
    Left{"iam", "", "path", Extent::pattern},
    Left{"iam", "", "newPath", Extent::pattern},
    Left{"iam", "", "newUserName", Extent::pattern},
    Left{"iam", "CreateVirtualMFADevice", "virtualMFADeviceName", Extent::pattern},
    Left{"iam", "CreateSAMLProvider", "name", Extent::pattern},
    Left{"iam", "UploadServerCertificate", "serverCertificateName", Extent::pattern},
    Left{"iam", "CreateGroup", "groupName", Extent::pattern},
    Left{"iam", "CreateUser", "userName", Extent::pattern},
    Left{"iam", "CreateRole", "roleName", Extent::pattern},
    Left{"iam", "CreatePolicy", "policyName", Extent::pattern},
    Left{"iam", "CreateInstanceProfile", "instanceProfileName", Extent::pattern},
    Left{"route53", "", "hostedZoneId"},  // "/hostedzone/Z…" too, as its own answers tell ids
    Left{"route53", "", "id"},
    Left{"route53", "", "delegationSetId"},
    Left{"secretsmanager", "GetRandomPassword", "passwordLength"},
    Left{"ssm", "GetParameters", "names"}};

/// Values that S3's handlers check in words of their own.
bool is_left_to_s3(const ServiceModel& service, const Fault& fault) { return service.name == "s3" && (fault.shape->name == "Protocol" || fault.shape->name == "BucketLocationConstraint" || fault.shape->name == "ServerSideEncryption"); }

bool is_left(const ServiceModel& service, const Operation& operation, const Fault& fault) {
  if (is_left_to_s3(service, fault)) return true;
  if (fault.unmet == Unmet::missing || fault.unmet == Unmet::not_listed) return false;
  const std::string member = fault.path.empty() ? "" : lower_first(fault.path[0].member);
  return std::ranges::any_of(kLeft, [&](const Left& left) {
    return left.service == service.name && (left.operation.empty() || left.operation == operation.name) && (left.member.empty() || left.member == member) &&
           (left.extent != Extent::pattern || fault.unmet == Unmet::pattern) && (left.extent != Extent::itself || fault.path.size() == 1);
  });
}

/// EC2 and S3 check bounds call by call, in words of their own; of EC2's, those of pages are the model's.
bool has_own_bounds(const ServiceModel& service) { return service.protocol == Protocol::ec2 || service.name == "s3"; }

bool is_page_size(const ServiceModel& service, const Fault& fault) { return service.protocol == Protocol::ec2 && fault.path.size() == 1 && fault.path[0].member == "MaxResults"; }

/// S3's words for a value that a header or the query may not have; no sentence is told of a canned ACL.
/// Source: answers of S3 to requests with such values.
struct Refused {
  std::string_view field, code, what;
};
constexpr std::array kRefused{
    Refused{"x-amz-acl", "InvalidArgument", ""},
    Refused{"x-amz-metadata-directive", "InvalidArgument", "Unknown metadata directive."},
    Refused{"x-amz-tagging-directive", "InvalidArgument", "Unknown tagging directive."},
    Refused{"x-amz-object-lock-mode", "InvalidArgument", "Unknown wormMode directive."},
    Refused{"x-amz-object-lock-legal-hold", "InvalidArgument", "Legal Hold must be either of 'ON' or 'OFF'"},
    Refused{"x-amz-server-side-encryption", "InvalidArgument", "The encryption method specified is not supported"},
    Refused{"encoding-type", "InvalidArgument", "Invalid Encoding Method specified in Request"},
    Refused{"x-amz-object-attributes", "InvalidArgument", "Invalid attribute name specified."},
    Refused{"x-amz-checksum-algorithm", "InvalidRequest", "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"},
    Refused{"x-amz-sdk-checksum-algorithm", "InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid."},
    Refused{"x-amz-checksum-type", "InvalidRequest", "Value for x-amz-checksum-type header is invalid."}};

Error malformed_xml() { return {.code = "MalformedXML", .what = "The XML you provided was not well-formed or did not validate against our published schema"}; }

Error of_s3(const Operation& operation, const Fault& fault, std::string* facts) {
  const auto tell = [&](std::string_view name, const std::string& value) {
    if (facts != nullptr) *facts = json::serialize(json::object{{std::string(name), value}});
  };
  const std::string value = replace_all(fault.shown, "'", "");
  if (fault.shape->name == "StorageClass") {
    tell("StorageClassRequested", value);
    return {.code = "InvalidStorageClass", .what = "The storage class you specified is not valid"};
  }
  const std::string_view top = fault.path.empty() ? "" : fault.path[0].member;
  const auto member = std::ranges::find(operation.input->members, top, &Member::name);
  if (member == operation.input->members.end() || member->location == Location::body) {
    Error malformed = malformed_xml();
    if (fault.shape->name == "Permission") malformed.code = "MalformedACLError";
    return malformed;
  }
  const std::string field(member->wire);
  if (field == "x-amz-object-ownership") {
    tell("ArgumentName", field);
    return {.code = "InvalidArgument", .what = fmt::format("Invalid x-amz-object-ownership header: {}", value)};
  }
  const auto refused = std::ranges::find(kRefused, std::string_view(field), &Refused::field);
  if (refused != kRefused.end() && refused->code != "InvalidArgument") return {.code = std::string(refused->code), .what = std::string(refused->what)};
  if (facts != nullptr) *facts = json::serialize(json::object{{"ArgumentName", field}, {"ArgumentValue", value}});
  if (refused != kRefused.end()) return {.code = std::string(refused->code), .what = std::string(refused->what)};
  return {.code = "InvalidArgument", .what = fmt::format("1 validation error detected: Value {} at '{}' failed to satisfy constraint: {}", fault.shown, wire_path_of(fault), fault.constraint)};
}

Error first_of_own(const ServiceModel& service, const Fault& fault) {
  const std::string path = wire_path_of(fault);
  if (is_page_size(service, fault)) {
    const bool is_small = fault.unmet == Unmet::too_small;
    return {.code = "InvalidParameterValue", .what = fmt::format("Value ( {} ) for parameter maxResults is invalid. Expecting a value {} than {}.", replace_all(fault.shown, "'", ""), is_small ? "greater" : "smaller", is_small ? *fault.shape->minimum : *fault.shape->maximum)};
  }
  if (fault.unmet == Unmet::missing && path == "Tags") return {.code = "InvalidParameterValue", .what = "You must specify one or more tags to create"};
  if (fault.unmet == Unmet::missing && service.name == "ec2") return {.code = "MissingParameter", .what = fmt::format("The request must contain the parameter {}", path)};
  return {.code = std::string(invalid_code(service)),
          .what = fmt::format("1 validation error detected: Value {} at '{}' failed to satisfy constraint: {}", fault.shown, path, fault.constraint)};
}

/// ECR tells the first fault. Source: answers quoted in issues of aws-actions/amazon-ecr-login and aws-cdk.
Error of_ecr(const ServiceModel& service, const Fault& fault) {
  return {.code = std::string(invalid_code(service)), .what = fmt::format("Invalid parameter at '{}' failed to satisfy constraint: '{}'", path_of(fault), fault.constraint)};
}

/// CloudWatch's calls about metrics are older than its calls about alarms. Source: answers quoted in issues and forums.
bool tells_parameters(const ServiceModel& service, const Operation& operation) {
  static constexpr std::array kCalls{"PutMetricData", "GetMetricStatistics", "GetMetricData", "ListMetrics"};
  return service.name == "cloudwatch" && std::ranges::count(kCalls, operation.name) > 0;
}

Error of_parameter(const Operation& operation, const Fault& fault) {
  const std::string path = wire_path_of(fault, "member.");
  const Shape& shape = *fault.shape;
  const auto wrong = [](std::string what) { return Error{.code = "InvalidParameterValue", .what = std::move(what)}; };
  const auto listed = [&](const std::string& where) { return wrong(fmt::format("The parameter {} must be a value in the set [ {} ].", where, join(std::vector<std::string>(shape.values.begin(), shape.values.end()), ", "))); };
  const bool is_collection = shape.kind == Kind::list || shape.kind == Kind::map;
  if (fault.unmet == Unmet::missing || (fault.unmet == Unmet::too_small && !is_number(shape))) return {.code = "MissingParameter", .what = fmt::format("The parameter {} is required.", path)};
  if (fault.unmet == Unmet::not_listed) return listed(path);
  if (fault.unmet == Unmet::of_members && !shape.values.empty()) return listed(path + ".member.1");
  if (fault.unmet == Unmet::too_large && is_collection) {
    return {.code = operation.name == "GetMetricData" ? "ValidationError" : "InvalidParameterValue", .what = fmt::format("The collection {} must not have a size greater than {}.", path, *shape.maximum)};
  }
  if (fault.unmet == Unmet::too_large && !is_number(shape)) return wrong(fmt::format("The parameter {} must be shorter than {} characters.", path, *shape.maximum + 1));
  return wrong(fmt::format("The value {} for parameter {} is invalid.", fault.shown, path));
}

/// CloudWatch Logs tells over-long names of groups and streams in one sentence.
bool is_long_log_name(const ServiceModel& service, const Fault& fault) {
  return service.name == "logs" && fault.unmet == Unmet::too_large && fault.path.size() == 1 && (fault.path[0].member == "logGroupName" || fault.path[0].member == "logStreamName");
}

/// Whose handlers do not tell of AWS's own tag keys in words of their own.
constexpr std::array<std::string_view, 6> kTold{"application_autoscaling", "cloudwatch", "dynamodb", "elbv2", "logs", "route53"};

/// Source: AWS general reference, Tag naming limits and requirements.
Result<void> check_tags(const ServiceModel& service, const Operation& operation, const void* input) {
  if (std::ranges::count(kTold, service.name) == 0) return {};
  for (const auto& [key, value] : tags_in(*operation.input, input)) {
    if (lower(key).starts_with("aws:")) return fail(std::string(invalid_code(service)), fmt::format("Tag keys that begin with aws: are reserved for AWS's own use; found {}", key));
  }
  return {};
}

}  // namespace

Result<void> validate(const ServiceModel& service, const Operation& operation, const void* input, std::string* facts) {
  std::vector<Fault> faults = faults_of(service.name, *operation.input, input);
  if (faults.empty()) return check_tags(service, operation, input);
  if (has_own_bounds(service)) std::erase_if(faults, [&](const Fault& fault) { return fault.unmet != Unmet::missing && fault.shape->values.empty() && !is_page_size(service, fault); });
  std::erase_if(faults, [&](const Fault& fault) { return is_left(service, operation, fault); });
  if (faults.empty()) return check_tags(service, operation, input);
  if (service.name == "s3") return fail(of_s3(operation, faults[0], facts));
  if (has_own_bounds(service)) return fail(first_of_own(service, faults[0]));
  if (service.name == "ecr") return fail(of_ecr(service, faults[0]));
  if (tells_parameters(service, operation)) return fail(of_parameter(operation, faults[0]));
  if (std::ranges::any_of(faults, [&](const Fault& fault) { return is_long_log_name(service, fault); })) return fail("InvalidParameterException", "Invalid LogGroup or LogStream, both must have length less than or equal to 512.");
  std::vector<std::string> sentences;
  for (const Fault& fault : faults) sentences.push_back(sentence(service, fault));
  return fail(std::string(invalid_code(service)), fmt::format("{} validation error{} detected: {}", faults.size(), faults.size() == 1 ? "" : "s", join(sentences, "; ")));
}

std::string_view malformed_code(const ServiceModel& service) {
  if (service.name == "ec2") return "InvalidParameterValue";
  if (service.protocol == Protocol::query) return "MalformedInput";
  if (service.protocol == Protocol::rest_xml) return service.name == "s3" ? "MalformedXML" : "InvalidInput";
  return "SerializationException";
}

std::string_view unknown_code(const ServiceModel& service) {
  if (service.name == "ec2") return "UnknownParameter";
  if (service.protocol == Protocol::rest_xml) return malformed_code(service);
  return invalid_code(service);
}

}  // namespace landfall::aws
