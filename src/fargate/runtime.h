#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "sys/process.h"

namespace landfall::fargate {

/// Where one container lies: <data_dir>/tasks/<task id>/<container>/.
struct ContainerPlace {
  std::string id;  ///< "0f3c…-1234567890": unique on this host together with the daemon's instance
  std::filesystem::path folder;

  std::filesystem::path rootfs() const { return folder / "rootfs"; }
  std::filesystem::path log() const { return folder / "log"; }
  std::filesystem::path position() const { return folder / "log.position"; }
  std::filesystem::path exits() const { return folder / "exits"; }
  std::filesystem::path exit_file() const { return exits() / id; }
};

/// runc and conmon, one conmon per container. Containers go on without us: conmon keeps the log and writes the exit file.
class Runtime {
 public:
  explicit Runtime(std::filesystem::path root) : root_(std::move(root)) {}

  /// A bundle (config.json in the folder) becomes a container that waits for start(). Errors: "Runtime.Refused" with
  /// runc's words.
  Result<void> create(const ContainerPlace& place, bool has_terminal) const;
  Result<void> start(const ContainerPlace& place) const;
  /// "created", "running", "stopped"; empty: there is no such container.
  std::string state(const ContainerPlace& place) const;
  /// `signal`: "TERM", "KILL", "SIGQUIT", a number. Succeeds if it ended meanwhile.
  Result<void> signal(const ContainerPlace& place, const std::string& signal) const;
  /// Kills what runs, and what was still making it when an earlier daemon was killed, and forgets the container. Succeeds
  /// if it is gone.
  void remove(const ContainerPlace& place) const;
  Result<sys::Outcome> exec(const ContainerPlace& place, const std::vector<std::string>& words, std::chrono::milliseconds timeout, bool as_root) const;

  /// The process that watches the container, if it lives.
  std::optional<int> monitor(const ContainerPlace& place) const;
  /// The exit code that it left.
  static std::optional<int> exit_code(const ContainerPlace& place);
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

/// "time=… level=error msg=\"runc create failed: …\"" -> what follows "msg", unescaped.
std::string words_of_runc(const std::string& text);

}  // namespace landfall::fargate
