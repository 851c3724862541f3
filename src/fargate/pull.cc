#include "fargate/pull.h"

#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "fargate/layer.h"
#include "fargate/registry_client.h"
#include "sys/netns.h"

namespace landfall::fargate {

namespace fs = std::filesystem;

namespace {

/// A file written while its digest is computed.
class DigestedFile {
 public:
  DigestedFile(fs::path path, int64_t bound) : path_(std::move(path)), bound_(bound), fd_(open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}
  ~DigestedFile() {
    if (!is_kept_) unlink(path_.c_str());
  }
  DigestedFile(const DigestedFile&) = delete;

  bool append(std::string_view piece) {
    written_ += static_cast<int64_t>(piece.size());
    if (written_ > bound_) return false;
    digest_.add(piece);
    while (!piece.empty()) {
      const ssize_t went = write(fd_.get(), piece.data(), piece.size());
      if (went < 0) return errno_ = errno, false;
      piece.remove_prefix(static_cast<size_t>(went));
    }
    return true;
  }

  int failed_with() const { return errno_; }

  Result<void> keep_as(const fs::path& path, const Descriptor& wanted) {
    const std::string found = "sha256:" + to_hex(digest_.finish());
    if (found != wanted.digest) return fail("Image.DigestMismatch", fmt::format("failed to copy: the registry's blob has digest {} and {} bytes; wanted {} and {} bytes", found, written_, wanted.digest, wanted.size), Blame::remote);
    if (fsync(fd_.get()) != 0 || rename(path_.c_str(), path.c_str()) != 0) return fail(errno_error("keeping " + path.string(), errno));
    is_kept_ = true;
    return {};
  }

 private:
  fs::path path_;
  int64_t bound_, written_ = 0;
  Fd fd_;
  Sha256 digest_;
  int errno_ = 0;
  bool is_kept_ = false;
};

bool may_change(const Error& error) { return error.retryable || error.code.starts_with("Http.") || error.code.starts_with("Lookup."); }

}  // namespace

bool is_ecr_host(const std::string& host) {
  const std::vector<std::string> parts = split(host, '.');
  return parts.size() == 6 && parts[1] == "dkr" && parts[2] == "ecr" && parts[4] == "amazonaws" && parts[5] == "com" && parts[0].size() == 12 && parts[0].find_first_not_of("0123456789") == std::string::npos;
}

/// One pull, in a thread that is inside the task's network namespace.
class Pull {
 public:
  Pull(Images& images, const PullRequest& request) : images_(images), request_(request) {}

  std::expected<PulledImage, PullFailure> run() {
    auto pulled = attempt();
    if (pulled) return std::move(*pulled);
    PullFailure failure{.error = std::move(pulled.error()), .unreachable = client_ ? client_->unreachable() : std::nullopt, .is_not_found = is_not_found_};
    failure.error.what = "CannotPullContainerError: " + failure.error.what;
    return std::unexpected(std::move(failure));
  }

 private:
  Result<PulledImage> attempt() {
    reference_ = TRY(parse_reference(request_.image));
    std::string basic, ca_file;
    if (is_ecr_host(reference_.host) || request_.is_given) {
      ca_file = images_.ecr_.ca_file;
      if (request_.has_execution_role || request_.is_given) {
        const auto secret = read_file(images_.ecr_.secret_file);
        if (secret) basic = "AWS:" + *secret;
      }
    }
    client_.emplace(reference_, basic, ca_file, images_.options_, request_.is_given ? Keeper{.host = images_.ecr_.host, .address = images_.ecr_.address} : Keeper());
    Descriptor named{.digest = reference_.digest};
    if (named.digest.empty()) named.digest = TRY(resolve());
    PulledImage image{.digest = named.digest};
    Manifest manifest = TRY(manifest_of(named.digest));
    if (!manifest.index.empty()) {
      const Descriptor chosen = TRY(choose_platform(manifest, request_.architecture));
      manifest = TRY(manifest_of(chosen.digest));
      if (!manifest.index.empty()) return fail("Image.InvalidManifest", "an index of the image leads to another index", Blame::remote);
    }
    TRY(blob(manifest.config));
    image.config = TRY(parse_image_config(TRY(read_file(blob_path(manifest.config.digest)))));
    if (!image.config.architecture.empty() && image.config.architecture != request_.architecture) {
      return fail("Image.NoPlatform", fmt::format("image Manifest does not contain descriptor matching platform 'linux/{}'", request_.architecture), Blame::remote);
    }
    for (size_t i = 0; i < manifest.layers.size(); ++i) {
      request_.tell(fmt::format("pulling layer {} of {} of {}", i + 1, manifest.layers.size(), request_.image));
      image.layers.push_back(TRY(layer(manifest.layers[i])));
    }
    return image;
  }

