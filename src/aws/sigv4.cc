#include "aws/sigv4.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "aws/form.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr Duration kSkew = std::chrono::minutes(15);
constexpr int kLongestPresigned = 7 * 24 * 3600;

std::string timestamp_of(WallTime time) {
  std::string text = iso8601(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

Result<WallTime> parse_timestamp(const std::string& text) {
  if (text.size() != 16) return fail("IncompleteSignature", fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601", text));
  const std::string iso = fmt::format("{}-{}-{}T{}:{}:{}Z", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2), text.substr(9, 2), text.substr(11, 2), text.substr(13, 2));
  return parse_iso8601(iso);
}

/// Runs of blanks become one, as the canonical form wants.
std::string squeeze(std::string_view value) {
  std::string out;
  for (const char c : trim(value)) {
    if (c == ' ' && !out.empty() && out.back() == ' ') continue;
    out += c;
  }
  return out;
}

std::string canonical_query(std::string_view query, bool is_presigned) {
  std::vector<std::string> pairs;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const size_t equals = pair.find('=');
    const std::string name = percent_encode(percent_decode(pair.substr(0, equals)));
    const std::string value = equals == std::string_view::npos ? "" : percent_encode(percent_decode(pair.substr(equals + 1)));
    if (!pair.empty() && !(is_presigned && name == "X-Amz-Signature")) pairs.push_back(name + "=" + value);
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  std::ranges::sort(pairs);
  return join(pairs, "&");
}

std::string signing_key(const std::string& secret, std::string_view date, std::string_view region, std::string_view service) {
  std::string key = "AWS4" + secret;
  for (const std::string_view step : {date, region, service, std::string_view("aws4_request")}) key = hmac_sha256(key, step);
  return key;
}

std::string scope_of(const Signature& s) { return fmt::format("{}/{}/{}/aws4_request", s.date, s.region, s.service); }

template <class FindHeader>
std::string canonical_request(std::string_view method, std::string_view path, std::string_view query, const Signature& s,
                              const std::string& payload_hash, FindHeader header) {
  std::string text = std::string(method) + "\n";
  text += s.service == "s3" ? std::string(path) : percent_encode(path, true);
  text += "\n" + canonical_query(query, s.is_presigned) + "\n";
  for (const std::string& name : s.signed_headers) text += name + ":" + header(name) + "\n";
  return text + "\n" + join(s.signed_headers, ";") + "\n" + payload_hash;
}

std::string string_to_sign(const Signature& s, const std::string& canonical) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, s.timestamp, scope_of(s), to_hex(sha256(canonical)));
}

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

std::string all_values(const http::Headers& headers, const std::string& name) {
  std::string value;
  bool first = true;
  for (const http::Header& field : headers) {
    if (!iequals(field.name, name)) continue;
    value += (first ? "" : ",") + squeeze(field.value);
    first = false;
  }
  return value;
}

