#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Whether policies let a call through. Pure.
/// Source  IAM user guide: Policy evaluation logic; IAM JSON policy elements reference
namespace landfall::services::iam {

struct Question {
  std::string action;                                   ///< "s3:GetObject"
  std::string resource;                                 ///< an ARN, or "*"
  std::map<std::string, std::string, std::less<>> keys; ///< condition keys in lower case -> value
  std::map<std::string, std::vector<std::string>, std::less<>> lists{};  ///< of those that have several values
};

enum class Verdict { allowed, denied, not_mentioned };

/// An explicit deny wins over everything, then any allow. A document that cannot be read allows nothing.
Verdict evaluate(const std::vector<std::string>& documents, const Question& question);

/// Who calls, as a policy's Principal names him.
struct Caller {
  std::string account;
  std::string arn;       ///< a user's, or a session's of a role, or the account's root
  std::string role_arn;  ///< of a session
  std::string service{}; ///< "ecs-tasks.amazonaws.com", if it is one
  std::string federated{}; ///< ARN of the identity provider whose token somebody brings
};

/// How a resource's policy lets a caller in: itself (or everybody), the role whose session it is, or only its account, which
/// leaves it to the account's own policies.
enum class Grant { none, to_account, to_role, to_caller };

struct ResourceVerdict {
  bool is_denied = false;
  Grant grant = Grant::none;
};

/// The policy of a bucket or repository, or a role's trust policy: statements with a Principal.
/// Source  IAM JSON policy elements reference: Principal, NotPrincipal
ResourceVerdict evaluate_resource(const std::string& document, const Question& question, const Caller& caller);

}  // namespace landfall::services::iam
