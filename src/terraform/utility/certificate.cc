#include "terraform/utility/certificate.h"

#include <arpa/inet.h>

#include <fmt/format.h>

#include "base/ensure.h"
#include "base/ids.h"
#include "terraform/utility/allowed_uses.h"
#include "terraform/utility/private_key.h"

namespace landfall::terraform::utility_types {
namespace {

using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

void add_name(Names& names, int type, int string_type, const std::string& bytes) {
  ASN1_STRING* text = ASN1_STRING_type_new(string_type);
  ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size()));
  GENERAL_NAME* name = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(name, type, text);
  sk_GENERAL_NAME_push(names.get(), name);
}

Result<std::string> address_bytes(const std::string& address) {
  char bytes[16];
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) return std::string(bytes, 4);
  if (inet_pton(AF_INET6, address.c_str(), bytes) == 1) return std::string(bytes, 16);
  return fail("Tls.Malformed", fmt::format("'{}' in ip_addresses is not an IP address", address));
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  ENSURE(extension != nullptr, "the extension text is made of words of our own");
  X509_add_ext(certificate, extension.get(), -1);
}

void add_constraints(X509* certificate, bool is_authority, const Record& config) {
  std::string value = is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE";
  if (is_authority && config.has("max_path_length") && config.number("max_path_length") >= 0) value += fmt::format(",pathlen:{}", config.number("max_path_length"));
  add_extension(certificate, NID_basic_constraints, value);
}

/// Which key signed: the signer's subject key identifier, or, of one that signs itself, the digest of its key.
void add_authority_key(X509* certificate, const Signer& signer, bool is_wanted) {
  const std::unique_ptr<AUTHORITY_KEYID, Freed<AUTHORITY_KEYID_free>> authority(AUTHORITY_KEYID_new());
  if (signer.certificate != nullptr) {
    const ASN1_OCTET_STRING* its = X509_get0_subject_key_id(signer.certificate);
    if (its == nullptr) return;
    authority->keyid = ASN1_OCTET_STRING_dup(its);
  } else {
    if (!is_wanted) return;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_pubkey_digest(certificate, EVP_sha1(), digest, &size);
    authority->keyid = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(authority->keyid, digest, static_cast<int>(size));
  }
  X509_add1_ext_i2d(certificate, NID_authority_key_identifier, authority.get(), 0, X509V3_ADD_APPEND);
}

/// A random 128-bit serial number; in decimal.
std::string set_serial(X509* certificate) {
  std::string bytes = secret_bytes(16);
  bytes[0] = static_cast<char>((bytes[0] & 0x7f) | 0x40);
  const Number number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
  char* digits = BN_bn2dec(number.get());
  std::string text = digits;
  OPENSSL_free(digits);
  return text;
}

}  // namespace

Block subject_block() {
  Schema schema{.is_exact = true};
  for (const char* name : {"common_name", "organization", "organizational_unit", "locality", "province", "country", "postal_code", "serial_number"}) schema.attributes.push_back(text(name).forces_new());
  schema.attributes.push_back(texts("street_address").forces_new());
  return one_block("subject", std::move(schema)).forces_new();
}

std::vector<Attribute> name_attributes() {
  std::vector<Attribute> attributes;
  for (const char* name : {"dns_names", "ip_addresses", "uris"}) attributes.push_back(texts(name).forces_new());
  return attributes;
}

std::vector<Attribute> validity_attributes() {
  std::vector<Attribute> attributes;
  attributes.push_back(number("validity_period_hours").required().forces_new().checked(between(0, 24 * 366 * 1000)));
  attributes.push_back(number("early_renewal_hours").defaults(0).checked(between(0, 24 * 366 * 1000)));
  attributes.push_back(texts("allowed_uses").required().forces_new().checked(check_uses));
  attributes.push_back(flag("is_ca_certificate").defaults(false).forces_new());
  attributes.push_back(flag("set_subject_key_id").defaults(false).forces_new());
  attributes.push_back(number("max_path_length").forces_new().checked(between(-1, 1000)));
  attributes.push_back(flag("ready_for_renewal").read_only().forces_new());
  for (const char* name : {"id", "cert_pem", "validity_start_time", "validity_end_time"}) attributes.push_back(text(name).read_only());
  return attributes;
}

