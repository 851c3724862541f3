#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

/// Keys as OpenSSH and EC2 write them.
/// Source: RFC 4253, 6.6; RFC 8709; OpenSSH's PROTOCOL.key; EC2 user guide, Verify the fingerprint of your key pair.
namespace landfall::services::ec2 {

struct SshKey {
  std::string type;         ///< "rsa" or "ed25519"
  std::string public_line;  ///< "ssh-rsa AAAA…", without a comment
  std::string fingerprint;
  std::string private_text{};  ///< PEM, or OpenSSH's for ed25519; only of a fresh key
};

/// RSA with 2048 bits, or ed25519.
SshKey fresh_key(const std::string& type);

/// A public key that a user brings, as OpenSSH's line. Errors: "InvalidKey.Format".
Result<SshKey> read_public_key(std::string_view line);

}  // namespace landfall::services::ec2
