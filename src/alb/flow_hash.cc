#include "alb/flow_hash.h"

#include <arpa/inet.h>

#include <string_view>

#include "alb/group.h"
#include "alb/target.h"

namespace landfall::alb {
namespace {

template <class T>
void put(std::string& text, T value) {
  for (size_t i = sizeof value; i-- > 0;) text.push_back(static_cast<char>(value >> (8 * i)));
}

uint32_t address_bits(const std::string& address) {
  in_addr parsed{};
  inet_pton(AF_INET, address.c_str(), &parsed);
  return ntohl(parsed.s_addr);
}

/// Addresses and ports as the proxy protocol has them.
std::string endpoints(const FlowKey& key) {
  std::string text;
  put(text, ntohl(key.client.s_addr));
  put(text, address_bits(*key.node));
  put(text, static_cast<uint16_t>(key.client_port));
  put(text, static_cast<uint16_t>(key.listener_port));
  return text;
}

}  // namespace

uint64_t hash_of(const FlowKey& key) { return mixed(stable_hash(endpoints(key))); }

uint64_t hash_of_source(const FlowKey& key) {
  std::string text;
  put(text, ntohl(key.client.s_addr));
  return mixed(stable_hash(text));
}

const Group* group_of(const CompiledAction& action, const FlowKey& key) {
  if (action.total_weight == 0) return nullptr;
  auto at = static_cast<int>(mixed(hash_of(key)) % static_cast<uint64_t>(action.total_weight));
  for (const auto& [group, weight] : action.groups) {
    if (at < weight) return group;
    at -= weight;
  }
  return nullptr;
}

std::string proxy_header(const FlowKey& key) {
  using namespace std::string_view_literals;
  constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv, kProxyTcpOverIpv4 = "\x21\x11"sv;
  const std::string addresses = endpoints(key);
  std::string header(kSignature);
  header += kProxyTcpOverIpv4;
  put(header, static_cast<uint16_t>(addresses.size()));
  return header + addresses;
}

}  // namespace landfall::alb