void set_subject(X509_NAME* name, const Record& config) {
  const Record subject = config.block("subject");
  const auto add = [&](const char* field, const std::string& value) {
    if (!value.empty()) X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()), -1, 0);
  };
  add("C", subject.text("country"));
  add("O", subject.text("organization"));
  add("OU", subject.text("organizational_unit"));
  add("L", subject.text("locality"));
  add("ST", subject.text("province"));
  for (const std::string& street : subject.texts("street_address")) add("street", street);
  add("postalCode", subject.text("postal_code"));
  add("CN", subject.text("common_name"));
  add("serialNumber", subject.text("serial_number"));
}

Result<Extension> alternative_names(const Record& config, bool is_critical) {
  Names names(sk_GENERAL_NAME_new_null());
  for (const std::string& name : config.texts("dns_names")) add_name(names, GEN_DNS, V_ASN1_IA5STRING, name);
  for (const std::string& address : config.texts("ip_addresses")) add_name(names, GEN_IPADD, V_ASN1_OCTET_STRING, TRY(address_bytes(address)));
  for (const std::string& uri : config.texts("uris")) add_name(names, GEN_URI, V_ASN1_IA5STRING, uri);
  if (sk_GENERAL_NAME_num(names.get()) == 0) return Extension();
  return Extension(X509V3_EXT_i2d(NID_subject_alt_name, is_critical ? 1 : 0, names.get()));
}

Result<void> issue(X509* certificate, const Record& config, const Signer& signer, WallTime now, Record& state) {
  const bool is_authority = config.flag("is_ca_certificate");
  const WallTime start{now.ms / 1000 * 1000}, end = start + std::chrono::hours(config.number("validity_period_hours"));
  X509_set_version(certificate, X509_VERSION_3);
  state.set("id", set_serial(certificate));
  ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<time_t>(start.ms / 1000));
  ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<time_t>(end.ms / 1000));
  X509_set_issuer_name(certificate, X509_get_subject_name(signer.certificate == nullptr ? certificate : signer.certificate));
  const std::vector<std::string> uses = config.texts("allowed_uses");
  if (const std::string usage = key_usage(uses); !usage.empty()) add_extension(certificate, NID_key_usage, "critical," + usage);
  if (const std::string usage = extended_key_usage(uses); !usage.empty()) add_extension(certificate, NID_ext_key_usage, usage);
  add_constraints(certificate, is_authority, config);
  if (is_authority || config.flag("set_subject_key_id")) add_extension(certificate, NID_subject_key_identifier, "hash");
  add_authority_key(certificate, signer, config.flag("set_authority_key_id"));
  if (X509_sign(certificate, signer.key, digest_for(signer.key)) == 0) return openssl_failed("signing the certificate");
  state.set("cert_pem", pem_of(certificate));
  state.set("validity_start_time", iso8601(start));
  state.set("validity_end_time", iso8601(end));
  state.set("ready_for_renewal", false);
  return {};
}

/// What is due says so in the state (see read); wanted is one that is not.
Result<void> TlsCertificate::adjust(const Cloud&, const Planned& plan) const {
  plan.planned.set("ready_for_renewal", false);
  return {};
}

Result<bool> TlsCertificate::read(const Cloud& cloud, Record& state) const {
  const WallTime end = TRY(parse_iso8601(state.text("validity_end_time")));
  state.set("ready_for_renewal", end - std::chrono::hours(state.number("early_renewal_hours")) <= cloud.clock->wall());
  return true;
}

Result<void> check_algorithm(const Record& planned, const std::string& name, EVP_PKEY* key) {
  if (!planned.has(name) || planned.text(name) == algorithm_of(key)) return {};
  return fail("Argument.Conflict", fmt::format("{} is {}, but the key is {}", name, planned.text(name), algorithm_of(key)));
}

}  // namespace landfall::terraform::utility_types
