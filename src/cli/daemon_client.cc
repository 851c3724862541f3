#include "cli/daemon_client.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "http/client.h"

namespace landfall::cli {
namespace {

constexpr auto kStartLimit = std::chrono::seconds(20);
constexpr auto kStopLimit = std::chrono::seconds(120);
constexpr auto kPoll = std::chrono::milliseconds(20);

Result<DaemonAddress> read_address(const std::filesystem::path& data_dir) {
  const std::filesystem::path path = data_dir / "daemon.json";
  const json::value value = TRY(parse_json(TRY(read_file(path)), path.string()));
  if (!value.is_object()) return fail("Daemon.Malformed", path.string() + " is not a JSON object", Blame::host);
  const json::object& object = value.get_object();
  return DaemonAddress{.port = int_member(object, "port"),
                       .pid = int_member(object, "pid"),
                       .dns_port = int_member(object, "dns_port"),
                       .region = std::string(string_member(object, "region")),
                       .account = std::string(string_member(object, "account"))};
}

/// A process that ended but that its parent has not waited for does not count.
bool is_alive(int pid) {
  const auto stat = read_file(fmt::format("/proc/{}/stat", pid));
  return pid > 0 && stat && stat->substr(stat->rfind(')') + 2, 1) != "Z";
}

std::string last_lines(const std::filesystem::path& log) {
  const auto text = read_file(log);
  if (!text) return "(no log)";
  std::vector<std::string> lines = split(trim(*text), '\n');
  if (lines.size() > 5) lines.erase(lines.begin(), lines.end() - 5);
  return join(lines, "\n");
}

/// A child in its own session, its output in the log; not our child once exec'd twice removed.
Result<pid_t> spawn_daemon(const ServeArguments& arguments) {
  const std::string log = arguments.data_dir / "daemon.log";
  std::vector<std::string> words{"/proc/self/exe", "--data-dir", arguments.data_dir, "serve", "--port", std::to_string(arguments.port),
                                 "--region", arguments.region, "--account-id", arguments.account};
  if (!arguments.public_pool.empty()) words.insert(words.end(), {"--public-pool", arguments.public_pool});
  if (arguments.enforces_iam) words.push_back("--enforce-iam");
  if (arguments.dns_port != 0) words.insert(words.end(), {"--dns-port", std::to_string(arguments.dns_port)});
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  words[0] = program;
  const pid_t child = fork();
  if (child < 0) return fail(errno_error("starting the daemon", errno));
  if (child > 0) return child;
  setsid();
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(null, 0);
  dup2(out, 1);
  dup2(out, 2);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  _exit(127);
}

}  // namespace

std::string DaemonAddress::url() const { return fmt::format("http://127.0.0.1:{}", port); }

Result<DaemonClient> DaemonClient::connect(const std::filesystem::path& data_dir) {
  const auto not_running = [&] {
    return fail("Daemon.NotRunning", fmt::format("no daemon runs on the data directory {}; start one with "
                                                 "'landfall --data-dir {} serve' or 'landfall up DIR'",
                                                 data_dir.string(), data_dir.string()));
  };
  DaemonClient client;
  client.data_dir_ = data_dir;
  const auto address = read_address(data_dir);
  if (!address || !is_alive(address->pid)) return not_running();
  client.address_ = *address;
  client.key_ = TRY(aws::read_admin_key(data_dir));
  if (!client.get("/_landfall/health")) return not_running();
  return client;
}

Result<std::string> DaemonClient::get(const std::string& path) const { return send("GET", path, ""); }
Result<std::string> DaemonClient::post(const std::string& path, const std::string& body) const { return send("POST", path, body); }

Result<std::string> DaemonClient::send(const std::string& method, const std::string& path, const std::string& body) const {
  http::Client client;
  http::Fetch fetch{.method = method, .url = address_.url() + path, .body = body};
  fetch.headers.set("x-landfall-secret", key_.secret_key);
  fetch.timeout = std::chrono::minutes(5);
  const http::Response response = TRY(client.fetch(fetch));
  if (response.status / 100 != 2) {
    return fail("Daemon.Refused", fmt::format("{} {} was answered {}: {}", method, path, response.status, response.body));
  }
  return response.body;
}

Result<DaemonClient> ensure_daemon(const ServeArguments& arguments, const std::function<void(const std::string&)>& said) {
  if (auto running = DaemonClient::connect(arguments.data_dir)) return running;
  TRY(make_directories(arguments.data_dir, 0711));
  // Of two that start one at the same time, the second waits and finds the first one's.
  const std::filesystem::path turn = arguments.data_dir / "start.lock";
  const Fd lock(open(turn.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock || flock(lock.get(), LOCK_EX) != 0) return fail(errno_error("locking " + turn.string(), errno));
  if (auto running = DaemonClient::connect(arguments.data_dir)) return running;
  const pid_t pid = TRY(spawn_daemon(arguments));
  said(fmt::format("Started the daemon (process {}, log {}).", pid, (arguments.data_dir / "daemon.log").string()));
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto running = DaemonClient::connect(arguments.data_dir)) return running;
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) == pid) {
      return fail("Daemon.Ended", fmt::format("the daemon ended at once; its log {} says:\n{}",
                                              (arguments.data_dir / "daemon.log").string(),
                                              last_lines(arguments.data_dir / "daemon.log")), Blame::host);
    }
    std::this_thread::sleep_for(kPoll);
  }
  return fail("Daemon.Silent", fmt::format("the daemon (process {}) did not answer within 20 s; its log: {}", pid,
                                           (arguments.data_dir / "daemon.log").string()), Blame::host);
}

Result<void> stop_daemon(const std::filesystem::path& data_dir, bool purge) {
  const DaemonClient client = TRY(DaemonClient::connect(data_dir));
  TRY(client.post(purge ? "/_landfall/stop?purge=true" : "/_landfall/stop", ""));
  const auto deadline = std::chrono::steady_clock::now() + kStopLimit;
  while (is_alive(client.address().pid)) {
    waitpid(client.address().pid, nullptr, WNOHANG);
    if (std::chrono::steady_clock::now() > deadline) {
      return fail("Daemon.Lingers", fmt::format("the daemon (process {}) did not end within 120 s", client.address().pid), Blame::host);
    }
    std::this_thread::sleep_for(kPoll);
  }
  return {};
}

}  // namespace landfall::cli
