#include "terraform/saved_plan.h"

#include <array>

#include <fmt/format.h>

#include "terraform/json_object.h"
#include "terraform/kept_value.h"

namespace landfall::terraform {
namespace {

constexpr std::string_view kBegin = R"({"format":"landfall-plan","version":)";
constexpr std::string_view kVersion = "1";

constexpr std::array kActions{std::pair{Action::none, "no-op"}, std::pair{Action::create, "create"}, std::pair{Action::read, "read"}, std::pair{Action::update, "update"},
                              std::pair{Action::replace, "replace"}, std::pair{Action::remove, "delete"}, std::pair{Action::forget, "forget"}};

std::string word_of(Action action) {
  for (const auto& [each, word] : kActions) {
    if (each == action) return word;
  }
  return "";
}

std::string render_address(const Address& address) {
  JsonObject text;
  text.add_text("module", address.block.module).add_flag("data", address.block.is_data).add_text("type", address.block.type).add_text("name", address.block.name);
  if (address.key.kind == Key::Kind::number) text.add("key", std::to_string(address.key.number));
  if (address.key.kind == Key::Kind::text) text.add_text("key", address.key.text);
  return text.text();
}

/// The members of an object by name; of a name given twice the last.
using Members = std::map<std::string, std::string_view, std::less<>>;

Result<Members> members_of(std::string_view json) {
  Members members;
  TRY(for_each_member(json, [&](std::string name, std::string_view value) -> Result<void> {
    members.insert_or_assign(std::move(name), value);
    return {};
  }));
  return members;
}

std::string_view member(const Members& members, std::string_view name) {
  const auto found = members.find(name);
  return found == members.end() ? std::string_view() : found->second;
}

std::string text_member(const Members& members, std::string_view name) { return text_of_json(member(members, name)); }
bool flag_member(const Members& members, std::string_view name) { return member(members, name) == "true"; }

Result<Address> parse_one_address(std::string_view json) {
  const Members members = TRY(members_of(json));
  Address address{.block = {.module = text_member(members, "module"), .is_data = flag_member(members, "data"), .type = text_member(members, "type"), .name = text_member(members, "name")}};
  if (address.block.type.empty() || address.block.name.empty()) return fail("Plan.Malformed", fmt::format("{} is no address", json.substr(0, 80)));
  const std::string_view key = member(members, "key");
  if (key.starts_with('"')) address.key = Key::of(text_of_json(key));
  else if (!key.empty()) address.key = Key::of(std::strtoll(std::string(key).c_str(), nullptr, 10));
  return address;
}

std::string render_change(const PlannedChange& change, bool is_configured, TypeTable& types) {
  JsonObject text;
  text.add("address", render_address(change.address)).add_text("action", word_of(change.action)).add("prior", types.keep(change.prior)).add("planned", types.keep(change.planned));
  if (!change.replaced_by.empty()) text.add("replaced_by", json_texts(change.replaced_by));
  if (change.is_tainted) text.add_flag("tainted", true);
  if (change.creates_first) text.add_flag("creates_first", true);
  if (is_configured) text.add_flag("configured", true);
  if (!change.imported.empty()) text.add_text("imported", change.imported);
  if (change.reason != Reason::none) text.add_text("reason", code_of(change.reason));
  return text.text();
}

/// Reads what render_saved_plan wrote.
class Reader {
 public:
  Reader(Members members, std::vector<hcl::Type> types) : members_(std::move(members)), types_(std::move(types)) {}

  Result<SavedPlan> read() {
    saved_.workspace = text_member(members_, "workspace");
    saved_.made_at = text_member(members_, "made_at");
    saved_.plan.is_destroy = flag_member(members_, "is_destroy");
    saved_.plan.only_refreshes = flag_member(members_, "only_refreshes");
    saved_.plan.is_whole = flag_member(members_, "is_whole");
    TRY(read_sources());
    if (members_.contains("inert")) {
      TRY(for_each_element(member(members_, "inert"), [&](std::string_view type) -> Result<void> {
        saved_.inert.push_back(text_of_json(type));
        return {};
      }));
    }
    saved_.plan.before = TRY(parse_state(member(members_, "prior_state"), "prior_state"));
    saved_.plan.state = TRY(parse_state(member(members_, "state"), "state"));
    TRY(for_each_member(member(members_, "variables"), [&](const std::string& name, std::string_view value) -> Result<void> {
      saved_.plan.variables[name] = TRY(kept_value(value, types_));
      return {};
    }));
    TRY(for_each_element(member(members_, "moved"), [&](std::string_view one) -> Result<void> {
      const Members move = TRY(members_of(one));
      const Address to = TRY(parse_one_address(member(move, "to")));
      saved_.plan.moved[to] = TRY(parse_one_address(member(move, "from")));
      return {};
    }));
    TRY(for_each_element(member(members_, "changes"), [&](std::string_view one) { return read_change(one); }));
    TRY(for_each_member(member(members_, "outputs"), [&](const std::string& name, std::string_view one) -> Result<void> {
      const Members output = TRY(members_of(one));
      OutputChange& change = saved_.plan.outputs[name];
      change.before = TRY(kept_value(member(output, "before"), types_));
      change.after = TRY(kept_value(member(output, "after"), types_));
      change.is_sensitive = flag_member(output, "sensitive");
      return {};
    }));
    return std::move(saved_);
  }

