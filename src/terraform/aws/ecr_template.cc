#include "aws/shapes/ecr.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/shaped.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/told.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ecr = aws::ecr;

/// aws_ecr_repository_creation_template. The id is the prefix.
class CreationTemplate final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made = parts();
      made.attributes.push_back(text("id").read_only());
      made.attributes.push_back(text("registry_id").read_only());
      return made;
    }();
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const auto request = TRY(filled<ecr::CreateRepositoryCreationTemplateRequest>(parts(), planned));
    TRY(cloud.call<ecr::CreateRepositoryCreationTemplateResponse>("ecr", "CreateRepositoryCreationTemplate", request));
    state.set("id", planned.text("prefix"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(look_up<ecr::DescribeRepositoryCreationTemplatesResponse>(cloud, "ecr", "DescribeRepositoryCreationTemplates", ecr::DescribeRepositoryCreationTemplatesRequest{.prefixes = std::vector<std::string>{state.text("id")}}));
    if (!found || !found->repository_creation_templates || found->repository_creation_templates->empty()) return false;
    const Record before = state;
    tell_structure(ecr::RepositoryCreationTemplate::shape(), parts(), &found->repository_creation_templates->front(), {}, state);
    for (const char* document : {"lifecycle_policy", "repository_policy"}) {
      if (is_same_json(state.value(document), before.value(document))) state.set(document, before.value(document));
    }
    state.set("registry_id", found->registry_id.value_or(""));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    auto request = TRY(filled<ecr::UpdateRepositoryCreationTemplateRequest>(parts(), planned));
    // What is not said stays: what goes is said to be nothing.
    const auto empty_if_gone = [&](const char* name, std::optional<std::string>& to) {
      if (!to && !prior.text(name).empty()) to = "";
    };
    empty_if_gone("description", request.description);
    empty_if_gone("lifecycle_policy", request.lifecycle_policy);
    empty_if_gone("repository_policy", request.repository_policy);
    if (!request.resource_tags) request.resource_tags.emplace();
    TRY(cloud.call<ecr::UpdateRepositoryCreationTemplateResponse>("ecr", "UpdateRepositoryCreationTemplate", request));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return ignore_gone(cloud.call<ecr::DeleteRepositoryCreationTemplateResponse>("ecr", "DeleteRepositoryCreationTemplate", ecr::DeleteRepositoryCreationTemplateRequest{.prefix = state.text("id")}));
  }

 private:
  static const Schema& parts() {
    static const Schema schema{.attributes = {text("prefix").required().forces_new(), text_set("applied_for").required(), text("custom_role_arn"), text("description"), text("image_tag_mutability").defaults("MUTABLE").checked(one_of({"MUTABLE", "IMMUTABLE"})),
                                              text("lifecycle_policy").same_if(is_same_json).checked(check_json), text("repository_policy").same_if(is_same_json).checked(check_json), text_map("resource_tags")},
                               .blocks = {list_block("encryption_configuration", {.attributes = {text("encryption_type").defaults("AES256").checked(one_of({"AES256", "KMS", "KMS_DSSE"})), text("kms_key").computed()}}).computed()}};
    return schema;
  }
};

const Names kTold{"applied_for", "custom_role_arn", "description", "encryption_configuration", "image_tag_mutability", "lifecycle_policy", "registry_id", "repository_policy"};

}  // namespace

void add_ecr_template(Provider& provider) {
  provider.resources["aws_ecr_repository_creation_template"] = std::make_unique<CreationTemplate>();
  const ResourceType& type = *provider.resource("aws_ecr_repository_creation_template");
  add_source(provider, "aws_ecr_repository_creation_template", telling(type, kTold, {text("id").read_only(), text("prefix").required(), text_map("resource_tags").computed()}), [&type](const Cloud& cloud, Record& state) -> Result<void> {
    Record there;
    there.set("id", state.text("prefix"));
    Names names = kTold;
    names.push_back("resource_tags");
    if (!TRY(tell(type, cloud, std::move(there), names, state))) return fail(found_not_one(0, "ECR Repository Creation Template"));
    state.set("id", state.text("prefix"));
    return {};
  });
}

}  // namespace landfall::terraform::aws_types
