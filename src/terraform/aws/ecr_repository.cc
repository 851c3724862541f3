#include "aws/shapes/ecr.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ecr = aws::ecr;

class Repository final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("registry_id").read_only(), text("repository_url").read_only(), text("name").required().forces_new(),
                                                        text("image_tag_mutability").defaults("MUTABLE").checked(one_of({"MUTABLE", "IMMUTABLE"})), flag("force_delete"), refused_blocks("image_tag_mutability_exclusion_filter")},
                                         .blocks = {one_block("image_scanning_configuration", {.attributes = {flag("scan_on_push").required()}}).computed(),
                                                    list_block("encryption_configuration", {.attributes = {text("encryption_type").defaults("AES256").forces_new().checked(one_of({"AES256"})).carried_if([](const Value& type) { return type.as_string() == "AES256"; }), text("kms_key").computed().forces_new()}}).computed()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ecr::CreateRepositoryRequest request;
    request.repository_name = planned.text("name");
    request.image_tag_mutability = planned.text("image_tag_mutability");
    for (const Record& scanning : planned.blocks("image_scanning_configuration")) request.image_scanning_configuration.emplace().scan_on_push = scanning.flag("scan_on_push");
    for (const Record& encryption : planned.blocks("encryption_configuration")) request.encryption_configuration.emplace().encryption_type = encryption.text("encryption_type");
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<ecr::Tag>(tags);
    TRY(cloud.call<ecr::CreateRepositoryResponse>("ecr", "CreateRepository", request));
    state.set("id", planned.text("name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ecr::DescribeRepositoriesRequest request;
    request.repository_names = std::vector<std::string>{state.text("id")};
    const auto found = TRY(look_up<ecr::DescribeRepositoriesResponse>(cloud, "ecr", "DescribeRepositories", request));
    if (!found || !found->repositories || found->repositories->empty()) return false;
    const ecr::Repository& repository = found->repositories->front();
    const std::string arn = repository.repository_arn.value_or("");
    state.set("arn", arn);
    state.set("name", repository.repository_name.value_or(""));
    state.set("registry_id", repository.registry_id.value_or(""));
    state.set("repository_url", repository.repository_uri.value_or(""));
    state.set("image_tag_mutability", repository.image_tag_mutability.value_or("MUTABLE"));
    const bool scans = repository.image_scanning_configuration && repository.image_scanning_configuration->scan_on_push.value_or(false);
    if (scans || !state.blocks("image_scanning_configuration").empty()) {
      std::vector<Record> scanning(1);
      scanning[0].set("scan_on_push", scans);
      state.set("image_scanning_configuration", scanning);
    }
    if (!state.blocks("encryption_configuration").empty()) {
      std::vector<Record> encryption(1);
      encryption[0].set("encryption_type", repository.encryption_configuration ? repository.encryption_configuration->encryption_type.value_or("AES256") : "AES256");
      encryption[0].set("kms_key", "");
      state.set("encryption_configuration", encryption);
    }
    ecr::ListTagsForResourceRequest tags;
    tags.resource_arn = arn;
    set_tags(cloud, state, from_tags(TRY(cloud.call<ecr::ListTagsForResourceResponse>("ecr", "ListTagsForResource", tags)).tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (differs(prior, planned, "image_tag_mutability")) {
      ecr::PutImageTagMutabilityRequest request;
      request.repository_name = prior.text("id");
      request.image_tag_mutability = planned.text("image_tag_mutability");
      TRY(cloud.call<ecr::PutImageTagMutabilityResponse>("ecr", "PutImageTagMutability", request));
    }
    if (differs(prior, planned, "image_scanning_configuration")) {
      ecr::PutImageScanningConfigurationRequest request;
      request.repository_name = prior.text("id");
      request.image_scanning_configuration.emplace().scan_on_push = planned.block("image_scanning_configuration").flag("scan_on_push");
      TRY(cloud.call<ecr::PutImageScanningConfigurationResponse>("ecr", "PutImageScanningConfiguration", request));
    }
    const TagChange change = tag_change(prior, planned);
    if (!change.removed.empty()) {
      ecr::UntagResourceRequest request;
      request.resource_arn = prior.text("arn");
      request.tag_keys = change.removed;
      TRY(cloud.call<ecr::UntagResourceResponse>("ecr", "UntagResource", request));
    }
    if (!change.put.empty()) {
      ecr::TagResourceRequest request;
      request.resource_arn = prior.text("arn");
      request.tags = to_tags<ecr::Tag>(change.put);
      TRY(cloud.call<ecr::TagResourceResponse>("ecr", "TagResource", request));
    }
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ecr::DeleteRepositoryRequest request;
    request.repository_name = state.text("id");
    if (state.flag("force_delete")) request.force = true;
    return ignore_gone(cloud.call<ecr::DeleteRepositoryResponse>("ecr", "DeleteRepository", request));
  }
};

}  // namespace

void add_ecr_repository(Provider& provider) { provider.resources["aws_ecr_repository"] = std::make_unique<Repository>(); }

}  // namespace landfall::terraform::aws_types
