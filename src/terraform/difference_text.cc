#include "terraform/difference_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "hcl/value_json.h"
#include "terraform/sequence.h"

namespace landfall::terraform {
namespace {

using Kind = Difference::Kind;

/// How a part is told, handed down and changed on the way.
struct Manner {
  bool has_symbols = true;      ///< before each line
  bool shows_all = false;       ///< what does not change too
  bool hides_null = false;      ///< no "-> null" after what goes
};

std::string indent_of(int depth) { return std::string(static_cast<size_t>(depth) * 4, ' '); }

/// What people look for first is shown though it does not change.
bool is_landmark(std::string_view name) { return name == "id" || name == "name" || name == "tags"; }

std::string in_quotes(std::string_view text) { return hcl::to_console(Value::string(text)); }

/// In one line, whatever it holds.
std::string line_of(const Value& text) {
  std::string line;
  for (const char c : text.as_string()) {
    if (c == '"' || c == '\\') line += '\\';
    if (c == '\t') line += "\\t";
    else if (c == '\r') line += "\\r";
    else if (c == '\n') line += "\\n";
    else line += c;
  }
  return "\"" + line + "\"";
}

/// Source  Terraform 1.11, command/jsonformat/computed/renderers.
class Renderer {
 public:
  explicit Renderer(const Paint& paint) : paint_(paint) {}

  std::string text(const Difference& d, int depth, Manner manner) const {
    switch (d.kind) {
      case Kind::simple: return simple(d, manner);
      case Kind::text: return string(d, depth, manner);
      case Kind::document: return document(d, depth, manner);
      case Kind::row: return row(d, depth, manner, true);
      case Kind::set: return row(d, depth, manner, false);
      case Kind::object: return fields(d, depth, manner, "attribute");
      case Kind::map: return fields(d, depth, manner, "element");
      case Kind::block: return block(d, depth, manner);
      case Kind::unknown: return unknown(d, depth, manner);
      case Kind::sensitive: return "(sensitive value)" + null_end(d, manner) + forcing(d);
      case Kind::other_type: return fmt::format("{} {} {}{}", text(d.elements[0], depth, {.has_symbols = manner.has_symbols, .shows_all = manner.shows_all, .hides_null = true}), paint_.yellow("->"), text(d.elements[1], depth, manner), forcing(d));
    }
    return "";
  }

 private:
  std::string symbol(Action action, const Manner& manner) const { return manner.has_symbols ? action_symbol(action, false, paint_) + " " : ""; }
  std::string forcing(const Difference& d) const { return d.is_forcing ? " " + paint_.red("# forces replacement") : ""; }
  std::string null_end(const Difference& d, const Manner& manner) const { return d.action == Action::remove && !manner.hides_null ? " " + paint_.grey("-> null") : ""; }

  std::string hidden(std::string_view what, size_t count, int depth, const Manner& manner) const {
    return indent_of(depth + 1) + symbol(Action::none, manner) + paint_.grey(fmt::format("# ({} unchanged {}{} hidden)", count, what, count == 1 ? "" : "s")) + "\n";
  }

  std::string plain(const Value& value) const { return value.is_null() ? paint_.grey("null") : value.is(Type::Kind::string) ? line_of(value) : hcl::to_json(value); }

  std::string simple(const Difference& d, const Manner& manner) const {
    if (d.action == Action::update) return fmt::format("{} {} {}{}", plain(d.before), paint_.yellow("->"), plain(d.after), forcing(d));
    if (d.action == Action::remove) return plain(d.before) + (d.before.is_null() ? "" : null_end(d, manner)) + forcing(d);
    return plain(d.action == Action::none ? d.before : d.after) + forcing(d);
  }

  static bool has_lines(const Value& value) { return !value.is_null() && value.as_string().find('\n') != std::string::npos; }
  static std::vector<std::string> lines_of(const Value& value) { return split(trim(value.as_string()), '\n'); }

