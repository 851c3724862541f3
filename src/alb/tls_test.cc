#include "alb/tls.h"

#include <fcntl.h>

#include "alb/rig_for_test.h"
#include "alb/tls_session.h"
#include "model/tls_policy.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

/// A listener's certificates in a folder of its own.
struct Certificates {
  std::filesystem::path folder;
  ListenerConfig listener;
  Certificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "landfall-tls.XXXXXX").string();
    folder = mkdtemp(pattern.data());
    listener.listener = {.arn = "l", .protocol = "HTTPS"};
  }
  ~Certificates() { std::filesystem::remove_all(folder); }
  void add(const std::string& name, bool is_rsa = false) { add(name, name, is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256")); }
  void add(const std::string& arn, const std::string& name, EVP_PKEY* with, long lasts_s = 3600) {
    const auto [chain, key] = self_signed(name, with, lasts_s);
    const auto file = folder / (arn + ".pem");
    REQUIRE(write_file_atomic(file, key));
    listener.certificates.push_back({.arn = arn, .chain_pem = chain, .key_file = file, .is_default = listener.certificates.empty()});
  }
  std::shared_ptr<const TlsContext> with(std::string_view policy) {
    listener.listener.ssl_policy = policy;
    auto made = TlsContext::create(listener, true);
    REQUIRE(made);
    return *made;
  }
};

/// A client of OpenSSL and a session of ours on the two ends of a connection.
struct Ends {
  int fds[2];
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* client;
  TlsSession server;
  bool is_done = false;

  explicit Ends(std::shared_ptr<const TlsContext> with) : server(std::move(with)) {
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    client = SSL_new(context);
    SSL_set_fd(client, fds[0]);
    SSL_set_connect_state(client);
  }
  ~Ends() {
    SSL_free(client);
    SSL_CTX_free(context);
    close(fds[0]);
    close(fds[1]);
  }
  void only(int version) {
    SSL_set_min_proto_version(client, version);
    SSL_set_max_proto_version(client, version);
  }
  /// Whether both agree. The server answers whenever the client has said something.
  bool shake_hands() {
    for (int turn = 0; turn < 20; ++turn) {
      const int done = SSL_do_handshake(client);
      if (done != 1 && SSL_get_error(client, done) != SSL_ERROR_WANT_READ) return false;
      if (!is_done) {
        const Io io = server.handshake(fds[1]);
        if (io == Io::closed) return false;
        is_done = io == Io::ok;
        (void)server.flush(fds[1]);
      }
      if (done == 1 && is_done) return true;
    }
    return false;
  }
  std::string hear() {
    char text[64];
    const int got = SSL_read(client, text, sizeof text);
    return {text, got > 0 ? static_cast<size_t>(got) : 0};
  }
};

bool is_older(const std::string& cipher) { return !cipher.starts_with("TLS_"); }

}  // namespace

TEST_CASE("each policy takes exactly its protocol versions") {
  Certificates certificates;
  certificates.add("v.test", true);
  for (const model::TlsPolicy& policy : model::tls_policies()) {
    const auto context = certificates.with(policy.name);
    const std::pair<int, bool> versions[] = {{TLS1_VERSION, policy.tls10}, {TLS1_1_VERSION, policy.tls11}, {TLS1_2_VERSION, policy.tls12}, {TLS1_3_VERSION, policy.tls13}};
    for (const auto& [version, is_taken] : versions) {
      CAPTURE(policy.name);
      CAPTURE(version);
      Ends ends(context);
      ends.only(version);
      CHECK(ends.shake_hands() == is_taken);
      if (is_taken) CHECK(ends.server.version() == SSL_get_version(ends.client));
    }
  }
}

