#include <openssl/err.h>

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "terraform/simple_source.h"
#include "terraform/utility/private_key.h"
#include "terraform/utility/tls_peer.h"
#include "terraform/utility/types.h"
#include "terraform/utility/written.h"

namespace landfall::terraform::utility_types {
namespace {

/// As Go writes names: "CN=…,O=…", the last first.
std::string name_text(const X509_NAME* name) {
  const Bio bio = text_out();
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  return text_of(bio);
}

std::string time_text(const ASN1_TIME* time) {
  tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return iso8601({static_cast<int64_t>(timegm(&parts)) * 1000});
}

/// As Go names them.
std::string signature_text(const X509* certificate) {
  int digest = 0, key = 0;
  const int nid = X509_get_signature_nid(certificate);
  if (nid == NID_ED25519) return "Ed25519";
  if (nid == NID_rsassaPss) {
    X509_get_signature_info(const_cast<X509*>(certificate), &digest, &key, nullptr, nullptr);
    return fmt::format("{}-RSAPSS", OBJ_nid2sn(digest));
  }
  if (OBJ_find_sigid_algs(nid, &digest, &key) != 1) return OBJ_nid2ln(nid);
  const char* name = OBJ_nid2sn(digest);
  return key == NID_X9_62_id_ecPublicKey ? fmt::format("ECDSA-{}", name) : fmt::format("{}-RSA", name);
}

std::string key_text(X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  const std::string algorithm = key == nullptr ? "" : algorithm_of(key);
  return algorithm == "ED25519" ? "Ed25519" : algorithm;
}

std::string serial_text(const X509* certificate) {
  const Number number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* digits = BN_bn2dec(number.get());
  std::string text = digits;
  OPENSSL_free(digits);
  return text;
}

std::string der_of(X509* certificate) {
  const Bio bio = text_out();
  i2d_X509_bio(bio.get(), certificate);
  return text_of(bio);
}

Record describe(X509* certificate) {
  Record record;
  record.set("cert_pem", pem_of(certificate));
  record.set("is_ca", (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0);
  record.set("max_path_length", static_cast<int64_t>(X509_get_pathlen(certificate)));
  record.set("issuer", name_text(X509_get_issuer_name(certificate)));
  record.set("subject", name_text(X509_get_subject_name(certificate)));
  record.set("not_before", time_text(X509_get0_notBefore(certificate)));
  record.set("not_after", time_text(X509_get0_notAfter(certificate)));
  record.set("public_key_algorithm", key_text(certificate));
  record.set("signature_algorithm", signature_text(certificate));
  record.set("serial_number", serial_text(certificate));
  record.set("sha1_fingerprint", to_hex(sha1(der_of(certificate))));
  record.set("version", static_cast<int64_t>(X509_get_version(certificate)) + 1);
  return record;
}

Type certificate_type() {
  std::vector<Type::Attribute> members{{.name = "is_ca", .type = Type::boolean()}, {.name = "version", .type = Type::number()}, {.name = "max_path_length", .type = Type::number()}};
  for (const char* name : {"cert_pem", "issuer", "subject", "not_before", "not_after", "public_key_algorithm", "signature_algorithm", "serial_number", "sha1_fingerprint"}) members.push_back({.name = name, .type = Type::string()});
  return Type::object(std::move(members));
}

Result<std::vector<Certificate>> certificates_in(const std::string& content) {
  std::vector<Certificate> found;
  const Bio bio = text_in(content);
  while (Certificate one{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) found.push_back(std::move(one));
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  if (reason != PEM_R_NO_START_LINE || found.empty()) return openssl_failed("reading content, wanted certificates in PEM");
  ERR_clear_error();
  return found;
}

/// Source  registry.terraform.io, hashicorp/tls 4: data tls_certificate. Of a server the root comes first.
Result<void> read_certificates(const Cloud&, Record& state) {
  TRY(exactly_one(state, {"url", "content"}));
  std::vector<Certificate> certificates = TRY(state.has("url") ? peer_certificates(state.text("url"), state.flag("verify_chain")) : certificates_in(state.text("content")));
  if (state.has("url")) std::ranges::reverse(certificates);
  std::vector<Record> described;
  std::string all;
  for (const Certificate& certificate : certificates) {
    described.push_back(describe(certificate.get()));
    all += described.back().text("cert_pem");
  }
  state.set("certificates", described);
  state.set("id", to_hex(sha1(all)));
  return {};
}

}  // namespace

void add_tls_certificate_source(Provider& provider) {
  add_source(provider, "tls_certificate", {.attributes = {text("id").read_only(), text("url"), text("content"), flag("verify_chain").defaults(true), of_type("certificates", Type::list(certificate_type())).read_only()}, .is_exact = true}, read_certificates);
}

}  // namespace landfall::terraform::utility_types
