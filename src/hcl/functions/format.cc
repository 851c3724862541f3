#include <fmt/format.h>

#include <algorithm>

#include "hcl/convert.h"
#include "hcl/functions/function.h"
#include "hcl/unicode.h"
#include "hcl/value_json.h"

/// format and formatlist. Source: zclconf/go-cty, cty/function/stdlib/format.go.
namespace landfall::hcl {
namespace {

constexpr size_t kWidest = 10'000;

struct Verb {
  char letter = 0;
  size_t offset = 0;        ///< of the '%', in bytes
  std::string_view text{};  ///< "%-5d"
  size_t argument = 0;      ///< 1-based
  bool has_sharp = false, has_plus = false, has_space = false, has_zero = false, has_minus = false;
  std::optional<size_t> width{}, precision{};
};

std::unexpected<Error> unsupported(const Verb& verb, std::string_view why) {
  return failed(fmt::format("unsupported value for \"{}\" at {}: {}", verb.text, verb.offset, why));
}

std::string padded(const Verb& verb, std::string content) {
  const size_t length = grapheme_count(content);
  if (!verb.width || length >= *verb.width) return content;
  const std::string pad(*verb.width - length, verb.has_zero && !verb.has_minus ? '0' : ' ');
  return verb.has_minus ? content + pad : pad + content;
}

std::string padded_number(const Verb& verb, std::string digits, bool may_use_zeros = true) {
  std::string sign;
  if (digits.starts_with('-') || digits.starts_with('+')) {
    sign = digits[0];
    digits.erase(0, 1);
  }
  if (verb.has_plus && sign.empty()) sign = "+";
  if (verb.has_space && sign.empty()) sign = " ";
  const size_t length = sign.size() + digits.size();
  if (verb.has_zero && !verb.has_minus && may_use_zeros && verb.width && length < *verb.width) {
    return sign + std::string(*verb.width - length, '0') + digits;
  }
  return padded(verb, sign + digits);
}

Result<std::string> format_text(const Verb& verb, const Value& value) {
  const Result<Value> text = convert(value, Type::string());
  if (!text) return unsupported(verb, text.error().what);
  std::string content = text->as_string();
  if (verb.precision) {
    std::string cut;
    const std::vector<std::string_view> characters = graphemes(content);
    for (size_t i = 0; i < std::min(*verb.precision, characters.size()); ++i) cut += characters[i];
    content = cut;
  }
  if (verb.letter == 'q') content = to_json(Value::string(content));
  return padded(verb, std::move(content));
}

Result<std::string> format_whole(const Verb& verb, const Number& number) {
  if (!number.is_whole() || number.is_infinite()) return unsupported(verb, "an integer is required");
  const int base = verb.letter == 'd' ? 10 : verb.letter == 'b' ? 2 : verb.letter == 'o' ? 8 : 16;
  std::string digits = number.whole_text(base);
  if (verb.letter == 'X') {
    for (char& c : digits) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const bool is_negative = digits.starts_with('-');
  if (is_negative) digits.erase(0, 1);
  if (verb.precision && digits.size() < *verb.precision)
    digits.insert(0, *verb.precision - digits.size(), '0');
  if (verb.has_sharp && base != 10)
    digits.insert(0, base == 8 ? "0" : verb.letter == 'x' ? "0x" : verb.letter == 'X' ? "0X" : "0b");
  return padded_number(verb, (is_negative ? "-" : "") + digits, !verb.precision);
}

Result<std::string> format_number(const Verb& verb, const Value& value) {
  const Result<Value> converted = convert(value, Type::number());
  if (!converted) return unsupported(verb, "a number is required");
  const Number& number = converted->as_number();
  if (std::string_view("bdoxX").find(verb.letter) != std::string_view::npos)
    return format_whole(verb, number);
  const bool is_general = verb.letter == 'g' || verb.letter == 'G';
  const int precision = verb.precision ? static_cast<int>(*verb.precision) : is_general ? -1 : 6;
  return padded_number(verb, number.format(verb.letter, precision), !number.is_infinite());
}

Result<std::string> format_one(const Verb& verb, const Value& value) {
  if (verb.letter == 'v') {
    if (!verb.has_sharp && value.has_value() && value.is(Type::Kind::string))
      return padded(verb, value.as_string());
    if (!verb.has_sharp && value.has_value() && value.is(Type::Kind::number)) {
      return padded(verb, value.as_number().format('g', -1));
    }
    return padded(verb, to_json(value));
  }
  if (value.is_null()) return unsupported(verb, "null value cannot be formatted");
  switch (verb.letter) {
    case 't': {
      const Result<Value> truth = convert(value, Type::boolean());
      if (!truth) return unsupported(verb, "a bool is required");
      return padded(verb, truth->as_bool() ? "true" : "false");
    }
    case 's':
    case 'q':
      return format_text(verb, value);
    default:
      return format_number(verb, value);
  }
}

/// Reads the verb at text[at] (a '%'); moves `at` past it.
Result<Verb> read_verb(std::string_view text, size_t& at, size_t& next_argument) {
  Verb verb;
  verb.offset = at;
  const size_t start = at++;
  const auto unfinished = [&] {
    return failed(fmt::format("invalid format string starting at offset {}", start + 1));
  };
  for (bool more = true; more && at < text.size();) {
    switch (text[at]) {
      case '#':
        verb.has_sharp = true;
        break;
      case '+':
        verb.has_plus = true;
        break;
      case ' ':
        verb.has_space = true;
        break;
      case '0':
        verb.has_zero = true;
        break;
      case '-':
        verb.has_minus = true;
        break;
      default:
        more = false;
        break;
    }
    if (more) ++at;
  }
  const auto digits = [&]() -> std::optional<size_t> {
    std::optional<size_t> number;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      number = std::min<size_t>(number.value_or(0) * 10 + static_cast<size_t>(text[at++] - '0'), 1'000'000);
    }
    return number;
  };
  verb.width = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    verb.precision = digits().value_or(0);
  }
  if (at < text.size() && text[at] == '[') {
    ++at;
    const std::optional<size_t> index = digits();
    if (!index || at >= text.size() || text[at] != ']') return unfinished();
    ++at;
    verb.argument = *index;
    if (*index == 0)
      return failed(
          fmt::format("unrecognized format: argument indexes begin at 1, found 0 at offset {}", start));
  } else {
    verb.argument = next_argument;
  }
  if (at >= text.size()) return unfinished();
  verb.letter = text[at++];
  verb.text = text.substr(start, at - start);
  if (verb.width.value_or(0) > kWidest || verb.precision.value_or(0) > kWidest) {
    return failed(fmt::format("\"{}\" asks for more than {} characters", verb.text, kWidest));
  }
  const bool is_letter_ascii =
      (verb.letter >= 'a' && verb.letter <= 'z') || (verb.letter >= 'A' && verb.letter <= 'Z');
  if (!is_letter_ascii)
    return failed(fmt::format("unrecognized format character '{}' at offset {}", verb.letter, at - 1));
  if (std::string_view("vtbdoxXeEfgGsq").find(verb.letter) == std::string_view::npos) {
    return failed(
        fmt::format("unsupported format verb '{}' in \"{}\" at offset {}", verb.letter, verb.text, start));
  }
  next_argument = verb.argument + 1;
  return verb;
}

Result<std::string> format_all(std::string_view text, std::span<const Value> values) {
  std::string out;
  size_t next_argument = 1;
  size_t highest = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '%') {
      out += text[at++];
      continue;
    }
    if (text.substr(at).starts_with("%%")) {
      out += '%';
      at += 2;
      continue;
    }
    const Verb verb = TRY(read_verb(text, at, next_argument));
    highest = std::max(highest, verb.argument);
    if (verb.argument > values.size()) {
      return failed(fmt::format("not enough arguments for \"{}\" at {}: need index {} but have {} total",
                                verb.text, verb.offset, verb.argument, values.size()));
    }
    out += TRY(format_one(verb, values[verb.argument - 1]));
  }
  if (highest < values.size()) {
    if (highest == 0) return failed("too many arguments; no verbs in format string");
    return failed(fmt::format("too many arguments; only {} used by format string", highest));
  }
  return out;
}

