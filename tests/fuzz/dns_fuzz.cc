// Reads any bytes as a DNS query; every reply must carry the query's id.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dns/message.h"

using namespace landfall::dns;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Names names = [] {
    Names made;
    made.zones = {{.account = "0", .id = "Z1", .name = "matabit.org."}};
    made.records["Z1"] = {{.zone_id = "Z1", .name = "\\052.matabit.org.", .type = "A", .ttl = 60, .values = {"192.0.2.1"}}};
    return made;
  }();
  const std::string_view query(reinterpret_cast<const char*>(data), size);
  const std::string reply = reply_to(query, 1232, [](const Question& q) { return answer(names, nullptr, q, [](uint64_t) { return uint64_t{0}; }); }, [](std::string_view) { return std::nullopt; });
  if (!reply.empty() && reply.substr(0, 2) != query.substr(0, 2)) abort();
  return 0;
}
