#include "terraform/installed_modules.h"

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/json.h"

namespace landfall::terraform {
namespace {

/// A source without what may be written or left out: scheme, user, ".git", the public registry.
std::string bare(std::string_view source) {
  std::string text(source);
  const auto drop = [&](std::string_view prefix) {
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
  };
  for (const std::string_view prefix : {"git::", "https://", "http://", "ssh://"}) drop(prefix);
  if (text.starts_with("git@")) {
    drop("git@");
    if (const size_t colon = text.find(':'); colon < text.find('/')) text[colon] = '/';
  }
  for (const std::string_view prefix : {"registry.terraform.io/", "registry.opentofu.org/"}) drop(prefix);
  const size_t end = std::min({text.find("//"), text.find('?'), text.size()});
  if (text.substr(0, end).ends_with(".git")) text.erase(end - 4, 4);
  return text;
}

}  // namespace

bool InstalledModule::is_from(std::string_view written) const { return bare(source) == bare(written); }

std::filesystem::path modules_folder(const std::filesystem::path& root) {
  const char* elsewhere = std::getenv("TF_DATA_DIR");
  const std::filesystem::path folder = elsewhere != nullptr && *elsewhere != '\0' ? elsewhere : ".terraform";
  return (folder.is_absolute() ? folder : root / folder) / "modules";
}

std::map<std::string, InstalledModule> read_installed_modules(const std::filesystem::path& root) {
  std::map<std::string, InstalledModule> found;
  const auto text = read_file(modules_folder(root) / "modules.json");
  const auto document = text ? parse_json(*text, "modules.json") : Result<json::value>(json::value());
  if (!document || !document->is_object()) return found;
  const json::array* modules = array_member(document->get_object(), "Modules");
  if (modules == nullptr) return found;
  for (const json::value& entry : *modules) {
    if (!entry.is_object()) continue;
    const auto member = [&](std::string_view name) { return std::string(string_member(entry.get_object(), name)); };
    found[member("Key")] = {.key = member("Key"), .source = member("Source"), .version = member("Version"), .directory = member("Dir")};
  }
  return found;
}

Result<void> write_installed_modules(const std::filesystem::path& root, const std::vector<InstalledModule>& modules) {
  json::array list;
  for (const InstalledModule& module : modules) {
    json::object entry{{"Key", module.key}, {"Source", module.source}};
    if (!module.version.empty()) entry["Version"] = module.version;
    entry["Dir"] = module.directory;
    list.push_back(std::move(entry));
  }
  TRY(make_directories(modules_folder(root)));
  return write_file_atomic(modules_folder(root) / "modules.json", json::serialize(json::object{{"Modules", std::move(list)}}));
}

bool is_local_source(const std::string& source) { return source.starts_with("./") || source.starts_with("../") || source == "." || source == ".."; }

}  // namespace landfall::terraform
