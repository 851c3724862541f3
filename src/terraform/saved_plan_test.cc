#include "terraform/saved_plan.h"

#include <doctest/doctest.h>

namespace landfall::terraform {
namespace {

using hcl::Type;

Address address(const char* name, Key key = {}) { return {.block = {.module = "module.m[\"a.b\"]", .type = "terraform_data", .name = name}, .key = std::move(key)}; }

SavedPlan example() {
  SavedPlan saved{.workspace = "blue", .made_at = "2026-01-02T03:04:05Z"};
  saved.sources.files = {{"main.tf", "# \"quoted\"\n"}, {"../net/a.tf", ""}};
  saved.sources.installed["net"] = {.key = "net", .source = "acme/net/local", .version = "1.0", .directory = ".terraform/modules/net"};
  saved.inert = {"aws_sqs_queue", "aws_sns_topic"};
  Plan& plan = saved.plan;
  plan.is_destroy = true;
  plan.is_whole = false;
  plan.before.serial = 3;
  plan.before.lineage = "l";
  plan.state.instances[address("kept")] = {.attributes = R"({"id":"1"})"};
  plan.moved[address("new")] = address("old", Key::of(2));
  plan.variables["v"] = Value::list(Type::string(), {Value::string("x")}).sensitive();
  plan.changes[address("new")] = {.address = address("new"), .action = Action::replace, .prior = Value::object({{"id", Value::string("1")}}), .planned = Value::object({{"id", Value::unknown(Type::string())}}), .replaced_by = {"triggers"}, .is_tainted = true, .creates_first = true, .imported = "i", .reason = Reason::tainted};
  const Address keyed = address("each", Key::of(std::string("a\n\"]b")));
  plan.changes[keyed] = {.address = keyed, .action = Action::remove};
  plan.outputs["o"] = {.before = Value::number(1), .after = Value::unknown(), .is_sensitive = true};
  saved.configured.insert(address("new"));
  return saved;
}

}  // namespace

TEST_CASE("a saved plan is read as it was written") {
  const SavedPlan saved = example();

  const std::string text = render_saved_plan(saved);
  const auto read = parse_saved_plan(text, "p");

  REQUIRE(read);
  CHECK(is_saved_plan(text));
  CHECK(render_saved_plan(*read) == text);
  CHECK(read->workspace == "blue");
  CHECK(read->sources.files == saved.sources.files);
  CHECK(read->inert == saved.inert);
  CHECK(read->plan.variables == saved.plan.variables);
  CHECK(read->plan.before.serial == 3);
  CHECK(read->plan.moved == saved.plan.moved);
  CHECK(read->configured == saved.configured);
  const PlannedChange& change = read->plan.changes.at(address("new"));
  CHECK(change.action == Action::replace);
  CHECK(change.planned == saved.plan.changes.at(address("new")).planned);
  CHECK(change.reason == Reason::tainted);
  CHECK(change.imported == "i");
}

TEST_CASE("what is no plan of this version is refused with its name") {
  const std::string text = render_saved_plan(example());
  const auto newer = parse_saved_plan(R"({"format":"landfall-plan","version":2,"x":1})", "p");
  const auto foreign = parse_saved_plan("PK\x03\x04zip", "theirs");
  const auto other = parse_saved_plan("resource {}", "main.tf");

  CHECK(newer.error().what.find("version 2") != std::string::npos);
  CHECK(foreign.error().what.find("theirs is a plan of Terraform") != std::string::npos);
  CHECK(other.error().what.find("main.tf is not a plan") != std::string::npos);
  for (size_t length = 0; length + 2 < text.size(); length += 7) CHECK_FALSE(parse_saved_plan(std::string_view(text).substr(0, length), "cut"));
}

}  // namespace landfall::terraform
