#include "aws/pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::aws {
namespace {

/// RE2 looks neither ahead nor behind: what such a pattern asks, as one that must match and one that must not.
struct Rewritten {
  std::string_view pattern, wanted, unwanted;
};
constexpr std::array kRewritten{
    Rewritten{R"((\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9]))",
              R"((\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9])", ""},
    Rewritten{R"((?!((^[ ]+.*)|(.*([\u0000-\u001f]|[\u007f-\u009f]|[:/|])+.*)|(.*[ ]+$))).+)", R"(.+)",
              R"( .*|.* |.*[\x00-\x1f\x{7f}-\x{9f}:/|].*)"},
    Rewritten{R"(^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$)", R"([a-z0-9][a-z0-9-]{1,61}[a-z0-9])", R"(.*--.*)"},
    Rewritten{R"(^(?!arn:)[!-~]{1,1024}$)", R"([!-~]+)", R"(arn:.*)"},
    Rewritten{R"(^(?!arn:)[!-~]{1,253}$)", R"([!-~]+)", R"(arn:.*)"},
    Rewritten{R"(((?=^.{1,127}$)^([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])(\.([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9]))*$)|(^\.$))",
              R"(([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])(\.([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9]))*|\.)", R"(.{128,})"}};

/// Four hex digits after "\u" at `at`, else -1.
int unit_at(std::string_view pattern, size_t at) {
  if (at + 6 > pattern.size() || pattern.substr(at, 2) != "\\u") return -1;
  int unit = 0;
  const auto [stop, error] = std::from_chars(pattern.data() + at + 2, pattern.data() + at + 6, unit, 16);
  return error == std::errc() && stop == pattern.data() + at + 6 ? unit : -1;
}

/// Java writes characters as UTF-16 units ("\uD800\uDC00"), has POSIX classes as properties, and repeats without bound; RE2
/// repeats a thousand times at most (a longer bound is that of the length too, which is checked apart).
std::string for_re2(std::string_view pattern) {
  std::string out;
  for (size_t at = 0; at < pattern.size();) {
    const int unit = unit_at(pattern, at), next = unit_at(pattern, at + 6);
    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
      out += fmt::format("\\x{{{:x}}}", 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00));
      at += 12;
    } else if (unit >= 0) {
      out += fmt::format("\\x{{{:x}}}", unit);
      at += 6;
    } else {
      out += pattern[at++];
    }
  }
  out = replace_all(std::move(out), "\\p{Print}", "[[:print:]]");
  return replace_all(std::move(out), "{1,1024}", "+");
}

struct Compiled {
  std::unique_ptr<RE2> wanted, unwanted;

  explicit Compiled(std::string_view pattern) {
    const auto found = std::ranges::find(kRewritten, pattern, &Rewritten::pattern);
    RE2::Options options(RE2::Quiet);
    options.set_dot_nl(false);
    wanted = std::make_unique<RE2>(found == kRewritten.end() ? for_re2(pattern) : std::string(found->wanted), options);
    if (found != kRewritten.end() && !found->unwanted.empty()) unwanted = std::make_unique<RE2>(std::string(found->unwanted), options);
  }
  bool is_ok() const { return wanted->ok() && (!unwanted || unwanted->ok()); }
};

const Compiled& compiled(std::string_view pattern) {
  static std::shared_mutex mutex;
  static std::map<std::string, std::unique_ptr<Compiled>, std::less<>> all;
  {
    const std::shared_lock lock(mutex);
    if (const auto found = all.find(pattern); found != all.end()) return *found->second;
  }
  auto made = std::make_unique<Compiled>(pattern);
  const std::unique_lock lock(mutex);
  return *all.emplace(pattern, std::move(made)).first->second;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  const Compiled& regex = compiled(pattern);
  if (!regex.is_ok()) return true;
  const re2::StringPiece piece(text.data(), text.size());
  return RE2::FullMatch(piece, *regex.wanted) && !(regex.unwanted && RE2::FullMatch(piece, *regex.unwanted));
}

bool is_readable(std::string_view pattern) { return compiled(pattern).is_ok(); }

}  // namespace landfall::aws
