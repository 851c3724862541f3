#include "fargate/reference.h"

#include <doctest/doctest.h>

using namespace landfall;
using namespace landfall::fargate;

TEST_CASE("a reference is filled in as Docker does") {
  struct Case {
    const char *text, *host, *repository, *tag, *url;
  };
  for (const Case& at : {Case{"nginx", "docker.io", "library/nginx", "latest", "https://registry-1.docker.io/v2/library/nginx"},
                         Case{"team/app:v2", "docker.io", "team/app", "v2", "https://registry-1.docker.io/v2/team/app"},
                         Case{"index.docker.io/team/app", "docker.io", "team/app", "latest", "https://registry-1.docker.io/v2/team/app"},
                         Case{"localhost:5000/app", "localhost:5000", "app", "latest", "http://localhost:5000/v2/app"},
                         Case{"localhost/app", "localhost", "app", "latest", "http://localhost/v2/app"},
                         Case{"127.0.0.1:5000/a/b_c:1.0", "127.0.0.1:5000", "a/b_c", "1.0", "http://127.0.0.1:5000/v2/a/b_c"},
                         Case{"000000000000.dkr.ecr.us-west-2.amazonaws.com/web:v1", "000000000000.dkr.ecr.us-west-2.amazonaws.com", "web", "v1", "https://000000000000.dkr.ecr.us-west-2.amazonaws.com/v2/web"}}) {
    CAPTURE(at.text);
    const auto found = parse_reference(at.text);
    REQUIRE(found);
    CHECK(found->host == at.host);
    CHECK(found->repository == at.repository);
    CHECK(found->tag == at.tag);
    CHECK(found->base_url() == at.url);
  }
}

TEST_CASE("a digest selects before a tag") {
  const std::string digest = "sha256:" + std::string(64, 'a');
  CHECK(parse_reference("app:v1@" + digest)->selector() == digest);
  CHECK(parse_reference("app@" + digest)->tag == "");
}

TEST_CASE("what is no reference is refused with the reason") {
  for (const std::string text : {"", "UPPER/app", "app:", "app:-x", "app@sha256:12", "app@md5:00", "host.com/", "a//b", "host.com:1:2/app", "app:v 1", "-app", "../app", "host.com/../app"}) {
    CAPTURE(text);
    const auto found = parse_reference(text);
    REQUIRE(!found);
    CHECK(found.error().code == "Image.InvalidReference");
    CHECK(found.error().what.find(text) != std::string::npos);
  }
}
