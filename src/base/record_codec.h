#pragma once

#include <map>
#include <optional>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/record.h"

/// The bodies of encode and decode; included by the .cc that says RECORD(Type), nowhere else.
namespace landfall::record_codec {

struct FieldProbe {
  template <class M>
  void operator()(const char*, M&) const {}
};
template <class T>
concept Struct = requires(T& value) { T::visit_fields(value, FieldProbe{}); };
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
json::value to_value(const T& value) {
  if constexpr (std::is_same_v<T, WallTime>) {
    return value.ms;
  } else if constexpr (IsVector<T>::value) {
    json::array array;
    for (const auto& element : value) array.push_back(to_value<typename T::value_type>(element));
    return array;
  } else if constexpr (IsMap<T>::value) {
    json::object object;
    for (const auto& [name, element] : value) object[name] = to_value(element);
    return object;
  } else if constexpr (IsOptional<T>::value) {
    return value ? to_value(*value) : json::value(nullptr);
  } else if constexpr (Struct<T>) {
    static const T defaults{};
    json::object object;
    json::object plain;
    const auto write = [](json::object& into) {
      return [&into](const char* name, const auto& member) { into[name] = to_value(member); };
    };
    T::visit_fields(value, write(object));
    T::visit_fields(defaults, [&plain](const char* name, const auto& member) {
      if constexpr (!Struct<std::remove_cvref_t<decltype(member)>>) plain[name] = to_value(member);
    });
    for (const auto& member : plain) {
      if (object.at(member.key()) == member.value()) object.erase(member.key());
    }
    return object;
  } else {
    return json::value(value);
  }
}

inline Error malformed(std::string_view path, const json::value& found, std::string_view wanted) {
  return Error{.code = "Record.Malformed",
               .what = std::string(path) + " is " + json::serialize(found) + "; wanted " + std::string(wanted),
               .blame = Blame::host};
}

template <class T>
Result<void> from_value(const json::value& found, const std::string& path, T& into) {
  if constexpr (std::is_same_v<T, WallTime>) {
    if (!found.is_int64()) return fail(malformed(path, found, "milliseconds"));
    into.ms = found.get_int64();
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!found.is_string()) return fail(malformed(path, found, "a string"));
    into = std::string_view(found.get_string());
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!found.is_bool()) return fail(malformed(path, found, "true or false"));
    into = found.get_bool();
  } else if constexpr (std::is_integral_v<T>) {
    json::error_code error;
    into = found.to_number<T>(error);
    if (error) return fail(malformed(path, found, "an integer in range"));
  } else if constexpr (std::is_floating_point_v<T>) {
    json::error_code error;
    into = found.to_number<T>(error);
    if (error) return fail(malformed(path, found, "a number"));
  } else if constexpr (IsOptional<T>::value) {
    if (found.is_null()) {
      into.reset();
    } else {
      TRY(from_value(found, path, into.emplace()));
    }
  } else if constexpr (IsVector<T>::value) {
    const json::array* array = found.if_array();
    if (array == nullptr) return fail(malformed(path, found, "an array"));
    into.clear();
    for (const json::value& element : *array) {
      typename T::value_type item{};
      TRY(from_value(element, path + "[]", item));
      into.push_back(std::move(item));
    }
  } else if constexpr (IsMap<T>::value) {
    const json::object* object = found.if_object();
    if (object == nullptr) return fail(malformed(path, found, "an object"));
    into.clear();
    for (const auto& member : *object) {
      TRY(from_value(member.value(), path + "." + std::string(member.key()), into[std::string(member.key())]));
    }
  } else {
    static_assert(Struct<T>, "a record member needs FIELDS or a plain type");
    const json::object* object = found.if_object();
    if (object == nullptr) return fail(malformed(path, found, "an object"));
    size_t known = 0;
    Result<void> result;
    T::visit_fields(into, [&](const char* name, auto& member) {
      const json::value* value = object->if_contains(name);
      if (value == nullptr || !result) return;
      ++known;
      result = from_value(*value, path + "." + name, member);
    });
    if (!result) return result;
    if (known != object->size()) return fail(malformed(path, found, "only members that this version knows"));
  }
  return {};
}

}  // namespace landfall::record_codec

namespace landfall {

template <class T>
std::string encode(const T& record) {
  return json::serialize(record_codec::to_value(record));
}

template <class T>
Result<T> decode(std::string_view text) {
  const json::value value = TRY(parse_json(text, "a record"));
  T record{};
  TRY(record_codec::from_value(value, "record", record));
  return record;
}

}  // namespace landfall

#define RECORD(Type)                                            \
  template std::string landfall::encode<Type>(const Type&);     \
  template landfall::Result<Type> landfall::decode<Type>(std::string_view);
