#include "dns/message.h"

#include <cstdlib>
#include <memory>

#include "base/text.h"

#include <ldns/ldns.h>  // last: it redefines bool

namespace landfall::dns {
namespace {

struct FreePacket {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;

constexpr size_t kHeaderSize = 12;

/// A reply that only says how the query failed, for packets that cannot be read further.
std::string header_only(std::string_view query, ldns_pkt_rcode code) {
  if (query.size() < kHeaderSize) return "";
  std::string reply(query.substr(0, kHeaderSize));
  reply[2] = static_cast<char>(static_cast<unsigned char>(query[2]) | 0x80);
  reply[3] = static_cast<char>(code);
  for (size_t i = 4; i < kHeaderSize; ++i) reply[i] = 0;
  return reply;
}

std::string wire_of(ldns_pkt* packet) {
  uint8_t* data = nullptr;
  size_t size = 0;
  if (ldns_pkt2wire(&data, packet, &size) != LDNS_STATUS_OK) return "";
  std::string wire(reinterpret_cast<char*>(data), size);
  free(data);
  return wire;
}

std::string text_and_free(char* text) {
  std::string copy = text == nullptr ? "" : text;
  free(text);
  return copy;
}

void push(ldns_pkt* packet, ldns_pkt_section section, const std::string& record) {
  ldns_rr* parsed = nullptr;
  if (ldns_rr_new_frm_str(&parsed, record.c_str(), 0, nullptr, nullptr) == LDNS_STATUS_OK) {
    ldns_pkt_push_rr(packet, section, parsed);
  }
}

Packet reply_for(const ldns_pkt* query, const ldns_rr* question) {
  Packet reply(ldns_pkt_new());
  ldns_pkt_set_id(reply.get(), ldns_pkt_id(query));
  ldns_pkt_set_qr(reply.get(), true);
  ldns_pkt_set_rd(reply.get(), ldns_pkt_rd(query));
  ldns_pkt_set_ra(reply.get(), true);
  if (question != nullptr) ldns_pkt_push_rr(reply.get(), LDNS_SECTION_QUESTION, ldns_rr_clone(question));
  return reply;
}

std::string failed(const ldns_pkt* query, const ldns_rr* question, ldns_pkt_rcode code) {
  const Packet reply = reply_for(query, question);
  ldns_pkt_set_rcode(reply.get(), code);
  return wire_of(reply.get());
}

std::string truncated(const ldns_pkt* query, const ldns_rr* question) {
  const Packet reply = reply_for(query, question);
  ldns_pkt_set_tc(reply.get(), true);
  return wire_of(reply.get());
}

}  // namespace

std::string reply_to(std::string_view query, size_t limit, const std::function<Answer(const Question&)>& ours,
                     const std::function<std::optional<std::string>(std::string_view)>& outside) {
  ldns_pkt* raw = nullptr;
  const auto* bytes = reinterpret_cast<const uint8_t*>(query.data());
  if (query.size() < kHeaderSize) return "";
  if (ldns_wire2pkt(&raw, bytes, query.size()) != LDNS_STATUS_OK) return header_only(query, LDNS_RCODE_FORMERR);
  const Packet packet(raw);
  if (ldns_pkt_qr(raw)) return "";
  if (ldns_pkt_get_opcode(raw) != LDNS_PACKET_QUERY) return header_only(query, LDNS_RCODE_NOTIMPL);
  if (ldns_rr_list_rr_count(ldns_pkt_question(raw)) != 1) return header_only(query, LDNS_RCODE_FORMERR);
  const ldns_rr* asked = ldns_rr_list_rr(ldns_pkt_question(raw), 0);
  if (ldns_rr_get_class(asked) != LDNS_RR_CLASS_IN) return failed(raw, asked, LDNS_RCODE_REFUSED);

  const Question question{.name = lower(text_and_free(ldns_rdf2str(ldns_rr_owner(asked)))),
                          .type = text_and_free(ldns_rr_type2str(ldns_rr_get_type(asked)))};
  const Answer answer = ours(question);
  if (answer.outcome == Outcome::not_ours) {
    if (auto reply = outside(query)) return *reply;
    return failed(raw, asked, LDNS_RCODE_SERVFAIL);
  }
  const Packet reply = reply_for(raw, asked);
  ldns_pkt_set_aa(reply.get(), true);
  if (answer.outcome == Outcome::no_such_name) ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_NXDOMAIN);
  for (const std::string& record : answer.records) push(reply.get(), LDNS_SECTION_ANSWER, record);
  for (const std::string& record : answer.authority) push(reply.get(), LDNS_SECTION_AUTHORITY, record);
  std::string wire = wire_of(reply.get());
  return wire.size() <= limit ? wire : truncated(raw, asked);
}

}  // namespace landfall::dns