Result<Signature> read_presigned(const http::Request& request) {
  const Parameters query = parse_form(request.query);
  const auto value = [&](std::string_view name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  };
  const std::vector<std::string> credential = split(value("X-Amz-Credential"), '/');
  if (value("X-Amz-Algorithm") != kAlgorithm || credential.size() != 5) {
    return fail("AuthorizationQueryParametersError", "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
  }
  const int expires = std::atoi(value("X-Amz-Expires").c_str());
  if (expires <= 0 || expires > kLongestPresigned) {
    return fail("AuthorizationQueryParametersError", fmt::format("X-Amz-Expires must be between 1 and {} seconds; got '{}'", kLongestPresigned, value("X-Amz-Expires")));
  }
  return Signature{.access_key = credential[0], .date = credential[1], .region = credential[2], .service = credential[3],
                   .signed_headers = split(value("X-Amz-SignedHeaders"), ';'), .signature = value("X-Amz-Signature"),
                   .timestamp = value("X-Amz-Date"), .session_token = value("X-Amz-Security-Token"), .is_presigned = true, .expires_seconds = expires};
}

std::string authorization_part(std::string_view header, std::string_view name) {
  const size_t at = header.find(std::string(name) + "=");
  if (at == std::string_view::npos) return "";
  const std::string_view rest = header.substr(at + name.size() + 1);
  return std::string(trim(rest.substr(0, rest.find(','))));
}

Result<void> check_age(const Signature& s, WallTime now) {
  const WallTime signed_at = TRY(parse_timestamp(s.timestamp));
  if (s.timestamp.substr(0, 8) != s.date) {
    return fail("SignatureDoesNotMatch", fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'.", s.date, s.timestamp.substr(0, 8), s.timestamp));
  }
  if (s.is_presigned && now > signed_at + std::chrono::seconds(s.expires_seconds)) return fail("AccessDenied", "Request has expired");
  const bool too_old = !s.is_presigned && now - signed_at > kSkew;
  if (!too_old && signed_at - now <= kSkew) return {};
  if (s.service == "s3") return fail("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.");
  const WallTime bound = too_old ? now - kSkew : now + kSkew;
  return fail(s.service == "ec2" ? "RequestExpired" : "SignatureDoesNotMatch",
              fmt::format("Signature {}: {} is now {} than {} ({} {} 15 min.)", too_old ? "expired" : "not yet current", s.timestamp,
                          too_old ? "earlier" : "still later", timestamp_of(bound), timestamp_of(now), too_old ? "-" : "+"));
}

Result<std::string> body_hash(const http::Request& request) {
  if (!request.body_file) return to_hex(sha256(request.body));
  return to_hex(sha256(TRY(read_file(*request.body_file))));
}

/// aws-chunked framing: "SIZE;chunk-signature=HEX\r\nDATA\r\n…0;…\r\n[trailer]\r\n". Signed chunks form a chain that starts
/// with the request's own signature.
class ChunkedBody {
 public:
  ChunkedBody(const Signature& s, std::string key, bool is_signed) : s_(s), key_(std::move(key)), is_signed_(is_signed), previous_(s.signature) {}

  Result<std::string> decode(std::string_view input, http::Headers& headers) {
    std::string body;
    for (;;) {
      const size_t end = input.find("\r\n");
      if (end == std::string_view::npos) return broken();
      const std::string_view line = input.substr(0, end);
      uint64_t size = 0;
      const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
      input.remove_prefix(end + 2);
      if (error != std::errc() || size > input.size()) return broken();
      const std::string_view data = input.substr(0, size);
      if (is_signed_) TRY(check(line.substr(static_cast<size_t>(stop - line.data())), data));
      body += data;
      input.remove_prefix(size);
      if (size == 0) break;
      if (!input.starts_with("\r\n")) return broken();
      input.remove_prefix(2);
    }
    read_trailers(input, headers);
    return body;
  }

 private:
  static std::unexpected<Error> broken() {
    return fail("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header");
  }

  Result<void> check(std::string_view extension, std::string_view data) {
    constexpr std::string_view kName = ";chunk-signature=";
    if (!extension.starts_with(kName)) return broken();
    const std::string text = fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}", s_.timestamp, scope_of(s_), previous_, to_hex(sha256("")), to_hex(sha256(data)));
    const std::string wanted = to_hex(hmac_sha256(key_, text));
    if (!same(wanted, extension.substr(kName.size()))) {
      return fail("SignatureDoesNotMatch", "The signature of a body chunk does not match its content.");
    }
    previous_ = wanted;
    return {};
  }

  static void read_trailers(std::string_view input, http::Headers& headers) {
    while (!input.empty()) {
      const size_t end = input.find("\r\n");
      const std::string_view line = input.substr(0, end);
      const size_t colon = line.find(':');
      if (colon != std::string_view::npos) headers.set(line.substr(0, colon), trim(line.substr(colon + 1)));
      if (end == std::string_view::npos) return;
      input.remove_prefix(end + 2);
    }
  }

  const Signature& s_;
  std::string key_;
  bool is_signed_;
  std::string previous_;
};

}  // namespace

