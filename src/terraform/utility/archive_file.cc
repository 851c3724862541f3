#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "hcl/path_pattern.h"
#include "terraform/simple_source.h"
#include "terraform/utility/checksums.h"
#include "terraform/utility/plain_file.h"
#include "terraform/utility/types.h"
#include "terraform/utility/written.h"
#include "terraform/utility/zip.h"

namespace landfall::terraform::utility_types {
namespace {

namespace fs = std::filesystem;

constexpr int kContentMode = 0644;
constexpr int kDeepest = 64;  ///< folders in folders: links may go round

/// What is packed, by its name in the archive.
struct Entry {
  std::string content;
  int mode = kContentMode;
};
using Entries = std::map<std::string, Entry>;

Result<Entry> entry_of(const fs::path& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return fail(errno_error("reading " + path.string(), errno));
  std::string content = TRY(read_file(path));
  return Entry{.content = std::move(content), .mode = static_cast<int>(found.st_mode & 0777)};
}

/// Collects the files of a folder, without what `excludes` names.
class Collector {
 public:
  Collector(const Record& config, fs::path output) : output_(std::move(output)), skips_links_(config.flag("exclude_symlink_directories")) {
    for (const std::string& exclude : config.texts("excludes")) {
      for (const std::string& pattern : hcl::without_braces(exclude)) excludes_.push_back(split(fs::path(pattern).lexically_normal().string(), '/'));
    }
  }

  Result<void> collect(const fs::path& folder, const std::string& inside, int depth, Entries& into) const {
    if (depth > kDeepest) return fail("Archive.TooDeep", fmt::format("{} lies more than {} folders deep; does a symbolic link go round?", folder.string(), kDeepest));
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error) return fail("Archive.NotReadable", fmt::format("reading the folder {}: {}", folder.string(), error.message()));
    for (const fs::directory_entry& entry : entries) {
      const std::string name = inside + entry.path().filename().string();
      if (is_excluded(name) || entry.path() == output_) continue;
      if (!entry.is_directory(error)) into[name] = TRY(entry_of(entry.path()));
      else if (!skips_links_ || !entry.is_symlink(error)) TRY(collect(entry.path(), name + "/", depth + 1, into));
    }
    return {};
  }

 private:
  bool is_excluded(const std::string& name) const {
    const std::vector<std::string> parts = split(name, '/');
    return std::ranges::any_of(excludes_, [&](const auto& pattern) { return hcl::path_matches(pattern, parts); });
  }

  fs::path output_;
  bool skips_links_;
  std::vector<std::vector<std::string>> excludes_;
};

Result<Entries> entries_of(const Cloud& cloud, const Record& config) {
  Entries entries;
  if (config.has("source_file")) {
    const fs::path path = full_path(cloud, config.text("source_file"));
    entries[path.filename().string()] = TRY(entry_of(path));
  } else if (config.has("source_dir")) {
    fs::path folder = full_path(cloud, config.text("source_dir"));
    if (!folder.has_filename()) folder = folder.parent_path();
    TRY(Collector(config, full_path(cloud, config.text("output_path"))).collect(folder, "", 0, entries));
  } else if (config.has("source_content")) {
    entries[config.text("source_content_filename")] = {.content = config.text("source_content")};
  }
  for (const Record& source : config.blocks("source")) entries[source.text("filename")] = {.content = source.text("content")};
  return entries;
}

Result<void> check_sources(const Record& config) {
  TRY(exactly_one(config, {"source_file", "source_dir", "source_content", "source"}));
  if (is_written(config, "source_content") != is_written(config, "source_content_filename")) return fail("Argument.Missing", "source_content and source_content_filename are written together or not at all");
  return {};
}

/// Writes the archive, and tells what it is.
Result<void> pack(const Cloud& cloud, Record& state) {
  const Entries entries = TRY(entries_of(cloud, state));
  if (entries.empty()) return fail("Archive.Empty", "there is no file to pack: the archive would be empty");
  Zip zip;
  for (const auto& [name, entry] : entries) TRY(zip.add(name, entry.content, state.has("output_file_mode") ? mode_of(state.text("output_file_mode")) : entry.mode));
  const std::string bytes = zip.finish();
  const fs::path output = full_path(cloud, state.text("output_path"));
  TRY(make_directories(output.parent_path()));
  TRY(write_file(output, bytes, 0666));
  set_checksums(state, "output_", "sha", bytes);
  state.set("output_size", static_cast<int64_t>(bytes.size()));
  state.set("id", state.text("output_sha"));
  return {};
}

/// Of the data source as of the resource, whose every argument makes a new one.
Schema schema_of_archive() {
  Schema schema{.attributes = checksum_attributes("output_", "sha"), .is_exact = true};
  schema.attributes.push_back(text("id").read_only());
  schema.attributes.push_back(number("output_size").read_only());
  schema.attributes.push_back(text("type").required().forces_new().checked(one_of({"zip"})));
  schema.attributes.push_back(text("output_path").required().forces_new());
  schema.attributes.push_back(text("output_file_mode").forces_new().checked(check_mode));
  for (const char* name : {"source_file", "source_dir", "source_content", "source_content_filename"}) schema.attributes.push_back(text(name).forces_new());
  schema.attributes.push_back(text_set("excludes").forces_new());
  schema.attributes.push_back(flag("exclude_symlink_directories").forces_new());
  schema.blocks.push_back(set_block("source", {.attributes = {text("content").required().forces_new(), text("filename").required().forces_new()}, .is_exact = true}).forces_new());
  return schema;
}

/// Source  registry.terraform.io, hashicorp/archive: archive_file; the resource is the older form. Its file stays when it is
/// destroyed.
class ArchiveFile final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema = schema_of_archive();
    return schema;
  }
  Result<void> adjust(const Cloud&, const Planned& plan) const override { return check_sources(plan.config); }
  Result<void> create(const Cloud& cloud, const Record&, Record& state) const override { return pack(cloud, state); }
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    std::error_code error;
    return fs::exists(full_path(cloud, state.text("output_path")), error);
  }
};

Result<void> read_archive(const Cloud& cloud, Record& state) {
  TRY(check_sources(state));
  return pack(cloud, state);
}

}  // namespace

void add_archive_file(Provider& provider) {
  provider.resources["archive_file"] = std::make_unique<ArchiveFile>();
  add_source(provider, "archive_file", schema_of_archive(), read_archive);
}

}  // namespace landfall::terraform::utility_types
