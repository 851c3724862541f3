#include "terraform/attempt.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/file.h"

namespace landfall::terraform {
namespace {

struct Folder {
  std::filesystem::path path = [] {
    std::string made = "/tmp/landfall-attempt.XXXXXX";
    REQUIRE(mkdtemp(made.data()) != nullptr);
    return std::filesystem::path(made);
  }();
  ~Folder() { std::filesystem::remove_all(path); }
};

Begun vpc(const std::string& token) {
  return {.token = token, .address = {.block = {.type = "aws_vpc", .name = "v"}, .key = Key::of(std::string("a\nb"))}, .wanted = R"({"cidr_block":"10.0.0.0/16"})", .dependencies = {"aws_x.y"}, .region = "us-west-2"};
}

}  // namespace

TEST_CASE("a creation whose process ended is found by the next") {
  const Folder folder;
  {
    Journal journal(folder.path / "unfinished", "a");
    Attempt lost(journal, vpc("one")), done(journal, vpc("two"));
    REQUIRE(lost.next_call("CreateVpc"));
    REQUIRE(done.next_call("CreateVpc"));
    done.settle();
  }

  const auto found = Journal(folder.path / "unfinished", "a").unfinished();

  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK(found->at(0).token == "one");
  CHECK(found->at(0).address == vpc("one").address);
  CHECK(found->at(0).wanted == vpc("one").wanted);
  CHECK(found->at(0).dependencies == std::vector<std::string>{"aws_x.y"});
}

TEST_CASE("nothing is left of a journal whose creations all ended") {
  const Folder folder;
  Journal journal(folder.path, "a");
  Attempt attempt(journal, vpc("one")), never(journal, vpc("two"));
  REQUIRE(attempt.next_call("CreateVpc"));
  CHECK(std::filesystem::exists(journal.path()));

  attempt.settle();
  never.settle();

  CHECK_FALSE(std::filesystem::exists(journal.path()));
}

TEST_CASE("a line that was cut short hides no other") {
  const Folder folder;
  {
    Journal journal(folder.path, "a");
    REQUIRE(journal.begin(vpc("one")));
  }
  Journal next(folder.path, "a");
  REQUIRE(write_file_atomic(next.path(), *read_file(next.path()) + R"({"begun":"tw)"));

  REQUIRE(next.begin(vpc("three")));

  CHECK(next.unfinished()->size() == 2);
}

TEST_CASE("run again, a creation asks first whether it was made, and has the same tokens and ids") {
  const Folder folder;
  Journal journal(folder.path, "a");
  Attempt first(journal, vpc("one"));
  const auto create = first.next_call("CreateVpc");
  first.call_done();
  const auto change = first.next_call("ModifyVpcAttribute");
  const std::string id = first.ids().hex(8);

  Attempt again = Attempt::again(journal, vpc("one"));
  const auto recalled = again.next_call("CreateVpc");
  CHECK(again.is_nothing_made({.code = "Landfall.NotMade", .what = ""}));
  CHECK_FALSE(again.is_nothing_made({.code = "Http.Refused", .what = ""}));
  again.call_done();
  const auto changed = again.next_call("ModifyVpcAttribute");

  CHECK(create->token == recalled->token);
  CHECK(change->token == changed->token);
  CHECK(create->token != change->token);
  CHECK_FALSE(create->is_only_recalled);
  CHECK(recalled->is_only_recalled);
  CHECK_FALSE(changed->is_only_recalled);
  CHECK(again.ids().hex(8) == id);
  CHECK_FALSE(again.is_nothing_made({.code = "AnyCode", .what = ""}));
}

}  // namespace landfall::terraform
