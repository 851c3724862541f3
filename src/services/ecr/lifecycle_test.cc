#include <doctest/doctest.h>

#include <fmt/format.h>

#include "base/text.h"
#include "services/ecr/lifecycle.h"

namespace landfall::services::ecr {
namespace {

constexpr WallTime kNow{1'800'000'000'000};

LifecycleImage image(const char* digest, std::vector<std::string> tags, int days_old) { return {.digest = digest, .tags = std::move(tags), .pushed_at = kNow - std::chrono::hours(24 * days_old)}; }

std::string rule(int priority, const std::string& selection) { return fmt::format(R"({{"rulePriority":{},"selection":{{{}}},"action":{{"type":"expire"}}}})", priority, selection); }

std::string expired(const std::vector<std::string>& rules, const std::vector<LifecycleImage>& images) {
  const auto read = read_lifecycle("{\"rules\":[" + join(rules, ",") + "]}");
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().what));
  std::vector<std::string> digests;
  for (const Expiry& one : expired_images(*read, images, kNow)) digests.push_back(one.digest);
  return join(digests, " ");
}

const std::string kUntaggedWeek = R"("tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":7)";
const std::string kAnyTwo = R"("tagStatus":"any","countType":"imageCountMoreThan","countNumber":2)";

}  // namespace

TEST_CASE("images go by count, the oldest first, or by age") {
  const std::vector<LifecycleImage> images{image("a", {"1"}, 1), image("b", {"2"}, 2), image("c", {}, 3), image("d", {}, 9)};
  CHECK(expired({rule(1, kAnyTwo)}, images) == "c d");
  CHECK(expired({rule(1, kUntaggedWeek)}, images) == "d");
}

TEST_CASE("what a rule selects no later rule expires, but it counts there") {
  // The guide's example: the first rule keeps one of prod, the second two of any; what the first one keeps stays.
  const std::vector<LifecycleImage> images{image("a", {"beta1"}, 1), image("b", {"beta2"}, 2), image("c", {"prod1"}, 3), image("d", {"prod2"}, 4)};
  const std::string prod = R"("tagStatus":"tagged","tagPrefixList":["prod"],"countType":"imageCountMoreThan","countNumber":1)";
  CHECK(expired({rule(2, kAnyTwo), rule(1, prod)}, images) == "d");
}

TEST_CASE("an image must have a tag for each prefix or pattern") {
  const std::vector<LifecycleImage> images{image("a", {"prod-1", "web-1"}, 9), image("b", {"prod-2"}, 9), image("c", {"x-prod-y"}, 9)};
  const std::string day = R"(,"countType":"sinceImagePushed","countUnit":"days","countNumber":1)";
  CHECK(expired({rule(1, R"("tagStatus":"tagged","tagPrefixList":["prod","web"])" + day)}, images) == "a");
  CHECK(expired({rule(1, R"("tagStatus":"tagged","tagPatternList":["*prod*"])" + day)}, images) == "a b c");
}

TEST_CASE("the parts of an index stay") {
  std::vector<LifecycleImage> images{image("index", {"1"}, 9), image("part", {}, 9)};
  images[1].is_part = true;
  CHECK(expired({rule(1, kUntaggedWeek)}, images).empty());
}

TEST_CASE("a policy that says something else is refused") {
  for (const std::string& document : {std::string("{}"), std::string("no"), "{\"rules\":[" + rule(0, kAnyTwo) + "]}", "{\"rules\":[" + rule(1, kAnyTwo) + "," + rule(2, kUntaggedWeek) + "]}",
                                      "{\"rules\":[" + rule(1, kUntaggedWeek) + "," + rule(1, kAnyTwo) + "]}", "{\"rules\":[" + rule(1, R"("tagStatus":"tagged","countType":"imageCountMoreThan","countNumber":2)") + "]}",
                                      "{\"rules\":[" + rule(1, R"("tagStatus":"any","countType":"sinceImagePulled","countUnit":"days","countNumber":2)") + "]}",
                                      "{\"rules\":[" + rule(1, kAnyTwo) + "],\"version\":1}", "{\"rules\":[" + rule(1, R"("tagStatus":"any","countType":"imageCountMoreThan","countNumber":2},"name":"x","also":{)") + "]}"}) {
    CAPTURE(document);
    REQUIRE_FALSE(read_lifecycle(document).has_value());
    CHECK(read_lifecycle(document).error().code == "InvalidParameterException");
  }
}

}  // namespace landfall::services::ecr
