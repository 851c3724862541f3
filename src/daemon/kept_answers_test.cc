#include "daemon/kept_answers.h"

#include <doctest/doctest.h>

namespace landfall::daemon {
namespace {

/// A call that writes one record and counts how often it ran.
struct Writer {
  store::Store& store;
  int runs = 0;

  Result<http::Response> operator()() {
    ++runs;
    TRY(store.transact([&](store::Transaction& tx) -> Result<void> {
      tx.put("vpc/" + std::to_string(runs), "made");
      return {};
    }));
    http::Response response;
    response.headers.set("content-type", "text/xml");
    response.body = "vpc-" + std::to_string(runs);
    return response;
  }
};

}  // namespace

TEST_CASE("a call with a token is carried out once, also by the next daemon") {
  const auto store = store::open_memory();
  Writer writer{*store};
  const auto call = [&] { return writer(); };

  const auto first = KeptAnswers(*store).answer("0/token", false, call);
  const auto second = KeptAnswers(*store).answer("0/token", false, call);
  const auto other = KeptAnswers(*store).answer("0/other", false, call);

  REQUIRE(first);
  CHECK(first->body == "vpc-1");
  CHECK(second->body == "vpc-1");
  CHECK(second->headers.find("content-type") == "text/xml");
  CHECK(other->body == "vpc-2");
  CHECK(store->list("vpc/").size() == 2);
}

TEST_CASE("the answer and what the call wrote are one commit") {
  const auto store = store::open_memory();
  Writer writer{*store};

  REQUIRE(KeptAnswers(*store).answer("0/token", false, [&] { return writer(); }));

  CHECK(store->revision() == 1);
}

TEST_CASE("who only recalls causes no call") {
  const auto store = store::open_memory();
  Writer writer{*store};

  const auto answer = KeptAnswers(*store).answer("0/token", true, [&] { return writer(); });

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == "Landfall.NotMade");
  CHECK(writer.runs == 0);
}

TEST_CASE("a refusal is not kept") {
  const auto store = store::open_memory();
  KeptAnswers answers(*store);

  CHECK_FALSE(answers.answer("0/token", false, [] { return Result<http::Response>(fail("No", "no")); }));

  Writer writer{*store};
  CHECK(answers.answer("0/token", false, [&] { return writer(); })->body == "vpc-1");
}

TEST_CASE("the number of kept answers is bounded, the oldest go first") {
  const auto store = store::open_memory();
  KeptAnswers answers(*store);
  const auto call = [] { return Result<http::Response>(http::Response{}); };

  for (int i = 0; i < 5000; ++i) REQUIRE(answers.answer("0/" + std::to_string(i), false, call));

  CHECK(store->list("answers/").size() <= 4096);
  CHECK(answers.answer("0/4999", true, call));
  CHECK_FALSE(answers.answer("0/0", true, call));
}

}  // namespace landfall::daemon
