#include "fargate/log_shipper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "fargate/log_lines.h"

namespace landfall::fargate {

/// One container's log, as far as it was carried.
struct LogShipper::Tail {
  ContainerPlace place;
  std::string group_key, stream;
  int watch = -1;
  Fd file{};
  uint64_t inode = 0;
  int64_t offset = 0;  ///< read so far
  LogLines lines{};
  bool has_failed = false;

  /// Opens the log where the position file says; false: there is no log yet.
  bool open() {
    file = Fd(::open(place.log().c_str(), O_RDONLY | O_CLOEXEC));
    struct stat what {};
    if (!file || fstat(file.get(), &what) != 0) return false;
    inode = what.st_ino;
    offset = 0;
    lines = {};
    if (const auto text = read_file(place.position())) {
      unsigned long long known = 0;
      long long at = 0;
      if (std::sscanf(text->c_str(), "%llu %lld", &known, &at) == 2 && known == inode && at <= what.st_size) offset = at;
    }
    return true;
  }

  void keep_position() const {
    const std::string text = fmt::format("{} {}\n", inode, offset - static_cast<int64_t>(lines.held())), part = place.position().string() + ".part";
    const Fd out(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (out && write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) rename(part.c_str(), place.position().c_str());
  }

  /// conmon began a new file: the old one has been read to its end.
  bool is_replaced() const {
    struct stat what {};
    return stat(place.log().c_str(), &what) == 0 && what.st_ino != inode;
  }
};

LogShipper::LogShipper(store::LogStore& logs, const Clock& clock)
    : logs_(logs), clock_(clock), notify_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { run(); }) {}

LogShipper::~LogShipper() {
  {
    const std::lock_guard guard(mutex_);
    is_ending_ = true;
  }
  eventfd_write(wake_.get(), 1);
  thread_.join();
}

void LogShipper::add(const ContainerPlace& place, const std::string& group_key, const std::string& stream) {
  const std::lock_guard guard(mutex_);
  if (tails_.contains(place.id)) return;
  auto tail = std::make_unique<Tail>(Tail{.place = place, .group_key = group_key, .stream = stream});
  tail->watch = inotify_add_watch(notify_.get(), place.folder.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO);
  tails_[place.id] = std::move(tail);
  eventfd_write(wake_.get(), 1);
}

void LogShipper::finish(const ContainerPlace& place) {
  const std::lock_guard guard(mutex_);
  const auto tail = tails_.find(place.id);
  if (tail == tails_.end()) return;
  carry(*tail->second);
  inotify_rm_watch(notify_.get(), tail->second->watch);
  tails_.erase(tail);
}

void LogShipper::run() {
  constexpr int kRetry = 1000;  // ms, after a log store that failed
  for (;;) {
    std::array<pollfd, 2> polled{pollfd{notify_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
    {
      const std::lock_guard guard(mutex_);
      if (is_ending_) return;
    }
    poll(polled.data(), polled.size(), kRetry);
    std::array<char, 8192> events;
    while (read(notify_.get(), events.data(), events.size()) > 0) {
    }
    eventfd_t count = 0;
    eventfd_read(wake_.get(), &count);
    const std::lock_guard guard(mutex_);
    for (const auto& [id, tail] : tails_) carry(*tail);
  }
}

void LogShipper::carry(Tail& tail) {
  if (!tail.file && !tail.open()) return;
  std::string piece(256 * 1024, '\0');
  for (;;) {
    const ssize_t got = pread(tail.file.get(), piece.data(), piece.size(), tail.offset);
    if (got <= 0) {
      if (tail.is_replaced() && tail.open()) continue;
      return;
    }
    LogLines before = tail.lines;
    std::vector<store::LogEvent> events;
    for (LogLine& line : tail.lines.take({piece.data(), static_cast<size_t>(got)})) {
      events.push_back({.timestamp = line.at, .ingested = clock_.wall(), .message = std::move(line.text)});
    }
    if (!events.empty()) {
      const auto done = logs_.append(tail.group_key, tail.stream, events);
      if (!done) {
        if (!std::exchange(tail.has_failed, true)) log_warn("log lines not stored yet", {{"stream", tail.stream}, {"error", done.error().message()}});
        tail.lines = std::move(before);
        return;
      }
      tail.has_failed = false;
    }
    tail.offset += got;
    if (!events.empty()) tail.keep_position();
  }
}

std::vector<std::string> last_lines(const std::filesystem::path& log, size_t count) {
  constexpr int64_t kEnd = 64 * 1024;
  const Fd file(open(log.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat what {};
  if (!file || fstat(file.get(), &what) != 0) return {};
  std::string text(static_cast<size_t>(std::min<int64_t>(what.st_size, kEnd)), '\0');
  const ssize_t got = pread(file.get(), text.data(), text.size(), std::max<int64_t>(0, what.st_size - kEnd));
  if (got <= 0) return {};
  std::vector<std::string> lines;
  for (LogLine& line : LogLines().take({text.data(), static_cast<size_t>(got)})) lines.push_back(std::move(line.text));
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines;
}

}  // namespace landfall::fargate
