#include "alb/transforms.h"

#include <doctest/doctest.h>

#include "http/h1_head.h"

using namespace landfall;
using namespace landfall::alb;
using Outcome = Transforms::Outcome;

namespace {

/// "HOST URL" as the target gets it, or why there is none.
std::string sent(const std::vector<model::Transform>& transforms, const std::string& target, const std::string& host) {
  http::h1::RequestHead head, made;
  head.target = target;
  head.fields = {{.name = "Accept", .value = "*/*", .id = http::h1::FieldId::other}, {.name = "Host", .value = host, .id = http::h1::FieldId::host}};
  std::string text;
  const Outcome outcome = Transforms::compile(transforms)->apply(head, made, text);
  if (outcome != Outcome::changed) return outcome == Outcome::unchanged ? "unchanged" : outcome == Outcome::no_host ? "no host" : "no url";
  REQUIRE(made.fields.size() == 2);
  return std::string(made.fields[1].value) + " " + std::string(made.target);
}

const model::Transform kHost{.type = "host-header-rewrite", .regex = "^mywebsite-(.+).com$", .replace = "internal.dev.$1.myweb.com"};
const model::Transform kUrl{.type = "url-rewrite", .regex = "^/dp/([A-Za-z0-9]+)/?", .replace = "/product?id=$1"};

}  // namespace

TEST_CASE("hosts and URLs are rewritten where the expression matches") {
  CHECK(Transforms::compile({}) == nullptr);
  CHECK(sent({kHost}, "/a?b", "mywebsite-example.com") == "internal.dev.example.myweb.com /a?b");
  CHECK(sent({kHost}, "/a", "MyWebsite-Example.com:8443") == "internal.dev.example.myweb.com:8443 /a");
  CHECK(sent({kHost}, "/a", "other.com") == "unchanged");
  CHECK(sent({kUrl}, "/dp/B09/", "a.test") == "a.test /product?id=B09");
  CHECK(sent({kUrl}, "/dp/B09?x=1", "a.test") == "a.test /product?id=B09?x=1");
  CHECK(sent({kUrl}, "/DP/B09", "a.test") == "unchanged");
  CHECK(sent({kHost, kUrl}, "/dp/7", "mywebsite-x.com") == "internal.dev.x.myweb.com /product?id=7");
  CHECK(sent({kUrl}, "http://abs.test:81/dp/7", "a.test") == "abs.test:81 /product?id=7");
  CHECK(sent({kUrl}, "*", "a.test") == "unchanged");
  CHECK(sent({{.type = "url-rewrite", .regex = "\\?.*$", .replace = ""}}, "/a?b=c", "a.test") == "a.test /a");
}

TEST_CASE("what is no host or no path any more is not sent") {
  CHECK(sent({{.type = "url-rewrite", .regex = "^/", .replace = ""}}, "/a", "a.test") == "no url");
  CHECK(sent({{.type = "url-rewrite", .regex = "a", .replace = "b c"}}, "/a", "a.test") == "no url");
  CHECK(sent({{.type = "url-rewrite", .regex = "a", .replace = "b\r\nX: y"}}, "/a", "a.test") == "no url");
  CHECK(sent({{.type = "host-header-rewrite", .regex = ".*", .replace = ""}}, "/a", "a.test") == "no host");
  CHECK(sent({{.type = "host-header-rewrite", .regex = "test", .replace = "x/y"}}, "/a", "a.test") == "no host");
}
