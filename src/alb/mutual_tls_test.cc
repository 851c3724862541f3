#include "alb/mutual_tls.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "alb/rig_for_test.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

/// A key and its certificate, by itself or by an authority.
struct Identity {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  Identity(const std::string& name, long serial, const Identity* issuer, long from = -60, long until = 3600) {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), until);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "O", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("mTLS"), -1, -1, 0);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer == nullptr ? certificate : issuer->certificate));
    if (issuer == nullptr) {
      X509_EXTENSION* ca = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
      X509_add_ext(certificate, ca, -1);
      X509_EXTENSION_free(ca);
    }
    X509_sign(certificate, issuer == nullptr ? key : issuer->key, EVP_sha256());
  }
  Identity(const Identity&) = delete;
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  std::string pem() const {
    return bio_text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
  }
  /// A revocation list of this authority that names `serial`.
  std::string revokes(long serial) const {
    X509_CRL* list = X509_CRL_new();
    X509_CRL_set_version(list, 1);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate));
    ASN1_TIME* now = X509_gmtime_adj(nullptr, -30);
    X509_CRL_set1_lastUpdate(list, now);
    X509_CRL_set1_nextUpdate(list, now);  // over already: it counts all the same
    X509_REVOKED* entry = X509_REVOKED_new();
    ASN1_INTEGER* number = ASN1_INTEGER_new();
    ASN1_INTEGER_set(number, serial);
    X509_REVOKED_set_serialNumber(entry, number);
    X509_REVOKED_set_revocationDate(entry, now);
    X509_CRL_add0_revoked(list, entry);
    X509_CRL_sign(list, key, EVP_sha256());
    std::string pem = bio_text([&](BIO* bio) { PEM_write_bio_X509_CRL(bio, list); });
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(now);
    X509_CRL_free(list);
    return pem;
  }
};

/// An HTTPS listener in front of a target that tells what it was asked.
struct Mutual : Running {
  RawOrigin target;
  explicit Mutual(const std::string& mode) : target([](int fd, int) {
    const std::string head = read_head(fd), answer = fmt::format("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", head.size(), head);
    (void)send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  }) {
    serve_tls(*this, "a.test");
    config.groups[0].group.health_check.enabled = false;
    config.groups[0].targets = {{.target_group_arn = "g", .id = "127.0.0.1", .port = target.port}};
    config.listeners[0].listener.mutual_authentication.mode = mode;
    config.connection_log = folder / "connections.log";
  }
  /// What the target was asked, or nothing if the client was not let in.
  std::string get(const Identity* client, std::string_view more = "", int version = TLS1_3_VERSION) const {
    const Talk talk(port);
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, version);
    if (client != nullptr) {
      SSL_CTX_use_certificate(context, client->certificate);
      SSL_CTX_use_PrivateKey(context, client->key);
    }
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, talk.fd.get());
    std::string text;
    const std::string request = fmt::format("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n{}\r\n", more);
    if (SSL_connect(ssl) == 1 && SSL_write(ssl, request.data(), static_cast<int>(request.size())) > 0) {
      char piece[4096];
      for (int got = 0; (got = SSL_read(ssl, piece, sizeof piece)) > 0;) text.append(piece, static_cast<size_t>(got));
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    return text;
  }
  /// Waits for a line of the connection log.
  bool logs(std::string_view part) const {
    return becomes([&] { return read_file(folder / "connections.log").value_or("").find(part) != std::string::npos; });
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a listener that verifies lets in whom its authority vouches for, and tells the target who it is") {
  const Identity root("root", 1, nullptr), client("client", 0x3a5b1, &root), stranger("stranger", 7, nullptr), old("old", 8, &root, -7200, -60);
  const Identity early("early", 9, &root, 3600, 7200), withdrawn("withdrawn", 0xdead, &root);
  Mutual mutual("verify");
  mutual.config.listeners[0].trust = {.ca_pem = root.pem(), .crl_pems = {root.revokes(0xdead)}};
  mutual.start();

  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const std::string seen = mutual.get(&client, "X-Amzn-Mtls-Clientcert-Subject: CN=forged\r\nx-amzn-mtls-clientcert: forged\r\n", version);
    CHECK(has(seen, "X-Amzn-Mtls-Clientcert-Subject: CN=client,O=mTLS\r\n"));
    CHECK(has(seen, "X-Amzn-Mtls-Clientcert-Issuer: CN=root,O=mTLS\r\n"));
    CHECK(has(seen, "X-Amzn-Mtls-Clientcert-Serial-Number: 03A5B1\r\n"));
    CHECK(has(seen, "X-Amzn-Mtls-Clientcert-Validity: NotBefore=20"));
    CHECK(has(seen, "X-Amzn-Mtls-Clientcert-Leaf: -----BEGIN%20CERTIFICATE-----%0AMII"));
    CHECK_FALSE(has(seen, "forged"));

    CHECK(mutual.get(nullptr, "", version) == "");
    CHECK(mutual.get(&stranger, "", version) == "");
    CHECK(mutual.get(&old, "", version) == "");
    CHECK(mutual.get(&early, "", version) == "");
    CHECK(mutual.get(&withdrawn, "", version) == "");
  }
  CHECK(mutual.logs("\"CN=client,O=mTLS\" NotBefore="));
  CHECK(mutual.logs(" 03A5B1 Success TID_"));
  CHECK(mutual.logs("\"-\" - - Failed:UnmappedConnectionError"));
  CHECK(mutual.logs(" 07 Failed:ClientCertUntrusted"));
  CHECK(mutual.logs(" 08 Failed:ClientCertExpired"));
  CHECK(mutual.logs(" 09 Failed:ClientCertNotYetValid"));
  CHECK(mutual.logs(" DEAD Failed:ClientCertCrlHit"));
}

