#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aws/shape.h"
#include "base/error.h"

/// Requests of the query and ec2 protocols: flat parameters such as "Filter.1.Name=vpc-id".
namespace landfall::aws {

using Parameters = std::map<std::string, std::string, std::less<>>;

Parameters parse_form(std::string_view body);
std::string write_form(const Parameters& parameters);

/// Fills `into` (a struct of `shape`); takes what it reads out of `parameters`, so what is left was not understood.
/// Errors: "Malformed" names the parameter.
Result<void> decode_parameters(const Shape& shape, bool is_ec2, Parameters& parameters, void* into);
void encode_parameters(const Shape& shape, bool is_ec2, const void* from, Parameters& into);

}  // namespace landfall::aws
