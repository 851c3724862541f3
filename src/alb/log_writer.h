#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "base/file.h"

namespace landfall::alb {

/// Writes the logs on a thread of its own, so that no request waits for a disk. What waits is bounded: a disk that does not
/// keep up loses lines, which are counted, and never memory.
class LogWriter {
 public:
  enum class File { requests, connections };
  LogWriter();
  ~LogWriter();
  /// Where to write, "" nowhere; in force with the next piece.
  void configure(std::string requests, std::string connections, int rotate_seconds);
  /// Another process writes to the same files from now on, and renames them: they are opened for each piece.
  void share();
  void push(File file, std::string lines);
  int64_t lost_bytes() const;
  bool is_idle() const;  ///< all that was pushed is written

 private:
  struct Open {
    std::string path;
    Fd fd;
    time_t began = 0;
  };
  void run();
  void write(Open& open, const std::string& lines);
  void rotate(Open& open, time_t now);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<File, std::string>> waiting_;
  size_t waiting_bytes_ = 0;
  int64_t lost_ = 0;
  std::string paths_[2];
  int rotate_seconds_ = 0;
  bool stops_ = false, is_writing_ = false, shares_ = false;
  Open open_[2];  ///< the thread's
  std::thread thread_;
};

}  // namespace landfall::alb
