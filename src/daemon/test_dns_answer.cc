#include "daemon/test_dns_answer.h"

#include <algorithm>

#include "base/text.h"
#include "dns/answer.h"
#include "services/route53/name.h"
#include "services/route53/support.h"

namespace landfall::daemon {
namespace {

namespace shapes = aws::route53;

Result<shapes::TestDNSAnswerResponse> test(const services::Deps& deps, const aws::CallContext& context, const shapes::TestDNSAnswerRequest& request) {
  const auto zone = TRY(services::transact<model::HostedZone>(deps.store, [&](store::Transaction& tx) { return services::route53::zone_with(tx, context, request.hosted_zone_id); }));
  if (zone.is_private) return fail("InvalidInput", "TestDNSAnswer is supported for public hosted zones only.");
  const std::string name = TRY(services::route53::canonical_name(*request.record_name));
  if (!services::route53::is_within(name, zone.name)) return fail("InvalidInput", "The record name " + name + " does not lie within the hosted zone " + zone.name);
  const dns::Answer answer = dns::answer_of_zone(dns::names_of(deps.store), zone, {.name = name, .type = *request.record_type}, [&](uint64_t bound) { return deps.ids.below(bound); });
  shapes::TestDNSAnswerResponse told{.nameserver = zone.name_servers.at(0), .protocol = "UDP", .record_data = std::vector<std::string>{}, .record_name = name, .record_type = request.record_type,
                                     .response_code = answer.outcome == dns::Outcome::no_such_name ? "NXDOMAIN" : "NOERROR"};
  for (const std::string& record : answer.records) {
    // "name ttl IN type data": data may hold spaces.
    std::string_view rest = record;
    for (int i = 0; i < 4; ++i) rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
    told.record_data->emplace_back(rest);
  }
  return told;
}

}  // namespace

void register_test_dns_answer(aws::Registry& registry, const services::Deps& deps) {
  registry.add<shapes::TestDNSAnswerRequest, shapes::TestDNSAnswerResponse>("route53", "TestDNSAnswer", {"HostedZoneId", "RecordName", "RecordType"},
                                                                           [&deps](const aws::CallContext& c, const auto& r) { return test(deps, c, r); });
}

}  // namespace landfall::daemon
