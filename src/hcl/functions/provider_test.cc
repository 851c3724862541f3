#include <doctest/doctest.h>

#include "hcl/evaluate.h"

using namespace landfall::hcl;

namespace {

std::string said(std::string_view text) {
  const ParsedExpression parsed = parse_expression("test", text);
  REQUIRE(parsed.expression != nullptr);
  const Evaluated found = evaluate(*parsed.expression, MapScope());
  return found.ok() ? to_console(found.value) : found.diagnostics[0].summary + ": " + found.diagnostics[0].detail;
}

}  // namespace

TEST_CASE("ARNs are taken apart and put together") {
  CHECK(said("provider::aws::arn_parse(\"arn:aws:ecs:eu-west-1:000000000000:service/c/s:1\").resource") == "\"service/c/s:1\"");
  CHECK(said("provider::aws::arn_parse(\"arn:aws:s3:::b\")") == "{\n  \"account_id\" = \"\"\n  \"partition\" = \"aws\"\n  \"region\" = \"\"\n  \"resource\" = \"b\"\n  \"service\" = \"s3\"\n}");
  CHECK(said("provider::aws::arn_build(\"aws\", \"iam\", \"\", \"000000000000\", \"role/r\")") == "\"arn:aws:iam::000000000000:role/r\"");
  CHECK(said("provider::aws::trim_iam_role_path(\"arn:aws:iam::000000000000:role/a/b/r\")") == "\"arn:aws:iam::000000000000:role/r\"");
  CHECK(said("provider::aws::arn_parse(\"x\")").find("arn: invalid prefix") != std::string::npos);
  CHECK(said("provider::aws::arn_parse(\"arn:aws:s3\")").find("arn: not enough sections") != std::string::npos);
  CHECK(said("provider::aws::trim_iam_role_path(\"arn:aws:iam::000000000000:user/r\")").find("resource must start with \"role/\"") != std::string::npos);
}

TEST_CASE("values are written as one writes them") {
  CHECK(said("provider::terraform::encode_expr(\"multi\\nline\")") == "\"\\\"multi\\\\nline\\\"\"");
  CHECK(said("provider::terraform::encode_expr([1, null, true])") == "\"[1, null, true]\"");
  CHECK(said("provider::terraform::encode_tfvars({ a = 1, long = \"x\", o = { k = \"v\", kk = [] } }) == \"a    = 1\\nlong = \\\"x\\\"\\no = {\\n  k  = \\\"v\\\"\\n  kk = []\\n}\\n\"") == "true");
  CHECK(said("provider::terraform::decode_tfvars(\"a = 1\\nb = [true]\\n\")") == "{\n  \"a\" = 1\n  \"b\" = [\n    true,\n  ]\n}");
  CHECK(said("provider::terraform::encode_tfvars({ \"b c\" = 1 })").find("invalid variable name \"b c\"") != std::string::npos);
  CHECK(said("provider::terraform::decode_tfvars(\"a = foo()\")").find("functions may not be called here") != std::string::npos);
  CHECK(said("provider::terraform::decode_tfvars(\"a {\")").find("invalid tfvars syntax") != std::string::npos);
}

TEST_CASE("what no provider has is said by name") {
  CHECK(said("provider::acme::f()").starts_with("Unknown provider function: There is no function named \"provider::acme::f\""));
}
