#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "dns/answer.h"

namespace landfall::dns {

/// Reads one query, has it answered, and writes the reply. Malformed queries get FORMERR (or nothing if there is not
/// even a header), other opcodes NOTIMP, other classes REFUSED. `outside` is asked for names that are not ours: it gets
/// the query as it came and returns a reply as it is to be sent, or nothing (SERVFAIL). Replies over `limit` bytes are
/// cut and marked truncated.
std::string reply_to(std::string_view query, size_t limit, const std::function<Answer(const Question&)>& ours,
                     const std::function<std::optional<std::string>(std::string_view)>& outside);

}  // namespace landfall::dns
