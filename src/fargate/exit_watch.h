#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/file.h"

namespace landfall::fargate {

/// Tells when processes that are not our children end. One thread for all.
class ExitWatch {
 public:
  /// `tell` is called on the watch's thread with the name given to add().
  explicit ExitWatch(std::function<void(const std::string& name)> tell);
  ~ExitWatch();
  /// A process that is gone already is told of at once.
  void add(const std::string& name, int pid);

 private:
  void run();
  std::function<void(const std::string&)> tell_;
  Fd poll_, wake_;
  std::mutex mutex_;
  struct Watched {
    std::string name;
    Fd process;
  };
  std::map<uint64_t, Watched> watched_;
  uint64_t next_ = 1;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace landfall::fargate
