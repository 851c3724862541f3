#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hcl/value.h"

/// Values as a saved plan keeps them: with their types, their unknown parts and their marks.
///
///   null, "text", 1.5, true       as in JSON
///   {"name": VALUE}               map, object
///   ["=", VALUE…]                 list, set, tuple
///   ["?"]                         unknown
///   ["!", MARKS, VALUE]           marked; MARKS are the bits of hcl::Marks
///
/// around it {"t": N, "v": VALUE}: N is the type's place in a table that the document has once.
namespace landfall::terraform {

/// The table of types, while a document is written.
class TypeTable {
 public:
  std::string keep(const hcl::Value& value);  ///< {"t": N, "v": VALUE}
  std::string text() const;                   ///< the table, a JSON array

 private:
  std::vector<hcl::Type> types_;
};

/// Reads the table. Errors: "Json.Malformed", "Hcl.Type".
Result<std::vector<hcl::Type>> parse_types(std::string_view json);

/// What TypeTable::keep wrote. Errors: "Json.Malformed", "Plan.Malformed".
Result<hcl::Value> kept_value(std::string_view json, const std::vector<hcl::Type>& types);

}  // namespace landfall::terraform
