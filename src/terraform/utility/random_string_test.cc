#include <doctest/doctest.h>

#include <algorithm>

#include "terraform/change.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

struct Types {
  Provider provider;
  Cloud cloud;
  Types() { add_random_string(provider); }
  const ResourceType& password() const { return *provider.resource("random_password"); }

  Result<Record> make(const Record& config) const {
    const Change change = TRY(plan_change(password(), cloud, Value(), config.to_value()));
    Record state(change.planned);
    TRY(password().create(cloud, Record(change.planned), state));
    return state;
  }
};

Record config(int64_t length) {
  Record record;
  record.set("length", length);
  return record;
}

}  // namespace

TEST_CASE("a password has what its arguments ask for") {
  const Types types;
  Record wanted = config(40);
  wanted.set("override_special", "_");
  wanted.set("min_special", 5);
  wanted.set("min_numeric", 3);
  wanted.set("upper", false);

  const auto made = types.make(wanted);

  REQUIRE(made);
  const std::string text = made->text("result");
  CHECK(text.size() == 40);
  CHECK(std::ranges::count(text, '_') >= 5);
  CHECK(std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; }) >= 3);
  CHECK(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos);
  CHECK(made->text("bcrypt_hash").starts_with("$2a$10$"));
}

TEST_CASE("what cannot be kept is told before anything is made") {
  const Types types;
  Record too_short = config(3), torn = config(8);
  too_short.set("min_lower", 4);
  torn.set("number", true);
  torn.set("numeric", false);

  CHECK(types.make(too_short).error().code == "Argument.Range");
  CHECK(types.make(torn).error().code == "Argument.Conflict");
}

TEST_CASE("the old name of numeric is the same argument, and a state that has only that is kept") {
  const Types types;
  Record old_name = config(8);
  old_name.set("number", false);
  Record state = *types.make(old_name);
  CHECK_FALSE(state.flag("numeric"));

  state.clear("numeric");
  REQUIRE(types.password().read(types.cloud, state));
  const auto kept = plan_change(types.password(), types.cloud, state.to_value(), old_name.to_value());
  const auto dropped = plan_change(types.password(), types.cloud, state.to_value(), config(8).to_value());

  CHECK(kept->action == Action::none);
  CHECK(dropped->action == Action::replace);
}

}  // namespace landfall::terraform::utility_types
