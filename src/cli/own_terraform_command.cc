#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/daemon_client.h"
#include "cli/door_commands.h"
#include "hcl/syntax.h"

namespace landfall::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOverride = "landfall_override.tf";
constexpr const char* kMark = "# Made by `landfall terraform`; it is removed when the command ends.\n";

/// First of terraform and tofu in PATH.
Result<std::string> find_program() {
  const char* path = std::getenv("PATH");
  for (const char* name : {"terraform", "tofu"}) {
    for (const std::string& folder : split(path == nullptr ? "" : path, ':')) {
      const fs::path candidate = fs::path(folder) / name;
      if (::access(candidate.c_str(), X_OK) == 0) return candidate.string();
    }
  }
  return fail("Terraform.Missing", "neither terraform nor tofu is in PATH; `landfall apply` needs neither", Blame::host);
}

/// The folder that terraform will work in: -chdir=DIR, else here.
fs::path folder_of(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.starts_with("-chdir=")) return word.substr(7);
  }
  return fs::current_path();
}

/// Aliases of the `provider "aws"` blocks of a folder; "" for the one without. Only those may be overridden.
std::set<std::string> provider_aliases(const fs::path& folder) {
  std::set<std::string> aliases;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".tf" || entry.path().filename() == kOverride) continue;
    const hcl::ParsedFile parsed = hcl::parse_file(entry.path().filename().string(), read_file(entry.path()).value_or(""));
    for (const hcl::Block& block : parsed.file.body.blocks) {
      if (block.type != "provider" || block.labels.size() != 1 || block.labels[0].text != "aws") continue;
      const hcl::Attribute* alias = block.body.find("alias");
      const std::string* name = alias == nullptr ? nullptr : alias->value->as_constant_string();
      aliases.insert(name == nullptr ? "" : *name);
    }
  }
  return aliases;
}

std::string override_text(const DaemonClient& client, const std::set<std::string>& aliases) {
  std::string text = kMark;
  for (const std::string& alias : aliases) {
    text += fmt::format("provider \"aws\" {{\n{}  access_key                  = \"{}\"\n  secret_key                  = \"{}\"\n  token                       = null\n  profile                     = null\n"
                        "  skip_metadata_api_check     = true\n  s3_use_path_style           = true\n  skip_region_validation      = true\n}}\n",
                        alias.empty() ? "" : fmt::format("  alias                       = \"{}\"\n", alias), client.key().access_key, client.key().secret_key);
  }
  return text;
}

/// The file goes when this goes.
class Override {
 public:
  static Result<Override> write(const fs::path& folder, const std::string& text) {
    const fs::path path = folder / kOverride;
    const auto old = read_file(path);
    if (old && !old->starts_with(kMark)) return fail("Terraform.Override", fmt::format("{} is in the way and was not made by landfall; move it away", path.string()));
    TRY(write_file_atomic(path, text, 0600));
    return Override(path);
  }
  Override(Override&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Override& operator=(Override&&) = delete;
  ~Override() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
  }

 private:
  explicit Override(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// What providers, backends and data sources read of the environment.
void set_environment(const DaemonClient& client) {
  const std::map<std::string, std::string> variables{{"AWS_ENDPOINT_URL", client.address().url()}, {"AWS_ACCESS_KEY_ID", client.key().access_key}, {"AWS_SECRET_ACCESS_KEY", client.key().secret_key},
                                                     {"AWS_CA_BUNDLE", client.ca_file()}, {"AWS_EC2_METADATA_DISABLED", "true"}, {"AWS_CONFIG_FILE", "/dev/null"}, {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"}};
  for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  ::setenv("AWS_REGION", client.address().region.c_str(), 0);
  for (const char* name : {"AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"}) ::unsetenv(name);
}

/// Signals of the terminal reach the program itself, which ends in its own way; we wait for it.
Result<int> run_program(const std::string& program, const std::vector<std::string>& words) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(signal, SIG_IGN);
  const pid_t child = ::fork();
  if (child < 0) return fail(errno_error("starting " + program, errno));
  if (child == 0) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(signal, SIG_DFL);
    std::vector<std::string> all{program};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> pointers;
    for (std::string& word : all) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execv(program.c_str(), pointers.data());
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result<int> run_own(const Global& global, const std::vector<std::string>& words) {
  const std::string program = TRY(find_program());
  const DaemonClient client = TRY(DaemonClient::connect(global.data_dir));
  const fs::path folder = folder_of(words);
  const std::set<std::string> aliases = provider_aliases(folder);
  std::optional<Override> file;
  if (!aliases.empty()) file.emplace(TRY(Override::write(folder, override_text(client, aliases))));
  set_environment(client);
  return run_program(program, words);
}

}  // namespace

int own_terraform_command(const Global& global, const std::vector<std::string>& words) {
  const auto done = run_own(global, words);
  return done ? *done : complain(done.error());
}

}  // namespace landfall::cli
