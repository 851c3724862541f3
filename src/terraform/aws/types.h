#pragma once

#include <string_view>

#include "terraform/provider.h"

/// One function for each family of AWS types; each adds its types to the provider.
namespace landfall::terraform::aws_types {

void add_vpc(Provider& provider);              ///< aws_vpc
void add_subnet(Provider& provider);           ///< aws_subnet

/// Whether a failure says that the thing does not exist (any more).
bool is_gone(const Error& error);

/// For destroy: an answer, or that there was nothing left to take away.
template <class Answer>
Result<void> ignore_gone(const Result<Answer>& answer) {
  if (answer || is_gone(answer.error())) return {};
  return std::unexpected(answer.error());
}

}  // namespace landfall::terraform::aws_types