 private:
  Result<void> read_sources() {
    TRY(for_each_member(member(members_, "files"), [&](std::string name, std::string_view text) -> Result<void> {
      saved_.sources.files[std::move(name)] = text_of_json(text);
      return {};
    }));
    return for_each_element(member(members_, "modules"), [&](std::string_view one) -> Result<void> {
      const Members module = TRY(members_of(one));
      const std::string key = text_member(module, "key");
      saved_.sources.installed[key] = {.key = key, .source = text_member(module, "source"), .version = text_member(module, "version"), .directory = text_member(module, "directory")};
      return {};
    });
  }

  Result<void> read_change(std::string_view json) {
    const Members members = TRY(members_of(json));
    PlannedChange change;
    change.address = TRY(parse_one_address(member(members, "address")));
    const std::string action = text_member(members, "action");
    bool is_known = false;
    for (const auto& [each, word] : kActions) {
      if (action != word) continue;
      change.action = each;
      is_known = true;
    }
    if (!is_known) return fail("Plan.Malformed", fmt::format("\"{}\" is no action", action));
    change.prior = TRY(kept_value(member(members, "prior"), types_));
    change.planned = TRY(kept_value(member(members, "planned"), types_));
    if (members.contains("replaced_by")) {
      TRY(for_each_element(member(members, "replaced_by"), [&](std::string_view path) -> Result<void> {
        change.replaced_by.push_back(text_of_json(path));
        return {};
      }));
    }
    change.is_tainted = flag_member(members, "tainted");
    change.creates_first = flag_member(members, "creates_first");
    change.imported = text_member(members, "imported");
    change.reason = reason_of_code(text_member(members, "reason"));
    if (flag_member(members, "configured")) saved_.configured.insert(change.address);
    const Address address = change.address;
    saved_.plan.changes.insert_or_assign(address, std::move(change));
    return {};
  }

  Members members_;
  std::vector<hcl::Type> types_;
  SavedPlan saved_;
};

}  // namespace

std::string render_saved_plan(const SavedPlan& saved) {
  const Plan& plan = saved.plan;
  TypeTable types;
  JsonObject files, variables, outputs;
  JsonArray modules, moved, changes;
  for (const auto& [name, text] : saved.sources.files) files.add_text(name, text);
  for (const auto& [key, module] : saved.sources.installed) modules.add(JsonObject().add_text("key", key).add_text("source", module.source).add_text("version", module.version).add_text("directory", module.directory).text());
  for (const auto& [name, value] : plan.variables) variables.add(name, types.keep(value));
  for (const auto& [to, from] : plan.moved) moved.add(JsonObject().add("from", render_address(from)).add("to", render_address(to)).text());
  for (const auto& [address, change] : plan.changes) changes.add(render_change(change, saved.configured.contains(address), types));
  for (const auto& [name, change] : plan.outputs) outputs.add(name, JsonObject().add("before", types.keep(change.before)).add("after", types.keep(change.after)).add_flag("sensitive", change.is_sensitive).text());

  JsonObject document;
  document.add_text("workspace", saved.workspace).add_text("made_at", saved.made_at).add_flag("is_destroy", plan.is_destroy).add_flag("only_refreshes", plan.only_refreshes).add_flag("is_whole", plan.is_whole);
  if (!saved.inert.empty()) document.add("inert", json_texts(saved.inert));
  document.add("files", files.text()).add("modules", modules.text()).add("variables", variables.text()).add("moved", moved.text()).add("changes", changes.text()).add("outputs", outputs.text());
  document.add("prior_state", compact_json(render_state(plan.before))).add("state", compact_json(render_state(plan.state))).add("types", types.text());
  return std::string(kBegin) + std::string(kVersion) + "," + document.text().substr(1) + "\n";
}

bool is_saved_plan(std::string_view text) { return text.starts_with(kBegin) || text.starts_with("PK\x03\x04"); }

Result<SavedPlan> parse_saved_plan(std::string_view text, std::string_view what) {
  if (text.starts_with("PK\x03\x04")) return fail("Plan.Foreign", fmt::format("{} is a plan of Terraform or OpenTofu; only the program that made it can carry it out", what));
  if (!text.starts_with(kBegin)) return fail("Plan.Malformed", fmt::format("{} is not a plan that \"landfall plan -out\" wrote", what));
  const std::string_view version = text.substr(kBegin.size(), text.find(',') == std::string_view::npos ? 0 : text.find(',', kBegin.size()) - kBegin.size());
  if (version != kVersion) return fail("Plan.Foreign", fmt::format("{} is a plan of format version {}; this Landfall reads version {}: plan again", what, version.substr(0, 10), kVersion));
  const auto read = [&]() -> Result<SavedPlan> {
    Members members = TRY(members_of(text));
    std::vector<hcl::Type> types = TRY(parse_types(member(members, "types")));
    return Reader(std::move(members), std::move(types)).read();
  };
  return read().while_doing(fmt::format("reading the plan {}", what));
}

}  // namespace landfall::terraform
