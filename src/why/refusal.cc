#include "why/refusal.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::why {
namespace {

using model::ApplyFailure;

/// Which argument AWS's words are about. The first row whose code and words fit counts.
struct Row {
  std::string_view code, words, attribute, remedy;  ///< "%" in the attribute: the container that the message names
};

constexpr Row kRows[] = {
    {"ClientException", "No Fargate configuration exists", "cpu, memory", "choose a pair that Fargate has: 256 with 512, 1024 or 2048 MiB; 512 with 1024 to 4096; 1024 with 2048 to 8192; 2048 with 4096 to 16384; 4096 with 8192 to 30720"},
    {"ClientException", "execution role ARN", "execution_role_arn", "set execution_role_arn: the role with which the platform pulls the image and writes the logs; task_role_arn is the program's own"},
    {"ClientException", "only supports network mode", "network_mode", "set network_mode = \"awsvpc\""},
    {"ClientException", "to be HEALTHY", "container_definitions[%].dependsOn", "give the container that is waited for a healthCheck, or wait for START"},
    {"ClientException", "depends on the container", "container_definitions[%].dependsOn", "name a container of this task definition"},
    {"ClientException", "marked essential", "container_definitions.essential", "let one of the containers be essential (the default)"},
    {"ClientException", "host ports and container ports", "container_definitions.portMappings.hostPort", "leave hostPort out: with awsvpc it is the container's port"},
    {"ClientException", "'memory' setting for container", "memory", "raise the memory of the task, or lower that of the container"},
    {"ClientException", "sum of the containers' 'cpu'", "cpu", "raise the cpu of the task, or lower that of its containers"},
    {"InvalidParameterException", "still Draining", "name", "wait until the service of that name has drained and apply again, or give the new one another name"},
    {"InvalidParameterException", "was not idempotent", "name", "a service of that name exists already: give this one another name, or import that one"},
    {"InvalidParameterException", "Unable to update task definition", "task_definition", "leave it to the one who deploys: lifecycle { ignore_changes = [task_definition, load_balancer] }"},
    {"InvalidParameterException", "Unable to update load balancers", "load_balancer", "leave it to the one who deploys: lifecycle { ignore_changes = [task_definition, load_balancer] }"},
    {"InvalidParameterException", "Unable to update network parameters", "network_configuration", "deploy with the new network through the deployment controller, or replace the service"},
    {"ServiceNotActiveException", "", "name", "apply again: the service is made anew"},
    {"ValidationError", "At least two subnets", "subnets", "name subnets of two zones at least"},
    {"ValidationError", "A certificate must be specified", "certificate_arn", "set certificate_arn"},
    {"InvalidConfigurationRequest", "subnets", "subnets", "name one subnet of each zone"},
    {"CertificateNotFound", "", "certificate_arn", "use a certificate of the load balancer's own region"},
    {"UnsupportedCertificate", "", "certificate_arn", "refer to the certificate through aws_acm_certificate_validation.….certificate_arn, which waits until it is issued"},
    {"InvalidSubnet.Conflict", "", "cidr_block", "choose a range that no other subnet of the VPC has"},
    {"InvalidSubnet.Range", "", "cidr_block", "choose a range inside that of the VPC"},
    {"InvalidPermission.Duplicate", "", "ingress", "the rule exists already: keep it once, inline or as a resource of its own"},
    {"DuplicateTargetGroupName", "", "name", "use name_prefix, or another name"},
    {"DuplicateLoadBalancerName", "", "name", "use name_prefix, or another name"},
    {"DuplicateListener", "", "port", "the load balancer listens on that port already"},
    {"ResourceInUse", "", "lifecycle", "let go of it first: create_before_destroy and another name"},
    {"SSLPolicyNotFound", "", "ssl_policy", "name a policy that exists"},
    {"RouteAlreadyExists", "", "route", "the table has a route for that range already: keep it once"},
    {"Resource.AlreadyAssociated", "", "subnet_id", "a subnet has one route table: take the other association away"},
};

/// What to do about a problem that ended a plan, by the start of its summary. An attribute of "": the argument that the marked
/// line sets.
constexpr Row kPlanRows[] = {
    {"Instance cannot be destroyed", "", "lifecycle.prevent_destroy", "take prevent_destroy away, or keep the arguments that force a new one as they are"},
    {"Invalid count argument", "", "count", "let it depend on what is known when planning (variables, locals), or apply the rest first with -target"},
    {"Invalid for_each argument", "", "for_each", "let its keys depend on what is known when planning (variables, locals), or apply the rest first with -target"},
    {"Unsupported argument", "", "", "correct the argument's name, or take it away"},
    {"Unsupported block type", "", "", "correct the block's name, or write it as an argument"},
    {"Unsupported attribute", "", "", "name an attribute that the thing has"},
    {"Missing required argument", "", "", "set the argument"},
    {"Reference to undeclared", "", "", "declare it in this module, or correct the name"},
    {"No value for required variable", "", "", "give it a value: -var, a .tfvars file, TF_VAR_… or a default"},
    {"Invalid value for variable", "", "", "give the variable a value that its validation takes"},
    {"Call to unknown function", "", "", "correct the function's name"},
    {"Error acquiring the state lock", "", "", "wait until the other operation ends; if it was killed, force-unlock with the lock's id"},
    {"Module not installed", "", "source", "run init"},
};

/// `  count = length(…)` -> "count".
std::string argument_of(std::string_view line) {
  line = trim(line);
  const auto end = std::ranges::find_if_not(line, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; });
  const std::string_view name(line.begin(), end), rest = trim(std::string_view(end, line.end()));
  return rest.starts_with('=') && !rest.starts_with("==") ? std::string(name) : "";
}

