#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "services/iam/inline_policies.h"

/// SSH public keys and signing certificates of users.
namespace landfall::services::iam {
namespace {

using model::UserCredential;

constexpr size_t kMaxCertificates = 2, kMaxSshKeys = 5;  // IAM quotas

std::vector<UserCredential> all_of(const Transaction& tx, const model::User& user, const std::string& kind) { return store::all<UserCredential>(tx, user.key() + "/" + kind + "/"); }

Result<UserCredential> credential(const Transaction& tx, const model::User& user, const std::string& kind, const std::optional<std::string>& id) {
  auto found = store::find<UserCredential>(tx, user.key() + "/" + kind + "/" + text(id));
  if (!found) return fail("NoSuchEntity", kind == "ssh" ? fmt::format("The Public Key with id {} cannot be found.", text(id)) : fmt::format("The Certificate with id {} cannot be found.", text(id)));
  return std::move(*found);
}

bool is_certificate(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> read(PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr), X509_free);
  ERR_clear_error();
  return read != nullptr;
}

/// "ssh-rsa BASE64 comment" -> MD5 of the key, as IAM shows it.
Result<std::string> fingerprint_of(const std::string& body) {
  const std::vector<std::string> words = split(body, ' ');
  const auto key = base64_decode(words.size() > 1 && words[0] == "ssh-rsa" ? words[1] : "");
  if (!key || key->empty()) return fail("InvalidPublicKey", "The SSH public key is invalid: wanted 'ssh-rsa' and the key in base64");
  std::string shown;
  for (const char byte : md5(*key)) shown += (shown.empty() ? "" : ":") + to_hex(std::string(1, byte));
  return shown;
}

shapes::SSHPublicKey ssh_key(const UserCredential& c) { return {.fingerprint = c.fingerprint, .ssh_public_key_body = c.body, .ssh_public_key_id = c.id, .status = c.status, .upload_date = c.uploaded_at, .user_name = c.user_name}; }
shapes::SigningCertificate certificate(const UserCredential& c) { return {.certificate_body = c.body, .certificate_id = c.id, .status = c.status, .upload_date = c.uploaded_at, .user_name = c.user_name}; }

template <class Answer, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const std::optional<std::string>& user, const char* kind, const std::optional<std::string>& id, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    UserCredential found = TRY(credential(tx, TRY(user_or_caller(tx, context, user)), kind, id));
    apply(tx, found);
    return Answer{};
  });
}

Result<shapes::UploadSSHPublicKeyResponse> upload_ssh(const Deps& deps, const CallContext& context, const shapes::UploadSSHPublicKeyRequest& request) {
  const std::string fingerprint = TRY(fingerprint_of(text(request.ssh_public_key_body)));
  return transact<shapes::UploadSSHPublicKeyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UploadSSHPublicKeyResponse> {
    const model::User user = TRY(user_or_caller(tx, context, request.user_name));
    const auto before = all_of(tx, user, "ssh");
    if (std::ranges::count(before, fingerprint, &UserCredential::fingerprint) > 0) return fail("DuplicateSSHPublicKey", "The SSH public key is already associated with the specified IAM user.");
    if (before.size() >= kMaxSshKeys) return fail("LimitExceeded", fmt::format("Cannot exceed quota for SshKeysPerUser: {}", kMaxSshKeys));
    const UserCredential made{.account = user.account, .user_name = user.name, .id = "APKA" + deps.ids.upper_alnum(17), .kind = "ssh", .body = *request.ssh_public_key_body, .fingerprint = fingerprint, .uploaded_at = deps.clock.wall()};
    store::put(tx, made);
    return shapes::UploadSSHPublicKeyResponse{.ssh_public_key = ssh_key(made)};
  });
}

Result<shapes::UploadSigningCertificateResponse> upload_certificate(const Deps& deps, const CallContext& context, const shapes::UploadSigningCertificateRequest& request) {
  return transact<shapes::UploadSigningCertificateResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UploadSigningCertificateResponse> {
    const model::User user = TRY(user_or_caller(tx, context, request.user_name));
    if (!is_certificate(text(request.certificate_body))) return fail("MalformedCertificate", fmt::format("Certificate {} is malformed.", text(request.certificate_body)));
    if (all_of(tx, user, "signing").size() >= kMaxCertificates) return fail("LimitExceeded", fmt::format("Cannot exceed quota for CertificatesPerUser: {}", kMaxCertificates));
    const UserCredential made{.account = user.account, .user_name = user.name, .id = deps.ids.upper_alnum(24), .kind = "signing", .body = *request.certificate_body, .fingerprint = {}, .uploaded_at = deps.clock.wall()};
    store::put(tx, made);
    return shapes::UploadSigningCertificateResponse{.certificate = certificate(made)};
  });
}

}  // namespace

