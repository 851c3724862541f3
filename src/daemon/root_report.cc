#include "daemon/root_report.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "model/reason.h"
#include "store/table.h"
#include "why/ownership.h"

namespace landfall::daemon {
namespace {

using model::ApplyFailure;
using model::Because;
using model::Origin;
using store::Transaction;

std::string text(const json::object& object, std::string_view name) { return std::string(string_member(object, name)); }

template <class Take>
void each(const json::object& object, std::string_view name, Take take) {
  const json::array* list = array_member(object, name);
  if (list == nullptr) return;
  for (const json::value& entry : *list) {
    if (const json::object* member = entry.if_object()) take(*member);
  }
}

Origin origin_of(const json::object& entry, const std::string& root) {
  Origin origin{.id = text(entry, "id"), .address = text(entry, "address"), .file = text(entry, "file"), .line = int_member(entry, "line"), .root = root, .refers = {}, .blocks = {}};
  if (const json::value* refers = entry.if_contains("refers"); refers != nullptr && refers->is_object()) {
    for (const auto& [name, value] : refers->get_object()) {
      if (value.is_string()) origin.refers[std::string(name)] = std::string(value.get_string());
    }
  }
  origin.blocks = strings_member(entry, "blocks");
  return origin;
}

/// What the root's state does not have any more is marked, not erased.
void take_instances(Transaction& tx, const json::object& report, const std::string& root) {
  std::set<std::string> told;
  each(report, "instances", [&](const json::object& entry) {
    const Origin origin = origin_of(entry, root);
    if (origin.id.empty()) return;
    told.insert(origin.id);
    store::put(tx, origin);
  });
  for (Origin& known : store::all<Origin>(tx)) {
    if (known.root != root || told.contains(known.id) || known.is_gone) continue;
    known.is_gone = true;
    store::put(tx, known);
  }
}

void take_failures(Transaction& tx, const json::object& report, const std::string& root, WallTime now) {
  std::set<std::string> before, after;
  for (const ApplyFailure& failure : store::all<ApplyFailure>(tx, root + "#")) {
    before.insert(failure.message);
    store::erase<ApplyFailure>(tx, failure.key());
  }
  each(report, "failures", [&](const json::object& f) {
    const ApplyFailure failure{.address = text(f, "address"), .file = text(f, "file"), .line = int_member(f, "line"), .root = root, .operation = text(f, "operation"),
                               .code = text(f, "code"), .message = text(f, "message"), .expression = text(f, "expression"), .argument = text(f, "argument"), .at = now};
    after.insert(failure.message);
    store::put(tx, failure);
  });
  for (const Because& because : store::all<Because>(tx)) {
    const auto message = because.evidence.find("message");
    if (message != because.evidence.end() && before.contains(message->second) && !after.contains(message->second)) store::erase<Because>(tx, because.key());
  }
}

void judge_ownership(Transaction& tx, WallTime now) {
  for (const Because& because : store::all<Because>(tx)) {
    if (because.code == why::kOwnedTwice) store::erase<Because>(tx, because.key());
  }
  for (Because& because : why::owned_twice(store::all<Origin>(tx))) {
    because.since = now;
    store::put(tx, because);
  }
}

}  // namespace

Result<void> take_root_report(store::Store& store, const std::string& body, WallTime now) {
  const auto value = parse_json(body, "the body");
  if (!value || !value->is_object()) return fail("RootReport.Malformed", value ? "the body is not a JSON object" : value.error().what);
  const json::object& report = value->get_object();
  const std::string root = text(report, "root");
  TRY(store.transact([&](Transaction& tx) -> Result<void> {
    if (array_member(report, "instances") != nullptr) take_instances(tx, report, root);
    take_failures(tx, report, root, now);
    judge_ownership(tx, now);
    return {};
  }));
  return {};
}

}  // namespace landfall::daemon
