#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/ip.h"
#include "model/aws_service.h"
#include "model/settings.h"
#include "services/ec2/support.h"

/// Prefix lists: those that a customer manages, and those that AWS keeps for gateway services.
namespace landfall::services::ec2 {
namespace {

using model::PrefixList;
using model::PrefixListEntry;

constexpr int kMaxEntries = 1000;  // VPC quotas, entries of a prefix list

Error missing(const std::string& id) { return not_found("InvalidPrefixListID.NotFound", "prefix list", id); }

shapes::ManagedPrefixList render(const PrefixList& list) {
  if (list.account == "AWS") {
    return {.address_family = list.address_family, .owner_id = "AWS", .prefix_list_arn = fmt::format("arn:aws:ec2:{}:aws:prefix-list/{}", list.region, list.id), .prefix_list_id = list.id, .prefix_list_name = list.name, .state = list.state, .tags = tag_list(list.tags)};
  }
  return {.address_family = list.address_family, .max_entries = list.max_entries, .owner_id = list.account,
          .prefix_list_arn = fmt::format("arn:aws:ec2:{}:{}:prefix-list/{}", list.region, list.account, list.id), .prefix_list_id = list.id,
          .prefix_list_name = list.name, .state = list.state, .tags = tag_list(list.tags), .version = static_cast<int64_t>(list.versions.size())};
}

Result<std::string> entry_range(const PrefixList& list, const std::string& given) {
  const bool is_v6 = given.find(':') != std::string::npos;
  const auto cidr = parse_cidr(given);
  if (!is_v6 && !cidr) return fail("InvalidParameterValue", fmt::format("Invalid CIDR block: {}", given));
  if (is_v6 != (list.address_family == "IPv6")) return fail("InvalidParameterValue", fmt::format("The CIDR {} is not of the address family {} of the prefix list", given, list.address_family));
  return is_v6 ? lower(given) : to_string(*cidr);
}

Result<void> add(PrefixList& list, std::vector<PrefixListEntry>& entries, const std::optional<std::vector<shapes::AddPrefixListEntry>>& given) {
  for (const auto& one : given.value_or(std::vector<shapes::AddPrefixListEntry>{})) {
    auto range = TRY(entry_range(list, text(one.cidr)));
    const auto same = std::ranges::find(entries, range, &PrefixListEntry::cidr);
    if (same != entries.end()) same->description = text(one.description);
    else entries.push_back({.cidr = std::move(range), .description = text(one.description)});
  }
  if (static_cast<int>(entries.size()) > list.max_entries) return fail("PrefixListMaxEntriesExceeded", fmt::format("You've reached the maximum number of entries for the prefix list: {}.", list.max_entries));
  return {};
}

Result<void> check_max_entries(int count) {
  if (count < 1 || count > kMaxEntries) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter MaxEntries is invalid. Wanted 1 to {}.", count, kMaxEntries));
  return {};
}

Result<shapes::CreateManagedPrefixListResult> create(const Deps& deps, const CallContext& context, const shapes::CreateManagedPrefixListRequest& request) {
  PrefixList list{.account = context.account, .region = context.region, .id = deps.ids.ec2("pl"), .name = text(request.prefix_list_name), .address_family = text(request.address_family), .state = "create-complete",
                  .max_entries = request.max_entries.value_or(0), .versions = {}, .tags = {}};
  list.tags = TRY(tags_for(request.tag_specifications, "prefix-list"));
  if (list.name.empty() || list.name.starts_with("com.amazonaws")) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter PrefixListName is invalid. It must not be empty or start with com.amazonaws.", list.name));
  if (list.address_family != "IPv4" && list.address_family != "IPv6") return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter AddressFamily is invalid. Wanted IPv4 or IPv6.", list.address_family));
  TRY(check_max_entries(list.max_entries));
  TRY(add(list, list.versions.emplace_back(), request.entries));
  return transact<shapes::CreateManagedPrefixListResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateManagedPrefixListResult> {
    store::put(tx, list);
    return shapes::CreateManagedPrefixListResult{.prefix_list = render(list)};
  });
}

Result<PrefixList> list_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id) {
  auto list = store::find<PrefixList>(tx, key_of(context, text(id)));
  if (!list) return fail(missing(text(id)));
  return std::move(*list);
}

