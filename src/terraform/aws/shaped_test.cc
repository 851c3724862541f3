#include "terraform/aws/shaped.h"

#include <doctest/doctest.h>

#include "aws/shapes/s3.h"

namespace landfall::terraform::aws_types {

namespace s3 = aws::s3;

namespace {

const Schema kWebsite{.blocks = {one_block("index_document", {.attributes = {text("suffix")}}), list_block("routing_rule", {.blocks = {one_block("redirect", {.attributes = {text("host_name"), text("http_redirect_code")}})}})}};
const Schema kInventory{.attributes = {flag("enabled"), text_set("optional_fields"), text("included_object_versions")}};

}  // namespace

TEST_CASE("members are found by the names of attributes, in any case and in the plural") {
  Record redirect, rule, index, website;
  redirect.set("http_redirect_code", "301");
  rule.set("redirect", std::vector<Record>{redirect});
  index.set("suffix", "index.html");
  website.set("routing_rule", std::vector<Record>{rule});
  website.set("index_document", std::vector<Record>{index});

  const auto made = filled<s3::WebsiteConfiguration>(kWebsite, website);

  REQUIRE(made);
  CHECK(made->index_document->suffix == "index.html");
  REQUIRE(made->routing_rules->size() == 1);
  CHECK(made->routing_rules->front().redirect->http_redirect_code == "301");
  CHECK_FALSE(made->routing_rules->front().redirect->host_name.has_value());
  CHECK_FALSE(made->error_document.has_value());
  CHECK(told(*made, kWebsite).block("routing_rule").block("redirect").text("http_redirect_code") == "301");
}

TEST_CASE("an attribute that is called otherwise has its own name, and what is not written is not sent") {
  Record inventory;
  inventory.set("enabled", false);
  inventory.set("optional_fields", std::vector<std::string>{"Size"});
  inventory.set("included_object_versions", "");

  const auto made = filled<s3::InventoryConfiguration>(kInventory, inventory, {{"enabled", "IsEnabled"}});

  REQUIRE(made);
  CHECK(made->is_enabled == false);
  CHECK(made->optional_fields == std::vector<std::string>{"Size"});
  CHECK_FALSE(made->included_object_versions.has_value());
}

TEST_CASE("a text that should be a number is an error that names the attribute") {
  const Schema schema{.attributes = {text("max_age_seconds")}};
  Record rule;
  rule.set("max_age_seconds", "soon");

  const auto made = filled<s3::CORSRule>(schema, rule);

  REQUIRE_FALSE(made);
  CHECK(made.error().code == "Malformed");
}

}  // namespace landfall::terraform::aws_types
