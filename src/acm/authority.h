#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace landfall::acm {

/// What a certificate is asked for.
struct Order {
  std::vector<std::string> names;            ///< subject alternative names; the first is the common name if it fits
  std::string key_algorithm = "RSA_2048";    ///< or EC_prime256v1, EC_secp384r1 (ACM API, KeyAlgorithm)
  Duration validity = std::chrono::hours(24 * 395);
};

struct Issued {
  std::string certificate_pem, chain_pem, private_key_pem;
  std::string serial;  ///< "0a:1b:…"
  WallTime not_before, not_after;
};

/// The local certificate authority: one root, made at first start, in `folder` (root.pem readable, root.key 0600).
/// Thread-safe.
class Authority {
 public:
  /// Opens or makes it. A half-made one (a crash between key and certificate) is made anew. Errors: "Ca.Corrupt".
  static Result<std::unique_ptr<Authority>> open(const std::filesystem::path& folder, const Clock& clock);
  ~Authority();
  /// A certificate signed by the root for any names. Errors: "Ca.UnsupportedKey" names the algorithm.
  Result<Issued> issue(const Order& order) const;
  /// Makes the next order's RSA key ahead, which takes a tenth of a second. For idle moments.
  void prepare() const;
  const std::string& root_pem() const { return root_pem_; }

 private:
  struct Keys;
  Authority(std::unique_ptr<Keys> keys, std::string root_pem, const Clock& clock);
  std::unique_ptr<Keys> keys_;
  std::string root_pem_;
  const Clock& clock_;
};

}  // namespace landfall::acm
