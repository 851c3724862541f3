#include "cli/diagnostic_json.h"

#include <algorithm>

namespace landfall::cli {

json::object diagnostic_json(const hcl::Diagnostic& d) {
  json::object one{{"severity", d.is_error() ? "error" : "warning"}, {"summary", d.summary}, {"detail", d.detail}};
  if (d.line == 0) return one;
  one["range"] = json::object{{"filename", d.file}, {"start", json::object{{"line", d.line}, {"column", d.column}, {"byte", d.byte}}}, {"end", json::object{{"line", d.end_line}, {"column", d.end_column}, {"byte", d.end_byte}}}};
  one["snippet"] = json::object{{"context", d.context.empty() ? json::value(nullptr) : json::value(d.context)}, {"code", d.source_line}, {"start_line", d.line}, {"highlight_start_offset", std::max(d.column - 1, 0)}, {"highlight_end_offset", d.end_line == d.line ? d.end_column - 1 : static_cast<int>(d.source_line.size())}, {"values", json::array()}};
  return one;
}

}  // namespace landfall::cli
