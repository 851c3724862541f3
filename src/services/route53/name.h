#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

/// Domain names as Route 53 keeps them. Pure.
/// Source: Route 53 Developer Guide, DNS domain name format.
namespace landfall::services::route53 {

/// Lower case, with a trailing dot; characters other than a-z 0-9 - _ as `\ooo` ("*.A.org" -> `\052.a.org.`). Escapes
/// that are given are kept. Errors: "InvalidDomainName" for empty or overlong labels, names over 255 characters.
Result<std::string> canonical_name(std::string_view given);

/// By what names are sorted: labels from the right, with a trailing dot, unescaped ("www.a.org." -> "org.a.www.").
std::string sort_key(std::string_view canonical);

/// Whether `name` is `zone` or lies below it; both canonical.
bool is_within(std::string_view name, std::string_view zone);

}  // namespace landfall::services::route53
