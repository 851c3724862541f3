#pragma once

#include <span>
#include <string_view>

/// Which actions a call needs, and on what.
/// Source  Service Authorization Reference: Actions, resources, and condition keys
namespace landfall::services::iam {

/// A call needs every row that names its operation.
struct ActionRow {
  std::string_view service;
  std::string_view operations;   ///< names, with blanks between
  std::string_view resources;    ///< templates (asked.cc), with blanks between; where none applies: "*"
  std::string_view action{};     ///< empty: the operation's name; such a row is asked for whatever it finds
  std::string_view only_if{};    ///< a member that must be set, or "!member" that must not
  std::string_view passed_to{};  ///< of iam:PassRole: the service that gets the role
};

std::span<const ActionRow> action_table();

}  // namespace landfall::services::iam