/// What a null without a type would be written as is not known: Terraform's answer, whatever the format says.
bool has_bare_null(const Arguments& a) {
  return std::ranges::any_of(a.all(), [](const Value& value) { return value.is_null() && value.type().is_dynamic(); });
}

Result<Value> format(const Arguments& a) {
  if (has_bare_null(a)) return Value::unknown();
  const std::string text = TRY(format_all(a.string(0), a.all().subspan(1)));
  return Value::string(text);
}

Result<Value> formatlist(const Arguments& a) {
  if (has_bare_null(a)) return Value::unknown();
  std::optional<size_t> length;
  size_t length_from = 0;
  for (size_t i = 1; i < a.size(); ++i) {
    if (!a[i].type().is_sequence() || a[i].is_null()) continue;
    if (length && *length != a[i].length()) {
      return a.bad(
          i, fmt::format("argument {} has length {}, which is inconsistent with argument {} of length {}", i,
                         a[i].length(), length_from, *length));
    }
    if (!length) length_from = i;
    length = a[i].length();
  }
  std::vector<Value> rows;
  for (size_t row = 0; row < length.value_or(1); ++row) {
    std::vector<Value> values;
    for (size_t i = 1; i < a.size(); ++i) {
      const bool is_list = a[i].type().is_sequence() && !a[i].is_null();
      values.push_back(is_list ? a[i].elements()[row] : a[i]);
    }
    Result<std::string> text = format_all(a.string(0), values);
    if (!text) return failed(fmt::format("error on format iteration {}: {}", row, text.error().what));
    rows.push_back(Value::string(*text));
  }
  return Value::list(Type::string(), std::move(rows));
}

}  // namespace

std::span<const Function> format_functions() {
  static const std::vector<Function> kFunctions{
      {"format", {{"format", Type::string()}}, Parameter{"args", {}, Allow::null}, Type::string(), format},
      {"formatlist",
       {{"format", Type::string()}},
       Parameter{"args", {}, Allow::null},
       Type::list(Type::string()),
       formatlist},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
