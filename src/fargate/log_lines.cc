#include "fargate/log_lines.h"

namespace landfall::fargate {
namespace {

constexpr size_t kMaxEvent = 256 * 1024 - 26;  // CloudWatch counts 26 bytes for each event's head

}  // namespace

std::vector<LogLine> LogLines::take(std::string_view bytes) {
  std::vector<LogLine> lines;
  held_ += bytes.size();
  rest_ += bytes;
  size_t start = 0;
  for (size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', start)) {
    line(std::string_view(rest_).substr(start, end - start), lines);
    start = end + 1;
  }
  rest_.erase(0, start);
  if (out_.text.empty() && err_.text.empty()) held_ = rest_.size();
  return lines;
}

void LogLines::line(std::string_view text, std::vector<LogLine>& out) {
  const size_t first = text.find(' '), second = text.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos || second + 2 > text.size()) return;
  const bool is_whole = text[second + 1] == 'F';
  Pending& pending = text.substr(first + 1, second - first - 1) == "stderr" ? err_ : out_;
  if (pending.text.empty()) pending.at = parse_iso8601(text.substr(0, first)).value_or(WallTime{});
  if (second + 3 <= text.size()) pending.text += text.substr(second + 3);
  while (pending.text.size() > kMaxEvent) {
    out.push_back({pending.at, pending.text.substr(0, kMaxEvent)});
    pending.text.erase(0, kMaxEvent);
  }
  if (!is_whole) return;
  out.push_back({pending.at, std::move(pending.text)});
  pending.text.clear();
}

}  // namespace landfall::fargate
