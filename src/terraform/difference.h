#pragma once

#include <string>
#include <utility>
#include <vector>

#include "terraform/change.h"

namespace landfall::terraform {

/// What becomes of a value, part by part, as a plan shows it.
/// Source  Terraform 1.11, command/jsonformat: differ, jsondiff, collections.
struct Difference {
  enum class Kind : unsigned char {
    simple,       ///< number, boolean, null
    text,         ///< a string: over several lines where it has them
    document,     ///< a string that is JSON: `elements` holds the difference of what it says
    row,          ///< list or tuple; elements around a change are shown
    set,          ///< no order, so nothing around
    object,       ///< names as they are
    map,          ///< names quoted
    block,        ///< the body of a resource or of a block in it
    unknown,      ///< known after apply; `elements` holds what is there before, if anything
    sensitive,    ///< `elements` holds what is hidden
    other_type,   ///< `elements` holds the end of the one and the begin of the other
  };
  Kind kind = Kind::simple;
  Action action = Action::none;  ///< none, create, update, remove
  bool is_forcing = false;       ///< the resource is replaced because of it
  bool was_sensitive = false, becomes_sensitive = false;
  Value before{}, after{};
  std::vector<Difference> elements{};
  std::vector<std::pair<std::string, Difference>> members{}, blocks{};
};

/// Of a value of a type; of one that says its own type, as `any` and planned outputs do. `before` or `after` null: there is none.
Difference difference_of(const Value* before, const Value* after, const Type& type = Type::dynamic());

/// Of a resource, by its schema. Values have the schema's type; null: there is none. `replaced_by` are the paths that force
/// a replacement.
Difference difference_of(const Schema& schema, const Value& before, const Value& after, const std::vector<std::string>& replaced_by);

}  // namespace landfall::terraform
