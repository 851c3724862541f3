#include "daemon/data_dir.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "base/file.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::daemon {
namespace {

constexpr Cidr kPools{.base = {198u << 24 | 18u << 16}, .length = 15};     // RFC 2544: never routed on the internet
constexpr Cidr kTransits{.base = {100u << 24 | 64u << 16}, .length = 10};  // RFC 6598
constexpr uint32_t kPoolCount = 512;

std::set<uint32_t> host_addresses() {
  std::set<uint32_t> addresses;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return addresses;
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
    addresses.insert(ntohl(reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr.s_addr));
  }
  freeifaddrs(list);
  return addresses;
}

/// The first /24 after a place chosen by chance in which this host has no address.
Result<uint32_t> free_pool_number(IdSource& ids) {
  const std::set<uint32_t> taken = host_addresses();
  const auto start = static_cast<uint32_t>(ids.below(kPoolCount));
  for (uint32_t i = 0; i < kPoolCount; ++i) {
    const uint32_t number = (start + i) % kPoolCount;
    const Cidr pool{.base = kPools.base + number * 256, .length = 24};
    const auto first = taken.lower_bound(pool.base.bits);
    if (first == taken.end() || *first > pool.last().bits) return number;
  }
  return fail("Pool.Exhausted", "every /24 of 198.18.0.0/15 is in use on this host; give --public-pool", Blame::host);
}

Result<json::object> read_object(const std::filesystem::path& path) {
  json::value value = TRY(parse_json(TRY(read_file(path)), path.string()));
  if (!value.is_object()) return fail("Data.Malformed", path.string() + " does not hold a JSON object", Blame::host);
  return std::move(value.get_object());
}

Result<json::object> make_identity(const ServeOptions& options, IdSource& ids) {
  const uint32_t number = TRY(free_pool_number(ids));
  const Cidr pool{.base = kPools.base + number * 256, .length = 24};
  const Cidr transit{.base = kTransits.base + number * 256, .length = 24};
  return json::object{{"instance", ids.hex(4)},
                      {"public_pool", options.public_pool.empty() ? to_string(pool) : options.public_pool},
                      {"transit_pool", to_string(transit)}};
}

/// LANDFALL_TRACKING_PERIOD: seconds of a period of target tracking's alarms.
Result<int> tracking_period() {
  const char* given = std::getenv("LANDFALL_TRACKING_PERIOD");
  if (given == nullptr || *given == '\0') return 60;
  for (const int period : {10, 20, 30, 60}) {
    if (std::to_string(period) == given) return period;
  }
  return fail("TrackingPeriod.Invalid", fmt::format("LANDFALL_TRACKING_PERIOD is '{}'; wanted 10, 20, 30 or 60 seconds", given));
}

}  // namespace

Result<model::Settings> open_data_dir(const ServeOptions& options, IdSource& ids) {
  TRY(make_directories(options.data_dir, 0711));
  const std::filesystem::path path = options.data_dir / "identity.json";
  if (!std::filesystem::exists(path)) {
    TRY(write_file_atomic(path, pretty_json(TRY(make_identity(options, ids))) + "\n"));
  }
  const json::object identity = TRY(read_object(path));
  model::Settings settings{.instance = std::string(string_member(identity, "instance")),
                           .account = options.account,
                           .region = options.region,
                           .data_dir = std::filesystem::absolute(options.data_dir).lexically_normal(),
                           .port = options.port,
                           .public_pool = std::string(string_member(identity, "public_pool")),
                           .endpoint_address = {},
                           .transit_pool = std::string(string_member(identity, "transit_pool"))};
  if (!options.public_pool.empty() && options.public_pool != settings.public_pool) {
    return fail("Pool.Changed", fmt::format("this data directory uses the public pool {}; --public-pool {} needs another "
                                            "data directory", settings.public_pool, options.public_pool));
  }
  const Cidr pool = TRY(parse_cidr(settings.public_pool).while_doing("reading " + path.string()));
  if (pool.length > 28) return fail("Pool.TooSmall", fmt::format("public pool {} is smaller than a /28", to_string(pool)));
  settings.endpoint_address = to_string(pool.base + 1);
  settings.tracking_period = TRY(tracking_period());
  return settings;
}

Result<aws::AdminKey> open_admin_key(const std::filesystem::path& data_dir, IdSource& ids) {
  if (!aws::has_admin_key(data_dir)) {
    TRY(aws::write_admin_key(data_dir, {.access_key = "AKIA" + ids.upper_alnum(16),
                                        .secret_key = base64_encode(secret_bytes(30))}));
  }
  return aws::read_admin_key(data_dir);
}

}  // namespace landfall::daemon
