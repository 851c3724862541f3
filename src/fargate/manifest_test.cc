#include "fargate/manifest.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace landfall;
using namespace landfall::fargate;

namespace {

const std::string kDigest = "sha256:" + std::string(64, '1'), kOther = "sha256:" + std::string(64, '2');

std::string descriptor(const std::string& digest, long long size = 5) { return fmt::format(R"({{"mediaType":"t","digest":"{}","size":{}}})", digest, size); }

std::string image(const std::string& config, const std::string& layers) { return R"({"schemaVersion":2,"config":)" + config + R"(,"layers":[)" + layers + "]}"; }

}  // namespace

TEST_CASE("a manifest gives config and layers, lowest first") {
  const auto found = parse_manifest(image(descriptor(kDigest), descriptor(kDigest) + "," + descriptor(kOther)));
  REQUIRE(found);
  CHECK(found->config.digest == kDigest);
  REQUIRE(found->layers.size() == 2);
  CHECK(found->layers[1].digest == kOther);
}

TEST_CASE("an index is chosen from by platform") {
  const std::string entry = R"({"mediaType":"t","digest":")" + kDigest + R"(","size":1,"platform":{"os":"linux","architecture":"arm64"}})";
  const auto found = parse_manifest(R"({"schemaVersion":2,"manifests":[)" + entry + "]}");
  REQUIRE(found);
  CHECK(choose_platform(*found, "arm64")->digest == kDigest);
  const auto missing = choose_platform(*found, "amd64");
  REQUIRE(!missing);
  CHECK(missing.error().what == "image Manifest does not contain descriptor matching platform 'linux/amd64'");
}

TEST_CASE("manifests that would do harm are refused") {
  std::string many = descriptor(kDigest);
  for (int i = 0; i < 200; ++i) many += "," + descriptor(kDigest);
  for (const std::string& text : {std::string("[]"), std::string("{"), std::string(R"({"schemaVersion":1})"), std::string(R"({"schemaVersion":2})"), std::string(R"({"schemaVersion":2,"manifests":[]})"),
                                  image(descriptor("sha256:../../etc/passwd"), ""), image(descriptor(kDigest, -1), ""), image(descriptor(kDigest, 1ll << 40), ""), image(descriptor(kDigest), many), image(descriptor(kDigest), "7")}) {
    CAPTURE(text.substr(0, 200));
    CHECK(!parse_manifest(text));
  }
}

TEST_CASE("an image's config may leave everything out") {
  CHECK(parse_image_config("{}"));
  CHECK(parse_image_config(R"({"config":{"Cmd":["a",1],"Env":null}})")->command == std::vector<std::string>{"a"});
  CHECK(!parse_image_config("7"));
}
