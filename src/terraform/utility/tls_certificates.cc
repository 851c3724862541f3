#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "terraform/utility/certificate.h"
#include "terraform/utility/private_key.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

using Extensions = std::unique_ptr<STACK_OF(X509_EXTENSION), decltype([](STACK_OF(X509_EXTENSION) * all) { sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free); })>;

void append(std::vector<Attribute>& to, std::vector<Attribute> more) {
  for (Attribute& attribute : more) to.push_back(std::move(attribute));
}

bool has_no_subject(const X509_NAME* name) { return X509_NAME_entry_count(name) == 0; }

/// Source  registry.terraform.io, hashicorp/tls 4: tls_self_signed_cert; `key_algorithm` was an argument before 4.
class SelfSigned final : public TlsCertificate {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = validity_attributes(), .blocks = {subject_block()}, .is_exact = true};
      append(made.attributes, name_attributes());
      made.attributes.push_back(text("private_key_pem").required().forces_new().sensitive());
      made.attributes.push_back(text("key_algorithm").computed().forces_new());
      made.attributes.push_back(flag("set_authority_key_id").defaults(false).forces_new());
      return made;
    }();
    return schema;
  }
  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const Key key = TRY(read_private_key(planned.text("private_key_pem"), "private_key_pem"));
    TRY(check_algorithm(planned, "key_algorithm", key.get()));
    const Certificate certificate(X509_new());
    set_subject(X509_get_subject_name(certificate.get()), planned);
    X509_set_pubkey(certificate.get(), key.get());
    const Extension names = TRY(alternative_names(planned, has_no_subject(X509_get_subject_name(certificate.get()))));
    if (names) X509_add_ext(certificate.get(), names.get(), -1);
    state.set("key_algorithm", algorithm_of(key.get()));
    return issue(certificate.get(), planned, {.key = key.get()}, cloud.clock->wall(), state);
  }
};

/// Source  registry.terraform.io, hashicorp/tls 4: tls_cert_request.
class CertificateRequest final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = name_attributes(), .blocks = {subject_block()}, .is_exact = true};
      made.attributes.push_back(text("private_key_pem").required().forces_new().sensitive());
      made.attributes.push_back(text("key_algorithm").computed().forces_new());
      made.attributes.push_back(text("cert_request_pem").read_only());
      made.attributes.push_back(text("id").read_only());
      return made;
    }();
    return schema;
  }
  Result<void> create(const Cloud&, const Record& planned, Record& state) const override {
    const Key key = TRY(read_private_key(planned.text("private_key_pem"), "private_key_pem"));
    TRY(check_algorithm(planned, "key_algorithm", key.get()));
    const Request request(X509_REQ_new());
    set_subject(X509_REQ_get_subject_name(request.get()), planned);
    X509_REQ_set_pubkey(request.get(), key.get());
    Extension names = TRY(alternative_names(planned, has_no_subject(X509_REQ_get_subject_name(request.get()))));
    if (names) {
      const Extensions extensions(sk_X509_EXTENSION_new_null());
      sk_X509_EXTENSION_push(extensions.get(), names.release());
      X509_REQ_add_extensions(request.get(), extensions.get());
    }
    if (X509_REQ_sign(request.get(), key.get(), digest_for(key.get())) == 0) return openssl_failed("signing the certificate request");
    state.set("key_algorithm", algorithm_of(key.get()));
    state.set("cert_request_pem", pem_of(request.get()));
    state.set("id", to_hex(sha1(state.text("cert_request_pem"))));
    return {};
  }
};

/// Source  registry.terraform.io, hashicorp/tls 4: tls_locally_signed_cert; `ca_key_algorithm` was an argument before 4.
class LocallySigned final : public TlsCertificate {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = validity_attributes(), .is_exact = true};
      made.attributes.push_back(text("cert_request_pem").required().forces_new());
      made.attributes.push_back(text("ca_cert_pem").required().forces_new());
      made.attributes.push_back(text("ca_private_key_pem").required().forces_new().sensitive());
      made.attributes.push_back(text("ca_key_algorithm").computed().forces_new());
      return made;
    }();
    return schema;
  }
  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const Key authority_key = TRY(read_private_key(planned.text("ca_private_key_pem"), "ca_private_key_pem"));
    const Certificate authority = TRY(read_certificate(planned.text("ca_cert_pem"), "ca_cert_pem"));
    const Request request = TRY(read_request(planned.text("cert_request_pem")));
    TRY(check_algorithm(planned, "ca_key_algorithm", authority_key.get()));
    if (X509_check_private_key(authority.get(), authority_key.get()) != 1) return openssl_failed("ca_private_key_pem is not the key of ca_cert_pem");
    const Key key(X509_REQ_get_pubkey(request.get()));
    if (!key || X509_REQ_verify(request.get(), key.get()) != 1) return openssl_failed("the certificate request is not signed by its own key");
    const Certificate certificate(X509_new());
    X509_set_subject_name(certificate.get(), X509_REQ_get_subject_name(request.get()));
    X509_set_pubkey(certificate.get(), key.get());
    copy_names(request.get(), certificate.get());
    state.set("ca_key_algorithm", algorithm_of(authority_key.get()));
    return issue(certificate.get(), planned, {.certificate = authority.get(), .key = authority_key.get()}, cloud.clock->wall(), state);
  }

 private:
  /// Of all that a request asks for, its names are granted.
  static void copy_names(X509_REQ* request, X509* certificate) {
    const Extensions asked(X509_REQ_get_extensions(request));
    const int place = asked ? X509v3_get_ext_by_NID(asked.get(), NID_subject_alt_name, -1) : -1;
    if (place >= 0) X509_add_ext(certificate, X509v3_get_ext(asked.get(), place), -1);
  }
};

}  // namespace

void add_tls_certificates(Provider& provider) {
  provider.resources["tls_self_signed_cert"] = std::make_unique<SelfSigned>();
  provider.resources["tls_cert_request"] = std::make_unique<CertificateRequest>();
  provider.resources["tls_locally_signed_cert"] = std::make_unique<LocallySigned>();
}

}  // namespace landfall::terraform::utility_types