void tell_plan(const ApplyFailure& failure, Finding& finding) {
  finding.attribute = argument_of(failure.expression);
  for (const Row& row : kPlanRows) {
    if (!failure.code.starts_with(row.code)) continue;
    if (!row.attribute.empty()) finding.attribute = row.attribute;
    finding.remedy = row.remedy;
    return;
  }
}

/// The name in quotes after a word: "The container 'web' waits" -> "web".
std::string quoted_after(std::string_view message, std::string_view word) {
  const size_t start = message.find(fmt::format("{} '", word));
  if (start == std::string_view::npos) return "";
  const std::string_view rest = message.substr(start + word.size() + 2);
  return std::string(rest.substr(0, rest.find('\'')));
}

/// "Priority '10' is currently in use" -> 10.
int quoted_number(std::string_view message) {
  const size_t quote = message.find('\'');
  return quote == std::string_view::npos ? 0 : std::atoi(std::string(message.substr(quote + 1)).c_str());
}

void name_holder(const Ground& ground, const ApplyFailure& failure, Finding& finding) {
  const int priority = quoted_number(failure.message);
  finding.attribute = "priority";
  std::string free;
  std::vector<int> taken;
  for (const model::Rule& rule : ground.rules) {
    taken.push_back(rule.priority);
    if (rule.priority == priority) finding.evidence.push_back(fmt::format("priority {} is held by: {}", priority, name_of(ground, rule.arn)));
  }
  for (int candidate = priority + 1; free.empty() && candidate < priority + 1000; ++candidate) {
    if (std::ranges::find(taken, candidate) == taken.end()) free = std::to_string(candidate);
  }
  finding.remedy = fmt::format("give one of the two rules another number; the next free one after {} is {}", priority, free);
}

/// "arn:aws:acm:us-east-1:…" -> "us-east-1".
std::string region_in(std::string_view message) {
  const size_t arn = message.find("arn:aws:acm:");
  if (arn == std::string_view::npos) return "";
  const std::string_view rest = message.substr(arn + 12);
  return std::string(rest.substr(0, rest.find(':')));
}

/// Why a certificate that a listener wants cannot be used: another reason may be recorded for it.
void look_at_certificate(const Ground& ground, const ApplyFailure& failure, Finding& finding) {
  for (const model::Because& reason : ground.reasons) {
    if (reason.code != "Certificate.NotValidated") continue;
    finding.path.push_back(reason.sentence);
    finding.evidence.push_back("not validated: " + name_of(ground, reason.subject));
  }
  if (const std::string region = region_in(failure.message); !region.empty()) finding.evidence.push_back("region of the certificate: " + region);
}

