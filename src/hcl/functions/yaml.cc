#include <fmt/format.h>
#include <re2/re2.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <chrono>
#include <sstream>

#include "base/text.h"
#include "hcl/functions/function.h"
#include "hcl/unicode.h"

/// yamlencode and yamldecode. Source: zclconf/go-cty-yaml and answers of Terraform 1.11.4.
namespace landfall::hcl {
namespace {

using Kind = Type::Kind;

constexpr int kDeepest = 100;
constexpr size_t kMostNodes = 1'000'000;  ///< aliases may repeat, and repeat what repeats

class Encoder {
 public:
  std::string whole(const Value& value) {
    const bool is_plain = value.is_null() || value.is(Kind::number) || value.is(Kind::boolean);
    out_.clear();
    write(value, 0, false);
    if (!out_.ends_with('\n')) out_ += '\n';
    if (is_plain) out_ += "...\n";
    return out_;
  }

 private:
  /// `inline_`: the text goes on behind "key:" or "-", with a blank in between.
  void write(const Value& value, size_t indent, bool after_key) {
    const auto scalar = [&](std::string_view text) {
      if (after_key) out_ += ' ';
      out_ += text;
      out_ += '\n';
    };
    if (!value.has_value()) return scalar("null");
    switch (value.type().kind()) {
      case Kind::dynamic:
        return scalar("null");
      case Kind::boolean:
        return scalar(value.as_bool() ? "true" : "false");
      case Kind::number:
        return scalar(value.as_number().text());
      case Kind::string:
        return write_text(value.as_string(), indent, after_key);
      case Kind::list:
      case Kind::set:
      case Kind::tuple:
        return write_sequence(value, indent, after_key);
      case Kind::map:
      case Kind::object:
        return write_mapping(value, indent, after_key);
    }
  }

  void write_text(const std::string& text, size_t indent, bool after_key) {
    if (after_key) out_ += ' ';
    if (text.find('\n') == std::string::npos || !may_stand_as_block(text)) {
      out_ += double_quoted(text) + "\n";
      return;
    }
    out_ += block_header(text) + "\n";
    std::string_view body = text;
    std::vector<std::string> lines = split(body, '\n');
    if (text.ends_with('\n')) lines.pop_back();
    for (const std::string& line : lines)
      out_ +=
          (line.empty() ? "" : std::string(indent + (after_key || indent > 0 ? 0 : 2), ' ')) + line + "\n";
  }

  /// libyaml's rule: no spaces before a line's end, and nothing that it does not print.
  static bool may_stand_as_block(std::string_view text) {
    if (text.ends_with(' ') || text.find(" \n") != std::string_view::npos) return false;
    while (!text.empty()) {
      const char32_t c = take_code_point(text);
      if (c != '\n' && !is_printed(c)) return false;
    }
    return true;
  }

  /// libyaml knows no characters beyond the basic plane.
  static bool is_printed(char32_t c) { return c >= 0x20 && c != 0x7F && !(c >= 0x80 && c < 0xA0) && c != 0xFEFF && c <= 0xFFFF && c != 0x2028 && c != 0x2029; }

  static std::string block_header(const std::string& text) {
    std::string header = "|";
    if (text.starts_with(' ') || text.starts_with('\n')) header += '2';
    if (!text.ends_with('\n')) {
      header += '-';
    } else if (text.size() == 1 || text[text.size() - 2] == '\n') {
      header += '+';
    }
    return header;
  }

  static std::string double_quoted(std::string_view text) {
    std::string out = "\"";
    const bool escapes_all = text.starts_with("\xEF\xBB\xBF");  // libyaml looks for the mark at the beginning, whatever character it is at
    while (!text.empty()) {
      const std::string_view before = text;
      const char32_t c = take_code_point(text);
      switch (c) {
        case '"':
          out += "\\\"";
          continue;
        case '\\':
          out += "\\\\";
          continue;
        case '\0':
          out += "\\0";
          continue;
        case '\n':
          out += "\\n";
          continue;
        case '\a':
          out += "\\a";
          continue;
        case '\b':
          out += "\\b";
          continue;
        case '\t':
          out += "\\t";
          continue;
        case '\v':
          out += "\\v";
          continue;
        case '\f':
          out += "\\f";
          continue;
        case '\r':
          out += "\\r";
          continue;
        case 0x1B:
          out += "\\e";
          continue;
        case 0x85:
          out += "\\N";
          continue;
        case 0x2028:
          out += "\\L";
          continue;
        case 0x2029:
          out += "\\P";
          continue;
        default:
          break;
      }
      if (escapes_all || !is_printed(c)) {
        out += c <= 0xFF     ? fmt::format("\\x{:02X}", static_cast<unsigned>(c))
               : c <= 0xFFFF ? fmt::format("\\u{:04X}", static_cast<unsigned>(c))
                             : fmt::format("\\U{:08X}", static_cast<unsigned>(c));
      } else {
        out += before.substr(0, before.size() - text.size());
      }
    }
    return out + "\"";
  }

