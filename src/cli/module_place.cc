#include "cli/module_place.h"

#include <chrono>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "sys/process.h"

namespace landfall::cli {
namespace {

bool is_of_git(const std::string& plain) {
  return plain.starts_with("git::") || plain.starts_with("git@") || plain.starts_with("github.com/") || plain.starts_with("bitbucket.org/") || plain.ends_with(".git");
}

Result<void> run_git(std::vector<std::string> words, const ModulePlace& place, const std::string& key) {
  words.insert(words.begin(), "git");
  const auto done = TRY(sys::run_process({.words = words, .environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/root", "GIT_TERMINAL_PROMPT=0"}, .timeout = std::chrono::minutes(5)}));
  if (done.exit_code != 0) return fail("Init.Git", fmt::format("module \"{}\": git of {}{} failed: {}", key, place.address, place.ref.empty() ? "" : " at " + place.ref, done.err));
  return {};
}

}  // namespace

ModulePlace module_place(const std::string& source) {
  ModulePlace place;
  const size_t mark = source.find('?');
  std::string plain = source.substr(0, mark);
  for (const std::string& part : split(mark == std::string::npos ? "" : source.substr(mark + 1), '&')) {
    if (part.starts_with("ref=")) place.ref = percent_decode(part.substr(4));
    if (part.starts_with("depth=")) place.depth = part.substr(6);
  }
  place.is_git = is_of_git(plain);
  if (plain.starts_with("git::")) plain.erase(0, 5);
  const size_t scheme = plain.find("://");
  const size_t within = plain.find("//", scheme == std::string::npos ? 0 : scheme + 3);
  if (within != std::string::npos) {
    place.inside = plain.substr(within + 2);
    plain.resize(within);
  }
  place.in_mirror = scheme == std::string::npos ? plain : plain.substr(scheme + 3);
  const bool is_of_host = plain.starts_with("github.com/") || plain.starts_with("bitbucket.org/");
  place.address = is_of_host ? "https://" + plain : plain;
  return place;
}

Result<void> clone_module(const ModulePlace& place, const std::string& key, const std::filesystem::path& target) {
  if (place.ref.starts_with('-')) return fail("Init.Git", fmt::format("module \"{}\": ref \"{}\" is no branch, tag or commit", key, place.ref));  // git would take it for an option
  const std::filesystem::path fresh = target.string() + ".new";
  std::filesystem::remove_all(fresh);
  std::filesystem::create_directories(target.parent_path());
  std::vector<std::string> words{"clone", "--quiet"};
  if (!place.depth.empty()) {
    words.insert(words.end(), {"--depth", place.depth});
    if (!place.ref.empty()) words.insert(words.end(), {"--branch", place.ref});
  }
  words.insert(words.end(), {"--", place.address, fresh.string()});
  TRY(run_git(words, place, key));
  if (place.depth.empty() && !place.ref.empty()) TRY(run_git({"-C", fresh.string(), "checkout", "--quiet", place.ref}, place, key));
  std::filesystem::remove_all(target);
  std::filesystem::rename(fresh, target);
  return {};
}

}  // namespace landfall::cli
