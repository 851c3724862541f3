#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "hcl/functions/files.h"
#include "hcl/functions/function.h"
#include "hcl/path_pattern.h"
#include "hcl/unicode.h"

namespace landfall::hcl {

namespace fs = std::filesystem;

fs::path resolve_path(const FunctionContext& context, const std::string& path) {
  const fs::path expanded = expand_home(path);
  return expanded.is_absolute() ? expanded : context.base_dir / expanded;
}

std::string expand_home(const std::string& path) {
  if (path != "~" && !path.starts_with("~/")) return path;
  const char* home = std::getenv("HOME");
  return home == nullptr ? path : home + path.substr(1);
}

Result<std::string> read_argument_file(const Arguments& a, size_t index) {
  const std::string& path = a.string(index);
  const fs::path full = resolve_path(a.context, path);
  std::error_code error;
  if (!fs::exists(full, error)) {
    return a.bad(
        index,
        fmt::format(
            "no file exists at \"{}\"; this function works only with files that are distributed as part of "
            "the configuration source code, so if this file will be created by a resource in this "
            "configuration you must instead obtain this result from an attribute of that resource",
            path));
  }
  if (!fs::is_regular_file(full, error))
    return a.bad(index, fmt::format("\"{}\" is not a regular file", path));
  constexpr uintmax_t kLargest = 64u << 20;
  if (fs::file_size(full, error) > kLargest)
    return a.bad(index, fmt::format("\"{}\" has more than 64 MiB", path));
  Result<std::string> content = read_file(full);
  if (!content) return a.bad(index, content.error().what);
  return content;
}

namespace {

/// Go's path.Clean.
std::string clean(std::string_view path) {
  const bool is_rooted = path.starts_with('/');
  std::vector<std::string> kept;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." && !kept.empty() && kept.back() != "..") {
      kept.pop_back();
    } else if (part != ".." || !is_rooted) {
      kept.push_back(std::move(part));
    }
  }
  const std::string joined = join(kept, "/");
  if (is_rooted) return "/" + joined;
  return joined.empty() ? "." : joined;
}

Result<Value> basename(const Arguments& a) {
  std::string_view path = a.string(0);
  if (path.empty()) return Value::string(".");
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path == "/") return Value::string("/");
  return Value::string(path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1));
}

Result<Value> dirname(const Arguments& a) {
  const std::string_view path = a.string(0);
  const size_t slash = path.rfind('/');
  return Value::string(clean(slash == std::string_view::npos ? "" : path.substr(0, slash + 1)));
}

Result<Value> abspath(const Arguments& a) {
  std::error_code error;
  const fs::path full = fs::absolute(a.string(0), error);
  if (error) return failed(error.message());
  return Value::string(clean(full.string()));
}

Result<Value> file(const Arguments& a) {
  const std::string content = TRY(read_argument_file(a, 0));
  if (!is_valid_utf8(content)) {
    return a.bad(
        0,
        fmt::format(
            "contents of \"{}\" are not valid UTF-8; use the filebase64 function to obtain the Base64 "
            "encoded "
            "contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results "
            "instead",
            a.string(0)));
  }
  return Value::string(content);
}

Result<Value> fileexists(const Arguments& a) {
  const fs::path full = resolve_path(a.context, a.string(0));
  std::error_code error;
  const fs::file_status status = fs::status(full, error);
  if (!fs::exists(status)) return Value::boolean(false);
  if (fs::is_directory(status)) return failed(fmt::format("\"{}\" is a directory, not a file", a.string(0)));
  if (!fs::is_regular_file(status)) return failed(fmt::format("\"{}\" is not a regular file", a.string(0)));
  return Value::boolean(true);
}

using Digest = std::string (*)(std::string_view);

template <Digest digest>
Result<Value> hex(const Arguments& a) {
  return Value::string(to_hex(digest(TRY(read_argument_file(a, 0)))));
}

template <Digest digest>
Result<Value> base64(const Arguments& a) {
  return Value::string(base64_encode(digest(TRY(read_argument_file(a, 0)))));
}

Result<Value> filebase64(const Arguments& a) {
  return Value::string(base64_encode(TRY(read_argument_file(a, 0))));
}

Result<Value> fileset(const Arguments& a) {
  constexpr size_t kMostEntries = 200'000;
  const fs::path base = resolve_path(a.context, a.string(0)).lexically_normal();
  std::vector<std::vector<std::string>> patterns;
  for (const std::string& pattern : without_braces(a.string(1)))
    patterns.push_back(split(clean(pattern), '/'));
  std::vector<Value> found;
  std::error_code error;
  size_t seen = 0;
  auto walk = fs::recursive_directory_iterator(base, fs::directory_options::skip_permission_denied, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    if (++seen > kMostEntries)
      return failed(fmt::format("\"{}\" holds more than {} files", a.string(0), kMostEntries));
    if (!walk->is_regular_file(error)) continue;
    const std::string relative = walk->path().lexically_relative(base).generic_string();
    const std::vector<std::string> parts = split(relative, '/');
    const bool matches =
        std::any_of(patterns.begin(), patterns.end(), [&](const auto& p) { return path_matches(p, parts); });
    if (matches) found.push_back(Value::string(relative));
  }
  return Value::set(Type::string(), std::move(found));
}

}  // namespace

std::span<const Function> filesystem_functions() {
  static const std::vector<Parameter> kPath{{"path", Type::string()}};
  static const std::vector<Function> kFunctions{
      {"abspath", kPath, {}, Type::string(), abspath},
      {"basename", kPath, {}, Type::string(), basename},
      {"dirname", kPath, {}, Type::string(), dirname},
      {"file", kPath, {}, Type::string(), file},
      {"filebase64", kPath, {}, Type::string(), filebase64},
      {"filebase64sha256", kPath, {}, Type::string(), base64<sha256>},
      {"filebase64sha512", kPath, {}, Type::string(), base64<sha512>},
      {"fileexists", kPath, {}, Type::boolean(), fileexists},
      {"filemd5", kPath, {}, Type::string(), hex<md5>},
      {"fileset",
       {{"path", Type::string()}, {"pattern", Type::string()}},
       {},
       Type::set(Type::string()),
       fileset},
      {"filesha1", kPath, {}, Type::string(), hex<sha1>},
      {"filesha256", kPath, {}, Type::string(), hex<sha256>},
      {"filesha512", kPath, {}, Type::string(), hex<sha512>},
      {"pathexpand",
       kPath,
       {},
       Type::string(),
       [](const Arguments& a) -> Result<Value> { return Value::string(expand_home(a.string(0))); }},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
