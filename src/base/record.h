#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

/// Plain structs that are stored: the struct lists its members once, encode and decode follow the list.
///
///   struct Vpc { std::string id; std::string cidr; FIELDS(id, cidr) };
///
/// Stored form: a JSON object; members that hold their default are left out, members that are missing keep their
/// default, unknown members are an error (a newer daemon wrote them). Member types: std::string, bool, integers,
/// double, WallTime, std::optional, std::vector, std::map<std::string, T>, and structs with FIELDS.
#define FIELDS(...)                                       \
  template <class Self, class Visitor>                    \
  static void visit_fields(Self& self, Visitor&& visit) { \
    FIELDS_EACH_(__VA_ARGS__)                             \
  }

#define FIELDS_PARENS_ ()
#define FIELDS_EXPAND_(...) FIELDS_EXPAND3_(FIELDS_EXPAND3_(FIELDS_EXPAND3_(FIELDS_EXPAND3_(__VA_ARGS__))))
#define FIELDS_EXPAND3_(...) FIELDS_EXPAND2_(FIELDS_EXPAND2_(FIELDS_EXPAND2_(__VA_ARGS__)))
#define FIELDS_EXPAND2_(...) FIELDS_EXPAND1_(FIELDS_EXPAND1_(FIELDS_EXPAND1_(__VA_ARGS__)))
#define FIELDS_EXPAND1_(...) __VA_ARGS__
#define FIELDS_EACH_(...) __VA_OPT__(FIELDS_EXPAND_(FIELDS_STEP_(__VA_ARGS__)))
#define FIELDS_STEP_(name, ...) \
  visit(#name, self.name);      \
  __VA_OPT__(FIELDS_AGAIN_ FIELDS_PARENS_(__VA_ARGS__))
#define FIELDS_AGAIN_() FIELDS_STEP_

namespace landfall {

/// Defined for each noun of model/ by RECORD(Type) in one .cc (base/record_codec.h).
template <class T>
std::string encode(const T& record);

/// Errors: "Record.Malformed" names the member, the value found and the kind wanted.
template <class T>
Result<T> decode(std::string_view text);

}  // namespace landfall
