#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

/// One nftables table as a value, and the commands that make it so. Pure.
namespace landfall::vpc {

/// A set or a map.
struct Collection {
  std::string kind;                ///< "set" or "map"
  std::string type;                ///< "ipv4_addr : verdict"
  std::set<std::string> elements;  ///< as nft writes them: "\"e1\" : goto from_e1"
  bool operator==(const Collection&) const = default;
};

struct Chain {
  std::string hook;  ///< "type filter hook …; policy drop;"; empty: only jumped to
  std::vector<std::string> rules;
  bool operator==(const Chain&) const = default;
};

struct Ruleset {
  std::string table;  ///< "ip landfall"; empty: none
  std::set<std::string> counters;
  std::map<std::string, Collection> collections;
  std::map<std::string, Chain> chains;
  bool operator==(const Ruleset&) const = default;
};

/// Replaces whatever the table holds, in one transaction: either the old rules are in force or the new ones.
std::string whole(const Ruleset& wanted);

/// Only what differs, in one transaction too. Counters that stay keep their values. What only adds is quick; the
/// kernel takes 10 ms and more to let go of replaced rules. "" if nothing differs.
std::string change(const Ruleset& in_force, const Ruleset& wanted);

}  // namespace landfall::vpc