  std::string string(const Difference& d, int depth, const Manner& manner) const {
    if (!has_lines(d.before) && !has_lines(d.after)) return simple(d, manner);
    const auto line = [&](Action action, const std::string& shown) { return indent_of(depth + 1) + symbol(action, manner) + shown + "\n"; };
    std::string lines;
    if (d.action != Action::update) {
      for (const std::string& one : lines_of(d.action == Action::create ? d.after : d.before)) lines += line(Action::none, one);
    } else {
      const std::vector<std::string> old = d.before.is_null() ? std::vector<std::string>() : lines_of(d.before), now = d.after.is_null() ? std::vector<std::string>() : lines_of(d.after);
      size_t i = 0, j = 0;
      const auto until = [&](size_t stop_i, size_t stop_j) {
        while (i < stop_i) lines += line(Action::remove, old[i++]);
        while (j < stop_j) lines += line(Action::create, now[j++]);
      };
      for (const auto& [same_i, same_j] : common_subsequence(old.size(), now.size(), [&](size_t a, size_t b) { return old[a] == now[b]; })) {
        until(same_i, same_j);
        lines += line(Action::none, old[i]);
        ++i, ++j;
      }
      until(old.size(), now.size());
    }
    return "<<-EOT" + forcing(d) + "\n" + lines + indent_of(depth) + symbol(Action::none, manner) + "EOT" + null_end(d, manner);
  }

  /// JSON in a string: what it says, in jsonencode().
  std::string document(const Difference& d, int depth, Manner manner) const {
    const Difference& inner = d.elements[0];
    const bool is_blank_only = inner.action == Action::none && d.action == Action::update;
    Manner own = manner;
    own.hides_null = true;
    own.shows_all = manner.shows_all || is_blank_only;
    const std::string shown = text(inner, depth + 1, own);
    const std::string note = !is_blank_only ? "" : d.is_forcing ? " # whitespace changes force replacement" : " # whitespace changes";
    const std::string force = is_blank_only ? "" : forcing(d);
    if (shown.find('\n') == std::string::npos) return fmt::format("jsonencode({}){}{}{}", shown, note, force, null_end(d, manner));
    const Action action = d.action == Action::update ? Action::update : Action::none;
    return fmt::format("jsonencode({}\n{}{}{}{}\n{}{}){}", note, indent_of(depth + 1), symbol(action, manner), shown, force, indent_of(depth), symbol(Action::none, manner), null_end(d, manner));
  }

  /// `shows_around`: the elements before and after a change, for their order tells where it is.
  std::string row(const Difference& d, int depth, const Manner& manner, bool shows_around) const {
    if (d.elements.empty()) return "[]" + null_end(d, manner) + forcing(d);
    Manner changed = manner, kept = manner;
    changed.hides_null = kept.hides_null = kept.shows_all = true;
    const auto line = [&](const Difference& element, const Manner& how) {
      return warnings(element, depth + 1) + indent_of(depth + 1) + symbol(element.action, how) + text(element, depth + 1, how) + ",\n";
    };
    std::string lines;
    std::vector<const Difference*> skipped;
    bool shows_next = false;
    for (const Difference& element : d.elements) {
      if (element.action == Action::none && !shows_next && !manner.shows_all) {
        skipped.push_back(&element);
        continue;
      }
      shows_next = false;
      if (shows_around) {
        if (skipped.size() > 1) lines += hidden("element", skipped.size() - 1, depth, manner);
        if (!skipped.empty()) lines += line(*skipped.back(), kept);
        skipped.clear();
        shows_next = element.action != Action::none;
      }
      lines += line(element, element.action == Action::none && shows_around ? kept : changed);
    }
    if (!skipped.empty()) lines += hidden("element", skipped.size(), depth, manner);
    return "[" + forcing(d) + "\n" + lines + indent_of(depth) + symbol(Action::none, manner) + "]" + null_end(d, manner);
  }

  std::string fields(const Difference& d, int depth, const Manner& manner, std::string_view kind) const {
    if (d.members.empty()) return "{}" + null_end(d, manner) + forcing(d);
    Manner inner = manner;
    inner.hides_null = true;
    return "{" + forcing(d) + "\n" + members(d, depth, manner, inner, kind) + indent_of(depth) + symbol(Action::none, manner) + "}" + null_end(d, manner);
  }

