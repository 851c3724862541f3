#pragma once

#include <string>
#include <string_view>

#include "aws/shape.h"
#include "base/error.h"

namespace pugi {
class xml_node;
}

/// XML bodies: answers of the query and ec2 protocols, both directions of rest-xml. Only members of Location::body.
namespace landfall::aws {

std::string escape_xml(std::string_view text);

/// The members of a structure as elements, without an element around them.
std::string encode_xml_members(const Shape& shape, const void* from);
/// `<name xmlns=…>…</name>` of any value.
std::string encode_xml(std::string_view name, const Shape& shape, std::string_view xml_namespace, const void* from);

/// Fills `into` from the children of `node`. Errors: "Malformed"; "Unknown" names an element that the model lacks, if
/// refuse_unknown.
Result<void> decode_xml(const Shape& shape, const pugi::xml_node& node, bool refuse_unknown, void* into);

}  // namespace landfall::aws
