#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/file.h"
#include "model/storage.h"
#include "services/elbv2/trust_store.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::elbv2 {
namespace {

constexpr int64_t kMaxBytes = 1 << 20;

struct Free {
  void operator()(BIO* b) const { BIO_free(b); }
  void operator()(X509* x) const { X509_free(x); }
  void operator()(X509_CRL* c) const { X509_CRL_free(c); }
};

/// Gives each PEM block to `take`; false if a block does not parse or is refused.
template <class T, class Read, class Take>
bool each(const std::string& pem, Read read, Take take) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (const std::unique_ptr<T, Free> one{read(bio.get(), nullptr, nullptr, nullptr)}) {
    if (!take(one.get())) return false;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return at_end;
}

}  // namespace

Result<std::string> bytes_at(const Deps& deps, const Transaction& tx, const CallContext& context, const S3Place& place, const Error& missing, const Error& invalid) {
  const auto bucket = store::find<model::Bucket>(tx, text(place.bucket));
  if (!bucket || bucket->account != context.account) return std::unexpected(missing);
  const auto object = s3::version_named(tx, context, text(place.bucket), text(place.key), place.version);
  if (!object || !*object) return std::unexpected(missing);
  if ((*object)->size > kMaxBytes) return fail(invalid.code, fmt::format("{} It has {} bytes; Landfall takes at most {}.", invalid.what, (*object)->size, kMaxBytes));
  return read_file(s3::file_of(deps, **object)).while_doing(fmt::format("reading s3://{}/{}", text(place.bucket), text(place.key)));
}

int count_authorities(const std::string& pem) {
  int count = 0;
  const bool whole = each<X509>(pem, PEM_read_bio_X509, [&](X509* one) {
    ++count;
    return X509_check_ca(one) != 0;
  });
  return whole ? count : 0;
}

std::optional<int64_t> count_revoked(const std::string& pem) {
  int64_t lists = 0, entries = 0;
  const bool whole = each<X509_CRL>(pem, PEM_read_bio_X509_CRL, [&](X509_CRL* one) {
    ++lists;
    const STACK_OF(X509_REVOKED)* revoked = X509_CRL_get_REVOKED(one);
    entries += revoked == nullptr ? 0 : sk_X509_REVOKED_num(revoked);
    return true;
  });
  return whole && lists > 0 ? std::optional(entries) : std::nullopt;
}

}  // namespace landfall::services::elbv2
