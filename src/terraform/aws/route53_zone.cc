#include "aws/shapes/route53.h"
#include "base/text.h"
#include "terraform/aws/members.h"
#include "terraform/aws/route53.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace route53 = aws::route53;

class Zone final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("zone_id").read_only(), text("name").required().forces_new().same_if(is_same_domain), text("comment").defaults("Managed by Terraform"),
                                                        flag("force_destroy").defaults(false), texts("name_servers").read_only(), text("primary_name_server").read_only(), text("delegation_set_id").forces_new()},
                                         .blocks = {set_block("vpc", {.attributes = {text("vpc_id").required(), text("vpc_region").computed()}})}});
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    if (change.config.has("delegation_set_id") && !change.planned.blocks("vpc").empty()) return fail("Config.Conflict", "\"delegation_set_id\": conflicts with vpc");
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    route53::CreateHostedZoneRequest request;
    request.name = planned.text("name");
    request.caller_reference = "terraform-" + cloud.ids->hex(26);
    auto& config = request.hosted_zone_config.emplace();
    config.comment = planned.text("comment");
    const auto vpcs = planned.blocks("vpc");
    config.private_zone = !vpcs.empty();
    if (!vpcs.empty()) request.vpc = vpc_of(cloud, vpcs[0]);
    set_text(planned, "delegation_set_id", request.delegation_set_id);
    const auto made = TRY(cloud.call<route53::CreateHostedZoneResponse>("route53", "CreateHostedZone", request));
    const std::string id = zone_id(made.hosted_zone->id.value_or(""));
    state.set("id", id);
    for (size_t i = 1; i < vpcs.size(); ++i) TRY(associate(cloud, id, vpcs[i]));
    const Pairs tags = planned.pairs("tags_all");
    return change_dns_tags(cloud, "hostedzone", id, {.removed = {}, .put = tags});
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id");
    route53::GetHostedZoneRequest request;
    request.id = id;
    const auto found = TRY(look_up<route53::GetHostedZoneResponse>(cloud, "route53", "GetHostedZone", request));
    if (!found) return false;
    std::string name = found->hosted_zone->name.value_or("");
    if (name.ends_with('.')) name.pop_back();
    state.set("zone_id", id);
    state.set("arn", "arn:aws:route53:::hostedzone/" + id);
    state.set("name", name);
    state.set("comment", found->hosted_zone->config ? found->hosted_zone->config->comment.value_or("") : "");
    const std::vector<std::string> servers = found->delegation_set ? found->delegation_set->name_servers.value_or(std::vector<std::string>{}) : std::vector<std::string>{};
    state.set("name_servers", servers);
    state.set("primary_name_server", servers.empty() ? "" : servers[0]);
    std::vector<Record> vpcs;
    for (const auto& vpc : found->vp_cs.value_or(std::vector<route53::VPC>{})) {
      Record& record = vpcs.emplace_back();
      record.set("vpc_id", vpc.vpc_id.value_or(""));
      record.set("vpc_region", vpc.vpc_region.value_or(""));
    }
    state.set("vpc", vpcs);
    state.set("delegation_set_id", found->delegation_set ? found->delegation_set->id.value_or("").substr(found->delegation_set->id.value_or("").rfind('/') + 1) : "");
    set_tags(cloud, state, TRY(read_dns_tags(cloud, "hostedzone", id)));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    if (differs(prior, planned, "comment")) {
      route53::UpdateHostedZoneCommentRequest request;
      request.id = id;
      request.comment = planned.text("comment");
      TRY(cloud.call<route53::UpdateHostedZoneCommentResponse>("route53", "UpdateHostedZoneComment", request));
    }
    const auto has = [](const std::vector<Record>& list, const Record& wanted) {
      for (const Record& one : list) {
        if (one.text("vpc_id") == wanted.text("vpc_id")) return true;
      }
      return false;
    };
    const auto before = prior.blocks("vpc"), after = planned.blocks("vpc");
    for (const Record& vpc : after) {
      if (!has(before, vpc)) TRY(associate(cloud, id, vpc));
    }
    for (const Record& vpc : before) {
      if (has(after, vpc)) continue;
      route53::DisassociateVPCFromHostedZoneRequest request;
      request.hosted_zone_id = id;
      request.vpc = vpc_of(cloud, vpc);
      TRY(cloud.call<route53::DisassociateVPCFromHostedZoneResponse>("route53", "DisassociateVPCFromHostedZone", request));
    }
    return change_dns_tags(cloud, "hostedzone", id, tag_change(prior, planned));
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string id = state.text("id");
    if (state.flag("force_destroy")) TRY(delete_all_records(cloud, id, state.text("name")));
    route53::DeleteHostedZoneRequest request;
    request.id = id;
    return ignore_gone(cloud.call<route53::DeleteHostedZoneResponse>("route53", "DeleteHostedZone", request));
  }

 private:
  static Result<void> associate(const Cloud& cloud, const std::string& id, const Record& record) {
    route53::AssociateVPCWithHostedZoneRequest request;
    request.hosted_zone_id = id;
    request.vpc = vpc_of(cloud, record);
    TRY(cloud.call<route53::AssociateVPCWithHostedZoneResponse>("route53", "AssociateVPCWithHostedZone", request));
    return {};
  }

  static Result<void> delete_all_records(const Cloud& cloud, const std::string& id, const std::string& name) {
    for (const auto& record : TRY(list_records(cloud, id))) {
      const bool is_own = is_same_name(record.name.value_or(""), name) && (record.type == "NS" || record.type == "SOA");
      if (!is_own) TRY(change_record(cloud, id, "DELETE", record));
    }
    return {};
  }
};

}  // namespace

void add_route53_zone(Provider& provider) { provider.resources["aws_route53_zone"] = std::make_unique<Zone>(); }

}  // namespace landfall::terraform::aws_types
