#include "terraform/event.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <condition_variable>

#include "terraform/progress.h"

namespace landfall::terraform {
namespace {

using Kind = Event::Kind;

Address thing() { return {.block = {.type = "terraform_data", .name = "a"}}; }

}  // namespace

TEST_CASE("events read as Terraform's, for people and for programs") {
  const auto both = [](const Event& event) { return event_text(event) + " | " + event_message(event); };

  CHECK(both({.kind = Kind::apply_start, .address = thing(), .action = Action::create}) == "terraform_data.a: Creating... | terraform_data.a: Creating...");
  CHECK(both({.kind = Kind::apply_progress, .address = thing(), .action = Action::update, .id = "i", .elapsed_seconds = 70}) == "terraform_data.a: Still modifying... [id=i, 1m10s elapsed] | terraform_data.a: Still modifying... [id=i] [70s elapsed]");
  CHECK(both({.kind = Kind::apply_complete, .address = thing(), .action = Action::remove}) == "terraform_data.a: Destruction complete after 0s | terraform_data.a: Destruction complete after 0s");
  CHECK(both({.kind = Kind::apply_complete, .address = thing(), .action = Action::read}) == "terraform_data.a: Read complete after 0s | terraform_data.a: Refresh complete after 0s");
  CHECK(both({.kind = Kind::apply_errored, .address = thing(), .action = Action::create}) == " | terraform_data.a: Creation errored after 0s");
  CHECK(both({.kind = Kind::provision_progress, .address = thing(), .output = "hi"}) == "terraform_data.a (local-exec): hi | terraform_data.a: (local-exec): hi");
  CHECK(event_text({.kind = Kind::apply_start, .address = thing(), .action = Action::remove, .id = "i", .deposed = "0a"}) == "terraform_data.a (deposed object 0a): Destroying... [id=i]");
}

TEST_CASE("what runs tells that it still does; what does not end well has failed") {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Kind> told;
  const Listener listener = [&](const Event& event) {
    const std::lock_guard lock(mutex);
    told.push_back(event.kind);
    changed.notify_all();
  };
  Progress progress(listener, std::chrono::milliseconds(1));
  {
    Progress::Running running(progress, {.kind = Kind::apply_start, .address = thing(), .action = Action::create});
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return told.size() > 2; }));
    lock.unlock();
    running.done("i");
  }
  { Progress::Running failing(progress, {.kind = Kind::apply_start, .address = thing(), .action = Action::remove}); }

  const std::lock_guard lock(mutex);
  CHECK(told[0] == Kind::apply_start);
  CHECK(told[1] == Kind::apply_progress);
  CHECK(std::ranges::count(told, Kind::apply_complete) == 1);
  CHECK(std::ranges::count(told, Kind::apply_errored) == 1);
}

}  // namespace landfall::terraform