  void write_sequence(const Value& value, size_t indent, bool after_key) {
    if (value.length() == 0) {
      out_ += after_key ? " []\n" : "[]\n";
      return;
    }
    if (after_key && !after_dash_) out_ += '\n';
    bool is_first = after_dash_;
    if (is_first) out_ += ' ';
    // A sequence in a mapping is not indented, one in a sequence is.
    const size_t own = after_dash_ ? indent : after_key ? indent - 2 : indent;
    after_dash_ = false;
    for (const Value& element : value.elements()) {
      if (!std::exchange(is_first, false)) out_.append(own, ' ');
      out_ += '-';
      after_dash_ = !element.type().is_primitive() && element.has_value() && element.length() > 0;
      write(element, own + 2, true);
      after_dash_ = false;
    }
  }

  void write_mapping(const Value& value, size_t indent, bool after_key) {
    if (value.length() == 0) {
      out_ += after_key ? " {}\n" : "{}\n";
      return;
    }
    if (after_key && !after_dash_) out_ += '\n';
    bool is_first = after_dash_;
    if (is_first) out_ += ' ';
    after_dash_ = false;
    for (const Value::Field& field : value.fields()) {
      if (!std::exchange(is_first, false)) out_.append(indent, ' ');
      if (field.name.find('\n') == std::string::npos) {
        out_ += double_quoted(field.name) + ":";
      } else {
        out_ += "?";
        write_text(field.name, indent + 2, true);
        out_.append(indent, ' ');
        out_ += ":";
      }
      write(field.value, indent + 2, true);
    }
  }

  std::string out_;
  bool after_dash_ = false;
};

Result<Value> encode(const Arguments& a) { return Value::string(Encoder().whole(a[0])); }

/// Reads a document by the rules of YAML 1.1 as Terraform's library keeps them.
class Decoder {
 public:
  Result<Value> read(const YAML::Node& node, int depth) {
    if (depth > kDeepest || ++count_ > kMostNodes)
      return failed("the document is nested too deep or grows too large");
    const std::string& tag = node.Tag();
    const bool is_plain = tag.empty() || tag == "?" || tag == "!";
    if (node.IsSequence() && !is_plain && tag != "tag:yaml.org,2002:seq") {
      return failed(fmt::format("can't interpret sequence as {}", tag));
    }
    if (node.IsMap() && !is_plain && tag != "tag:yaml.org,2002:map") {
      return failed(fmt::format("can't interpret mapping as {}", tag));
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return Value();
      case YAML::NodeType::Scalar:
        return scalar(node);
      case YAML::NodeType::Sequence: {
        std::vector<Value> elements;
        for (const YAML::Node& element : node) elements.push_back(TRY(read(element, depth + 1)));
        return Value::tuple(std::move(elements));
      }
      case YAML::NodeType::Map:
        return mapping(node, depth);
    }
    return Value();
  }

 private:
  Result<Value> mapping(const YAML::Node& node, int depth) {
    std::vector<Value::Field> merged, own;
    for (const auto& pair : node) {
      const Value key = TRY(read(pair.first, depth + 1));
      Value value = TRY(read(pair.second, depth + 1));
      const bool is_merge = pair.first.IsScalar() && pair.first.Scalar() == "<<" && pair.first.Tag() != "!";
      if (is_merge) {
        const auto take = [&](const Value& from) {
          if (!from.has_value() || !from.type().has_fields()) return false;
          merged.insert(merged.end(), from.fields().begin(), from.fields().end());
          return true;
        };
        bool good = true;
        if (value.is(Kind::tuple)) {
          for (const Value& from : value.elements()) good = take(from) && good;
        } else {
          good = take(value);
        }
        if (!good) return failed("a merge key (<<) needs a mapping or a list of mappings");
        continue;
      }
      if (!key.has_value() || !key.type().is_primitive())
        return failed("only strings are allowed as mapping keys");
      const std::string name = key.is(Kind::string)   ? key.as_string()
                               : key.is(Kind::number) ? key.as_number().text()
                                                      : std::string(key.as_bool() ? "true" : "false");
      own.push_back({name, std::move(value)});
    }
    merged.insert(merged.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
    return Value::object(std::move(merged));
  }

  Result<Value> scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    const std::string& tag = node.Tag();
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return Value::string(text);
    if (tag == "tag:yaml.org,2002:binary") return Value::string(text);
    if (tag != "?" && !tag.empty() && !tag.starts_with("tag:yaml.org,2002:")) {
      return failed(fmt::format("on line {}: unsupported tag \"{}\"", node.Mark().line + 1, tag));
    }
    if (tag == "tag:yaml.org,2002:null") return Value();
    if (text == ".nan" || text == ".NaN" || text == ".NAN") {
      return failed(fmt::format("on line {}, column {}: floating point NaN is not supported",
                                node.Mark().line + 1, node.Mark().column + 1));
    }
    return resolved(text);
  }

