#include "aws/protocol.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "aws/endpoint.h"
#include "aws/scalar.h"
#include "aws/shapes/ec2.h"
#include "aws/shapes/ecs.h"
#include "aws/shapes/sts.h"
#include "aws/sigv4.h"
#include "aws/json_codec.h"
#include "base/text.h"

using namespace landfall;
using namespace landfall::aws;

namespace {

/// Sets every member, a few levels deep, to values that tell members apart and need escaping.
bool is_left_out(const Member& member, int depth);

/// Forms cannot tell an empty struct.
bool is_filled(const Shape& shape, int depth) {
  if (shape.kind == Kind::list) return is_filled(*shape.element, depth + 1);
  return shape.kind != Kind::structure || shape.members.empty() || std::ranges::any_of(shape.members, [&](const Member& member) { return !is_left_out(member, depth); });
}

/// Shapes may hold themselves.
bool is_left_out(const Member& member, int depth) { return !is_scalar(*member.shape) && !member.is_required && (depth > 3 || !is_filled(*member.shape, depth + 1)); }

void fill(const Shape& shape, void* into, int depth, int& counter) {
  switch (shape.kind) {
    case Kind::structure:
      for (const Member& member : shape.members) {
        if (is_left_out(member, depth)) continue;
        fill(*member.shape, member.access->emplace(member_of(member, into)), depth + 1, counter);
      }
      return;
    case Kind::list:
      for (int i = 0; i < 2; ++i) fill(*shape.element, shape.list->add(into), depth + 1, counter);
      return;
    case Kind::map: fill(*shape.element, shape.map->slot(into, "key" + std::to_string(++counter)), depth + 1, counter); return;
    case Kind::string:
      *static_cast<std::string*>(into) = shape.values.empty() ? "v<&>\" +%" + std::to_string(++counter) : std::string(shape.values[0]);
      return;
    case Kind::blob: *static_cast<std::string*>(into) = "blob" + std::to_string(++counter); return;
    case Kind::boolean: *static_cast<bool*>(into) = (++counter % 2) == 0; return;
    case Kind::integer: *static_cast<int32_t*>(into) = ++counter; return;
    case Kind::long_integer: *static_cast<int64_t*>(into) = ++counter; return;
    case Kind::floating: *static_cast<double*>(into) = ++counter + 0.5; return;
    case Kind::timestamp: static_cast<WallTime*>(into)->ms = 1'500'000'000'000 + ++counter * 1000; return;
  }
}

/// Memory for a struct that is known by its descriptor only: every member is an optional, so its size is bounded.
/// What the members own is never given back, as no destructor is known: LeakSanitizer is told.
extern "C" const char* __lsan_default_suppressions() { return "leak:protocol_test.cc\n"; }
struct Blank {
  std::vector<char> bytes = std::vector<char>(16 * 1024);
};

http::Request received(const http::Fetch& fetch) {
  http::Request request{.method = fetch.method, .headers = fetch.headers, .body = fetch.body};
  const std::string target = fetch.url.substr(std::string("http://e").size());
  const size_t mark = target.find('?');
  request.target = target;
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  return request;
}

http::Fetch signed_call(const SigningKey& key, WallTime now) {
  sts::GetCallerIdentityRequest input;
  http::Fetch fetch = encode_call(sts::model(), *find_operation(sts::model(), "GetCallerIdentity"), &input, "http://e");
  sign(fetch, key, "us-west-2", "sts", now);
  return fetch;
}

struct Door {
  SimClock clock;
  IdSource ids{1};
  Registry registry;
  Endpoint endpoint{registry, [](std::string_view key) -> std::optional<KeyOwner> {
                      if (key != "AK") return std::nullopt;
                      return KeyOwner{.secret_key = "SK", .account = "123456789012", .principal_arn = "arn:x"};
                    }, clock, ids};
  Door() {
    registry.add<sts::GetCallerIdentityRequest, sts::GetCallerIdentityResponse>(
        "sts", "GetCallerIdentity", {"*"}, [](const CallContext& c, const auto&) -> Result<sts::GetCallerIdentityResponse> {
          return sts::GetCallerIdentityResponse{.account = c.account, .arn = c.principal_arn};
        });
    registry.add<ec2::CreateVpcRequest, ec2::CreateVpcResult>(
        "ec2", "CreateVpc", {"CidrBlock", "TagSpecifications.*"}, [](const CallContext&, const auto&) -> Result<ec2::CreateVpcResult> { return fail("InvalidVpc.Range", "The CIDR 'x' is invalid."); });
  }
  template <class Input>
  http::Response call(const ServiceModel& service, const char* operation, const Input& input) {
    http::Fetch fetch = encode_call(service, *find_operation(service, operation), &input, "http://e");
    sign(fetch, {.access_key = "AK", .secret_key = "SK"}, "us-west-2", service.signing_name, clock.wall());
    return endpoint.handle(received(fetch));
  }
};

}  // namespace

