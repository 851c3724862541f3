#include "terraform/ephemeral_source.h"
#include "terraform/utility/private_key.h"
#include "terraform/utility/types.h"
#include "terraform/utility/written.h"

namespace landfall::terraform::utility_types {
namespace {

/// Source  registry.terraform.io, hashicorp/tls 4: tls_private_key.
class TlsPrivateKey final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = public_text_attributes(), .is_exact = true};
      made.attributes.push_back(text("algorithm").required().forces_new().checked(one_of({"RSA", "ECDSA", "ED25519"})));
      made.attributes.push_back(number("rsa_bits").defaults(2048).forces_new().checked(between(1024, 16384)));
      made.attributes.push_back(text("ecdsa_curve").defaults("P224").forces_new().checked(one_of({"P224", "P256", "P384", "P521"})));
      for (const char* name : {"private_key_pem", "private_key_pem_pkcs8", "private_key_openssh"}) made.attributes.push_back(text(name).read_only().sensitive());
      return made;
    }();
    return schema;
  }
  int schema_version() const override { return 1; }
  Result<void> create(const Cloud&, const Record& planned, Record& state) const override {
    const Key key = TRY(make_key(planned.text("algorithm"), static_cast<int>(planned.number("rsa_bits")), planned.text("ecdsa_curve")));
    set_private_texts(state, key.get());
    set_public_texts(state, key.get());
    return {};
  }
  /// What older versions of the official provider left out of the state.
  Result<bool> read(const Cloud&, Record& state) const override {
    if (state.has("private_key_pem_pkcs8") && state.has("private_key_openssh") && state.has("public_key_fingerprint_sha256")) return true;
    const Key key = TRY(read_private_key(state.text("private_key_pem"), "private_key_pem"));
    const std::string id = state.text("id");
    set_private_texts(state, key.get());
    set_public_texts(state, key.get());
    state.set("id", id);
    return true;
  }
};

Result<void> read_public_key(const Cloud&, Record& state) {
  TRY(exactly_one(state, {"private_key_pem", "private_key_openssh"}));
  const Key key = TRY(state.has("private_key_pem") ? read_private_key(state.text("private_key_pem"), "private_key_pem") : read_openssh_key(state.text("private_key_openssh")));
  state.set("algorithm", algorithm_of(key.get()));
  set_public_texts(state, key.get());
  return {};
}

}  // namespace

void add_tls_private_key(Provider& provider) {
  provider.resources["tls_private_key"] = std::make_unique<TlsPrivateKey>();
  add_ephemeral_of(provider, "tls_private_key", {"id"});
  Schema schema{.attributes = public_text_attributes(), .is_exact = true};
  schema.attributes.push_back(text("private_key_pem").sensitive());
  schema.attributes.push_back(text("private_key_openssh").sensitive());
  schema.attributes.push_back(text("algorithm").read_only());
  add_source(provider, "tls_public_key", std::move(schema), read_public_key);
}

}  // namespace landfall::terraform::utility_types
