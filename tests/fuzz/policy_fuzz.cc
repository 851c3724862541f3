// Reads any bytes as a policy document of each kind, and asks it, whole or not, about a call.
#include <cstdint>
#include <string>

#include "services/iam/evaluate.h"
#include "services/iam/policy_document.h"

using namespace landfall::services::iam;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const PolicyKind kind : {PolicyKind::managed, PolicyKind::inline_, PolicyKind::trust}) (void)check_policy(text, kind);
  const Question question{.action = "s3:GetObject", .resource = "arn:aws:s3:::bucket/key", .keys = {{"aws:sourceip", "10.0.0.1"}, {"aws:currenttime", "2026-01-01T00:00:00Z"}, {"aws:username", "ann"}, {"s3:max-keys", "7"}}, .lists = {{"aws:tagkeys", {"a", "b"}}}};
  (void)evaluate({text}, question);
  (void)evaluate_resource(text, question, {.account = "1", .arn = "arn:aws:iam::1:user/ann", .role_arn = {}});
  return 0;
}
