#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "terraform/aws/more_types.h"
#include "terraform/aws/ec2.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"
#include "terraform/change.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;
using Entries = std::vector<ec2::PrefixListEntry>;

Result<std::optional<ec2::ManagedPrefixList>> find_list(const Cloud& cloud, const std::string& id) {
  ec2::DescribeManagedPrefixListsRequest request;
  request.prefix_list_ids = std::vector<std::string>{id};
  auto found = TRY(look_up<ec2::DescribeManagedPrefixListsResult>(cloud, "ec2", "DescribeManagedPrefixLists", request));
  if (!found || !found->prefix_lists || found->prefix_lists->empty()) return std::optional<ec2::ManagedPrefixList>();
  return std::optional<ec2::ManagedPrefixList>(std::move(found->prefix_lists->front()));
}

Result<Entries> entries_of(const Cloud& cloud, const std::string& id) {
  ec2::GetManagedPrefixListEntriesRequest request;
  request.prefix_list_id = id;
  Entries all;
  do {
    auto found = TRY(cloud.call<ec2::GetManagedPrefixListEntriesResult>("ec2", "GetManagedPrefixListEntries", request));
    for (auto& entry : found.entries.value_or(Entries{})) all.push_back(std::move(entry));
    request.next_token = found.next_token;
  } while (request.next_token && !request.next_token->empty());
  return all;
}

std::vector<Record> to_records(const Entries& entries) {
  std::vector<Record> records;
  for (const auto& entry : entries) {
    Record& record = records.emplace_back();
    record.set("cidr", entry.cidr.value_or(""));
    record.set("description", entry.description.value_or(""));
  }
  return records;
}

/// One change of entries, on the version that there is.
Result<void> modify(const Cloud& cloud, const std::string& id, const std::vector<Record>& removed, const std::vector<Record>& added) {
  const auto list = TRY(find_list(cloud, id));
  if (!list) return fail("NotFound", fmt::format("the prefix list {} is gone", id));
  ec2::ModifyManagedPrefixListRequest request;
  request.prefix_list_id = id;
  request.current_version = list->version;
  for (const Record& entry : removed) {
    if (!request.remove_entries) request.remove_entries.emplace();
    request.remove_entries->emplace_back().cidr = entry.text("cidr");
  }
  for (const Record& entry : added) {
    if (!request.add_entries) request.add_entries.emplace();
    auto& one = request.add_entries->emplace_back();
    one.cidr = entry.text("cidr");
    if (!entry.text("description").empty()) one.description = entry.text("description");
  }
  TRY(cloud.call<ec2::ModifyManagedPrefixListResult>("ec2", "ModifyManagedPrefixList", request));
  return {};
}

bool is_other_change(const Error& error) { return error.code == "PrefixListVersionMismatch" || error.code == "IncorrectState"; }

Attribute entry_rows(bool is_read_only) {
  Attribute rows = of_type(is_read_only ? "entries" : "entry", Type::set(Type::object({{.name = "cidr", .type = Type::string()}, {.name = "description", .type = Type::string()}})));
  return is_read_only ? std::move(rows).read_only() : std::move(rows).computed().blocks();
}

