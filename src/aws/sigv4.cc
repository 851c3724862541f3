#include "aws/sigv4.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <set>

#include <fmt/format.h>

#include "aws/form.h"
#include "aws/sigv2.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr Duration kSkew = std::chrono::minutes(15);
constexpr std::string_view kMismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
constexpr std::string_view kQueryParameters = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
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

/// Without "." and "..", and without empty segments. S3 alone takes paths as they are: its keys may have any of these.
std::string normal_path(std::string_view path) {
  std::vector<std::string> kept;
  std::string last;
  for (std::string& segment : split(path, '/')) {
    last = segment;
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") kept.push_back(std::move(segment));
  }
  const bool is_folder = last.empty() || last == "." || last == "..";
  return "/" + join(kept, "/") + (is_folder && !kept.empty() ? "/" : "");
}

template <class FindHeader>
std::string canonical_request(std::string_view method, std::string_view path, std::string_view query, const Signature& s,
                              const std::string& payload_hash, FindHeader header) {
  std::string text = std::string(method) + "\n";
  text += s.service == "s3" ? std::string(path) : percent_encode(normal_path(path), true);
  text += "\n" + canonical_query(query, s.is_presigned) + "\n";
  for (const std::string& name : s.signed_headers) text += name + ":" + header(name) + "\n";
  return text + "\n" + join(s.signed_headers, ";") + "\n" + payload_hash;
}

std::string string_to_sign(const Signature& s, const std::string& canonical) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, s.timestamp, scope_of(s), to_hex(sha256(canonical)));
}

/// What S3 computed, for the caller to compare (S3 API, Error responses).
std::string mismatch_facts(const Signature& s, const std::string& canonical) {
  const std::string text = string_to_sign(s, canonical);
  return json::serialize(json::object{{"AWSAccessKeyId", s.access_key}, {"StringToSign", text}, {"SignatureProvided", s.signature}, {"StringToSignBytes", spaced_hex(text)}, {"CanonicalRequest", canonical}, {"CanonicalRequestBytes", spaced_hex(canonical)}});
}

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

/// Seconds that a presigned request holds. S3 wants them told; others need not have them.
Result<int> read_expires(const std::string& text, bool is_s3) {
  const auto wrong = [](std::string what) { return fail("AuthorizationQueryParametersError", std::move(what)); };
  if (text.empty() && !is_s3) return static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(kSkew).count());
  if (text.empty()) return wrong(std::string(kQueryParameters));
  int seconds = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || stop != text.data() + text.size()) return wrong("X-Amz-Expires should be a number");
  if (seconds < 0) return wrong("X-Amz-Expires must be non-negative");
  if (seconds > kLongestPresigned) return wrong(fmt::format("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than {} seconds", kLongestPresigned));
  return seconds;
}

