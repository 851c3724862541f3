#include "alb/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <ctime>

#include "base/log.h"

namespace landfall::alb {
namespace {

constexpr size_t kMaxWaiting = 16 << 20;

std::string stamp(time_t at) {
  tm parts{};
  gmtime_r(&at, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

}  // namespace

LogWriter::LogWriter() : thread_([this] { run(); }) {}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LogWriter::configure(std::string requests, std::string connections, int rotate_seconds) {
  const std::lock_guard lock(mutex_);
  paths_[0] = std::move(requests);
  paths_[1] = std::move(connections);
  rotate_seconds_ = rotate_seconds;
}

void LogWriter::share() {
  const std::lock_guard lock(mutex_);
  shares_ = true;
}

void LogWriter::push(File file, std::string lines) {
  const std::lock_guard lock(mutex_);
  if (waiting_bytes_ + lines.size() > kMaxWaiting) {
    lost_ += static_cast<int64_t>(lines.size());
    return;
  }
  waiting_bytes_ += lines.size();
  waiting_.emplace_back(file, std::move(lines));
  changed_.notify_one();
}

int64_t LogWriter::lost_bytes() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

bool LogWriter::is_idle() const {
  const std::lock_guard lock(mutex_);
  return waiting_.empty() && !is_writing_;
}

void LogWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, std::chrono::seconds(1), [&] { return stops_ || !waiting_.empty(); });
    const time_t now = time(nullptr);
    for (size_t i = 0; i < 2; ++i) {
      if (shares_) open_[i].fd.reset();
      const bool is_due = rotate_seconds_ > 0 && open_[i].fd && now / rotate_seconds_ != open_[i].began / rotate_seconds_;
      const bool moves = open_[i].path != paths_[i];
      if (is_due || moves) rotate(open_[i], is_due || rotate_seconds_ > 0 ? now : 0);
      open_[i].path = paths_[i];
    }
    if (waiting_.empty()) {
      if (stops_) return;
      continue;
    }
    auto [file, lines] = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= lines.size();
    is_writing_ = true;
    lock.unlock();
    write(open_[file == File::requests ? 0 : 1], lines);
    lock.lock();
    is_writing_ = false;
  }
}

/// Closes the file; `now` not 0: it is finished and gets its end as a name.
void LogWriter::rotate(Open& open, time_t now) {
  if (!open.fd) return;
  open.fd.reset();
  if (now == 0) return;
  const std::string finished = open.path + "." + stamp(now);
  if (rename(open.path.c_str(), finished.c_str()) != 0) log_warn("log not rotated", {{"file", open.path}});
}

void LogWriter::write(Open& open, const std::string& lines) {
  if (open.path.empty()) return;
  if (!open.fd) {
    open.fd.reset(::open(open.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    open.began = time(nullptr);
  }
  for (size_t done = 0; open.fd && done < lines.size();) {
    const ssize_t wrote = ::write(open.fd.get(), lines.data() + done, lines.size() - done);
    if (wrote > 0) {
      done += static_cast<size_t>(wrote);
      continue;
    }
    const std::lock_guard lock(mutex_);
    lost_ += static_cast<int64_t>(lines.size() - done);
    return;
  }
}

}  // namespace landfall::alb
