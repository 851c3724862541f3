#include "daemon/reset.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

namespace landfall::daemon {

void erase_records(const std::filesystem::path& data_dir) {
  std::error_code error;
  for (const char* stem : {"store.db", "logs.db"}) {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(data_dir / (std::string(stem) + suffix), error);
  }
  for (const char* folder : {"objects", "registry", "tasks", "alb", "certificates", "claims-keys"}) {
    std::filesystem::remove_all(data_dir / folder, error);
    if (error) log_error("not emptied", {{"folder", folder}, {"error", error.message()}});
  }
}

void start_over() {
  const auto line = read_file("/proc/self/cmdline");
  if (!line) return;
  std::vector<std::string> words = split(*line, '\0');
  if (!words.empty() && words.back().empty()) words.pop_back();
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv("/proc/self/exe", pointers.data());
}

}  // namespace landfall::daemon