TEST_CASE("each policy takes exactly its ciphers") {
  Certificates ecdsa, rsa;
  ecdsa.add("c.test");
  rsa.add("c.test", true);
  std::vector<std::string> known;  // all that OpenSSL here can do with these certificates
  SSL_CTX* all = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_cipher_list(all, "ALL:!aNULL:!eNULL:!PSK:!SRP:!DHE:!CAMELLIA:!ARIA:@SECLEVEL=0");
  STACK_OF(SSL_CIPHER)* list = SSL_CTX_get_ciphers(all);
  for (int i = 0; i < sk_SSL_CIPHER_num(list); ++i) known.emplace_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(list, i)));
  SSL_CTX_free(all);
  REQUIRE(known.size() > 20);
  for (const model::TlsPolicy& policy : model::tls_policies()) {
    const auto with_ecdsa = ecdsa.with(policy.name), with_rsa = rsa.with(policy.name);
    const auto wanted = model::ciphers_of(policy);
    for (const std::string& cipher : known) {
      CAPTURE(policy.name);
      CAPTURE(cipher);
      Ends ends(cipher.find("ECDSA") != std::string::npos ? with_ecdsa : with_rsa);
      if (is_older(cipher)) {
        SSL_set_max_proto_version(ends.client, TLS1_2_VERSION);
        SSL_set_cipher_list(ends.client, (cipher + ":@SECLEVEL=0").c_str());
      } else {
        ends.only(TLS1_3_VERSION);
        SSL_set_ciphersuites(ends.client, cipher.c_str());
      }
      CHECK(ends.shake_hands() == (std::ranges::find(wanted, cipher) != wanted.end()));
      if (ends.is_done) CHECK(ends.server.cipher() == cipher);
    }
  }
}

TEST_CASE("old and new clients meet the same choices") {
  Certificates certificates;
  certificates.add("first.test");
  certificates.add("second.test", true);
  const auto context = certificates.with("ELBSecurityPolicy-TLS13-1-2-2021-06");
  CHECK(&context->first_library() == (boringssl_library() != nullptr ? boringssl_library() : &openssl_library()));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const auto& [name, shown] : {std::pair{"second.test", "second.test"}, std::pair{"elsewhere.test", "first.test"}}) {
      CAPTURE(version);
      Ends ends(context);
      ends.only(version);
      SSL_set_tlsext_host_name(ends.client, name);
      SSL_set_alpn_protos(ends.client, reinterpret_cast<const unsigned char*>("\x08http/1.1\x02h2"), 12);
      REQUIRE(ends.shake_hands());
      CHECK(ends.server.certificate() == shown);
      CHECK(ends.server.server_name() == name);
      CHECK(ends.server.alpn() == "h2");
      CHECK_FALSE(ends.server.is_resumed());
    }
  }
}

TEST_CASE("of several certificates for a name the best that the client takes is shown") {
  Certificates certificates;
  certificates.add("default.test");
  certificates.add("small-rsa", "both.test", EVP_RSA_gen(2048));
  certificates.add("rsa", "both.test", EVP_RSA_gen(3072));
  certificates.add("ecdsa", "both.test", EVP_EC_gen("P-256"));
  certificates.add("only-ecdsa", "ec.test", EVP_EC_gen("P-384"));
  const auto context = certificates.with("ELBSecurityPolicy-TLS13-1-0-2021-06");
  const auto shown = [&](int version, const char* name, bool only_rsa) {
    Ends ends(context);
    ends.only(version);
    SSL_set_tlsext_host_name(ends.client, name);
    if (only_rsa && version == TLS1_3_VERSION) SSL_set1_sigalgs_list(ends.client, "RSA-PSS+SHA256");
    if (only_rsa && version < TLS1_3_VERSION) SSL_set_cipher_list(ends.client, "ECDHE-RSA-AES128-SHA:@SECLEVEL=0");
    return ends.shake_hands() ? std::string(ends.server.certificate()) : "none";
  };
  for (const int version : {TLS1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    CHECK(shown(version, "both.test", false) == "ecdsa");
    CHECK(shown(version, "both.test", true) == "rsa");
    CHECK(shown(version, "ec.test", false) == "only-ecdsa");
    CHECK(shown(version, "ec.test", true) == "none");
    CHECK(shown(version, "other.test", false) == "default.test");
  }
}

TEST_CASE("of certificates with equal keys the one that is valid for longer is shown") {
  Certificates certificates;
  certificates.add("default.test");
  certificates.add("short", "same.test", EVP_EC_gen("P-256"), 3600);
  certificates.add("long", "same.test", EVP_EC_gen("P-256"), 7200);
  certificates.add("middle", "same.test", EVP_EC_gen("P-256"), 5400);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    Ends ends(certificates.with("ELBSecurityPolicy-TLS13-1-2-2021-06"));
    ends.only(version);
    SSL_set_tlsext_host_name(ends.client, "same.test");
    REQUIRE(ends.shake_hands());
    CHECK(ends.server.certificate() == "long");
  }
}

