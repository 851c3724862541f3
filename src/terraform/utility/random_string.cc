#include <fmt/format.h>

#include "hcl/bcrypt.h"
#include "terraform/ephemeral_source.h"
#include "terraform/utility/draw.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz", kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", kDigits = "0123456789", kSpecial = "!@#$%&*()-_=+[]{}<>:?";
constexpr size_t kBcryptLimit = 72;  // bytes that the hash looks at

/// One kind of character: the argument that allows it, the one that says how many there must be.
struct Kind {
  const char *allows, *least;
  std::string characters;
};

std::vector<Kind> kinds_of(const Record& planned) {
  const std::string own = planned.text("override_special");
  return {{"lower", "min_lower", std::string(kLower)}, {"upper", "min_upper", std::string(kUpper)}, {"numeric", "min_numeric", std::string(kDigits)}, {"special", "min_special", own.empty() ? std::string(kSpecial) : own}};
}

/// Some of each kind, the rest of all that are allowed, in any order.
Result<std::string> make(const Record& planned) {
  Draw draw;
  std::string allowed, made;
  for (const Kind& kind : kinds_of(planned)) {
    if (planned.flag(kind.allows)) allowed += kind.characters;
    for (int64_t i = 0; i < planned.number(kind.least); ++i) made += draw.one_of(kind.characters);
  }
  const size_t length = static_cast<size_t>(planned.number("length"));
  if (allowed.empty() && made.size() < length) return fail("Argument.Missing", "lower, upper, numeric and special are all false: no character is left to choose from");
  while (made.size() < length) made += draw.one_of(allowed);
  draw.shuffle(made);
  return made;
}

/// random_string and random_password. `number` is the old name of `numeric`: each follows the other.
/// Source  registry.terraform.io, hashicorp/random 3.7.
class RandomString final : public Remembered {
 public:
  explicit RandomString(bool is_password) : is_password_(is_password), schema_(make_schema(is_password)) {}
  const Schema& schema() const override { return schema_; }
  int schema_version() const override { return is_password_ ? 3 : 2; }

  Result<void> adjust(const Cloud&, const Planned& plan) const override {
    Record& planned = plan.planned;
    const Value numeric = plan.config.value("numeric").without_marks(), old = plan.config.value("number").without_marks();
    if (numeric.has_value() && old.has_value() && !(numeric == old)) return fail("Argument.Conflict", "number is the old name of numeric: the two must be the same");
    const Value wanted = !numeric.is_null() ? numeric : !old.is_null() ? old : Value::boolean(true);
    planned.set("numeric", wanted);
    planned.set("number", wanted);
    int64_t least = 0;
    for (const Kind& kind : kinds_of(planned)) least += planned.number(kind.least);
    if (planned.has("length") && planned.number("length") < least) return fail("Argument.Range", fmt::format("length is {}; wanted at least {}, the sum of min_lower, min_upper, min_numeric and min_special", planned.number("length"), least));
    return {};
  }

  Result<void> create(const Cloud&, const Record& planned, Record& state) const override { return fill(state, TRY(make(planned))); }

  /// What older versions of the official provider left out of the state.
  Result<bool> read(const Cloud&, Record& state) const override {
    if (!state.has("numeric")) state.set("numeric", !state.has("number") || state.flag("number"));
    if (!state.has("number")) state.set("number", state.flag("numeric"));
    if (is_password_ && !state.has("bcrypt_hash")) TRY(fill(state, state.text("result")));
    return true;
  }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    Record state;
    TRY(fill(state, id));
    state.set("length", static_cast<int64_t>(id.size()));
    for (const char* name : {"lower", "upper", "numeric", "number", "special"}) state.set(name, true);
    for (const char* name : {"min_lower", "min_upper", "min_numeric", "min_special"}) state.set(name, 0);
    return state;
  }

 private:
  static Schema make_schema(bool is_password) {
    const auto kind = [](const char* name) { return flag(name).defaults(true).forces_new(); };
    const auto least = [](const char* name) { return number(name).defaults(0).forces_new().checked(between(0, 1 << 20)); };
    Schema schema{.attributes = {text("id").read_only(), text_map("keepers").forces_new(), number("length").required().forces_new().checked(between(1, 1 << 20)), kind("lower"), kind("upper"), kind("special"),
                                 flag("numeric").computed().forces_new(), flag("number").computed().forces_new(), least("min_lower"), least("min_upper"), least("min_numeric"), least("min_special"),
                                 text("override_special").forces_new()},
                  .is_exact = true};
    schema.attributes.push_back(is_password ? text("result").read_only().sensitive() : text("result").read_only());
    if (is_password) schema.attributes.push_back(text("bcrypt_hash").read_only().sensitive());
    return schema;
  }

  Result<void> fill(Record& state, const std::string& result) const {
    state.set("id", is_password_ ? "none" : result);
    state.set("result", result);
    if (is_password_) state.set("bcrypt_hash", TRY(hcl::bcrypt_hash(result.substr(0, kBcryptLimit))));
    return {};
  }

  bool is_password_;
  Schema schema_;
};

}  // namespace

void add_random_string(Provider& provider) {
  provider.resources["random_string"] = std::make_unique<RandomString>(false);
  provider.resources["random_password"] = std::make_unique<RandomString>(true);
  add_ephemeral_of(provider, "random_password", {"id", "keepers", "number"});
}

}  // namespace landfall::terraform::utility_types