/// `data.terraform_remote_state.vpc.vpc_id` or `….outputs.vpc_id` in the line: which output of which root.
void look_at_remote_state(const ApplyFailure& failure, Finding& finding) {
  constexpr std::string_view kMark = "data.terraform_remote_state.";
  const size_t mark = failure.expression.find(kMark);
  if (mark == std::string::npos) return;
  const std::string_view rest = std::string_view(failure.expression).substr(mark + kMark.size());
  const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; };
  const std::string name(rest.substr(0, static_cast<size_t>(std::ranges::find_if_not(rest, is_name) - rest.begin())));
  std::string_view output = rest.substr(std::min(name.size() + 1, rest.size()));
  if (output.starts_with("outputs.")) output.remove_prefix(8);
  output = output.substr(0, static_cast<size_t>(std::ranges::find_if_not(output, is_name) - output.begin()));
  finding.code = "Plan.OutputMissing";
  finding.related.push_back(finding.address);
  finding.address = fmt::format("data.terraform_remote_state.{}", name);
  finding.attribute = fmt::format("outputs.{}", output);
  finding.sentence = fmt::format("the stored state behind {} has no output \"{}\": its root does not declare it, or was not applied since it does", finding.address, output);
  finding.remedy = fmt::format("declare output \"{}\" in that root and apply it before this one", output);
}

/// "Cycle: aws_security_group.a, aws_security_group.b": groups that name each other do so in inline rules.
void tell_cycle(const ApplyFailure& failure, Finding& finding) {
  const std::vector<std::string> members = split(failure.code.substr(7), ',');
  for (const std::string& member : members) {
    if (trim(member) != finding.address) finding.related.emplace_back(trim(member));
  }
  const bool are_groups = std::ranges::all_of(members, [](const std::string& member) { return member.find("aws_security_group.") != std::string::npos; });
  finding.code = "Plan.Cycle";
  finding.attribute = are_groups ? "inline rules" : "references";
  finding.remedy = are_groups ? "make one of the rules a resource of its own, so that neither group needs the other" : "take one of the references away";
}

}  // namespace

Finding finding_of_refusal(const Ground& ground, const ApplyFailure& failure) {
  const bool is_plan = failure.operation == "plan";
  Finding finding{.code = is_plan ? "Plan.Failed" : "Apply." + failure.code, .sentence = failure.message, .subject = failure.address, .cause = failure.address, .address = failure.address,
                  .attribute = {}, .file = failure.file, .line = failure.line, .remedy = {}, .evidence = {}, .path = {}, .related = {}};
  finding.path.push_back(is_plan ? failure.message : fmt::format("{} was refused: {}", failure.address, failure.message));
  if (is_plan) {
    tell_plan(failure, finding);
    if (failure.code.starts_with("Cycle: ")) tell_cycle(failure, finding);
    look_at_remote_state(failure, finding);
    return finding;
  }
  for (const Row& row : kRows) {
    if (failure.code != row.code || failure.message.find(row.words) == std::string::npos) continue;
    finding.attribute = replace_all(row.attribute, "%", quoted_after(failure.message, "container"));
    finding.remedy = row.remedy;
    break;
  }
  if (finding.attribute.empty()) finding.attribute = failure.argument;
  if (failure.code == "PriorityInUse") name_holder(ground, failure, finding);
  if (finding.attribute == "certificate_arn") look_at_certificate(ground, failure, finding);
  return finding;
}

void reconsider(const Ground& ground, const ApplyFailure& failure, Finding& finding) {
  if (finding.code != "TargetGroup.NoLoadBalancer") return;
  const auto group = std::ranges::find(ground.groups, finding.cause, &model::TargetGroup::arn);
  if (group == ground.groups.end() || model::load_balancers_of(*group, ground.listeners, ground.rules).empty()) return;
  finding.code = "Service.BeforeListener";
  finding.related.push_back(finding.address);
  finding.address = failure.address;
  finding.file = failure.file;
  finding.line = failure.line;
  finding.attribute = "depends_on";
  finding.sentence = fmt::format("{} was made before a listener or rule forwarded to {}; by now one does, so only the order was wrong: nothing in the configuration orders the two", failure.address, name_of(ground, group->arn));
  finding.remedy = "let the service depend on the listener or rule (depends_on), and apply again";
}

}  // namespace landfall::why
