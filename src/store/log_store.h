#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace landfall::store {

/// One CloudWatch Logs event.
struct LogEvent {
  int64_t sequence = 0;  ///< rises with each append; 0 when appending
  WallTime timestamp;
  WallTime ingested;
  std::string stream;    ///< set when reading
  std::string message;
};

/// A place between events in the order of their times; events of one time are in the order of their appends.
struct LogPosition {
  WallTime at;
  int64_t sequence = 0;
};

struct LogQuery {
  std::string group_key;               ///< model::LogGroup::key
  std::optional<std::string> stream{};  ///< all streams of the group if empty
  std::string stream_prefix{};
  WallTime from{}, until{};            ///< from <= timestamp < until; 0: open
  int64_t after_sequence = 0;          ///< only later appends
  int64_t before_sequence = 0;         ///< only earlier appends; 0: open
  bool by_time = false;                ///< else in the order of the appends
  std::optional<LogPosition> after{}, before{};  ///< by_time alone: only what is later, or earlier, in that order
  bool newest_first = false;
  int limit = 10'000;
};

/// Log events on disk, beside the records (they are many and need no transactions with them). Thread-safe.
class LogStore {
 public:
  virtual ~LogStore() = default;
  /// Durable when it returns, in one batch.
  virtual Result<void> append(const std::string& group_key, const std::string& stream,
                              const std::vector<LogEvent>& events) = 0;
  virtual Result<std::vector<LogEvent>> read(const LogQuery& query) const = 0;
  virtual Result<void> erase(const std::string& group_key, const std::optional<std::string>& stream) = 0;
  /// Events of the group with timestamp < `before`. Reads the whole group: not for every second.
  virtual Result<void> erase_older(const std::string& group_key, WallTime before) = 0;
};

/// SQLite file (WAL, synchronous=NORMAL).
Result<std::unique_ptr<LogStore>> open_log_store(const std::string& path);

}  // namespace landfall::store