  std::string members(const Difference& d, int depth, const Manner& manner, const Manner& inner, std::string_view kind) const {
    const auto shown = [&](const std::string& name) { return d.kind == Kind::map ? in_quotes(name) : shown_name(name); };
    size_t width = 0, count = 0;
    for (const auto& [name, member] : d.members) width = std::max(width, shown(name).size());
    std::string lines;
    for (const auto& [name, member] : d.members) {
      const bool is_always_shown = d.kind != Kind::map && is_landmark(name);
      if (member.action == Action::none && !is_always_shown && !manner.shows_all) {
        ++count;
        continue;
      }
      Manner own = inner;
      own.shows_all = manner.shows_all || is_always_shown;
      lines += warnings(member, depth + 1) + fmt::format("{}{}{:<{}} = {}\n", indent_of(depth + 1), symbol(member.action, own), shown(name), width, text(member, depth + 1, own));
    }
    return lines + (count > 0 ? hidden(kind, count, depth, manner) : "");
  }

  std::string block(const Difference& d, int depth, const Manner& manner) const {
    if (d.members.empty() && d.blocks.empty()) return "{}" + forcing(d);
    std::string lines = members(d, depth, manner, manner, "attribute");
    size_t count = 0;
    for (const auto& [name, inner] : d.blocks) {
      if (inner.action == Action::none && !manner.shows_all) {
        ++count;
        continue;
      }
      lines += fmt::format("\n{}{}{} {}\n", indent_of(depth + 1), symbol(inner.action, manner), shown_name(name), text(inner, depth + 1, manner));
    }
    if (count > 0) lines += "\n" + hidden("block", count, depth, manner);
    return "{" + forcing(d) + "\n" + lines + indent_of(depth) + symbol(Action::none, manner) + "}";
  }

  std::string unknown(const Difference& d, int depth, const Manner& manner) const {
    constexpr const char* kUnknown = "(known after apply)";
    if (d.elements.empty()) return kUnknown + forcing(d);
    Manner inner = manner;
    inner.hides_null = true;
    return fmt::format("{} -> {}{}", text(d.elements[0], depth, inner), kUnknown, forcing(d));
  }

  /// Above what begins or ends to be sensitive.
  std::string warnings(const Difference& d, int depth) const {
    if (d.kind != Kind::sensitive || d.was_sensitive == d.becomes_sensitive || d.elements[0].action == Action::create || d.elements[0].action == Action::remove) return "";
    const std::string begin = indent_of(depth) + "  # ";
    const std::string what = d.was_sensitive ? "this attribute value will no longer be marked as sensitive\n" + begin + "after applying this change." : "this attribute value will be marked as sensitive and will not\n" + begin + "display in UI output after applying this change.";
    return begin + paint_.yellow("Warning") + ": " + what + (d.elements[0].action == Action::none ? " The value is unchanged." : "") + "\n";
  }

  const Paint& paint_;
};

}  // namespace

std::string Paint::operator()(std::string_view code, std::string_view text) const { return has_colours ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text); }

std::string action_symbol(Action action, bool creates_first, const Paint& paint) {
  switch (action) {
    case Action::create: return "  " + paint.green("+");
    case Action::read: return " " + paint.cyan("<=");
    case Action::update: return "  " + paint.yellow("~");
    case Action::replace: return creates_first ? paint.green("+") + "/" + paint.red("-") : paint.red("-") + "/" + paint.green("+");
    case Action::remove: return "  " + paint.red("-");
    case Action::forget: return "  " + paint.red(".");
    case Action::none: return "   ";
  }
  return "";
}

std::string difference_text(const Difference& difference, const Paint& paint) { return Renderer(paint).text(difference, 0, {}); }

std::string value_text(const Difference& difference, const Paint& paint) { return Renderer(paint).text(difference, 0, {.has_symbols = false, .shows_all = true}); }

std::string shown_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 128; };
  const bool is_name = !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
  return is_name ? std::string(name) : in_quotes(name);
}

}  // namespace landfall::terraform
