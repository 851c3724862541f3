#include <fmt/format.h>

#include "model/pattern.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

using model::Transform;

constexpr size_t kMaxText = 1024;

Result<Transform> read(const shapes::RuleTransform& given) {
  Transform transform{.type = text(given.type), .regex = {}, .replace = {}};
  const bool is_host = transform.type == "host-header-rewrite";
  if (!is_host && transform.type != "url-rewrite") return fail("ValidationError", fmt::format("Transform type '{}' must be one of '[host-header-rewrite, url-rewrite]'", transform.type));
  if (is_host ? given.url_rewrite_config.has_value() : given.host_header_rewrite_config.has_value()) return fail("ValidationError", fmt::format("A transform of type '{}' has the configuration of another type", transform.type));
  const auto rewrites = is_host ? (given.host_header_rewrite_config ? list(given.host_header_rewrite_config->rewrites) : std::vector<shapes::RewriteConfig>{})
                                : (given.url_rewrite_config ? list(given.url_rewrite_config->rewrites) : std::vector<shapes::RewriteConfig>{});
  if (rewrites.size() != 1) return fail("ValidationError", fmt::format("A transform of type '{}' must have exactly one rewrite; found {}", transform.type, rewrites.size()));
  transform.regex = text(rewrites[0].regex);
  transform.replace = text(rewrites[0].replace);
  if (transform.regex.empty() || transform.regex.size() > kMaxText) return fail("ValidationError", fmt::format("The regex of a transform must be 1 to {} characters long", kMaxText));
  if (transform.replace.size() > kMaxText) return fail("ValidationError", fmt::format("The replacement of a transform must be at most {} characters long", kMaxText));
  std::string why;
  const auto pattern = model::compile_pattern(transform.regex, is_host, &why);
  if (!pattern) return fail("ValidationError", fmt::format("Regex '{}' of a transform is not valid: {}", transform.regex, why));
  if (!model::to_rewrite(*pattern, transform.replace, why)) return fail("ValidationError", fmt::format("Replacement '{}' names a group that the regex '{}' does not have", transform.replace, transform.regex));
  return transform;
}

}  // namespace

Result<std::vector<Transform>> read_transforms(const std::vector<shapes::RuleTransform>& transforms) {
  std::vector<Transform> result;
  for (const auto& given : transforms) {
    Transform transform = TRY(read(given));
    if (std::ranges::count(result, transform.type, &Transform::type) > 0) return fail("InvalidConfigurationRequest", fmt::format("A rule can have one transform of type '{}'", transform.type));
    result.push_back(std::move(transform));
  }
  return result;
}

std::vector<shapes::RuleTransform> render_transforms(const std::vector<Transform>& transforms) {
  std::vector<shapes::RuleTransform> result;
  for (const Transform& transform : transforms) {
    shapes::RuleTransform out{.type = transform.type};
    const std::vector rewrites{shapes::RewriteConfig{.regex = transform.regex, .replace = transform.replace}};
    if (transform.type == "url-rewrite") out.url_rewrite_config = shapes::UrlRewriteConfig{.rewrites = rewrites};
    else out.host_header_rewrite_config = shapes::HostHeaderRewriteConfig{.rewrites = rewrites};
    result.push_back(std::move(out));
  }
  return result;
}

}  // namespace landfall::services::elbv2