TEST_CASE("names are matched whole or by a wildcard for one label; the default certificate's count, and serve who names none") {
  Certificates certificates;
  certificates.add("default.test");
  certificates.add("*.wild.test");
  certificates.add("one.wild.test");
  const auto context = certificates.with("ELBSecurityPolicy-TLS13-1-2-2021-06");
  const auto shown = [&](int version, const char* name) {
    Ends ends(context);
    ends.only(version);
    if (name != nullptr) SSL_set_tlsext_host_name(ends.client, name);
    return ends.shake_hands() ? std::string(ends.server.certificate()) : "none";
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    CHECK(shown(version, nullptr) == "default.test");
    CHECK(shown(version, "default.test") == "default.test");
    CHECK(shown(version, "two.wild.test") == "*.wild.test");
    CHECK(shown(version, "TWO.wild.test") == "*.wild.test");
    CHECK(shown(version, "a.two.wild.test") == "default.test");
    CHECK(shown(version, "wild.test") == "default.test");
  }
}

TEST_CASE("of the ciphers that both can do the first of the policy is taken, whatever the client likes better") {
  Certificates rsa;
  rsa.add("order.test", true);
  for (const model::TlsPolicy& policy : model::tls_policies()) {
    CAPTURE(policy.name);
    const auto context = rsa.with(policy.name);
    std::string reversed, first;
    for (const std::string& cipher : model::ciphers_of(policy)) {
      if (!is_older(cipher) || cipher.find("ECDSA") != std::string::npos) continue;
      if (first.empty()) first = cipher;
      reversed = cipher + (reversed.empty() ? "" : ":") + reversed;
    }
    if (first.empty()) continue;  // of TLS 1.3 only
    Ends ends(context);
    ends.only(TLS1_2_VERSION);
    SSL_set_cipher_list(ends.client, (reversed + ":@SECLEVEL=0").c_str());
    REQUIRE(ends.shake_hands());
    CHECK(ends.server.cipher() == first);
  }
  if (boringssl_library() != nullptr) return;  // which takes the client's word between the AES suites of TLS 1.3
  Ends ends(rsa.with("ELBSecurityPolicy-TLS13-1-3-2021-06"));
  SSL_set_ciphersuites(ends.client, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256");
  REQUIRE(ends.shake_hands());
  CHECK(ends.server.cipher() == "TLS_AES_128_GCM_SHA256");
}

TEST_CASE("the group by which the keys were agreed is told by its registered name; without one there is none") {
  Certificates certificates;
  certificates.add("g.test", true);
  const auto context = certificates.with("ELBSecurityPolicy-TLS13-1-0-2021-06");
  const auto told = [&](int version, const char* groups, const char* cipher = nullptr) {
    Ends ends(context);
    ends.only(version);
    SSL_set1_groups_list(ends.client, groups);
    if (cipher != nullptr) SSL_set_cipher_list(ends.client, cipher);
    REQUIRE(ends.shake_hands());
    return std::string(ends.server.key_exchange());
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    CHECK(told(version, "P-256") == "secp256r1");
    CHECK(told(version, "P-384") == "secp384r1");
    CHECK(told(version, "P-521") == "secp521r1");
    CHECK(told(version, "X25519") == "x25519");
  }
  CHECK(told(TLS1_2_VERSION, "X25519", "AES128-SHA:@SECLEVEL=0").empty());
}

TEST_CASE("targets are offered one of two policies: the widest with TLS 1.3 if the listener's has that version, else the oldest") {
  const auto offered = [](ssl_ctx_st* context) {
    std::vector<std::string> names{SSL_CTX_get_max_proto_version(context) == TLS1_3_VERSION ? "1.3" : "1.2"};
    CHECK(SSL_CTX_get_min_proto_version(context) == TLS1_VERSION);
    CHECK(SSL_CTX_get_verify_mode(context) == SSL_VERIFY_NONE);
    CHECK(SSL_CTX_get_security_level(context) == 0);
    const STACK_OF(SSL_CIPHER)* list = SSL_CTX_get_ciphers(context);
    for (int i = 0; i < sk_SSL_CIPHER_num(list); ++i) {
      const std::string name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(list, i));
      if (names[0] == "1.3" || is_older(name)) names.push_back(name);
    }
    return names;
  };
  const auto of = [](const char* version, std::string_view policy) {
    std::vector<std::string> names = model::ciphers_of(*model::find_tls_policy(policy));
    names.insert(names.begin(), version);
    return names;
  };
  for (const bool http2 : {false, true}) {
    for (const char* listener : {"ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"}) {
      CHECK(offered(target_tls_context(listener, http2)) == of("1.3", "ELBSecurityPolicy-TLS13-1-0-2021-06"));
    }
    for (const char* listener : {"ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-FS-1-2-Res-2020-10", "ELBSecurityPolicy-TLS-1-2-2017-01", ""}) {
      CHECK(offered(target_tls_context(listener, http2)) == of("1.2", "ELBSecurityPolicy-2016-08"));
    }
  }
}