void register_user_credential(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::UploadSSHPublicKeyRequest, shapes::UploadSSHPublicKeyResponse>("iam", "UploadSSHPublicKey", {"*"}, bind(upload_ssh));
  registry.add<shapes::GetSSHPublicKeyRequest, shapes::GetSSHPublicKeyResponse>("iam", "GetSSHPublicKey", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::GetSSHPublicKeyResponse> {
    if (text(r.encoding) == "PEM") return fail("UnrecognizedPublicKeyEncoding", "Landfall tells SSH public keys in the encoding SSH only; found PEM");
    return transact<shapes::GetSSHPublicKeyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetSSHPublicKeyResponse> {
      return shapes::GetSSHPublicKeyResponse{.ssh_public_key = ssh_key(TRY(credential(tx, TRY(user_or_caller(tx, c, r.user_name)), "ssh", r.ssh_public_key_id)))};
    });
  });
  registry.add<shapes::ListSSHPublicKeysRequest, shapes::ListSSHPublicKeysResponse>("iam", "ListSSHPublicKeys", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ListSSHPublicKeysResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListSSHPublicKeysResponse> {
      std::vector<shapes::SSHPublicKeyMetadata> all;
      for (const auto& one : all_of(tx, TRY(user_or_caller(tx, c, r.user_name)), "ssh")) all.push_back({.ssh_public_key_id = one.id, .status = one.status, .upload_date = one.uploaded_at, .user_name = one.user_name});
      return listed(shapes::ListSSHPublicKeysResponse{}, &shapes::ListSSHPublicKeysResponse::ssh_public_keys, std::move(all), r.max_items, r.marker);
    });
  });
  const auto set_status = [](const std::optional<std::string>& status) {
    return [status](Transaction& tx, UserCredential& found) {
      found.status = text(status);
      store::put(tx, found);
    };
  };
  const auto take_away = [](Transaction& tx, UserCredential& found) { store::erase<UserCredential>(tx, found.key()); };
  registry.add<shapes::UpdateSSHPublicKeyRequest, shapes::UpdateSSHPublicKeyOutput>("iam", "UpdateSSHPublicKey", {"*"}, [&deps, set_status](const CallContext& c, const auto& r) { return change<shapes::UpdateSSHPublicKeyOutput>(deps, c, r.user_name, "ssh", r.ssh_public_key_id, set_status(r.status)); });
  registry.add<shapes::DeleteSSHPublicKeyRequest, shapes::DeleteSSHPublicKeyOutput>("iam", "DeleteSSHPublicKey", {"*"}, [&deps, take_away](const CallContext& c, const auto& r) { return change<shapes::DeleteSSHPublicKeyOutput>(deps, c, r.user_name, "ssh", r.ssh_public_key_id, take_away); });
  registry.add<shapes::UploadSigningCertificateRequest, shapes::UploadSigningCertificateResponse>("iam", "UploadSigningCertificate", {"*"}, bind(upload_certificate));
  registry.add<shapes::ListSigningCertificatesRequest, shapes::ListSigningCertificatesResponse>("iam", "ListSigningCertificates", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ListSigningCertificatesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListSigningCertificatesResponse> {
      std::vector<shapes::SigningCertificate> all;
      for (const auto& one : all_of(tx, TRY(user_or_caller(tx, c, r.user_name)), "signing")) all.push_back(certificate(one));
      return listed(shapes::ListSigningCertificatesResponse{}, &shapes::ListSigningCertificatesResponse::certificates, std::move(all), r.max_items, r.marker);
    });
  });
  registry.add<shapes::UpdateSigningCertificateRequest, shapes::UpdateSigningCertificateOutput>("iam", "UpdateSigningCertificate", {"*"}, [&deps, set_status](const CallContext& c, const auto& r) { return change<shapes::UpdateSigningCertificateOutput>(deps, c, r.user_name, "signing", r.certificate_id, set_status(r.status)); });
  registry.add<shapes::DeleteSigningCertificateRequest, shapes::DeleteSigningCertificateOutput>("iam", "DeleteSigningCertificate", {"*"}, [&deps, take_away](const CallContext& c, const auto& r) { return change<shapes::DeleteSigningCertificateOutput>(deps, c, r.user_name, "signing", r.certificate_id, take_away); });
}

}  // namespace landfall::services::iam