Result<Signature> read_signature(const http::Request& request) {
  const auto header = request.headers.find("authorization");
  if (!header) {
    if (request.query.find("X-Amz-Signature=") != std::string::npos) return read_presigned(request);
    return fail("MissingAuthenticationToken", "Request is missing Authentication Token");
  }
  if (!header->starts_with(kAlgorithm)) {
    return fail("IncompleteSignature", fmt::format("Unsupported AWS 'algorithm': '{}'; wanted {}", header->substr(0, header->find(' ')), kAlgorithm));
  }
  const std::vector<std::string> credential = split(authorization_part(*header, "Credential"), '/');
  Signature s{.signed_headers = split(authorization_part(*header, "SignedHeaders"), ';'), .signature = authorization_part(*header, "Signature")};
  if (credential.size() != 5 || credential[4] != "aws4_request" || s.signature.empty() || s.signed_headers[0].empty()) {
    return fail("IncompleteSignature", "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters, the credential in the form KEY/DATE/REGION/SERVICE/aws4_request.");
  }
  s.access_key = credential[0];
  s.date = credential[1];
  s.region = credential[2];
  s.service = credential[3];
  s.timestamp = request.headers.find("x-amz-date").value_or("");
  s.session_token = request.headers.find("x-amz-security-token").value_or("");
  if (s.timestamp.empty()) return fail("IncompleteSignature", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  return s;
}

Result<void> verify(http::Request& request, const Signature& s, const std::string& secret_key, WallTime now) {
  TRY(check_age(s, now));
  if (std::ranges::count(s.signed_headers, "host") == 0) return fail("SignatureDoesNotMatch", "'Host' must be a 'SignedHeader' in the AWS Authorization.");
  const std::string claimed(request.headers.find("x-amz-content-sha256").value_or(""));
  std::string payload_hash = claimed;
  if (claimed.empty()) payload_hash = s.is_presigned && s.service == "s3" ? "UNSIGNED-PAYLOAD" : TRY(body_hash(request));
  const std::string key = signing_key(secret_key, s.date, s.region, s.service);
  const std::string canonical = canonical_request(request.method, request.path, request.query, s, payload_hash,
                                                  [&](const std::string& name) { return all_values(request.headers, name); });
  if (!same(to_hex(hmac_sha256(key, string_to_sign(s, canonical))), s.signature)) {
    return fail("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");
  }
  if (payload_hash.starts_with("STREAMING-")) {
    const bool is_signed = payload_hash.starts_with("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    if (!is_signed && payload_hash != "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
      return fail("InvalidArgument", fmt::format("x-amz-content-sha256 '{}' is not supported", payload_hash));
    }
    const std::string framed = request.body_file ? TRY(read_file(*request.body_file)) : std::move(request.body);
    request.body = TRY(ChunkedBody(s, key, is_signed).decode(framed, request.headers));
    request.body_file.reset();
    return {};
  }
  if (payload_hash != "UNSIGNED-PAYLOAD" && !claimed.empty() && claimed != TRY(body_hash(request))) {
    return fail("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  return {};
}

void sign(http::Fetch& request, const SigningKey& key, std::string_view region, std::string_view service, WallTime now) {
  const size_t start = request.url.find("://") + 3;
  const size_t slash = std::min(request.url.find('/', start), request.url.size());
  const std::string host = request.url.substr(start, slash - start);
  const std::string target = slash == request.url.size() ? "/" : request.url.substr(slash);
  const size_t mark = target.find('?');
  const std::string payload_hash = to_hex(sha256(request.body));
  Signature s{.access_key = key.access_key, .region = std::string(region), .service = std::string(service), .timestamp = timestamp_of(now)};
  s.date = s.timestamp.substr(0, 8);
  request.headers.remove("Authorization");
  request.headers.set("Host", host);
  request.headers.set("X-Amz-Date", s.timestamp);
  if (service == "s3") request.headers.set("X-Amz-Content-Sha256", payload_hash);
  if (!key.session_token.empty()) request.headers.set("X-Amz-Security-Token", key.session_token);
  for (const http::Header& field : request.headers) s.signed_headers.push_back(lower(field.name));
  std::ranges::sort(s.signed_headers);
  const std::string canonical = canonical_request(request.method, target.substr(0, mark), mark == std::string::npos ? "" : target.substr(mark + 1), s,
                                                  payload_hash, [&](const std::string& name) { return all_values(request.headers, name); });
  const std::string signature = to_hex(hmac_sha256(signing_key(key.secret_key, s.date, region, service), string_to_sign(s, canonical)));
  request.headers.set("Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm, key.access_key, scope_of(s),
                                                   join(s.signed_headers, ";"), signature));
}

void sign_received(http::Request& request, const SigningKey& key, std::string_view region, WallTime now) {
  const std::string claimed(request.headers.find("x-amz-content-sha256").value_or(""));
  const std::string payload = claimed.starts_with("STREAMING-UNSIGNED") ? claimed : "UNSIGNED-PAYLOAD";
  Signature s{.access_key = key.access_key, .region = std::string(region), .service = "s3", .signed_headers = {"host", "x-amz-content-sha256", "x-amz-date"}, .timestamp = timestamp_of(now)};
  s.date = s.timestamp.substr(0, 8);
  request.headers.set("X-Amz-Date", s.timestamp);
  request.headers.set("X-Amz-Content-Sha256", payload);
  if (!key.session_token.empty()) request.headers.set("X-Amz-Security-Token", key.session_token);
  const std::string canonical = canonical_request(request.method, request.path, request.query, s, payload, [&](const std::string& name) { return all_values(request.headers, name); });
  const std::string signature = to_hex(hmac_sha256(signing_key(key.secret_key, s.date, region, s.service), string_to_sign(s, canonical)));
  request.headers.set("Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm, key.access_key, scope_of(s), join(s.signed_headers, ";"), signature));
}

bool signs_policy(const std::string& secret_key, std::string_view date, std::string_view region, std::string_view policy, std::string_view signature) {
  return same(to_hex(hmac_sha256(signing_key(secret_key, date, region, "s3"), policy)), signature);
}

std::string presigned(const std::string& url, const SigningKey& key, std::string_view region, int seconds, WallTime now) {
  const size_t start = url.find("://") + 3, slash = url.find('/', start);
  Signature s{.access_key = key.access_key, .region = std::string(region), .service = "s3", .signed_headers = {"host"}, .timestamp = timestamp_of(now), .is_presigned = true, .expires_seconds = seconds};
  s.date = s.timestamp.substr(0, 8);
  const std::string query = fmt::format("X-Amz-Algorithm={}&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires={}&X-Amz-SignedHeaders=host", kAlgorithm,
                                        percent_encode(fmt::format("{}/{}", key.access_key, scope_of(s))), s.timestamp, seconds);
  const std::string canonical = canonical_request("GET", url.substr(slash), query, s, "UNSIGNED-PAYLOAD", [&](const std::string&) { return url.substr(start, slash - start); });
  return fmt::format("{}?{}&X-Amz-Signature={}", url, query, to_hex(hmac_sha256(signing_key(key.secret_key, s.date, region, "s3"), string_to_sign(s, canonical))));
}

}  // namespace landfall::aws
