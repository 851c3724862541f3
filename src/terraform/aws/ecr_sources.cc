#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/ecr.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "terraform/aws/members.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// Data sources of ECR.
namespace landfall::terraform::aws_types {
namespace {

namespace ecr = aws::ecr;

Result<std::vector<ecr::ImageDetail>> images_of(const Cloud& cloud, ecr::DescribeImagesRequest request) {
  std::vector<ecr::ImageDetail> images;
  do {
    const auto page = TRY(cloud.call<ecr::DescribeImagesResponse>("ecr", "DescribeImages", request));
    for (const auto& image : page.image_details.value_or(std::vector<ecr::ImageDetail>{})) images.push_back(image);
    request.next_token = page.next_token;
  } while (request.next_token);
  std::ranges::stable_sort(images, std::greater(), [](const ecr::ImageDetail& i) { return i.image_pushed_at.value_or(WallTime{}); });
  return images;
}

Result<ecr::Repository> find_repository(const Cloud& cloud, const std::string& name, const Record& state) {
  ecr::DescribeRepositoriesRequest request;
  request.repository_names = std::vector<std::string>{name};
  set_text(state, "registry_id", request.registry_id);
  const auto found = TRY(look_up<ecr::DescribeRepositoriesResponse>(cloud, "ecr", "DescribeRepositories", request));
  if (!found || !found->repositories || found->repositories->empty()) return fail("NotFound", fmt::format("ECR Repository ({}) not found", name));
  return found->repositories->front();
}

Result<void> read_repository(const Cloud& cloud, Record& state) {
  const ecr::Repository repository = TRY(find_repository(cloud, state.text("name"), state));
  const std::string arn = repository.repository_arn.value_or("");
  state.set("id", repository.repository_name.value_or(""));
  state.set("arn", arn);
  state.set("registry_id", repository.registry_id.value_or(""));
  state.set("repository_url", repository.repository_uri.value_or(""));
  state.set("image_tag_mutability", repository.image_tag_mutability.value_or(""));
  std::vector<Record> scanning(1), encryption(1);
  scanning[0].set("scan_on_push", repository.image_scanning_configuration && repository.image_scanning_configuration->scan_on_push.value_or(false));
  encryption[0].set("encryption_type", repository.encryption_configuration ? repository.encryption_configuration->encryption_type.value_or("AES256") : "AES256");
  encryption[0].set("kms_key", repository.encryption_configuration ? repository.encryption_configuration->kms_key.value_or("") : "");
  state.set("image_scanning_configuration", scanning);
  state.set("encryption_configuration", encryption);
  ecr::DescribeImagesRequest images;
  images.repository_name = repository.repository_name;
  const auto newest = TRY(images_of(cloud, std::move(images)));
  state.set("most_recent_image_tags", newest.empty() ? std::vector<std::string>{} : newest[0].image_tags.value_or(std::vector<std::string>{}));
  ecr::ListTagsForResourceRequest tags;
  tags.resource_arn = arn;
  state.set("tags", from_tags(TRY(cloud.call<ecr::ListTagsForResourceResponse>("ecr", "ListTagsForResource", tags)).tags));
  return {};
}

Result<void> read_image(const Cloud& cloud, Record& state) {
  const std::string digest = state.text("image_digest"), tag = state.text("image_tag");
  if (digest.empty() && tag.empty() && !state.flag("most_recent")) return fail("Config.Missing", "one of `image_digest,image_tag,most_recent` must be specified");
  ecr::DescribeImagesRequest request;
  request.repository_name = state.text("repository_name");
  set_text(state, "registry_id", request.registry_id);
  if (!digest.empty() || !tag.empty()) {
    auto& id = request.image_ids.emplace().emplace_back();
    set_text(state, "image_digest", id.image_digest);
    set_text(state, "image_tag", id.image_tag);
  }
  const auto images = TRY(images_of(cloud, std::move(request)));
  if (images.empty()) return fail(found_not_one(0, "ECR Image"));
  const ecr::ImageDetail& image = images[0];
  const ecr::Repository repository = TRY(find_repository(cloud, state.text("repository_name"), state));
  state.set("id", image.image_digest.value_or(""));
  state.set("image_digest", image.image_digest.value_or(""));
  state.set("image_pushed_at", image.image_pushed_at.value_or(WallTime{}).ms / 1000);
  state.set("image_size_in_bytes", image.image_size_in_bytes.value_or(0));
  state.set("image_tags", image.image_tags.value_or(std::vector<std::string>{}));
  state.set("image_uri", fmt::format("{}@{}", repository.repository_uri.value_or(""), image.image_digest.value_or("")));
  state.set("registry_id", image.registry_id.value_or(""));
  return {};
}

Result<void> read_repositories(const Cloud& cloud, Record& state) {
  ecr::DescribeRepositoriesRequest request;
  std::vector<std::string> names;
  do {
    const auto page = TRY(cloud.call<ecr::DescribeRepositoriesResponse>("ecr", "DescribeRepositories", request));
    for (const auto& repository : page.repositories.value_or(std::vector<ecr::Repository>{})) names.push_back(repository.repository_name.value_or(""));
    request.next_token = page.next_token;
  } while (request.next_token);
  state.set("id", cloud.region);
  state.set("names", names);
  return {};
}

Result<void> read_token(const Cloud& cloud, Record& state) {
  const auto found = TRY(cloud.call<ecr::GetAuthorizationTokenResponse>("ecr", "GetAuthorizationToken", ecr::GetAuthorizationTokenRequest{}));
  if (!found.authorization_data || found.authorization_data->empty()) return fail("NotFound", "the registry gave no authorization token");
  const ecr::AuthorizationData& data = found.authorization_data->front();
  const std::string token = data.authorization_token.value_or(""), plain = TRY(base64_decode(token));
  const size_t colon = plain.find(':');
  if (colon == std::string::npos) return fail("Ecr.Token", "the authorization token is not USER:PASSWORD in base64");
  state.set("id", cloud.region);
  state.set("authorization_token", token);
  state.set("proxy_endpoint", data.proxy_endpoint.value_or(""));
  state.set("expires_at", data.expires_at ? iso8601(*data.expires_at) : "");
  state.set("user_name", plain.substr(0, colon));
  state.set("password", plain.substr(colon + 1));
  return {};
}

json::array texts_to_json(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

/// ECR user guide, Lifecycle policy template.
Result<void> read_lifecycle_document(const Cloud&, Record& state) {
  json::array rules;
  for (const Record& written : state.blocks("rule")) {
    const Record selection = written.block("selection"), action = written.block("action");
    json::object chosen, rule;
    chosen["tagStatus"] = selection.text("tag_status");
    if (!selection.texts("tag_pattern_list").empty()) chosen["tagPatternList"] = texts_to_json(selection.texts("tag_pattern_list"));
    if (!selection.texts("tag_prefix_list").empty()) chosen["tagPrefixList"] = texts_to_json(selection.texts("tag_prefix_list"));
    chosen["countType"] = selection.text("count_type");
    if (!selection.text("count_unit").empty()) chosen["countUnit"] = selection.text("count_unit");
    chosen["countNumber"] = selection.number("count_number");
    rule["rulePriority"] = written.number("priority");
    if (!written.text("description").empty()) rule["description"] = written.text("description");
    rule["selection"] = std::move(chosen);
    rule["action"] = json::object{{"type", action.has("type") ? action.text("type") : "expire"}};
    rules.push_back(std::move(rule));
  }
  state.set("json", json::serialize(json::object{{"rules", std::move(rules)}}));
  return {};
}

Schema lifecycle_document() {
  const Block action = one_block("action", {.attributes = {text("type").required().checked(one_of({"expire"}))}});
  const Block selection = one_block("selection", {.attributes = {text("tag_status").required().checked(one_of({"tagged", "untagged", "any"})), texts("tag_pattern_list"), texts("tag_prefix_list"),
                                                                 text("count_type").required().checked(one_of({"imageCountMoreThan", "sinceImagePushed"})), text("count_unit"), number("count_number").required()}}).required();
  return {.attributes = {text("json").read_only()}, .blocks = {list_block("rule", {.attributes = {number("priority").required(), text("description")}, .blocks = {action, selection}})}};
}

}  // namespace

void add_ecr_sources(Provider& provider) {
  const Type scanning = Type::list(Type::object({{.name = "scan_on_push", .type = Type::boolean()}}));
  const Type encryption = Type::list(Type::object({{.name = "encryption_type", .type = Type::string()}, {.name = "kms_key", .type = Type::string()}}));
  add_source(provider, "aws_ecr_repository", {.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required(), text("registry_id").computed(), text("repository_url").read_only(), text("image_tag_mutability").read_only(),
                                                             of_type("image_scanning_configuration", scanning).read_only(), of_type("encryption_configuration", encryption).read_only(), texts("most_recent_image_tags").read_only(), text_map("tags").computed()}}, read_repository);
  add_source(provider, "aws_ecr_image", {.attributes = {text("id").read_only(), text("repository_name").required(), text("registry_id").computed(), text("image_digest").computed(), text("image_tag"), flag("most_recent"), number("image_pushed_at").read_only(),
                                                        number("image_size_in_bytes").read_only(), texts("image_tags").read_only(), text("image_uri").read_only()}}, read_image);
  add_source(provider, "aws_ecr_repositories", {.attributes = {text("id").read_only(), text_set("names").read_only()}}, read_repositories);
  add_source(provider, "aws_ecr_authorization_token", {.attributes = {text("id").read_only(), text("registry_id"), text("authorization_token").read_only().sensitive(), text("proxy_endpoint").read_only(), text("expires_at").read_only(),
                                                                      text("user_name").read_only(), text("password").read_only().sensitive()}}, read_token);
  add_source(provider, "aws_ecr_lifecycle_policy_document", lifecycle_document(), read_lifecycle_document);
}

}  // namespace landfall::terraform::aws_types