/// A change of entries needs the version that it starts from (EC2 API, ModifyManagedPrefixList, RestoreManagedPrefixListVersion).
Result<void> check_current(const PrefixList& list, const std::optional<int64_t>& given) {
  if (!given) return fail("MissingParameter", "The request must contain the parameter CurrentVersion");
  if (*given == static_cast<int64_t>(list.versions.size())) return {};
  return fail("PrefixListVersionMismatch", fmt::format("The prefix list has the version {}; {} was given as the current one.", list.versions.size(), *given));
}

Result<std::vector<PrefixListEntry>> version_of(const PrefixList& list, int64_t version) {
  if (version >= 1 && version <= static_cast<int64_t>(list.versions.size())) return list.versions[static_cast<size_t>(version - 1)];
  return fail("InvalidPrefixListVersion", fmt::format("The version {} of the prefix list {} does not exist; the newest is {}.", version, list.id, list.versions.size()));
}

Result<void> change_entries(PrefixList& list, const shapes::ModifyManagedPrefixListRequest& request) {
  TRY(check_current(list, request.current_version));
  std::vector<PrefixListEntry> entries = list.versions.back();
  for (const auto& one : request.remove_entries.value_or(std::vector<shapes::RemovePrefixListEntry>{})) {
    const std::string range = TRY(entry_range(list, text(one.cidr)));
    if (std::erase_if(entries, [&](const PrefixListEntry& e) { return e.cidr == range; }) == 0) return fail("InvalidParameterValue", fmt::format("The CIDR {} is not an entry of the prefix list {}", range, list.id));
  }
  TRY(add(list, entries, request.add_entries));
  list.versions.push_back(std::move(entries));
  return {};
}

Result<shapes::ModifyManagedPrefixListResult> modify(const Deps& deps, const CallContext& context, const shapes::ModifyManagedPrefixListRequest& request) {
  return transact<shapes::ModifyManagedPrefixListResult>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyManagedPrefixListResult> {
    PrefixList list = TRY(list_of(tx, context, request.prefix_list_id));
    const bool has_entries = request.add_entries || request.remove_entries;
    if (request.max_entries && has_entries) return fail("InvalidParameterCombination", "You cannot modify the entries of a prefix list and its size at the same time.");
    if (request.prefix_list_name) list.name = *request.prefix_list_name;
    if (request.max_entries) {
      TRY(check_max_entries(*request.max_entries));
      if (static_cast<int>(list.versions.back().size()) > *request.max_entries) return fail("InvalidParameterValue", fmt::format("The prefix list {} has {} entries; MaxEntries {} is less.", list.id, list.versions.back().size(), *request.max_entries));
      list.max_entries = *request.max_entries;
    }
    if (has_entries) TRY(change_entries(list, request));
    list.state = "modify-complete";
    store::put(tx, list);
    return shapes::ModifyManagedPrefixListResult{.prefix_list = render(list)};
  });
}

/// The entries of an older version, as a new one.
Result<shapes::RestoreManagedPrefixListVersionResult> restore(const Deps& deps, const CallContext& context, const shapes::RestoreManagedPrefixListVersionRequest& request) {
  return transact<shapes::RestoreManagedPrefixListVersionResult>(deps.store, [&](Transaction& tx) -> Result<shapes::RestoreManagedPrefixListVersionResult> {
    PrefixList list = TRY(list_of(tx, context, request.prefix_list_id));
    TRY(check_current(list, request.current_version));
    std::vector<PrefixListEntry> entries = TRY(version_of(list, request.previous_version.value_or(0)));
    list.versions.push_back(std::move(entries));
    list.state = "restore-complete";
    store::put(tx, list);
    return shapes::RestoreManagedPrefixListVersionResult{.prefix_list = render(list)};
  });
}

/// Ids of the route tables and groups that name the list.
std::vector<std::string> users_of(const store::Store& store, const CallContext& context, const std::string& id) {
  std::vector<std::string> users;
  for (const auto& table : store::all<model::RouteTable>(store, scope(context))) {
    if (std::ranges::count(table.routes, id, &model::Route::destination) > 0) users.push_back(table.id);
  }
  for (const auto& group : store::all<model::SecurityGroup>(store, scope(context))) {
    if (std::ranges::count(group.rules, id, &model::SecurityGroupRule::prefix_list_id) > 0) users.push_back(group.id);
  }
  return users;
}

Result<shapes::DeleteManagedPrefixListResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteManagedPrefixListRequest& request) {
  return transact<shapes::DeleteManagedPrefixListResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteManagedPrefixListResult> {
    PrefixList list = TRY(list_of(tx, context, request.prefix_list_id));
    if (!users_of(deps.store, context, list.id).empty()) return fail("DependencyViolation", fmt::format("The prefix list '{}' has dependencies and cannot be deleted.", list.id));
    store::erase<PrefixList>(tx, list.key());
    list.state = "delete-complete";
    return shapes::DeleteManagedPrefixListResult{.prefix_list = render(list)};
  });
}

Facts facts_of(const PrefixList& list) { return {{"owner-id", list.account}, {"prefix-list-id", list.id}, {"prefix-list-name", list.name}}; }

/// AWS's lists, then the customer's: those of `ids` (all must exist), then those that pass.
Result<std::vector<PrefixList>> chosen_lists(const Deps& deps, const CallContext& context, const std::vector<std::string>& ids, const std::optional<std::vector<shapes::Filter>>& filters, bool is_aws_only) {
  static const std::vector<std::string_view> known{"owner-id", "prefix-list-id", "prefix-list-name"};
  TRY(passes(filters, {}, {}, known));
  std::vector<PrefixList> all = aws_prefix_lists(deps, context), chosen;
  if (!is_aws_only) std::ranges::move(store::all<PrefixList>(deps.store, scope(context)), std::back_inserter(all));
  for (const std::string& id : ids) {
    if (std::ranges::count(all, id, &PrefixList::id) == 0) return fail(missing(id));
  }
  for (PrefixList& list : all) {
    const bool is_named = ids.empty() || std::ranges::count(ids, list.id) > 0;
    if (is_named && TRY(passes(filters, facts_of(list), list.tags, known))) chosen.push_back(std::move(list));
  }
  return chosen;
}

Result<shapes::DescribeManagedPrefixListsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeManagedPrefixListsRequest& request) {
  auto chosen = TRY(chosen_lists(deps, context, request.prefix_list_ids.value_or(std::vector<std::string>{}), request.filters, false));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeManagedPrefixListsResult result{.next_token = token_of(answer.next), .prefix_lists = std::vector<shapes::ManagedPrefixList>{}};
  for (const PrefixList& list : answer.items) result.prefix_lists->push_back(render(list));
  return result;
}

/// The older call tells of AWS's lists only.
Result<shapes::DescribePrefixListsResult> describe_aws(const Deps& deps, const CallContext& context, const shapes::DescribePrefixListsRequest& request) {
  auto chosen = TRY(chosen_lists(deps, context, request.prefix_list_ids.value_or(std::vector<std::string>{}), request.filters, true));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribePrefixListsResult result{.next_token = token_of(answer.next), .prefix_lists = std::vector<shapes::PrefixList>{}};
  for (const PrefixList& list : answer.items) {
    auto& told = result.prefix_lists->emplace_back(shapes::PrefixList{.cidrs = std::vector<std::string>{}, .prefix_list_id = list.id, .prefix_list_name = list.name});
    for (const PrefixListEntry& entry : list.versions.back()) told.cidrs->push_back(entry.cidr);
  }
  return result;
}

Result<shapes::GetManagedPrefixListEntriesResult> entries(const Deps& deps, const CallContext& context, const shapes::GetManagedPrefixListEntriesRequest& request) {
  const auto lists = TRY(chosen_lists(deps, context, {text(request.prefix_list_id)}, std::nullopt, false));
  const PrefixList& list = lists.front();
  const int64_t version = request.target_version.value_or(static_cast<int64_t>(list.versions.size()));
  auto answer = TRY(page(TRY(version_of(list, version)), request.max_results, request.next_token));
  shapes::GetManagedPrefixListEntriesResult result{.entries = std::vector<shapes::PrefixListEntry>{}, .next_token = token_of(answer.next)};
  for (const PrefixListEntry& entry : answer.items) {
    result.entries->push_back({.cidr = entry.cidr, .description = entry.description.empty() ? std::nullopt : std::optional(entry.description)});
  }
  return result;
}