Result<Signature> read_presigned(const http::Request& request) {
  const Parameters query = parse_form(request.query);
  const auto value = [&](std::string_view name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  };
  const std::vector<std::string> credential = split(value("X-Amz-Credential"), '/');
  for (const std::string_view name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders"}) {
    if (value(name).empty()) return fail("AuthorizationQueryParametersError", std::string(kQueryParameters));
  }
  if (value("X-Amz-Algorithm") != kAlgorithm) return fail("AuthorizationQueryParametersError", "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"");
  if (credential.size() != 5) return fail("AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  const int expires = TRY(read_expires(value("X-Amz-Expires"), credential[3] == "s3"));
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

/// X-Amz-Date, else Date (in either's form), as a timestamp.
std::string date_of(const http::Request& request) {
  if (const auto date = request.headers.find("x-amz-date")) return std::string(*date);
  const std::string date(request.headers.find("date").value_or(""));
  tm parts{};
  if (strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return date;
  return timestamp_of({static_cast<int64_t>(timegm(&parts)) * 1000});
}

/// S3 takes no x-amz- header that is not signed.
Result<void> check_signed(const http::Request& request, const Signature& s, std::string& facts) {
  if (s.service != "s3") return {};
  std::vector<std::string> unsigned_names;
  for (const http::Header& field : request.headers) {
    const std::string name = lower(field.name);
    if (name.starts_with("x-amz-") && name != "x-amz-content-sha256" && std::ranges::count(s.signed_headers, name) == 0) unsigned_names.push_back(name);
  }
  if (unsigned_names.empty()) return {};
  std::ranges::sort(unsigned_names);
  facts = json::serialize(json::object{{"HeadersNotSigned", join(unsigned_names, ", ")}});
  return fail("AccessDenied", "There were headers present in the request which were not signed");
}

Result<void> check_age(const Signature& s, WallTime now, std::string& facts) {
  const WallTime signed_at = TRY(parse_timestamp(s.timestamp));
  if (s.timestamp.substr(0, 8) != s.date && s.service == "s3") {
    const std::string why = fmt::format("Invalid credential date \"{}\". This date is not the same as X-Amz-Date: \"{}\".", s.date, s.timestamp.substr(0, 8));
    return s.is_presigned ? fail("AuthorizationQueryParametersError", why) : fail("AuthorizationHeaderMalformed", "The authorization header is malformed; " + why);
  }
  if (s.timestamp.substr(0, 8) != s.date) {
    return fail("SignatureDoesNotMatch", fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'.", s.date, s.timestamp.substr(0, 8), s.timestamp));
  }
  const Duration lasts = s.is_presigned ? Duration(std::chrono::seconds(s.expires_seconds)) : kSkew;
  const bool too_old = now - signed_at > lasts;
  if (!too_old && signed_at - now <= kSkew) return {};
  if (s.service == "s3" && s.is_presigned && too_old) facts = json::serialize(json::object{{"X-Amz-Expires", std::to_string(s.expires_seconds)}, {"Expires", iso8601(signed_at + lasts)}, {"ServerTime", iso8601(now)}});
  if (s.service == "s3" && s.is_presigned) return fail("AccessDenied", too_old ? "Request has expired" : "Request is not yet valid");
  if (s.service == "s3") return fail("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.");
  if (s.service == "ec2") return fail("RequestExpired", "Request has expired.");
  const WallTime bound = too_old ? now - kSkew : now + kSkew;
  return fail("SignatureDoesNotMatch",
              fmt::format("Signature {}: {} is now {} than {} ({} {} 15 min.)", too_old ? "expired" : "not yet current", s.timestamp,
                          too_old ? "earlier" : "still later", timestamp_of(bound), timestamp_of(now), too_old ? "-" : "+"));
}

Result<std::string> body_hash(const http::Request& request) {
  if (!request.body_file) return to_hex(sha256(request.body));
  return to_hex(sha256(TRY(read_file(*request.body_file))));
}

/// aws-chunked framing: "SIZE;chunk-signature=HEX\r\nDATA\r\n…0;…\r\n[trailer]\r\n". Signed chunks form a chain that starts
/// with the request's own signature and ends with that of the trailer, if the request announces one.
class ChunkedBody {
 public:
  ChunkedBody(const Signature& s, std::string key, std::string_view kind)
      : s_(s), key_(std::move(key)), is_signed_(kind.starts_with("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")), has_trailer_(kind.ends_with("-TRAILER")), previous_(s.signature) {}

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
    if (const auto told = headers.find("x-amz-decoded-content-length"); told && *told != std::to_string(body.size())) return broken();
    if (has_trailer_) TRY(read_trailers(input, headers));
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
    if (!is_same_signature(wanted, extension.substr(kName.size()))) {
      return fail("SignatureDoesNotMatch", std::string(kMismatch));
    }
    previous_ = wanted;
    return {};
  }

  /// Only what x-amz-trailer announces may come.
  Result<void> read_trailers(std::string_view input, http::Headers& headers) {
    const auto malformed = [] { return fail("MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema."); };
    const std::string announced = lower(std::string(headers.find("x-amz-trailer").value_or("")));
    std::string canonical, signature;
    while (!input.empty() && !input.starts_with("\r\n")) {
      const size_t end = std::min(input.find('\n'), input.size() - 1);
      const std::string_view line = trim(input.substr(0, end));
      input.remove_prefix(end + 1);
      const size_t colon = line.find(':');
      if (colon == std::string_view::npos) return malformed();
      const std::string name = lower(std::string(trim(line.substr(0, colon)))), value(trim(line.substr(colon + 1)));
      if (name == "x-amz-trailer-signature") {
        signature = value;
        continue;
      }
      const std::vector<std::string> names = split(announced, ',');
      if (std::ranges::none_of(names, [&](const std::string& one) { return trim(one) == name; })) return malformed();
      canonical += name + ":" + value + "\n";
      headers.set(name, value);
    }
    if (!is_signed_) return {};
    const std::string text = fmt::format("AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{}", s_.timestamp, scope_of(s_), previous_, to_hex(sha256(canonical)));
    if (!is_same_signature(to_hex(hmac_sha256(key_, text)), signature)) return fail("SignatureDoesNotMatch", std::string(kMismatch));
    return {};
  }

  const Signature& s_;
  std::string key_;
  bool is_signed_, has_trailer_;
  std::string previous_;
};

}  // namespace

bool is_same_signature(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

std::string spaced_hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(c));
  return text;
}

Result<Signature> read_signature(const http::Request& request) {
  if (auto older = read_signature_v2(request)) return std::move(*older);
  const auto header = request.headers.find("authorization");
  if (!header) {
    const bool is_presigned = request.query.find("X-Amz-Signature=") != std::string::npos;
    if (is_presigned) return read_presigned(request);
    if (request.query.find("X-Amz-Credential=") != std::string::npos) return fail("AuthorizationQueryParametersError", std::string(kQueryParameters));
    return fail("MissingAuthenticationToken", "Request is missing Authentication Token");
  }
  if (!header->starts_with(kAlgorithm)) {
    return fail("IncompleteSignature", fmt::format("Unsupported AWS 'algorithm': '{}'; wanted {}", header->substr(0, header->find(' ')), kAlgorithm));
  }
  Signature s{.signed_headers = split(authorization_part(*header, "SignedHeaders"), ';'), .signature = authorization_part(*header, "Signature")};
  const std::string whole = authorization_part(*header, "Credential");
  s.timestamp = date_of(request);
  std::string lacks;
  for (const auto& [name, value] : {std::pair("Credential", whole), std::pair("Signature", s.signature), std::pair("SignedHeaders", s.signed_headers[0])}) {
    if (value.empty()) lacks += fmt::format("Authorization header requires '{}' parameter. ", name);
  }
  if (s.timestamp.empty()) lacks += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  if (!lacks.empty()) return fail("IncompleteSignature", lacks + "Authorization=" + std::string(header->substr(0, header->find(' '))));
  const std::vector<std::string> credential = split(whole, '/');
  if (credential.size() != 5 || credential[4] != "aws4_request") {
    return fail("IncompleteSignature", fmt::format("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{}'", whole));
  }
  s.access_key = credential[0];
  s.date = credential[1];
  s.region = credential[2];
  s.service = credential[3];
  s.session_token = request.headers.find("x-amz-security-token").value_or("");
  return s;
}

Result<void> verify(http::Request& request, const Signature& s, const std::string& secret_key, WallTime now, std::string* facts) {
  std::string ignored;
  std::string& told = facts == nullptr ? ignored : *facts;
  if (s.is_version_2) return verify_v2(request, s, secret_key, now, told);
  TRY(check_age(s, now, told));
  if (std::ranges::count(s.signed_headers, "host") == 0) return fail("SignatureDoesNotMatch", "'Host' must be a 'SignedHeader' in the AWS Authorization.");
  TRY(check_signed(request, s, told));
  const std::string claimed(request.headers.find("x-amz-content-sha256").value_or(""));
  std::string payload_hash = claimed;
  if (claimed.empty()) payload_hash = s.is_presigned && s.service == "s3" ? "UNSIGNED-PAYLOAD" : TRY(body_hash(request));
  const std::string key = signing_key(secret_key, s.date, s.region, s.service);
  const std::string canonical = canonical_request(request.method, request.path, request.query, s, payload_hash,
                                                  [&](const std::string& name) { return all_values(request.headers, name); });
  if (!is_same_signature(to_hex(hmac_sha256(key, string_to_sign(s, canonical))), s.signature)) {
    if (s.service == "s3") told = mismatch_facts(s, canonical);
    return fail("SignatureDoesNotMatch", std::string(kMismatch));
  }
  if (payload_hash.starts_with("STREAMING-")) {
    const bool is_known = payload_hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" || payload_hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" || payload_hash == "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    if (!is_known) {
      return fail("InvalidArgument", fmt::format("x-amz-content-sha256 '{}' is not supported", payload_hash));
    }
    const std::string framed = request.body_file ? TRY(read_file(*request.body_file)) : std::move(request.body);
    request.body = TRY(ChunkedBody(s, key, payload_hash).decode(framed, request.headers));
    request.body_file.reset();
    return {};
  }
  if (payload_hash != "UNSIGNED-PAYLOAD" && !claimed.empty() && claimed != TRY(body_hash(request))) {
    return fail("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  return {};
}

void sign(http::Fetch& request, const SigningKey& key, std::string_view region, std::string_view service, WallTime now, const std::string& payload) {
  const size_t start = request.url.find("://") + 3;
  const size_t slash = std::min(request.url.find('/', start), request.url.size());
  const std::string host = request.url.substr(start, slash - start);
  const std::string target = slash == request.url.size() ? "/" : request.url.substr(slash);
  const size_t mark = target.find('?');
  const std::string payload_hash = payload.empty() ? to_hex(sha256(request.body)) : payload;
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
  Signature s{.access_key = key.access_key, .region = std::string(region), .service = "s3", .signed_headers = {"host"}, .timestamp = timestamp_of(now)};
  s.date = s.timestamp.substr(0, 8);
  request.headers.set("X-Amz-Date", s.timestamp);
  request.headers.set("X-Amz-Content-Sha256", payload);
  if (!key.session_token.empty()) request.headers.set("X-Amz-Security-Token", key.session_token);
  std::set<std::string> names;
  for (const http::Header& field : request.headers) {
    if (std::string name = lower(field.name); name.starts_with("x-amz-")) names.insert(std::move(name));
  }
  s.signed_headers.insert(s.signed_headers.end(), names.begin(), names.end());
  const std::string canonical = canonical_request(request.method, request.path, request.query, s, payload, [&](const std::string& name) { return all_values(request.headers, name); });
  const std::string signature = to_hex(hmac_sha256(signing_key(key.secret_key, s.date, region, s.service), string_to_sign(s, canonical)));
  request.headers.set("Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm, key.access_key, scope_of(s), join(s.signed_headers, ";"), signature));
}

bool signs_policy(const std::string& secret_key, std::string_view date, std::string_view region, std::string_view policy, std::string_view signature) {
  return is_same_signature(to_hex(hmac_sha256(signing_key(secret_key, date, region, "s3"), policy)), signature);
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
