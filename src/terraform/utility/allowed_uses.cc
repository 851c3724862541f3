#include "terraform/utility/allowed_uses.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::terraform::utility_types {
namespace {

struct Use {
  std::string_view word, value;
};

constexpr auto kKeyUses = std::to_array<Use>({{"digital_signature", "digitalSignature"},
                                              {"content_commitment", "nonRepudiation"},
                                              {"key_encipherment", "keyEncipherment"},
                                              {"data_encipherment", "dataEncipherment"},
                                              {"key_agreement", "keyAgreement"},
                                              {"cert_signing", "keyCertSign"},
                                              {"crl_signing", "cRLSign"},
                                              {"encipher_only", "encipherOnly"},
                                              {"decipher_only", "decipherOnly"}});

constexpr auto kExtendedUses = std::to_array<Use>({{"any_extended", "2.5.29.37.0"},
                                                   {"server_auth", "1.3.6.1.5.5.7.3.1"},
                                                   {"client_auth", "1.3.6.1.5.5.7.3.2"},
                                                   {"code_signing", "1.3.6.1.5.5.7.3.3"},
                                                   {"email_protection", "1.3.6.1.5.5.7.3.4"},
                                                   {"ipsec_end_system", "1.3.6.1.5.5.7.3.5"},
                                                   {"ipsec_tunnel", "1.3.6.1.5.5.7.3.6"},
                                                   {"ipsec_user", "1.3.6.1.5.5.7.3.7"},
                                                   {"timestamping", "1.3.6.1.5.5.7.3.8"},
                                                   {"ocsp_signing", "1.3.6.1.5.5.7.3.9"},
                                                   {"microsoft_server_gated_crypto", "1.3.6.1.4.1.311.10.3.3"},
                                                   {"netscape_server_gated_crypto", "2.16.840.1.113730.4.1"},
                                                   {"microsoft_commercial_code_signing", "1.3.6.1.4.1.311.2.1.22"},
                                                   {"microsoft_kernel_code_signing", "1.3.6.1.4.1.311.61.1.1"}});

template <class Table>
std::string values_of(const Table& table, const std::vector<std::string>& uses) {
  std::vector<std::string> found;
  for (const std::string& use : uses) {
    const auto entry = std::ranges::find(table, use, &Use::word);
    if (entry != table.end()) found.emplace_back(entry->value);
  }
  return join(found, ",");
}

}  // namespace

std::string check_uses(const Value& list) {
  for (const Value& element : list.elements()) {
    const std::string word = element.has_value() ? element.as_string() : "null";
    if (!values_of(kKeyUses, {word}).empty() || !values_of(kExtendedUses, {word}).empty()) continue;
    std::vector<std::string> words;
    for (const Use& use : kKeyUses) words.emplace_back(use.word);
    for (const Use& use : kExtendedUses) words.emplace_back(use.word);
    return fmt::format("to hold only words of [{}], got {}", join(words, " "), word);
  }
  return "";
}

std::string key_usage(const std::vector<std::string>& uses) { return values_of(kKeyUses, uses); }
std::string extended_key_usage(const std::vector<std::string>& uses) { return values_of(kExtendedUses, uses); }

}  // namespace landfall::terraform::utility_types
