#include "services/ecr/blobs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

namespace landfall::services::ecr {

bool is_digest(std::string_view text) {
  return text.size() == 71 && text.starts_with("sha256:") && std::ranges::all_of(text.substr(7), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_upload_id(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789abcdef-") == std::string_view::npos; }

std::filesystem::path blob_path(const Deps& deps, std::string_view digest) { return std::filesystem::path(deps.data_dir) / "registry/blobs/sha256" / std::string(digest.substr(7)); }
std::filesystem::path upload_path(const Deps& deps, const std::string& id) { return std::filesystem::path(deps.data_dir) / "registry/uploads" / id; }

namespace {

Result<std::string> digest_of_file(const std::filesystem::path& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(errno_error("reading " + path.string(), errno));
  Sha256 digest;
  std::string piece(1 << 20, '\0');
  ssize_t got = 0;
  while ((got = read(fd.get(), piece.data(), piece.size())) > 0) digest.add({piece.data(), static_cast<size_t>(got)});
  if (got < 0) return fail(errno_error("reading " + path.string(), errno));
  return "sha256:" + to_hex(digest.finish());
}

}  // namespace

Result<std::string> begin_upload(const Deps& deps) {
  for (const char* folder : {"registry/uploads", "registry/blobs/sha256"}) TRY(make_directories(std::filesystem::path(deps.data_dir) / folder, 0700));
  std::string id = deps.ids.uuid();
  TRY(append_to_upload(deps, id, ""));
  return id;
}

Result<void> append_to_upload(const Deps& deps, const std::string& id, std::string_view bytes) {
  const auto path = upload_path(deps, id);
  const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) return fail(errno_error("writing " + path.string(), errno));
  while (!bytes.empty()) {
    const ssize_t written = write(fd.get(), bytes.data(), bytes.size());
    if (written < 0) return fail(errno_error("writing " + path.string(), errno));
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(fd.get()) != 0) return fail(errno_error("syncing " + path.string(), errno));
  return {};
}

Result<void> finish_upload(const Deps& deps, const std::string& id, const std::string& digest) {
  const auto path = upload_path(deps, id);
  if (!is_digest(digest)) return fail("DIGEST_INVALID", fmt::format("'{}' is not a sha256 digest", digest));
  const std::string found = TRY(digest_of_file(path));
  if (found != digest) {
    unlink(path.c_str());
    return fail("DIGEST_INVALID", fmt::format("the upload's digest is {}, not {}", found, digest));
  }
  std::error_code error;
  std::filesystem::rename(path, blob_path(deps, digest), error);
  if (error) return fail("UNKNOWN", error.message(), Blame::host);
  return {};
}

}  // namespace landfall::services::ecr
