#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "sys/kernel.h"

/// nftables through libnftables, in the calling thread's network namespace (see sys/netns.h, run_in).
namespace landfall::sys {

/// One transaction. Errors: "Nft.Rejected" with nft's own words.
Result<void> nft_load(const std::string& commands);
/// A table ("ip landfall") without counter values; "" if there is none.
Result<std::string> nft_list(const std::string& table);
Result<std::map<std::string, PacketCounter>> nft_counters(const std::string& table);

}  // namespace landfall::sys
