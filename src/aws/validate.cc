#include "aws/validate.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/scalar.h"

namespace landfall::aws {
namespace {

std::string_view invalid_code(const ServiceModel& service) {
  if (service.name == "ec2") return "InvalidParameterValue";
  if (service.name == "ecs") return "InvalidParameterException";
  if (service.name == "ecr" || service.name == "logs") return "InvalidParameterException";
  if (service.protocol == Protocol::query) return "ValidationError";
  if (service.name == "route53") return "InvalidInput";
  return service.name == "s3" ? "InvalidArgument" : "ValidationException";
}

Error missing(const ServiceModel& service, const std::string& path) {
  if (service.name == "ec2") return {.code = "MissingParameter", .what = fmt::format("The request must contain the parameter {}", path)};
  return {.code = std::string(invalid_code(service)),
          .what = fmt::format("1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null", path)};
}

Result<void> check(const ServiceModel& service, const Shape& shape, const void* value, const std::string& path) {
  if (shape.kind == Kind::structure) {
    for (const Member& member : shape.members) {
      const void* optional = member_of(member, value);
      const std::string inner = path.empty() ? std::string(member.name) : path + "." + std::string(member.name);
      if (member.access->has(optional)) {
        TRY(check(service, *member.shape, member.access->get(optional), inner));
      } else if (member.is_required && !member.is_idempotency_token) {
        return fail(missing(service, inner));
      }
    }
  } else if (shape.kind == Kind::list) {
    for (size_t i = 0; i < shape.list->size(value); ++i) TRY(check(service, *shape.element, shape.list->at(value, i), path + "." + std::to_string(i + 1)));
  } else if (shape.kind == Kind::map) {
    for (const auto& [key, item] : shape.map->items(value)) TRY(check(service, *shape.element, item, path + "." + std::string(key)));
  } else if (shape.kind == Kind::string && !shape.values.empty()) {
    const auto& text = *static_cast<const std::string*>(value);
    if (std::ranges::count(shape.values, text) > 0) return {};
    if (service.name == "s3" && shape.name == "StorageClass") return fail("InvalidStorageClass", "The storage class you specified is not valid");
    std::string wanted;
    for (const std::string_view option : shape.values) wanted += (wanted.empty() ? "" : ", ") + std::string(option);
    return fail(std::string(invalid_code(service)),
                fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must satisfy enum value set: [{}]", text, path, wanted));
  }
  return {};
}

}  // namespace

Result<void> validate(const ServiceModel& service, const Shape& shape, const void* value) { return check(service, shape, value, ""); }

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
