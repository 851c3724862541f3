#include <fmt/format.h>

#include "base/ids.h"
#include "base/text.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

bool is_uuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (const size_t dash : {8, 13, 18, 23}) {
    if (text[dash] != '-') return false;
  }
  const auto bytes = from_hex(replace_all(text, "-", ""));
  return bytes && bytes->size() == 16;
}

/// Source  registry.terraform.io, hashicorp/random: random_uuid.
class RandomUuid final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text_map("keepers").forces_new(), text("result").read_only()}, .is_exact = true};
    return schema;
  }
  Result<void> create(const Cloud& cloud, const Record&, Record& state) const override {
    state.set("id", cloud.ids->uuid());
    state.set("result", state.text("id"));
    return {};
  }
  Result<Record> import(const Cloud&, const std::string& id) const override {
    if (!is_uuid(id)) return fail("Import.Malformed", fmt::format("the id '{}' is not a UUID; wanted the form aabbccdd-eeff-0011-2233-445566778899", id));
    Record state;
    state.set("id", id);
    state.set("result", id);
    return state;
  }
};

}  // namespace

void add_random_uuid(Provider& provider) { provider.resources["random_uuid"] = std::make_unique<RandomUuid>(); }

}  // namespace landfall::terraform::utility_types
