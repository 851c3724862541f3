#include "terraform/backend_settings.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "hcl/convert.h"
#include "hcl/evaluate.h"
#include "hcl/parser.h"
#include "terraform/state.h"

namespace landfall::terraform {
namespace {

using Settings = std::map<std::string, std::string>;

constexpr int64_t kOurHash = 0;  // Terraform's is that of the block

std::filesystem::path file_of(const std::filesystem::path& root) { return root / ".terraform" / "terraform.tfstate"; }

Error wrong(const std::string& what) { return {.code = "Backend.Settings", .what = what}; }

Result<void> take_file(const std::filesystem::path& path, Settings& into) {
  const std::string text = TRY(read_file(path));
  hcl::ParsedFile parsed = hcl::parse_file(path.filename().string(), text, hcl::Dialect::modern);
  if (parsed.diagnostics.has_errors()) return fail(wrong(fmt::format("{}: {}", path.string(), parsed.diagnostics.begin()->summary)));
  if (!parsed.file.body.blocks.empty()) return fail(wrong(fmt::format("{}: found the block \"{}\"; wanted arguments only", path.string(), parsed.file.body.blocks[0].type)));
  const hcl::MapScope nothing;
  for (const hcl::Attribute& attribute : parsed.file.body.attributes) {
    const hcl::Evaluated value = hcl::evaluate(*attribute.value, nothing);
    const auto said = value.ok() ? hcl::convert(value.value, hcl::Type::string()) : fail("Hcl.NoValue", "");
    if (!said || !said->has_value()) return fail(wrong(fmt::format("{}: the argument \"{}\" has no plain value; wanted a text, a number or a bool", path.string(), attribute.name)));
    into[attribute.name] = said->as_string();
  }
  return {};
}

}  // namespace

const std::string* BackendSettings::in_place_of(std::string_view written, std::string_view name) const {
  const auto found = values.find(std::string(name));
  return found != values.end() && (go_first || written.empty()) ? &found->second : nullptr;
}

Result<BackendSettings> backend_settings(const std::filesystem::path& root, const std::string& backend_type) {
  BackendSettings settings;
  if (!std::filesystem::exists(file_of(root))) return settings;
  const json::value parsed = TRY(parse_json(TRY(read_file(file_of(root))), file_of(root).string()));
  const json::object* backend = parsed.is_object() ? object_member(parsed.get_object(), "backend") : nullptr;
  const json::object* config = backend == nullptr || string_member(*backend, "type") != backend_type ? nullptr : object_member(*backend, "config");
  if (config == nullptr) return settings;
  const json::value* hash = backend->if_contains("hash");
  settings.go_first = hash != nullptr && hash->is_int64() && hash->get_int64() == kOurHash;
  for (const auto& [name, value] : *config) {
    if (value.is_string()) settings.values[std::string(name)] = value.get_string();
    else if (value.is_bool() || value.is_number()) settings.values[std::string(name)] = json::serialize(value);
  }
  return settings;
}

Result<void> keep_backend_settings(const std::filesystem::path& root, const std::string& backend_type, const std::vector<std::string>& given, bool forgets) {
  Settings settings = forgets ? Settings{} : TRY(backend_settings(root, backend_type)).values;
  for (const std::string& one : given) {
    const size_t equals = one.find('=');
    if (equals == std::string::npos) TRY(take_file(root / one, settings));
    else if (equals == 0) return fail(wrong(fmt::format("-backend-config is '{}'; wanted NAME=VALUE or a file", one)));
    else settings[one.substr(0, equals)] = one.substr(equals + 1);
  }
  json::object config;
  for (const auto& [name, value] : settings) config[name] = value;
  const json::object file{{"version", 3}, {"terraform_version", kFormatOf}, {"backend", json::object{{"type", backend_type}, {"config", config}, {"hash", kOurHash}}}};
  TRY(make_directories(file_of(root).parent_path()));
  return write_file_atomic(file_of(root), pretty_json(file) + "\n", 0600);
}

}  // namespace landfall::terraform