  /// The digest that a tag stands for now.
  Result<std::string> resolve() {
    request_.tell("resolving " + request_.image);
    int tries = 0;
    const auto answered = patiently({.method = "HEAD", .path = "/manifests/" + reference_.tag, .accept = accepted_manifests()}, tries);
    const auto refuse = [&](std::string code, const std::string& why) { return fail(std::move(code), fmt::format("pull image manifest has been retried {} time(s): failed to resolve ref {}: {}", tries, reference_.name(), why), Blame::remote); };
    if (!answered) return refuse(answered.error().code, (answered.error().code.starts_with("Registry.") ? "" : "failed to do request: ") + answered.error().what);
    if (answered->status == 404) return is_not_found_ = true, refuse("Image.NotFound", reference_.name() + ": not found");
    if (answered->status == 401) return refuse("Registry.Denied", fmt::format("pulling from host {} failed with status code [manifests {}]: 401 Unauthorized: {}", reference_.api_host(), reference_.tag, request_.has_execution_role ? "authorization failed" : "no basic auth credentials"));
    if (answered->status == 403) return refuse("Registry.Denied", "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed");
    if (answered->status != 200) return refuse("Registry.Failed", fmt::format("unexpected status from HEAD request to {}/manifests/{}: {} {}", reference_.base_url(), reference_.tag, answered->status, http::reason_phrase(answered->status)));
    const auto digest = answered->headers.find("docker-content-digest");
    if (digest && is_digest(*digest)) return std::string(*digest);
    const auto body = patiently({.path = "/manifests/" + reference_.tag, .accept = accepted_manifests()}, tries);
    if (!body) return refuse(body.error().code, "failed to do request: " + body.error().what);
    return "sha256:" + to_hex(sha256(body->body));
  }

  Result<Manifest> manifest_of(const std::string& digest) {
    int tries = 0;
    const auto answered = patiently({.path = "/manifests/" + digest, .accept = accepted_manifests()}, tries);
    const auto refuse = [&](std::string code, const std::string& why) { return fail(std::move(code), fmt::format("pull image manifest has been retried {} time(s): failed to resolve ref {}: {}", tries, reference_.name(), why), Blame::remote); };
    if (!answered) return refuse(answered.error().code, "failed to do request: " + answered.error().what);
    if (answered->status == 404) return is_not_found_ = true, refuse("Image.NotFound", reference_.name() + ": not found");
    if (answered->status == 401 || answered->status == 403) return refuse("Registry.Denied", fmt::format("pulling from host {} failed with status code [manifests {}]: {} {}", reference_.api_host(), digest, answered->status, http::reason_phrase(answered->status)));
    if (answered->status != 200) return refuse("Registry.Failed", fmt::format("unexpected status from GET request to {}/manifests/{}: {} {}", reference_.base_url(), digest, answered->status, http::reason_phrase(answered->status)));
    const std::string found = "sha256:" + to_hex(sha256(answered->body));
    if (found != digest) return fail("Image.DigestMismatch", fmt::format("the registry's manifest of {} has digest {}; wanted {}", reference_.name(), found, digest), Blame::remote);
    return parse_manifest(answered->body);
  }

