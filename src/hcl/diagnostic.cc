#include "hcl/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace landfall::hcl {
namespace {

constexpr size_t kLongestLineShown = 400;

}  // namespace

Diagnostic diagnose(const Range& at, std::string summary, std::string detail, Severity severity) {
  Diagnostic diagnostic{.severity = severity, .summary = std::move(summary), .detail = std::move(detail)};
  if (at.source == nullptr) return diagnostic;
  diagnostic.file = at.source->name;
  diagnostic.line = static_cast<int>(at.start.line);
  diagnostic.column = static_cast<int>(at.start.column);
  diagnostic.end_line = static_cast<int>(at.end.line);
  diagnostic.end_column = static_cast<int>(at.end.column);
  diagnostic.byte = at.start.byte;
  diagnostic.end_byte = at.end.byte;
  diagnostic.context = at.source->context_at(at.start.line);
  diagnostic.source_line = at.source->line(at.start.line).substr(0, kLongestLineShown);
  return diagnostic;
}

bool Diagnostics::has_errors() const {
  return std::any_of(begin(), end(), [](const Diagnostic& d) { return d.is_error(); });
}

void Diagnostics::append(Diagnostics more) {
  insert(end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::string render(const Diagnostic& d) {
  std::string text = fmt::format("{}: {}\n", d.is_error() ? "Error" : "Warning", d.summary);
  if (d.line > 0) {
    text +=
        fmt::format("\n  on {} line {}, column {}{}{}:\n", d.file, d.line, d.column, d.context.empty() ? "" : ", in ", d.context);
    text += fmt::format("{:>4}: {}\n", d.line, d.source_line);
  }
  if (!d.values.empty()) {
    text += "    ├────────────────\n";
    for (const std::string& value : d.values) text += fmt::format("    │ {}\n", value);
  }
  if (!d.detail.empty()) text += fmt::format("\n{}\n", d.detail);
  return text;
}

std::string render(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!text.empty()) text += "\n";
    text += render(diagnostic);
  }
  return text;
}

}  // namespace landfall::hcl
