#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "terraform/backend.h"

namespace landfall::terraform {
namespace {

/// terraform.tfstate, its .backup of the state before this run, and .terraform.tfstate.lock.info beside it.
class FileBackend final : public Backend {
 public:
  explicit FileBackend(std::filesystem::path path) : path_(std::move(path)) {}
  ~FileBackend() override { (void)unlock(); }

  Result<std::optional<State>> read() override {
    std::error_code failure;
    if (!std::filesystem::exists(path_, failure)) return std::optional<State>();
    return std::optional<State>(TRY(parse_state(TRY(read_file(path_)), path_.string())));
  }

  Result<void> write(const State& state) override {
    if (!std::exchange(has_backup_, true) && std::filesystem::exists(path_)) {
      TRY(write_file_atomic(path_.string() + ".backup", TRY(read_file(path_)), 0600));
    }
    TRY(make_directories(path_.parent_path(), 0700));
    return write_file_atomic(path_, render_state(state), 0600);
  }

  /// The lock is the kernel's, on the file that tells people who holds it: a killed holder frees it.
  Result<void> lock(const LockInfo& info) override {
    TRY(make_directories(path_.parent_path(), 0700));
    const std::string file = lock_file();
    for (;;) {
      Fd fd(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
      if (!fd) return fail(errno_error("opening the lock file " + file, errno));
      if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail("State.Locked", fmt::format("Error acquiring the state lock: {} is held by another process.\n\nLock Info:\n{}", path_.string(), parse_lock(read_file(file).value_or("")).describe()));
      }
      struct stat held{}, named{};
      if (fstat(fd.get(), &held) != 0 || stat(file.c_str(), &named) != 0 || held.st_ino != named.st_ino) continue;  // its holder took it away meanwhile
      const std::string text = info.to_json();
      if (ftruncate(fd.get(), 0) != 0 || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return fail(errno_error("writing the lock file " + file, errno));
      fd_ = std::move(fd);
      return {};
    }
  }

  Result<void> unlock() override {
    if (!fd_) return {};
    std::error_code ignored;
    std::filesystem::remove(lock_file(), ignored);
    fd_.reset();
    return {};
  }

  Result<void> break_lock(const std::string& id) override {
    TRY(check_lock_id(read_file(lock_file()).value_or(""), id, place()));
    std::error_code problem;
    if (!std::filesystem::remove(lock_file(), problem)) return fail("Lock.File", fmt::format("{} cannot be removed: {}", lock_file(), problem.message()));
    return {};
  }

  std::string place() const override { return path_.string(); }

 private:
  std::string lock_file() const { return path_.parent_path() / ("." + path_.filename().string() + ".lock.info"); }

  std::filesystem::path path_;
  Fd fd_;
  bool has_backup_ = false;
};

}  // namespace

std::string LockInfo::to_json() const {
  return json::serialize(json::object{{"ID", id}, {"Operation", operation}, {"Info", info}, {"Who", who}, {"Version", version}, {"Created", created}, {"Path", path}});
}

Result<void> check_lock_id(const std::string& found, const std::string& id, const std::string& place) {
  if (found.empty()) return fail("Lock.None", fmt::format("{} is not locked", place));
  const std::string held = parse_lock(found).id;
  if (held != id) return fail("Lock.Id", fmt::format("lock ID \"{}\" does not match existing lock ID \"{}\"", id, held));
  return {};
}

std::string LockInfo::describe() const {
  return fmt::format("  ID:        {}\n  Path:      {}\n  Operation: {}\n  Who:       {}\n  Version:   {}\n  Created:   {}\n", id, path, operation, who, version, created);
}

LockInfo parse_lock(std::string_view text) {
  const auto value = parse_json(text, "the lock");
  if (!value || !value->is_object()) return {};
  const json::object& object = value->get_object();
  const auto member = [&](std::string_view name) { return std::string(string_member(object, name)); };
  return {.id = member("ID"), .operation = member("Operation"), .info = member("Info"), .who = member("Who"), .version = member("Version"), .created = member("Created"), .path = member("Path")};
}

namespace {

/// When the process began, in clock ticks since boot; "" if there is none.
std::string start_of(const std::string& pid) {
  const auto stat = read_file("/proc/" + pid + "/stat");
  if (!stat || stat->rfind(')') == std::string::npos) return "";
  const std::vector<std::string> fields = split(stat->substr(stat->rfind(')') + 2), ' ');
  return fields.size() > 19 && fields[0] != "Z" ? fields[19] : "";
}

}  // namespace

std::string this_process() {
  const std::string pid = std::to_string(getpid());
  return fmt::format("pid {} since {}", pid, start_of(pid));
}

bool is_abandoned(const LockInfo& holder, const LockInfo& mine) {
  const std::vector<std::string> words = split(holder.info, ' ');
  if (holder.version != mine.version || holder.who != mine.who || words.size() != 4) return false;
  return start_of(words[1]) != words[3];
}

std::unique_ptr<Backend> open_file_backend(const std::filesystem::path& path) { return std::make_unique<FileBackend>(path); }

}  // namespace landfall::terraform
