#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "terraform/address.h"
#include "terraform/change.h"

namespace landfall::terraform {

/// What happens to one instance while a plan is made or carried out.
struct Event {
  enum class Kind : unsigned char {
    refresh_start, refresh_complete,
    apply_start, apply_progress, apply_complete, apply_errored,  ///< of data sources too: action read
    provision_start, provision_progress, provision_complete, provision_errored,
  };
  Kind kind;
  Address address;
  Action action = Action::none;  ///< of apply_…: create, update, remove, read
  std::string id{};              ///< where it is known
  std::string deposed{};         ///< of an old instance that a replacement left behind
  int elapsed_seconds = 0;
  std::string output{};          ///< one line, of provision_progress
};

using Listener = std::function<void(const Event&)>;

/// "terraform_data.a: Creating...", as people read it; "" for what they are not told.
std::string event_text(const Event& event);

/// The sentence that the machine-readable UI has for it: the same but for data sources and provisioners.
std::string event_message(const Event& event);

}  // namespace landfall::terraform
