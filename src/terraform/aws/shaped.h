#pragma once

#include <map>
#include <string_view>

#include "aws/shape.h"
#include "terraform/provider.h"

/// Structures of an API whose members are called as the attributes and blocks that stand for them, whatever the case
/// ("HttpPutResponseHopLimit" and http_put_response_hop_limit, "RoutingRules" and routing_rule).
namespace landfall::terraform::aws_types {

/// Attributes, anywhere inside, that are called otherwise: the attribute's name and the member's.
using Renamed = std::map<std::string_view, std::string_view>;

/// Fills what is written, known and not "". Error: "Malformed" of a text that should be a number, a truth or a time.
Result<void> fill_structure(const aws::Shape& shape, const Schema& schema, const Record& from, const Renamed& renamed, void* into);

/// What of the schema the structure holds; the rest is null, or no blocks.
void tell_structure(const aws::Shape& shape, const Schema& schema, const void* from, const Renamed& renamed, Record& into);

template <class Structure>
Result<Structure> filled(const Schema& schema, const Record& from, const Renamed& renamed = {}) {
  Structure made;
  TRY(fill_structure(Structure::shape(), schema, from, renamed, &made));
  return made;
}

template <class Structure>
Record told(const Structure& from, const Schema& schema, const Renamed& renamed = {}) {
  Record made;
  tell_structure(Structure::shape(), schema, &from, renamed, made);
  return made;
}

}  // namespace landfall::terraform::aws_types
