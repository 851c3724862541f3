#include "aws/sigv4.h"

#include <doctest/doctest.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::aws;

namespace {

std::string text_in(const json::object& object, std::string_view name) { return std::string(string_member(object, name)); }

struct Vector {
  std::string name, token;
  http::Request request;
};

struct Vectors {
  std::string secret;
  WallTime now;
  std::vector<Vector> all{};
};

void set_target(http::Request& request, const std::string& target) {
  request.target = target;
  request.path = target.substr(0, target.find('?'));
  request.query = target.find('?') == std::string::npos ? "" : target.substr(target.find('?') + 1);
}

Vectors read_vectors() {
  const json::value file = parse_json(read_file(LANDFALL_SOURCE_DIR "/tests/data/sigv4/vectors.json").value(), "vectors").value();
  const json::object& root = file.get_object();
  Vectors vectors{.secret = text_in(root, "secret"), .now = parse_iso8601(text_in(root, "now")).value()};
  for (const json::value& value : root.at("vectors").get_array()) {
    const json::object& one = value.get_object();
    Vector vector{.name = text_in(one, "name"), .token = text_in(one, "token"), .request = {.method = text_in(one, "method"), .body = text_in(one, "body")}};
    set_target(vector.request, text_in(one, "target"));
    for (const json::value& field : one.at("headers").get_array()) {
      vector.request.headers.add(std::string(field.get_array()[0].get_string()), std::string(field.get_array()[1].get_string()));
    }
    vectors.all.push_back(std::move(vector));
  }
  return vectors;
}

/// "" where the request is right, else the error's code.
std::string outcome(http::Request request, const std::string& secret, WallTime now) {
  const auto signature = read_signature(request);
  if (!signature) return signature.error().code;
  const auto verified = verify(request, *signature, secret, now);
  return verified ? "" : verified.error().code;
}

template <typename T>
std::string code_of(const Result<T>& result) {
  return result ? "" : result.error().code;
}

/// The example of the S3 developer guide, "Signing and authenticating REST requests: query string request authentication".
TEST_CASE("a URL that is signed in version 2 holds until its end, and only as it was signed") {
  const std::string secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  http::Request request{.method = "GET"};
  request.headers.add("Host", "awsexamplebucket1.us-west-1.s3.amazonaws.com");
  set_target(request, "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620");
  request.headers.set("Host", "awsexamplebucket1.s3.amazonaws.com");
  const WallTime end{int64_t{1175139620} * 1000};
  const auto signature = read_signature(request);
  REQUIRE(signature);
  REQUIRE(signature->is_version_2);

  std::string facts;
  CHECK(code_of(verify(request, *signature, secret, end + std::chrono::seconds(1), &facts)) == "AccessDenied");
  CHECK(facts.find("ServerTime") != std::string::npos);
  CHECK(code_of(verify(request, *signature, "another", end, &facts)) == "SignatureDoesNotMatch");
  CHECK(facts.find("StringToSignBytes") != std::string::npos);
  request.headers.set("x-amz-meta-more", "unsigned");
  CHECK(code_of(verify(request, *signature, secret, end)) == "SignatureDoesNotMatch");
  set_target(request, "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620");
  CHECK(code_of(read_signature(request)) == "AccessDenied");
}

const Vector& named(const Vectors& vectors, std::string_view name) {
  for (const Vector& vector : vectors.all) {
    if (vector.name == name) return vector;
  }
  FAIL("no vector ", name);
  return vectors.all[0];
}

/// The examples of the S3 API reference, "Transferring payload in multiple chunks (chunked upload)", with and without trailer.
struct Chunked {
  static constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  WallTime now = parse_iso8601("2013-05-24T00:00:00Z").value();
  http::Request request{.method = "PUT", .target = "/examplebucket/chunkObject.txt", .path = "/examplebucket/chunkObject.txt"};