  /// Asks until an answer comes that a later try would not change.
  Result<http::Response> patiently(const RegistryClient::Ask& ask, int& tries) {
    auto pause = images_.options_.pause;
    for (tries = 1;; ++tries) {
      auto answered = client_->ask(ask);
      if (client_->unreachable()) request_.tell_unreachable(*client_->unreachable());
      const bool is_final = answered ? answered->status < 500 && answered->status != 429 : !may_change(answered.error());
      if (is_final || tries >= images_.options_.tries) return answered;
      const std::string why = answered ? fmt::format("the registry answered {}", answered->status) : answered.error().what;
      request_.tell(fmt::format("waiting for {}: {} (try {} of {})", request_.image, why, tries, images_.options_.tries));
      for (auto left = pause; left.count() > 0; left -= std::chrono::milliseconds(50)) {
        if (request_.is_cancelled()) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
      if (request_.is_cancelled()) return fail("Pull.Cancelled", "the task was stopped while its image was pulled");
      pause *= 2;
    }
  }

  fs::path blob_path(const std::string& digest) const { return images_.folder_ / "blobs/sha256" / digest.substr(7); }

  Result<void> blob(const Descriptor& wanted) {
    const auto lock = images_.lock_of(wanted.digest);
    const std::lock_guard guard(*lock);
    return blob_locked(wanted);
  }

  Result<void> blob_locked(const Descriptor& wanted) {
    const fs::path path = blob_path(wanted.digest);
    if (fs::exists(path)) return {};
    auto pause = images_.options_.pause;
    for (int tries = 1;; ++tries) {
      auto done = fetch_blob(wanted, path);
      if (done || tries >= images_.options_.tries || !may_change(done.error()) || request_.is_cancelled()) {
        if (!done) done.error().what = fmt::format("ref pull has been retried {} time(s): {}", tries, done.error().what);
        return done;
      }
      std::this_thread::sleep_for(pause);
      pause *= 2;
    }
  }

  Result<void> fetch_blob(const Descriptor& wanted, const fs::path& path) {
    DigestedFile file(fs::path(path.string() + ".part-" + images_.ids_.hex(8)), wanted.size);
    const auto answered = client_->ask({.path = "/blobs/" + wanted.digest, .on_body = [&](std::string_view piece) { return !request_.is_cancelled() && file.append(piece); }});
    if (request_.is_cancelled()) return fail("Pull.Cancelled", "the task was stopped while its image was pulled");
    if (file.failed_with() != 0) return fail(Error{.code = "Host.Write", .what = fmt::format("failed to copy: {}", errno_error("write " + path.string(), file.failed_with()).what), .blame = Blame::host});
    if (!answered) return fail(Error{.code = answered.error().code, .what = "failed to copy: httpReadSeeker: failed open: failed to do request: " + answered.error().what, .blame = Blame::remote, .retryable = true});
    if (answered->status != 200) {
      return fail(Error{.code = "Registry.Failed", .what = fmt::format("failed to copy: httpReadSeeker: failed open: unexpected status code {}/blobs/{}: {} {}", reference_.base_url(), wanted.digest, answered->status, http::reason_phrase(answered->status)),
                        .blame = Blame::remote, .retryable = answered->status >= 500});
    }
    return file.keep_as(path, wanted);
  }

  /// A layer's folder, unpacked; its blob is not needed any more then.
  Result<std::string> layer(const Descriptor& wanted) {
    const std::string name = wanted.digest.substr(7, 32);
    const fs::path folder = images_.layers_folder() / name;
    const auto lock = images_.lock_of(wanted.digest);
    const std::lock_guard guard(*lock);
    if (fs::exists(folder)) return name;
    if (wanted.media_type.find("foreign") != std::string::npos || wanted.media_type.find("nondistributable") != std::string::npos) return fail("Image.ForeignLayer", fmt::format("layer {} is of type {}, which is not supported", wanted.digest, wanted.media_type), Blame::remote);
    TRY(blob_locked(wanted));
    const fs::path part = images_.layers_folder() / ("part-" + images_.ids_.hex(12));
    TRY(make_directories(part));
    auto done = unpack_layer(blob_path(wanted.digest), part);
    if (done && rename(part.c_str(), folder.c_str()) != 0) done = fail(errno_error("keeping layer " + wanted.digest, errno));
    std::error_code ignored;
    if (!done) fs::remove_all(part, ignored);
    fs::remove(blob_path(wanted.digest), ignored);
    if (!done) return fail(std::move(done.error()));
    return name;
  }

  Images& images_;
  const PullRequest& request_;
  Reference reference_;
  std::optional<RegistryClient> client_;
  bool is_not_found_ = false;
};

Images::Images(fs::path folder, EcrAccess ecr, IdSource& ids, PullOptions options) : folder_(std::move(folder)), ecr_(std::move(ecr)), ids_(ids), options_(options) {
  std::error_code ignored;
  for (const char* name : {"blobs/sha256", "layers"}) {
    fs::create_directories(folder_ / name, ignored);
    for (const auto& entry : fs::directory_iterator(folder_ / name, ignored)) {
      if (entry.path().filename().string().find("part-") != std::string::npos) fs::remove_all(entry.path(), ignored);
    }
  }
}

std::shared_ptr<std::mutex> Images::lock_of(const std::string& digest) {
  const std::lock_guard guard(mutex_);
  std::erase_if(locks_, [](const auto& entry) { return entry.second.expired(); });
  auto lock = locks_[digest].lock();
  if (!lock) locks_[digest] = lock = std::make_shared<std::mutex>();
  return lock;
}

std::expected<PulledImage, PullFailure> Images::pull(const PullRequest& request) {
  std::expected<PulledImage, PullFailure> result = std::unexpected(PullFailure{});
  const auto entered = sys::run_in(request.network_namespace, [&]() -> Result<void> {
    result = Pull(*this, request).run();
    return {};
  });
  if (!entered) return std::unexpected(PullFailure{.error = {.code = entered.error().code, .what = "CannotPullContainerError: " + entered.error().message(), .blame = Blame::host}});
  return result;
}

}  // namespace landfall::fargate