TEST_CASE("every request of every operation survives the wire") {
  for (const ServiceModel* service : all_services()) {
    for (const Operation& operation : service->operations) {
      if (operation.name == "CopyObject" || operation.name == "UploadPartCopy") continue;  // told by a header, see endpoint.cc
      Blank sent, got;
      int counter = 0;
      fill(*operation.input, sent.bytes.data(), 0, counter);
      const http::Request request = received(encode_call(*service, operation, sent.bytes.data(), "http://e"));
      RestMatch match{.operation = &operation, .labels = {}};
      if (service->protocol == Protocol::rest_xml) match = match_rest(*service, request.method, request.path, parse_form(request.query));
      const std::string name = std::string(service->name) + ":" + std::string(operation.name);
      REQUIRE_MESSAGE(match.operation == &operation, name);
      const auto decoded = decode_request(*service, match, request, got.bytes.data());
      REQUIRE_MESSAGE(decoded, name, " ", decoded ? "" : decoded.error().what);
      CHECK_MESSAGE(encode_json(*operation.input, got.bytes.data()) == encode_json(*operation.input, sent.bytes.data()), name);
    }
  }
}

TEST_CASE("every answer of every operation survives the wire") {
  for (const ServiceModel* service : all_services()) {
    for (const Operation& operation : service->operations) {
      Blank sent, got;
      int counter = 0;
      fill(*operation.output, sent.bytes.data(), 0, counter);
      const http::Response response = encode_response(*service, operation, sent.bytes.data(), "id");
      const std::string name = std::string(service->name) + ":" + std::string(operation.name);
      const auto decoded = decode_answer(*service, operation, response, got.bytes.data());
      REQUIRE_MESSAGE(decoded, name, " ", decoded ? "" : decoded.error().what);
      CHECK_MESSAGE(encode_json(*operation.output, got.bytes.data()) == encode_json(*operation.output, sent.bytes.data()), name);
    }
  }
}

TEST_CASE("a signed call is answered, and one that was touched is not") {
  Door door;
  const http::Request good = received(signed_call({.access_key = "AK", .secret_key = "SK"}, door.clock.wall()));
  CHECK(door.endpoint.handle(good).status == 200);
  CHECK(door.endpoint.handle(good).body.find("<Account>123456789012</Account>") != std::string::npos);
  http::Request touched = good;
  touched.body += "&X=1";
  CHECK(door.endpoint.handle(touched).status == 403);
  CHECK(door.endpoint.handle(received(signed_call({.access_key = "AK", .secret_key = "other"}, door.clock.wall()))).body.find("SignatureDoesNotMatch") != std::string::npos);
  CHECK(door.endpoint.handle(received(signed_call({.access_key = "NO", .secret_key = "SK"}, door.clock.wall()))).body.find("InvalidClientTokenId") != std::string::npos);
}

TEST_CASE("clock skew is bounded at fifteen minutes either way") {
  Door door;
  const auto status = [&](Duration offset) {
    return door.endpoint.handle(received(signed_call({.access_key = "AK", .secret_key = "SK"}, door.clock.wall() + offset))).status;
  };
  CHECK(status(std::chrono::minutes(14)) == 200);
  CHECK(status(std::chrono::minutes(-14)) == 200);
  CHECK(status(std::chrono::minutes(16)) == 403);
  CHECK(status(std::chrono::minutes(-16)) == 403);
}

TEST_CASE("what is not carried is refused by name, in the service's form") {
  Door door;
  const http::Response member = door.call(ec2::model(), "CreateVpc", ec2::CreateVpcRequest{.amazon_provided_ipv6_cidr_block = true, .cidr_block = "10.0.0.0/16"});
  CHECK(member.status == 400);
  CHECK(member.body.find("AmazonProvidedIpv6CidrBlock") != std::string::npos);
  const http::Response failed = door.call(ec2::model(), "CreateVpc", ec2::CreateVpcRequest{.cidr_block = "10.0.0.0/16"});
  CHECK(failed.body.find("<Response><Errors><Error><Code>InvalidVpc.Range</Code>") != std::string::npos);
  const http::Response operation = door.call(ecs::model(), "ListClusters", ecs::ListClustersRequest{});
  CHECK(operation.status == 400);
  CHECK(operation.body.find("ListClusters") != std::string::npos);
  http::Request unsigned_request{.method = "POST", .target = "/", .path = "/", .body = "Action=DescribeVpcs"};
  CHECK(door.endpoint.handle(unsigned_request).body.find("MissingAuthenticationToken") != std::string::npos);
}

TEST_CASE("missing and malformed members are named") {
  Door door;
  http::Fetch fetch = encode_call(ec2::model(), *find_operation(ec2::model(), "CreateVpc"), std::make_unique<ec2::CreateVpcRequest>().get(), "http://e");
  fetch.body += "&Ipv4NetmaskLength=abc";
  sign(fetch, {.access_key = "AK", .secret_key = "SK"}, "us-west-2", "ec2", door.clock.wall());
  CHECK(door.endpoint.handle(received(fetch)).body.find("abc") != std::string::npos);
  fetch.body = "Action=CreateVpc&Nonsense=1";
  sign(fetch, {.access_key = "AK", .secret_key = "SK"}, "us-west-2", "ec2", door.clock.wall());
  const std::string body = door.endpoint.handle(received(fetch)).body;
  CHECK(body.find("UnknownParameter") != std::string::npos);
  CHECK(body.find("Nonsense") != std::string::npos);
}
