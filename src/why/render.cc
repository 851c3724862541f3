#include <fmt/format.h>

#include "base/json.h"
#include "why/explain.h"

namespace landfall::why {
namespace {

std::string place_of(const Finding& finding) {
  std::string place = finding.address.empty() ? finding.cause : finding.address;
  if (!finding.attribute.empty()) place += ": " + finding.attribute;
  if (!finding.file.empty()) place += fmt::format("  ({}:{})", finding.file, finding.line);
  return place;
}

json::array strings(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

}  // namespace

std::string render(const Explanation& explanation) {
  std::string text;
  if (!explanation.is_known) {
    text = "There is nothing of that name. Known:\n";
    for (const std::string& name : explanation.checked) text += "  " + name + "\n";
    return text;
  }
  if (explanation.findings.empty()) {
    text = "Nothing is held up.\n";
    for (const std::string& line : explanation.checked) text += "  checked: " + line + "\n";
    return text;
  }
  for (size_t i = 0; i < explanation.findings.size(); ++i) {
    const Finding& finding = explanation.findings[i];
    text += fmt::format("{}{}  [{}]\n", i > 0 ? "\n" : "", place_of(finding), finding.code);
    text += "  " + finding.sentence + "\n";
    for (size_t k = 0; k + 1 < finding.path.size(); ++k) text += "  because of it: " + finding.path[k] + "\n";
    for (const std::string& line : finding.evidence) text += "  " + line + "\n";
    if (!finding.remedy.empty()) text += "  to mend it: " + finding.remedy + "\n";
  }
  return text;
}

std::string render_json(const Explanation& explanation) {
  json::array findings;
  for (const Finding& finding : explanation.findings) {
    findings.push_back(json::object{{"code", finding.code},
                                    {"sentence", finding.sentence},
                                    {"subject", finding.subject},
                                    {"cause", finding.cause},
                                    {"address", finding.address},
                                    {"attribute", finding.attribute},
                                    {"file", finding.file},
                                    {"line", finding.line},
                                    {"remedy", finding.remedy},
                                    {"evidence", strings(finding.evidence)},
                                    {"path", strings(finding.path)},
                                    {"related", strings(finding.related)}});
  }
  return pretty_json(json::object{{"known", explanation.is_known}, {"findings", findings}, {"checked", strings(explanation.checked)}}) + "\n";
}

}  // namespace landfall::why