class PrefixList final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), number("version").read_only(), text("name").required(), text("address_family").required().forces_new().checked(one_of({"IPv4", "IPv6"})),
                                                        number("max_entries").required().checked(between(1, 1000)), entry_rows(false)}});
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    static constexpr std::array kOfVersion{"entry", "name", "max_entries"};
    const bool changes = change.prior != nullptr && std::ranges::any_of(kOfVersion, [&](const char* name) { return !is_alike(change.prior->value(name), change.planned.value(name)); });
    if (changes) change.planned.set("version", Value::unknown(Type::number()));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateManagedPrefixListRequest request;
    request.prefix_list_name = planned.text("name");
    request.address_family = planned.text("address_family");
    request.max_entries = static_cast<int32_t>(planned.number("max_entries"));
    request.client_token = cloud.ids->uuid();
    for (const Record& entry : planned.blocks("entry")) {
      if (!request.entries) request.entries.emplace();
      auto& one = request.entries->emplace_back();
      one.cidr = entry.text("cidr");
      if (!entry.text("description").empty()) one.description = entry.text("description");
    }
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("prefix-list", planned);
    const auto made = TRY(cloud.call<ec2::CreateManagedPrefixListResult>("ec2", "CreateManagedPrefixList", request));
    state.set("id", made.prefix_list->prefix_list_id.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id");
    const auto list = TRY(find_list(cloud, id));
    if (!list) return false;
    state.set("arn", list->prefix_list_arn.value_or(""));
    state.set("owner_id", list->owner_id.value_or(""));
    state.set("version", list->version.value_or(0));
    state.set("name", list->prefix_list_name.value_or(""));
    state.set("address_family", list->address_family.value_or(""));
    state.set("max_entries", list->max_entries.value_or(0));
    state.set("entry", to_records(TRY(entries_of(cloud, id))));
    set_tags(cloud, state, from_tags(list->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    const int64_t before = prior.number("max_entries"), after = planned.number("max_entries");
    // Room is made before entries come, and taken after they went.
    if (after > before) TRY(set_size(cloud, id, after));
    if (differs(prior, planned, "name")) {
      ec2::ModifyManagedPrefixListRequest request;
      request.prefix_list_id = id;
      request.prefix_list_name = planned.text("name");
      TRY(cloud.call<ec2::ModifyManagedPrefixListResult>("ec2", "ModifyManagedPrefixList", request));
    }
    if (differs(prior, planned, "entry")) TRY(change_entries(cloud, id, prior.blocks("entry"), planned.blocks("entry")));
    if (after < before) TRY(set_size(cloud, id, after));
    return update_ec2_tags(cloud, id, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DeleteManagedPrefixListRequest request;
    request.prefix_list_id = state.text("id");
    return ignore_gone(cloud.call<ec2::DeleteManagedPrefixListResult>("ec2", "DeleteManagedPrefixList", request));
  }

 private:
  static Result<void> set_size(const Cloud& cloud, const std::string& id, int64_t size) {
    ec2::ModifyManagedPrefixListRequest request;
    request.prefix_list_id = id;
    request.max_entries = static_cast<int32_t>(size);
    TRY(cloud.call<ec2::ModifyManagedPrefixListResult>("ec2", "ModifyManagedPrefixList", request));
    return {};
  }

  /// A description cannot change in place: such an entry goes, and comes anew.
  static Result<void> change_entries(const Cloud& cloud, const std::string& id, const std::vector<Record>& before, const std::vector<Record>& after) {
    std::vector<Record> removed, added, renewed;
    for (const Record& entry : before) {
      if (std::ranges::count(after, entry) == 0) removed.push_back(entry);
    }
    for (const Record& entry : after) {
      if (std::ranges::count(before, entry) > 0) continue;
      const bool is_there = std::ranges::any_of(removed, [&](const Record& old) { return old.text("cidr") == entry.text("cidr"); });
      (is_there ? renewed : added).push_back(entry);
    }
    TRY(modify(cloud, id, removed, added));
    return renewed.empty() ? Result<void>() : modify(cloud, id, {}, renewed);
  }
};

/// aws_ec2_managed_prefix_list_entry; the id is "LIST,CIDR".
class PrefixListEntry final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("prefix_list_id").required().forces_new(), text("cidr").required().forces_new(), text("description").forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(cloud.retry_while(kEmptying, is_other_change, [&] { return modify(cloud, planned.text("prefix_list_id"), {}, {planned}); }));
    state.set("id", planned.text("prefix_list_id") + "," + planned.text("cidr"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    if (!TRY(find_list(cloud, state.text("prefix_list_id")))) return false;
    for (const auto& entry : TRY(entries_of(cloud, state.text("prefix_list_id")))) {
      if (entry.cidr != state.text("cidr")) continue;
      state.set("description", entry.description.value_or(""));
      return true;
    }
    return false;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    Record there = state;
    if (!TRY(read(cloud, there))) return {};
    return cloud.retry_while(kEmptying, is_other_change, [&] { return modify(cloud, state.text("prefix_list_id"), {state}, {}); });
  }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t comma = id.find(',');
    if (comma == std::string::npos) return fail("Import.Id", fmt::format("unexpected format for ID ({}), expected prefix-list-id,cidr-block", id));
    Record record;
    record.set("id", id);
    record.set("prefix_list_id", id.substr(0, comma));
    record.set("cidr", id.substr(comma + 1));
    return record;
  }
};

Result<ec2::ManagedPrefixList> one_list(const Cloud& cloud, const Record& state, const char* id) {
  ec2::DescribeManagedPrefixListsRequest request;
  if (!state.text(id).empty()) request.prefix_list_ids = std::vector<std::string>{state.text(id)};
  Record without_tags = state;  // these are read
  without_tags.clear("tags");
  set_filters(request, filters_of(without_tags, {{"name", "prefix-list-name"}}));
  const auto found = TRY(cloud.call<ec2::DescribeManagedPrefixListsResult>("ec2", "DescribeManagedPrefixLists", request));
  const auto lists = found.prefix_lists.value_or(std::vector<ec2::ManagedPrefixList>{});
  if (lists.size() != 1) return fail(found_not_one(lists.size(), "EC2 Managed Prefix List"));
  return lists[0];
}

Result<void> read_list(const Cloud& cloud, Record& state) {
  const auto list = TRY(one_list(cloud, state, "id"));
  state.set("id", list.prefix_list_id.value_or(""));
  state.set("arn", list.prefix_list_arn.value_or(""));
  state.set("name", list.prefix_list_name.value_or(""));
  state.set("owner_id", list.owner_id.value_or(""));
  state.set("address_family", list.address_family.value_or(""));
  state.set("max_entries", list.max_entries.value_or(0));
  state.set("version", list.version.value_or(0));
  state.set("entries", to_records(TRY(entries_of(cloud, state.text("id")))));
  state.set("tags", from_tags(list.tags));
  return {};
}

/// aws_prefix_list: the same, older.
Result<void> read_plain_list(const Cloud& cloud, Record& state) {
  const auto list = TRY(one_list(cloud, state, "prefix_list_id"));
  state.set("id", list.prefix_list_id.value_or(""));
  state.set("name", list.prefix_list_name.value_or(""));
  std::vector<std::string> blocks;
  for (const auto& entry : TRY(entries_of(cloud, state.text("id")))) blocks.push_back(entry.cidr.value_or(""));
  state.set("cidr_blocks", blocks);
  return {};
}

}  // namespace

void add_prefix_list(Provider& provider) {
  provider.resources["aws_ec2_managed_prefix_list"] = std::make_unique<PrefixList>();
  provider.resources["aws_ec2_managed_prefix_list_entry"] = std::make_unique<PrefixListEntry>();
  add_source(provider, "aws_ec2_managed_prefix_list", {.attributes = {text("id").computed(), text("arn").read_only(), text("name").computed(), text("owner_id").read_only(), text("address_family").read_only(), number("max_entries").read_only(),
                                                                      number("version").read_only(), entry_rows(true), text_map("tags").computed()}, .blocks = {filter_block()}}, read_list);
  add_source(provider, "aws_prefix_list", {.attributes = {text("id").read_only(), text("prefix_list_id"), text("name").computed(), texts("cidr_blocks").read_only()}, .blocks = {filter_block()}}, read_plain_list);
}

}  // namespace landfall::terraform::aws_types