  explicit Chunked(const std::vector<std::string>& signatures, const std::string& seed, const std::string& kind, const std::string& signed_headers, const std::string& trailer = "") {
    for (const auto& [name, value] : {std::pair("Host", "s3.amazonaws.com"), {"x-amz-date", "20130524T000000Z"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}, {"Content-Encoding", "aws-chunked"}, {"x-amz-decoded-content-length", "66560"}}) request.headers.add(name, value);
    request.headers.add("x-amz-content-sha256", kind);
    request.headers.add("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=" + signed_headers + ",Signature=" + seed);
    const std::vector<size_t> sizes{65536, 1024, 0};
    for (size_t i = 0; i < sizes.size(); ++i) {
      request.body += (i == 0 ? "10000" : i == 1 ? "400" : "0") + std::string(signatures.empty() ? "" : ";chunk-signature=" + signatures[i]) + "\r\n" + std::string(sizes[i], 'a') + (sizes[i] > 0 ? "\r\n" : "");
    }
    request.body += trailer + "\r\n";
  }

  std::string outcome() const { return ::outcome(request, kSecret, now); }
};

Chunked signed_chunks() {
  Chunked chunked({"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"},
                  "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                  "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class");
  chunked.request.headers.add("Content-Length", "66824");
  return chunked;
}

Chunked signed_trailer(const std::string& trailer = "x-amz-checksum-crc32c:sOO8/Q==\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\n") {
  Chunked chunked({"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"},
                  "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
                  "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer", trailer);
  chunked.request.headers.add("x-amz-trailer", "x-amz-checksum-crc32c");
  return chunked;
}

/// What our own client would send, with `more` signed as well.
http::Request signed_put(const std::string& body, const std::string& sha256_claim, const std::vector<std::pair<std::string, std::string>>& more, WallTime now) {
  http::Fetch fetch{.method = "PUT", .url = "http://e/b/k"};
  for (const auto& [name, value] : more) fetch.headers.set(name, value);
  sign(fetch, {.access_key = "AK", .secret_key = "SK"}, "us-east-1", "s3", now, sha256_claim);
  http::Request request{.method = "PUT", .target = "/b/k", .path = "/b/k", .headers = fetch.headers, .body = body};
  return request;
}

}  // namespace

TEST_CASE("requests that botocore signs are verified") {
  const Vectors vectors = read_vectors();
  REQUIRE(vectors.all.size() >= 45);
  for (const Vector& vector : vectors.all) {
    CHECK_MESSAGE(outcome(vector.request, vectors.secret, vectors.now) == "", vector.name);
    CHECK_MESSAGE(read_signature(vector.request).value().session_token == vector.token, vector.name);
  }
}

TEST_CASE("one changed byte anywhere is found") {
  const Vectors vectors = read_vectors();
  for (const Vector& vector : vectors.all) {
    const bool is_presigned = vector.request.query.find("X-Amz-Signature") != std::string::npos;
    const auto changed = [&](auto change) {
      http::Request request = vector.request;
      change(request);
      return outcome(request, vectors.secret, vectors.now);
    };
    const auto is_unsigned = vector.request.headers.find("x-amz-content-sha256") == "UNSIGNED-PAYLOAD" || (is_presigned && vector.name.starts_with("s3"));
    CHECK_MESSAGE(changed([](auto& r) { r.method = r.method == "GET" ? "HEAD" : "PATCH"; }) == "SignatureDoesNotMatch", vector.name);
    CHECK_MESSAGE(changed([](auto& r) { r.path += "x"; }) == "SignatureDoesNotMatch", vector.name);
    CHECK_MESSAGE(changed([](auto& r) { r.query += "&x=1"; }) == "SignatureDoesNotMatch", vector.name);
    CHECK_MESSAGE(changed([](auto& r) { r.headers.set("Host", "example.amazonaws.con"); }) == "SignatureDoesNotMatch", vector.name);
    const std::string body = changed([](auto& r) { r.body += "x"; });
    CHECK_MESSAGE((body == (is_unsigned ? "" : "SignatureDoesNotMatch") || body == "XAmzContentSHA256Mismatch"), vector.name, " ", body);
    if (is_presigned) {
      CHECK_MESSAGE(changed([](auto& r) { r.query = replace_all(r.query, "us-east-1", "us-east-2"); }) == "SignatureDoesNotMatch", vector.name);
      CHECK_MESSAGE(changed([](auto& r) { r.query = replace_all(r.query, "T123600Z", "T123601Z"); }) == "SignatureDoesNotMatch", vector.name);
      continue;
    }
    CHECK_MESSAGE(changed([](auto& r) { r.headers.set("X-Amz-Date", "20150830T123601Z"); }) == "SignatureDoesNotMatch", vector.name);
    for (const char* part : {"us-east-1", "aws4_request", "20150830"}) {
      const std::string code = changed([&](auto& r) {
        const std::string text(*r.headers.find("authorization"));
        r.headers.set("Authorization", replace_all(text, part, std::string(part).substr(1) + "0"));
      });
      CHECK_MESSAGE((code == "SignatureDoesNotMatch" || code == "IncompleteSignature" || code == "AuthorizationHeaderMalformed"), vector.name, " ", part, " ", code);
    }
    for (const http::Header& field : vector.request.headers) {
      const std::string name = lower(field.name);
      const std::string text(*vector.request.headers.find("authorization"));
      if (name == "authorization" || name == "host" || text.find(name) == std::string::npos || name == "x-amz-date") continue;
      CHECK_MESSAGE(changed([&](auto& r) { r.headers.set(field.name, field.value + "!"); }) == "SignatureDoesNotMatch", vector.name, " ", name);
    }
  }
}

TEST_CASE("a wrong secret is found, and times outside the window") {
  const Vectors vectors = read_vectors();
  const http::Request& plain = named(vectors, "get-vanilla").request;
  const http::Request& s3 = named(vectors, "s3-get").request;
  const http::Request& presigned = named(vectors, "s3-get-presigned").request;
  CHECK(outcome(plain, vectors.secret + "x", vectors.now) == "SignatureDoesNotMatch");
  CHECK(outcome(plain, vectors.secret, vectors.now + std::chrono::minutes(15)) == "");
  CHECK(outcome(plain, vectors.secret, vectors.now + std::chrono::minutes(16)) == "SignatureDoesNotMatch");
  CHECK(outcome(plain, vectors.secret, vectors.now - std::chrono::minutes(16)) == "SignatureDoesNotMatch");
  CHECK(outcome(s3, vectors.secret, vectors.now + std::chrono::minutes(16)) == "RequestTimeTooSkewed");
  CHECK(outcome(presigned, vectors.secret, vectors.now + std::chrono::seconds(300)) == "");
  CHECK(outcome(presigned, vectors.secret, vectors.now + std::chrono::seconds(301)) == "AccessDenied");
  CHECK(outcome(presigned, vectors.secret, vectors.now - std::chrono::minutes(16)) == "AccessDenied");
}

TEST_CASE("what a signature lacks is named") {
  const Vectors vectors = read_vectors();
  http::Request request = named(vectors, "get-vanilla").request;
  const auto lacks = [&](const char* authorization) {
    request.headers.set("Authorization", authorization);
    const auto read = read_signature(request);
    return read ? "" : read.error().code + ": " + read.error().what;
  };
  CHECK(lacks("AWS4-HMAC-SHA256 Credential=K/20150830/us-east-1/service/aws4_request") ==
        "IncompleteSignature: Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256");
  CHECK(lacks("AWS4-HMAC-SHA256 Credential=K/us-east-1, SignedHeaders=host, Signature=0").starts_with("IncompleteSignature: Credential must have exactly 5 slash-delimited elements"));
  request.headers.remove("X-Amz-Date");
  CHECK(lacks("AWS4-HMAC-SHA256 Credential=K/20150830/us-east-1/service/aws4_request, SignedHeaders=host, Signature=0") ==
        "IncompleteSignature: Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256");
  request.headers.remove("Authorization");
  CHECK(read_signature(request).error().code == "MissingAuthenticationToken");
  set_target(request, "/?X-Amz-Signature=0&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=K%2F20150830%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=604801");
  CHECK(read_signature(request).error().what.starts_with("X-Amz-Expires must be less than a week"));
}

TEST_CASE("S3 takes no x-amz- header that is not signed") {
  const Vectors vectors = read_vectors();
  http::Request request = named(vectors, "s3-put").request;
  request.headers.add("x-amz-acl", "public-read");
  CHECK(outcome(request, vectors.secret, vectors.now) == "AccessDenied");
}

TEST_CASE("chunks that are signed one by one are verified and joined") {
  CHECK(signed_chunks().outcome() == "");
  Chunked chunked = signed_chunks();
  REQUIRE(verify(chunked.request, read_signature(chunked.request).value(), Chunked::kSecret, chunked.now));
  CHECK(chunked.request.body == std::string(66560, 'a'));

  for (const auto& [from, to, code] : {std::tuple("aaaa\r\n400", "aaab\r\n400", "SignatureDoesNotMatch"), {";chunk-signature=0055", ";chunk-signature=1055", "SignatureDoesNotMatch"}, {"10000;", "10001;", "SignatureDoesNotMatch"}, {"0;chunk-signature=b6c6", "0;chunk-signature=b6c7", "SignatureDoesNotMatch"}, {";chunk-signature=ad80", ";other=ad80", "IncompleteBody"}, {"400;", "zz;", "IncompleteBody"}}) {
    Chunked touched = signed_chunks();
    touched.request.body = replace_all(touched.request.body, from, to);
    CHECK_MESSAGE(touched.outcome() == code, from);
  }
  Chunked cut = signed_chunks();
  cut.request.body.resize(70);
  CHECK(cut.outcome() == "IncompleteBody");
}

TEST_CASE("a signed trailer is verified, and only what is announced may come in it") {
  CHECK(signed_trailer().outcome() == "");
  Chunked chunked = signed_trailer();
  REQUIRE(verify(chunked.request, read_signature(chunked.request).value(), Chunked::kSecret, chunked.now));
  CHECK(chunked.request.headers.find("x-amz-checksum-crc32c") == "sOO8/Q==");

  CHECK(signed_trailer("x-amz-checksum-crc32c:sOO8/R==\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\n").outcome() == "SignatureDoesNotMatch");
  CHECK(signed_trailer("x-amz-checksum-crc32c:sOO8/Q==\n").outcome() == "SignatureDoesNotMatch");
  CHECK(signed_trailer("x-amz-acl:public-read\n").outcome() == "MalformedTrailerError");
  CHECK(signed_trailer("nonsense\n").outcome() == "MalformedTrailerError");
}

TEST_CASE("an unsigned chunked body with a trailer is joined, and its length is that which was told") {
  const WallTime now = parse_iso8601("2013-05-24T00:00:00Z").value();
  const auto put = [&](const char* length, const std::string& body) {
    http::Request request = signed_put(body, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", {{"x-amz-decoded-content-length", length}, {"x-amz-trailer", "x-amz-checksum-crc32"}}, now);
    return outcome(request, "SK", now);
  };
  CHECK(put("5", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n") == "");
  CHECK(put("6", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n") == "IncompleteBody");
  CHECK(put("5", "5\r\nhello\r\n0\r\nx-amz-acl:x\r\n\r\n") == "MalformedTrailerError");
  CHECK(put("5", "9\r\nhello\r\n") == "IncompleteBody");
  CHECK(put("5", "ffffffffffffffffff\r\nhello\r\n") == "IncompleteBody");
}
