#include "terraform/utility/openssl_owners.h"

#include <openssl/err.h>

#include <fmt/format.h>

namespace landfall::terraform::utility_types {

Bio text_in(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }
Bio text_out() { return Bio(BIO_new(BIO_s_mem())); }

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

std::unexpected<Error> openssl_failed(const std::string& doing) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  const std::string what = fmt::format("{}: {}", doing, reason == nullptr ? "no reason given" : reason);
  ERR_clear_error();
  return fail("Tls.Failed", what);
}

std::string pem_of(X509* certificate) {
  const Bio bio = text_out();
  PEM_write_bio_X509(bio.get(), certificate);
  return text_of(bio);
}

std::string pem_of(X509_REQ* request) {
  const Bio bio = text_out();
  PEM_write_bio_X509_REQ(bio.get(), request);
  return text_of(bio);
}

Result<Certificate> read_certificate(const std::string& pem, const std::string& what) {
  Certificate found(PEM_read_bio_X509(text_in(pem).get(), nullptr, nullptr, nullptr));
  if (!found) return openssl_failed("reading " + what + ", wanted a certificate in PEM");
  return found;
}

Result<Request> read_request(const std::string& pem) {
  Request found(PEM_read_bio_X509_REQ(text_in(pem).get(), nullptr, nullptr, nullptr));
  if (!found) return openssl_failed("reading the certificate request, wanted one in PEM");
  return found;
}

}  // namespace landfall::terraform::utility_types
