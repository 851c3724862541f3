#include "terraform/event.h"

#include <fmt/format.h>

namespace landfall::terraform {
namespace {

/// What is done, in the three forms that sentences have.
struct Verb {
  const char *going, *still, *done;  ///< "Creating", "creating", "Creation"
};

Verb verb_of(Action action, bool is_for_people) {
  switch (action) {
    case Action::create: return {"Creating", "creating", "Creation"};
    case Action::update: return {"Modifying", "modifying", "Modifications"};
    case Action::remove: return {"Destroying", "destroying", "Destruction"};
    case Action::read: return is_for_people ? Verb{"Reading", "reading", "Read"} : Verb{"Refreshing", "refreshing", "Refresh"};
    case Action::none:
    case Action::replace:
    case Action::forget: return {"Applying", "applying", "Apply"};
  }
  return {"", "", ""};
}

/// Source  Terraform 1.11, command/views/hook_ui.go, and views/json/hook.go.
std::string sentence(const Event& event, bool is_for_people) {
  const Verb verb = verb_of(event.action, is_for_people);
  const std::string who = event.address.text() + (event.deposed.empty() ? "" : fmt::format(" (deposed object {})", event.deposed));
  const std::string id = event.id.empty() ? "" : fmt::format(" [id={}]", event.id);
  const int seconds = event.elapsed_seconds;
  const std::string time = seconds < 60 || !is_for_people ? fmt::format("{}s", seconds) : fmt::format("{}m{}s", seconds / 60, seconds % 60);
  using Kind = Event::Kind;
  switch (event.kind) {
    case Kind::refresh_start: return fmt::format("{}: Refreshing state...{}", who, id);
    case Kind::refresh_complete: return is_for_people ? "" : fmt::format("{}: Refresh complete{}", who, id);
    case Kind::apply_start: return fmt::format("{}: {}...{}", who, verb.going, id);
    case Kind::apply_progress: return is_for_people && !id.empty() ? fmt::format("{}: Still {}... [id={}, {} elapsed]", who, verb.still, event.id, time) : fmt::format("{}: Still {}... {}[{} elapsed]", who, verb.still, id.empty() ? "" : id.substr(1) + " ", time);
    case Kind::apply_complete: return fmt::format("{}: {} complete after {}{}", who, verb.done, time, id);
    case Kind::apply_errored: return is_for_people ? "" : fmt::format("{}: {} errored after {}", who, verb.done, time);
    case Kind::provision_start: return fmt::format("{}: Provisioning with 'local-exec'...", who);
    case Kind::provision_progress: return is_for_people ? fmt::format("{} (local-exec): {}", who, event.output) : fmt::format("{}: (local-exec): {}", who, event.output);
    case Kind::provision_complete: return is_for_people ? "" : fmt::format("{}: (local-exec) Provisioning complete", who);
    case Kind::provision_errored: return is_for_people ? "" : fmt::format("{}: (local-exec) Provisioning errored", who);
  }
  return "";
}

}  // namespace

std::string event_text(const Event& event) { return sentence(event, true); }
std::string event_message(const Event& event) { return sentence(event, false); }

}  // namespace landfall::terraform
