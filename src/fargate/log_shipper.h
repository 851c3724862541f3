#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "fargate/runtime.h"
#include "store/log_store.h"

namespace landfall::fargate {

/// Carries what containers write to CloudWatch Logs: one thread for all. How far it came is kept beside each log, so a
/// killed daemon loses no line and repeats the last batch at most.
class LogShipper {
 public:
  LogShipper(store::LogStore& logs, const Clock& clock);
  ~LogShipper();

  void add(const ContainerPlace& place, const std::string& group_key, const std::string& stream);
  /// What is left is carried now; then the log is forgotten.
  void finish(const ContainerPlace& place);

 private:
  struct Tail;
  void run();
  void carry(Tail& tail);

  store::LogStore& logs_;
  const Clock& clock_;
  Fd notify_, wake_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Tail>> tails_;  ///< by container id
  bool is_ending_ = false;
  std::thread thread_;
};

/// The last lines of a container's log, at most 64 KiB from its end: for reasons.
std::vector<std::string> last_lines(const std::filesystem::path& log, size_t count);

}  // namespace landfall::fargate