Result<shapes::GetManagedPrefixListAssociationsResult> associations(const Deps& deps, const CallContext& context, const shapes::GetManagedPrefixListAssociationsRequest& request) {
  if (!store::find<PrefixList>(deps.store, key_of(context, text(request.prefix_list_id)))) return fail(missing(text(request.prefix_list_id)));
  auto answer = TRY(page(users_of(deps.store, context, *request.prefix_list_id), request.max_results, request.next_token));
  shapes::GetManagedPrefixListAssociationsResult result{.next_token = token_of(answer.next), .prefix_list_associations = std::vector<shapes::PrefixListAssociation>{}};
  for (const std::string& id : answer.items) result.prefix_list_associations->push_back({.resource_id = id, .resource_owner = context.account});
  return result;
}

}  // namespace

std::vector<PrefixList> aws_prefix_lists(const Deps& deps, const CallContext& context) {
  std::vector<PrefixList> lists;
  const auto settings = store::find<model::Settings>(deps.store, model::Settings::kKey);
  for (const model::AwsService& service : model::aws_services()) {
    const auto address = settings ? own_address(*settings, service) : std::nullopt;
    if (!address) continue;
    const std::vector<PrefixListEntry> entries{{.cidr = to_string(Cidr{.base = *address, .length = 32}), .description = {}}};
    lists.push_back({.account = "AWS", .region = context.region, .id = prefix_list_id(service, context.region), .name = service_name(service, context.region), .address_family = "IPv4", .state = "create-complete",
                     .versions = {entries}, .tags = {}});
  }
  // Where CloudFront comes from (CloudFront guide, managed prefix list): there is none here, so nobody.
  const model::AwsService cloudfront{.name = "cloudfront.origin-facing", .hosts = {}};
  lists.push_back({.account = "AWS", .region = context.region, .id = prefix_list_id(cloudfront, context.region), .name = "com.amazonaws.global.cloudfront.origin-facing", .address_family = "IPv4", .state = "create-complete",
                   .versions = {std::vector<PrefixListEntry>{}}, .tags = {}});
  return lists;
}

Result<PrefixList> any_prefix_list(const Deps& deps, const Transaction& tx, const CallContext& context, const std::string& id) {
  for (PrefixList& list : aws_prefix_lists(deps, context)) {
    if (list.id == id) return std::move(list);
  }
  return list_of(tx, context, id);
}

void register_prefix_list(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateManagedPrefixListRequest, shapes::CreateManagedPrefixListResult>("ec2", "CreateManagedPrefixList", {"PrefixListName", "Entries.*", "MaxEntries", "AddressFamily", "ClientToken", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::ModifyManagedPrefixListRequest, shapes::ModifyManagedPrefixListResult>("ec2", "ModifyManagedPrefixList", {"PrefixListId", "CurrentVersion", "PrefixListName", "AddEntries.*", "RemoveEntries.*", "MaxEntries"}, bind(modify));
  registry.add<shapes::RestoreManagedPrefixListVersionRequest, shapes::RestoreManagedPrefixListVersionResult>("ec2", "RestoreManagedPrefixListVersion", {"PrefixListId", "PreviousVersion", "CurrentVersion"}, bind(restore));
  registry.add<shapes::DeleteManagedPrefixListRequest, shapes::DeleteManagedPrefixListResult>("ec2", "DeleteManagedPrefixList", {"PrefixListId"}, bind(remove));
  registry.add<shapes::DescribeManagedPrefixListsRequest, shapes::DescribeManagedPrefixListsResult>("ec2", "DescribeManagedPrefixLists", {"PrefixListIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
  registry.add<shapes::DescribePrefixListsRequest, shapes::DescribePrefixListsResult>("ec2", "DescribePrefixLists", {"PrefixListIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe_aws));
  registry.add<shapes::GetManagedPrefixListEntriesRequest, shapes::GetManagedPrefixListEntriesResult>("ec2", "GetManagedPrefixListEntries", {"PrefixListId", "TargetVersion", "MaxResults", "NextToken"}, bind(entries));
  registry.add<shapes::GetManagedPrefixListAssociationsRequest, shapes::GetManagedPrefixListAssociationsResult>("ec2", "GetManagedPrefixListAssociations", {"PrefixListId", "MaxResults", "NextToken"}, bind(associations));
}

}  // namespace landfall::services::ec2