  static Value resolved(const std::string& text) {
    static const std::vector<std::string_view> kNull{"", "~", "null", "Null", "NULL"};
    static const std::vector<std::string_view> kTrue{"y",    "Y",    "yes", "Yes", "YES", "true",
                                                     "True", "TRUE", "on",  "On",  "ON"};
    static const std::vector<std::string_view> kFalse{"n",     "N",     "no",  "No",  "NO", "false",
                                                      "False", "FALSE", "off", "Off", "OFF"};
    const auto is_in = [&](const std::vector<std::string_view>& words) {
      return std::find(words.begin(), words.end(), text) != words.end();
    };
    if (is_in(kNull)) return Value();
    if (is_in(kTrue)) return Value::boolean(true);
    if (is_in(kFalse)) return Value::boolean(false);
    if (const std::optional<Number> number = number_of(text)) return Value::number(*number);
    if (const std::optional<std::string> time = timestamp_of(text)) return Value::string(*time);
    return Value::string(text);
  }

  static std::optional<Number> number_of(std::string_view text) {
    const std::string_view unsigned_text =
        text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
    const bool is_negative = text.starts_with('-');
    if (unsigned_text == ".inf" || unsigned_text == ".Inf" || unsigned_text == ".INF")
      return Number::infinity(is_negative);
    if (unsigned_text.starts_with("0x") && unsigned_text.size() > 2)
      return with_sign(Number::parse_whole(unsigned_text.substr(2), 16), is_negative);
    if (unsigned_text.starts_with("0o") && unsigned_text.size() > 2)
      return with_sign(Number::parse_whole(unsigned_text.substr(2), 8), is_negative);
    if (unsigned_text.empty() ||
        (unsigned_text[0] != '.' && (unsigned_text[0] < '0' || unsigned_text[0] > '9')))
      return std::nullopt;
    const Result<Number> number = Number::parse(text);
    return number ? std::optional(*number) : std::nullopt;
  }

  static std::optional<Number> with_sign(std::optional<Number> number, bool is_negative) {
    if (!number || !is_negative) return number;
    return -*number;
  }

  /// Dates and times as Go writes them back (RFC 3339, without fraction): `2020-1-2`, `2020-01-02 10:00:00`,
  /// and with a T only if a zone follows.
  static std::optional<std::string> timestamp_of(const std::string& text) {
    static const RE2 kTime(
        R"((\d{4})-(\d\d?)-(\d\d?)(?:([Tt ])(\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?)?)");
    int year = 0, month = 0, day = 0;
    std::string separator, hour_text, minute_text, second_text, zone;
    if (!RE2::FullMatch(text, kTime, &year, &month, &day, &separator, &hour_text, &minute_text, &second_text,
                        &zone)) {
      return std::nullopt;
    }
    const auto number = [](const std::string& digits) { return digits.empty() ? 0 : std::stoi(digits); };
    const int hour = number(hour_text), minute = number(minute_text), second = number(second_text);
    const bool has_t = separator == "T" || separator == "t";
    if ((has_t && zone.empty()) || (separator == " " && !zone.empty())) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", year, month, day, hour, minute, second,
                       zone.empty() || zone == "+00:00" ? "Z" : zone);
  }

  size_t count_ = 0;
};

/// Only notes that documents begin.
class DocumentCounter final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    ++count;
    last = mark;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}

  int count = 0;
  YAML::Mark last{};
};

/// yaml-cpp throws, and bounds its own depth. Its LoadAll can run forever on text it does not get past ("-
/// a\n, b"), so documents are counted up to two.
Result<Value> decode(const Arguments& a) {
  try {
    std::istringstream text(a.string(0));
    YAML::Parser parser(text);
    DocumentCounter documents;
    while (documents.count < 2 && parser.HandleNextDocument(documents)) {
    }
    if (documents.count == 0) return failed("on line 1, column 1: missing start of document");
    if (documents.count > 1) {
      return failed(fmt::format("on line {}, column {}: unexpected extra content after value",
                                documents.last.line + 1, documents.last.column + 1));
    }
    return Decoder().read(YAML::Load(a.string(0)), 0);
  } catch (const YAML::Exception& error) {
    return failed(
        fmt::format("on line {}, column {}: {}", error.mark.line + 1, error.mark.column + 1, error.msg));
  }
}

}  // namespace

std::span<const Function> yaml_functions() {
  static const std::vector<Function> kFunctions{
      {"yamldecode", {{"src", Type::string()}}, {}, {}, decode},
      {"yamlencode", {{"value", {}, Allow::null}}, {}, Type::string(), encode},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
