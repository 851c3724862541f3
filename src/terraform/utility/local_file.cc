#include <filesystem>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "terraform/simple_source.h"
#include "terraform/utility/checksums.h"
#include "terraform/utility/plain_file.h"
#include "terraform/utility/types.h"
#include "terraform/utility/written.h"

namespace landfall::terraform::utility_types {
namespace {

namespace fs = std::filesystem;

/// local_file and local_sensitive_file. A file that is gone or holds something else is not there any more: it is planned to
/// be made again. Source  registry.terraform.io, hashicorp/local.
class LocalFile final : public ResourceType {
 public:
  explicit LocalFile(bool is_sensitive) : contents_(is_sensitive ? std::vector<std::string>{"content", "content_base64", "source"} : std::vector<std::string>{"content", "content_base64", "source", "sensitive_content"}), schema_(make_schema(is_sensitive)) {}
  const Schema& schema() const override { return schema_; }
  Result<void> adjust(const Cloud&, const Planned& plan) const override { return exactly_one(plan.config, contents_); }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string content = TRY(content_of(cloud, planned));
    const fs::path path = full_path(cloud, planned.text("filename"));
    TRY(make_directories(path.parent_path(), mode_of(planned.text("directory_permission"))));
    TRY(write_file(path, content, mode_of(planned.text("file_permission"))));
    state.set("id", to_hex(sha1(content)));
    set_checksums(state, "content_", "sha1", content);
    return {};
  }
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const fs::path path = full_path(cloud, state.text("filename"));
    std::error_code error;
    if (!fs::exists(path, error)) return false;
    return to_hex(sha1(TRY(read_file(path)))) == state.text("id");
  }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const fs::path path = full_path(cloud, state.text("filename"));
    std::error_code error;
    fs::remove(path, error);
    if (error) return fail("File.NotRemoved", fmt::format("removing {}: {}", path.string(), error.message()), Blame::host);
    return {};
  }

 private:
  static Schema make_schema(bool is_sensitive) {
    const char* mode = is_sensitive ? "0700" : "0777";
    Schema schema{.attributes = checksum_attributes("content_", "sha1"), .is_exact = true};
    const auto content = [&](const char* name) { return is_sensitive ? text(name).forces_new().sensitive() : text(name).forces_new(); };
    schema.attributes.push_back(text("id").read_only());
    schema.attributes.push_back(text("filename").required().forces_new());
    schema.attributes.push_back(content("content"));
    schema.attributes.push_back(content("content_base64"));
    schema.attributes.push_back(text("source").forces_new());
    if (!is_sensitive) schema.attributes.push_back(text("sensitive_content").forces_new().sensitive());
    schema.attributes.push_back(text("file_permission").defaults(mode).forces_new().checked(check_mode));
    schema.attributes.push_back(text("directory_permission").defaults(mode).forces_new().checked(check_mode));
    return schema;
  }

  static Result<std::string> content_of(const Cloud& cloud, const Record& planned) {
    if (planned.has("content_base64")) return base64_decode(planned.text("content_base64")).while_doing("decoding content_base64");
    if (planned.has("source")) return read_file(full_path(cloud, planned.text("source")));
    return planned.text(planned.has("content") ? "content" : "sensitive_content");
  }

  std::vector<std::string> contents_;
  Schema schema_;
};

Result<void> read_source(const Cloud& cloud, Record& state) {
  const std::string content = TRY(read_file(full_path(cloud, state.text("filename"))));
  state.set("content", content);
  state.set("content_base64", base64_encode(content));
  state.set("id", to_hex(sha1(content)));
  set_checksums(state, "content_", "sha1", content);
  return {};
}

Schema source_schema(bool is_sensitive) {
  Schema schema{.attributes = checksum_attributes("content_", "sha1"), .is_exact = true};
  const auto content = [&](const char* name) { return is_sensitive ? text(name).read_only().sensitive() : text(name).read_only(); };
  schema.attributes.push_back(text("id").read_only());
  schema.attributes.push_back(text("filename").required());
  schema.attributes.push_back(content("content"));
  schema.attributes.push_back(content("content_base64"));
  return schema;
}

}  // namespace

void add_local_file(Provider& provider) {
  provider.resources["local_file"] = std::make_unique<LocalFile>(false);
  provider.resources["local_sensitive_file"] = std::make_unique<LocalFile>(true);
  add_source(provider, "local_file", source_schema(false), read_source);
  add_source(provider, "local_sensitive_file", source_schema(true), read_source);
}

}  // namespace landfall::terraform::utility_types