TEST_CASE("the end of a client's certificate is overlooked where the listener says so, and fields are named as it says") {
  const Identity root("root", 1, nullptr), old("old", 8, &root, -7200, -60), stranger("stranger", 7, nullptr, -7200, -60);
  Mutual mutual("verify");
  mutual.config.listeners[0].trust = {.ca_pem = root.pem(), .crl_pems = {}};
  mutual.config.listeners[0].listener.mutual_authentication.ignores_expiry = true;
  mutual.config.listeners[0].listener.attributes["routing.http.request.x_amzn_mtls_clientcert_subject.header_name"] = "Client-Subject";
  mutual.start();

  const std::string seen = mutual.get(&old, "client-subject: forged\r\n");
  CHECK(has(seen, "Client-Subject: CN=old,O=mTLS\r\n"));
  CHECK_FALSE(has(seen, "forged"));
  CHECK(mutual.get(&stranger) == "");
}

TEST_CASE("a listener that passes certificates through shows the chain to the target and checks nothing") {
  const Identity root("root", 1, nullptr), old("old", 8, &root, -7200, -60);
  Mutual mutual("passthrough");
  mutual.start();

  const std::string seen = mutual.get(&old);
  const size_t at = seen.find("X-Amzn-Mtls-Clientcert: ");
  REQUIRE(at != std::string::npos);
  CHECK(percent_decode(seen.substr(at + 24, seen.find("\r\n", at) - at - 24)) == old.pem());
  CHECK_FALSE(has(seen, "Clientcert-Subject"));
  const std::string without = mutual.get(nullptr, "x-amzn-mtls-clientcert: forged\r\n");
  CHECK(without != "");
  CHECK_FALSE(has(lower(without), "x-amzn-mtls"));
}

TEST_CASE("names of authorities are told to clients only where the listener says so") {
  const Identity root("root", 1, nullptr);
  for (const bool tells : {false, true}) {
    Mutual mutual("verify");
    mutual.config.listeners[0].trust = {.ca_pem = root.pem(), .crl_pems = {}};
    mutual.config.listeners[0].listener.mutual_authentication.advertises_ca_names = tells;
    mutual.config.listeners[0].listener.ssl_policy = "ELBSecurityPolicy-TLS-1-2-Ext-2018-06";
    mutual.start();
    const Talk talk(mutual.port);
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, talk.fd.get());
    (void)SSL_connect(ssl);
    CHECK(sk_X509_NAME_num(SSL_get_client_CA_list(ssl)) == (tells ? 1 : 0));
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
}

TEST_CASE("a trust store that does not load is named, and so is one where none belongs") {
  Mutual mutual("verify");
  CHECK(check_config(mutual.config).error().what == "listener on port 0: trust is 'not given'; wanted given with mutual_authentication.mode verify, and only then");
  mutual.config.listeners[0].trust = {.ca_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", .crl_pems = {}};
  CHECK(ClientTrust::create(mutual.config.listeners[0]).error().code == "Alb.BadTrustStore");
  mutual.config.listeners[0].trust->ca_pem = "none";
  CHECK(ClientTrust::create(mutual.config.listeners[0]).error().code == "Alb.BadTrustStore");
}
