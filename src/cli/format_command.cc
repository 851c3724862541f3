#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "base/file.h"
#include "cli/root_session.h"
#include "hcl/format.h"
#include "hcl/syntax.h"
#include "sys/process.h"

namespace landfall::cli {
namespace {

constexpr int kProblem = 2, kNotFormatted = 3;  // exit codes of `terraform fmt`

bool is_formatted_kind(const std::string& name) {
  return name.ends_with(".tf") || name.ends_with(".tfvars") || name.ends_with(".tftest.hcl") || name.ends_with(".tfmock.hcl");
}

bool is_ignored(const std::string& name) { return name.starts_with(".") || name.ends_with("~") || (name.starts_with("#") && name.ends_with("#")); }

class Formatter {
 public:
  explicit Formatter(const FormatArguments& arguments) : arguments_(arguments) {}

  int run() {
    std::vector<std::string> targets = arguments_.targets;
    if (targets.empty()) targets.push_back(".");
    if (targets.size() == 1 && targets[0] == "-") {
      take("<stdin>", std::string(std::istreambuf_iterator<char>(std::cin), {}), true);
    } else {
      for (const std::string& target : targets) visit(target);
    }
    if (has_problem_) return kProblem;
    return arguments_.only_checks && has_difference_ ? kNotFormatted : 0;
  }

 private:
  void visit(const std::filesystem::path& target) {
    std::error_code failure;
    if (std::filesystem::is_directory(target, failure)) return visit_folder(target);
    if (!std::filesystem::exists(target, failure)) return problem(fmt::format("No file or directory at {}", target.string()));
    if (!is_formatted_kind(target.filename())) return problem("Only .tf, .tfvars, and .tftest.hcl files can be processed with landfall fmt");
    visit_file(target);
  }

  void visit_folder(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
      if (!is_ignored(entry.path().filename())) paths.push_back(entry.path());
    }
    if (failure) return problem(fmt::format("Failed to read the directory {}: {}", folder.string(), failure.message()));
    std::ranges::sort(paths);
    for (const auto& path : paths) {
      if (std::filesystem::is_directory(path)) {
        if (arguments_.is_recursive) visit_folder(path);
      } else if (is_formatted_kind(path.filename())) {
        visit_file(path);
      }
    }
  }

  void visit_file(const std::filesystem::path& path) {
    const auto text = read_file(path);
    if (!text) return problem(text.error().message());
    take(path.lexically_normal(), *text, false);
  }

  void take(const std::filesystem::path& path, const std::string& text, bool is_stdin) {
    const hcl::ParsedFile parsed = hcl::parse_file(path.string(), text);
    if (parsed.diagnostics.has_errors()) {
      has_problem_ = true;
      return print_diagnostics(parsed.diagnostics);
    }
    const std::string formatted = hcl::format_file(text);
    if (formatted != text) {
      has_difference_ = true;
      if (!is_stdin && arguments_.lists) say(path.string() + "\n");
      if (!is_stdin && arguments_.writes && !arguments_.only_checks) write(path, formatted);
      if (arguments_.shows_difference) show_difference(path, text, formatted);
    }
    if (is_stdin && !arguments_.only_checks && !arguments_.shows_difference) say(formatted.ends_with('\n') ? formatted : formatted + "\n");
  }

  void write(const std::filesystem::path& path, const std::string& text) {
    const auto mode = static_cast<int>(std::filesystem::status(path).permissions()) & 0777;
    if (const auto written = write_file_atomic(path, text, mode); !written) problem(written.error().message());
  }

  /// `diff` does it, as for Terraform.
  void show_difference(const std::filesystem::path& path, const std::string& before, const std::string& after) {
    std::string form = (std::filesystem::temp_directory_path() / "landfall-fmt-XXXXXX").string();
    if (mkdtemp(form.data()) == nullptr) return problem("no temporary folder can be made for -diff");
    const std::filesystem::path folder = form;
    if (!write_file_atomic(folder / "old", before) || !write_file_atomic(folder / "new", after)) return problem("no temporary file can be written for -diff");
    const auto done = sys::run_process({.words = {"diff", "--label=old/" + path.string(), "--label=new/" + path.string(), "-u", folder / "old", folder / "new"}, .environment = {"PATH=/usr/bin:/bin"}, .output_bound = 64 << 20});
    std::filesystem::remove_all(folder);
    if (done) say(done->out);
    else problem(done.error().message());
  }

  void say(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

  void problem(const std::string& what) {
    has_problem_ = true;
    std::fprintf(stderr, "error: %s\n", what.c_str());
  }

  const FormatArguments& arguments_;
  bool has_problem_ = false, has_difference_ = false;
};

}  // namespace

int format_command(const FormatArguments& arguments) { return Formatter(arguments).run(); }

}  // namespace landfall::cli
