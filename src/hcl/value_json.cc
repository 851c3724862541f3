#include "hcl/value_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>

#include "hcl/convert.h"

/// Source: zclconf/go-cty, cty/json; Go's encoding/json for the escapes.
namespace landfall::hcl {
namespace {

namespace json = boost::json;
using Kind = Type::Kind;

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (c) {
      case '"':
        out += "\\\"";
        continue;
      case '\\':
        out += "\\\\";
        continue;
      case '\n':
        out += "\\n";
        continue;
      case '\r':
        out += "\\r";
        continue;
      case '\t':
        out += "\\t";
        continue;
      case '\b':
        out += "\\b";
        continue;
      case '\f':
        out += "\\f";
        continue;
      default:
        break;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else if (text.substr(i, 3) == "\u2028" || text.substr(i, 3) == "\u2029") {
      out += text[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(std::string& out, const Value& value) {
  if (!value.has_value()) {
    out += "null";
    return;
  }
  switch (value.type().kind()) {
    case Kind::dynamic:
      out += "null";
      return;
    case Kind::string:
      append_quoted(out, value.as_string());
      return;
    case Kind::number:
      out += value.as_number().text();
      return;
    case Kind::boolean:
      out += value.as_bool() ? "true" : "false";
      return;
    case Kind::list:
    case Kind::set:
    case Kind::tuple: {
      out += '[';
      bool is_first = true;
      for (const Value& element : value.elements()) {
        if (!std::exchange(is_first, false)) out += ',';
        append_json(out, element);
      }
      out += ']';
      return;
    }
    case Kind::map:
    case Kind::object: {
      out += '{';
      bool is_first = true;
      for (const Value::Field& field : value.fields()) {
        if (!std::exchange(is_first, false)) out += ',';
        append_quoted(out, field.name);
        out += ':';
        append_json(out, field.value);
      }
      out += '}';
      return;
    }
  }
}

/// Builds values as the parser goes; numbers are kept as text until they are whole.
class Handler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using View = json::string_view;
  using Code = json::error_code;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_array_begin(Code&) { return open(); }
  bool on_array_end(std::size_t, Code&) { return close(false); }
  bool on_object_begin(Code&) { return open(); }
  bool on_object_end(std::size_t, Code&) { return close(true); }
  bool on_string_part(View part, std::size_t, Code&) { return gather(part); }
  bool on_string(View part, std::size_t, Code&) {
    gather(part);
    return add(Value::string(std::exchange(text_, {})));
  }
  bool on_key_part(View part, std::size_t, Code&) { return gather(part); }
  bool on_key(View part, std::size_t, Code&) {
    gather(part);
    frames_.back().keys.push_back(Value::string(std::exchange(text_, {})).as_string());
    return true;
  }
  bool on_number_part(View part, Code&) { return gather(part); }
  bool on_int64(std::int64_t, View part, Code& code) { return on_number(part, code); }
  bool on_uint64(std::uint64_t, View part, Code& code) { return on_number(part, code); }
  bool on_double(double, View part, Code& code) { return on_number(part, code); }
  bool on_bool(bool truth, Code&) { return add(Value::boolean(truth)); }
  bool on_null(Code&) { return add(Value()); }
  bool on_comment_part(View, Code&) { return true; }
  bool on_comment(View, Code&) { return true; }

  Value result{};

 private:
  struct Frame {
    std::vector<Value> values;
    std::vector<std::string> keys;
  };

  bool gather(View part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool on_number(View part, Code& code) {
    gather(part);
    const Result<Number> number = Number::parse(std::exchange(text_, {}));
    if (!number) {
      code = json::error::not_number;
      return false;
    }
    return add(Value::number(*number));
  }

  bool open() {
    frames_.emplace_back();
    return true;
  }

  bool close(bool is_object) {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (!is_object) return add(Value::tuple(std::move(frame.values)));
    std::vector<Value::Field> fields;
    for (size_t i = 0; i < frame.keys.size(); ++i)
      fields.push_back({std::move(frame.keys[i]), std::move(frame.values[i])});
    return add(Value::object(std::move(fields)));
  }

  bool add(Value value) {
    if (frames_.empty()) {
      result = std::move(value);
    } else {
      frames_.back().values.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Frame> frames_;
  std::string text_;
};

Result<Value> shaped(Value value, const Type& type) {
  if (type.is_dynamic()) return value;
  Result<Value> converted = convert(value, type);
  if (!converted) return fail("Hcl.Json", converted.error().what);
  return converted;
}

}  // namespace

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

Result<Value> from_json(std::string_view text, const Type& type) {
  json::parse_options options;
  options.max_depth = 128;
  json::basic_parser<Handler> parser(options);
  json::error_code code;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), code);
  if (code) return fail("Hcl.Json", fmt::format("not valid JSON: {} near byte {}", code.message(), used));
  if (text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    return fail("Hcl.Json", fmt::format("not valid JSON: extra text after the value at byte {}", used));
  }
  return shaped(parser.handler().result, type);
}

json::value to_json_value(const Value& value) {
  if (!value.has_value()) return nullptr;
  switch (value.type().kind()) {
    case Kind::dynamic:
      return nullptr;
    case Kind::string:
      return json::string(value.as_string());
    case Kind::number:
      if (const std::optional<int64_t> whole = value.as_number().as_int64()) return *whole;
      return value.as_number().as_double();
    case Kind::boolean:
      return value.as_bool();
    case Kind::list:
    case Kind::set:
    case Kind::tuple: {
      json::array array;
      array.reserve(value.length());
      for (const Value& element : value.elements()) array.push_back(to_json_value(element));
      return array;
    }
    case Kind::map:
    case Kind::object: {
      json::object object;
      object.reserve(value.length());
      for (const Value::Field& field : value.fields()) object.emplace(field.name, to_json_value(field.value));
      return object;
    }
  }
  return nullptr;
}

namespace {

Value implied(const json::value& tree) {
  switch (tree.kind()) {
    case json::kind::null:
      return Value();
    case json::kind::bool_:
      return Value::boolean(tree.get_bool());
    case json::kind::int64:
      return Value::number(tree.get_int64());
    case json::kind::uint64:
      return Value::number(*Number::parse(std::to_string(tree.get_uint64())));
    case json::kind::double_: {
      // The shortest text of a double is what was written; its exact binary value is not.
      const Result<Number> number = Number::parse(fmt::format("{}", tree.get_double()));
      return number ? Value::number(*number) : Value();
    }
    case json::kind::string:
      return Value::string(std::string_view(tree.get_string()));
    case json::kind::array: {
      std::vector<Value> elements;
      for (const json::value& element : tree.get_array()) elements.push_back(implied(element));
      return Value::tuple(std::move(elements));
    }
    case json::kind::object: {
      std::vector<Value::Field> fields;
      for (const auto& [name, member] : tree.get_object())
        fields.push_back({std::string(name), implied(member)});
      return Value::object(std::move(fields));
    }
  }
  return Value();
}

}  // namespace

Result<Value> from_json_value(const json::value& tree, const Type& type) {
  return shaped(implied(tree), type);
}

json::value type_to_json(const Type& type) {
  switch (type.kind()) {
    case Kind::dynamic:
      return "dynamic";
    case Kind::string:
      return "string";
    case Kind::number:
      return "number";
    case Kind::boolean:
      return "bool";
    case Kind::list:
      return json::array{"list", type_to_json(type.element())};
    case Kind::set:
      return json::array{"set", type_to_json(type.element())};
    case Kind::map:
      return json::array{"map", type_to_json(type.element())};
    case Kind::tuple: {
      json::array types;
      for (const Type& element : type.elements()) types.push_back(type_to_json(element));
      return json::array{"tuple", std::move(types)};
    }
    case Kind::object: {
      json::object types;
      for (const Type::Attribute& a : type.attributes()) types.emplace(a.name, type_to_json(a.type));
      return json::array{"object", std::move(types)};
    }
  }
  return nullptr;
}

Result<Type> type_from_json(const json::value& tree) {
  const auto unknown = [&] { return fail("Hcl.Json", fmt::format("{} is no type", json::serialize(tree))); };
  if (const json::string* word = tree.if_string()) {
    if (*word == "dynamic") return Type::dynamic();
    if (*word == "string") return Type::string();
    if (*word == "number") return Type::number();
    if (*word == "bool") return Type::boolean();
    return unknown();
  }
  const json::array* pair = tree.if_array();
  if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string()) return unknown();
  const json::string& word = (*pair)[0].get_string();
  const json::value& inner = (*pair)[1];
  if (word == "list") return Type::list(TRY(type_from_json(inner)));
  if (word == "set") return Type::set(TRY(type_from_json(inner)));
  if (word == "map") return Type::map(TRY(type_from_json(inner)));
  if (word == "tuple" && inner.is_array()) {
    std::vector<Type> types;
    for (const json::value& element : inner.get_array()) types.push_back(TRY(type_from_json(element)));
    return Type::tuple(std::move(types));
  }
  if (word == "object" && inner.is_object()) {
    std::vector<Type::Attribute> attributes;
    for (const auto& [name, member] : inner.get_object()) {
      attributes.push_back({std::string(name), TRY(type_from_json(member))});
    }
    return Type::object(std::move(attributes));
  }
  return unknown();
}

}  // namespace landfall::hcl
