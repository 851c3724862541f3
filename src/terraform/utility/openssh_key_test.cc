#include "terraform/utility/openssh_key.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "terraform/utility/private_key.h"

namespace landfall::terraform::utility_types {

TEST_CASE("a key of each kind is read back from its OpenSSH form") {
  struct Kind {
    const char *algorithm, *curve;
  };
  for (const Kind& kind : {Kind{"RSA", ""}, Kind{"ECDSA", "P256"}, Kind{"ECDSA", "P384"}, Kind{"ECDSA", "P521"}, Kind{"ED25519", ""}}) {
    const auto key = make_key(kind.algorithm, 2048, kind.curve);
    REQUIRE(key);

    const auto read = read_openssh_key(openssh_private_pem(key->get()));

    REQUIRE(read);
    CHECK(EVP_PKEY_eq(key->get(), read->get()) == 1);
    CHECK(openssh_public_line(read->get()) == openssh_public_line(key->get()));
  }
}

TEST_CASE("OpenSSH has no form for P224, and its keys that are cut short are told") {
  const auto narrow = make_key("ECDSA", 0, "P224"), usual = make_key("ED25519", 0, "");
  REQUIRE(narrow);
  REQUIRE(usual);

  CHECK(openssh_public_line(narrow->get()).empty());
  CHECK(openssh_private_pem(narrow->get()).empty());
  const std::string pem = openssh_private_pem(usual->get());
  for (size_t lines = 0; lines < 5; ++lines) {
    const std::vector<std::string> all = split(pem, '\n');
    std::string cut = all[0] + "\n";
    for (size_t i = 1; i < 1 + lines && i + 2 < all.size() - 1; ++i) cut += all[i] + "\n";
    CHECK_FALSE(read_openssh_key(cut + "-----END OPENSSH PRIVATE KEY-----\n"));
  }
}

}  // namespace landfall::terraform::utility_types
