#include "aws/json_codec.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "aws/scalar.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::string: return "a string";
    case Kind::boolean: return "a boolean";
    case Kind::integer:
    case Kind::long_integer: return "an integer";
    case Kind::floating: return "a number";
    case Kind::timestamp: return "a timestamp";
    case Kind::blob: return "a base64 string";
    case Kind::list: return "a list";
    case Kind::map:
    case Kind::structure: return "an object";
  }
  return "";
}

/// The kind of a value, never the value: it may be a secret, and errors are kept.
std::string_view found_kind(const json::value& found) {
  if (found.is_string()) return "a string";
  if (found.is_bool()) return "a boolean";
  if (found.is_object()) return "an object";
  if (found.is_array()) return "a list";
  return found.is_null() ? "null" : "a number";
}

struct Reader {
  Unknown unknown;

  static std::unexpected<Error> malformed(const std::string& path, const json::value& found, Kind wanted) {
    return fail("Malformed", fmt::format("{} is {}; wanted {}", path.empty() ? "the body" : path, found_kind(found), kind_name(wanted)));
  }

  Result<void> read(const Shape& shape, const json::value& found, const std::string& path, void* into) const {
    switch (shape.kind) {
      case Kind::structure: return read_structure(shape, found, path, into);
      case Kind::list: return read_list(shape, found, path, into);
      case Kind::map: return read_map(shape, found, path, into);
      default: return read_plain(shape, found, path, into);
    }
  }

  Result<void> read_structure(const Shape& shape, const json::value& found, const std::string& path, void* into) const {
    const json::object* object = found.if_object();
    if (object == nullptr) return malformed(path, found, shape.kind);
    for (const auto& entry : *object) {
      const std::string_view name = entry.key();
      const Member* member = find(shape, name);
      const std::string inner = path.empty() ? std::string(name) : path + "." + std::string(name);
      if (member == nullptr) {
        if (unknown == Unknown::refused) return fail("Unknown", fmt::format("Unknown parameter in input: \"{}\"", inner));
        continue;
      }
      if (entry.value().is_null()) continue;
      TRY(read(*member->shape, entry.value(), inner, member->access->emplace(member_of(*member, into))));
    }
    return {};
  }

  const Member* find(const Shape& shape, std::string_view name) const {
    const auto exact = std::ranges::find(shape.members, name, &Member::wire);
    if (exact != shape.members.end()) return &*exact;
    if (unknown != Unknown::skipped_in_any_case) return nullptr;
    const auto folded = std::ranges::find_if(shape.members, [&](const Member& member) { return iequals(member.wire, name); });
    return folded == shape.members.end() ? nullptr : &*folded;
  }

  Result<void> read_list(const Shape& shape, const json::value& found, const std::string& path, void* into) const {
    const json::array* array = found.if_array();
    if (array == nullptr) return malformed(path, found, shape.kind);
    for (size_t i = 0; i < array->size(); ++i) {
      TRY(read(*shape.element, (*array)[i], fmt::format("{}[{}]", path, i), shape.list->add(into)));
    }
    return {};
  }

  Result<void> read_map(const Shape& shape, const json::value& found, const std::string& path, void* into) const {
    const json::object* object = found.if_object();
    if (object == nullptr) return malformed(path, found, shape.kind);
    for (const auto& entry : *object) {
      TRY(read(*shape.element, entry.value(), path + "." + std::string(entry.key()), shape.map->slot(into, entry.key())));
    }
    return {};
  }

  static Result<void> read_plain(const Shape& shape, const json::value& found, const std::string& path, void* into) {
    if (shape.kind == Kind::boolean) {
      if (!found.is_bool()) return malformed(path, found, shape.kind);
      *static_cast<bool*>(into) = found.get_bool();
      return {};
    }
    if (found.is_string()) {
      const std::string_view given = found.get_string();
      const bool is_no_number = shape.kind == Kind::floating && (given == "NaN" || given == "Infinity" || given == "-Infinity");
      const bool wants_text = is_no_number || shape.kind == Kind::string || shape.kind == Kind::blob || shape.kind == Kind::timestamp;
      if (!wants_text || !read_scalar(shape, given, TimeFormat::iso8601, into)) return malformed(path, found, shape.kind);
      return {};
    }
    if (!found.is_number()) return malformed(path, found, shape.kind);
    json::error_code error;
    if (shape.kind == Kind::integer) {
      *static_cast<int32_t*>(into) = found.to_number<int32_t>(error);
    } else if (shape.kind == Kind::long_integer) {
      *static_cast<int64_t*>(into) = found.to_number<int64_t>(error);
    } else if (shape.kind == Kind::floating) {
      *static_cast<double*>(into) = found.to_number<double>(error);
    } else if (shape.kind == Kind::timestamp) {
      static_cast<WallTime*>(into)->ms = std::llround(found.to_number<double>(error) * 1000);
    } else {
      return malformed(path, found, shape.kind);
    }
    if (error) return malformed(path, found, shape.kind);
    return {};
  }
};

json::value write(const Shape& shape, const void* from) {
  switch (shape.kind) {
    case Kind::structure: {
      json::object object;
      for (const Member& member : shape.members) {
        const void* optional = member_of(member, from);
        if (member.access->has(optional)) object[member.wire] = write(*member.shape, member.access->get(optional));
      }
      return object;
    }
    case Kind::list: {
      json::array array;
      for (size_t i = 0; i < shape.list->size(from); ++i) array.push_back(write(*shape.element, shape.list->at(from, i)));
      return array;
    }
    case Kind::map: {
      json::object object;
      for (const auto& [key, value] : shape.map->items(from)) object[key] = write(*shape.element, value);
      return object;
    }
    case Kind::boolean: return *static_cast<const bool*>(from);
    case Kind::integer: return *static_cast<const int32_t*>(from);
    case Kind::long_integer: return *static_cast<const int64_t*>(from);
    case Kind::floating: return *static_cast<const double*>(from);
    case Kind::timestamp: return static_cast<double>(static_cast<const WallTime*>(from)->ms) / 1000;
    case Kind::string:
    case Kind::blob: return json::value(scalar_text(shape, from, TimeFormat::by_protocol));
  }
  return nullptr;
}

}  // namespace

Result<void> decode_json(const Shape& shape, std::string_view body, Unknown unknown, void* into) {
  const auto value = parse_json(body.empty() ? "{}" : body, "the request body");
  if (!value) return fail("Malformed", value.error().what);
  return Reader{unknown}.read(shape, *value, "", into);
}

std::string encode_json(const Shape& shape, const void* from) { return json::serialize(write(shape, from)); }

}  // namespace landfall::aws