TEST_CASE("a first message that comes byte by byte is understood by either library") {
  Certificates certificates;
  certificates.add("slow.test");
  const auto context = certificates.with("ELBSecurityPolicy-TLS13-1-2-2021-06");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    Ends ends(context);
    ends.only(version);
    BIO* out = BIO_new(BIO_s_mem());
    SSL_set0_wbio(ends.client, out);
    CHECK(SSL_do_handshake(ends.client) != 1);
    char* hello = nullptr;
    const long size = BIO_get_mem_data(out, &hello);
    for (long i = 0; i < size; ++i) {
      REQUIRE(write(ends.fds[0], hello + i, 1) == 1);
      REQUIRE(ends.server.handshake(ends.fds[1]) == Io::again);
    }
    SSL_set_fd(ends.client, ends.fds[0]);
    CHECK(ends.shake_hands());
  }
}

TEST_CASE("sessions are resumed by either library") {
  Certificates certificates;
  certificates.add("again.test");
  const auto context = certificates.with("ELBSecurityPolicy-TLS13-1-2-2021-06");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    SSL_SESSION* session = nullptr;
    {
      Ends ends(context);
      ends.only(version);
      REQUIRE(ends.shake_hands());
      size_t taken = 0;
      REQUIRE(ends.server.write(ends.fds[1], "hello", taken) == Io::ok);
      CHECK(ends.hear() == "hello");
      session = SSL_get1_session(ends.client);
      SSL_shutdown(ends.client);
    }
    Ends ends(context);
    ends.only(version);
    SSL_set_session(ends.client, session);
    REQUIRE(ends.shake_hands());
    CHECK(SSL_session_reused(ends.client) == 1);
    CHECK(ends.server.is_resumed());
    SSL_SESSION_free(session);
  }
}

TEST_CASE("what is no TLS ends the handshake") {
  Certificates certificates;
  certificates.add("no.test");
  for (const std::string_view bytes : {std::string_view("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), std::string_view("\x16\x03\x01\x00\x04\x01\x00\x00\x00", 9), std::string_view("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10)}) {
    Ends ends(certificates.with("ELBSecurityPolicy-TLS13-1-2-2021-06"));
    REQUIRE(write(ends.fds[0], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    CHECK(ends.server.handshake(ends.fds[1]) == Io::closed);
  }
}
