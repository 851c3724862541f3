#include <fmt/format.h>
#include <openssl/bn.h>

#include "base/ids.h"
#include "base/text.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

/// URL-safe base64 without padding.
std::string base64_url(std::string_view bytes) {
  std::string text = replace_all(replace_all(base64_encode(bytes), "+", "-"), "/", "_");
  while (text.ends_with('=')) text.pop_back();
  return text;
}

Result<std::string> from_base64_url(std::string text) {
  text = replace_all(replace_all(text, "-", "+"), "_", "/");
  while (text.size() % 4 != 0) text += '=';
  return base64_decode(text);
}

std::string decimal(std::string_view bytes) {
  BIGNUM* number = BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr);
  char* digits = BN_bn2dec(number);
  std::string text = digits;
  OPENSSL_free(digits);
  BN_free(number);
  return text;
}

void fill(Record& state, const std::string& bytes) {
  const std::string prefix = state.text("prefix");
  state.set("id", base64_url(bytes));
  state.set("b64_url", prefix + base64_url(bytes));
  state.set("b64_std", prefix + base64_encode(bytes));
  state.set("hex", prefix + to_hex(bytes));
  state.set("dec", prefix + decimal(bytes));
}

/// Source  registry.terraform.io, hashicorp/random: random_id.
class RandomId final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text_map("keepers").forces_new(), number("byte_length").required().forces_new().checked(between(1, 1 << 20)), text("prefix").forces_new(),
                                              text("b64_std").read_only(), text("b64_url").read_only(), text("dec").read_only(), text("hex").read_only()},
                               .is_exact = true};
    return schema;
  }
  Result<void> create(const Cloud&, const Record& planned, Record& state) const override {
    fill(state, secret_bytes(static_cast<int>(planned.number("byte_length"))));
    return {};
  }
  /// "ID" or "PREFIX,ID".
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t comma = id.rfind(',');
    const std::string bytes = TRY(from_base64_url(id.substr(comma == std::string::npos ? 0 : comma + 1)).while_doing("reading the id, which is URL-safe base64, maybe after a prefix and a comma"));
    Record state;
    if (comma != std::string::npos) state.set("prefix", id.substr(0, comma));
    state.set("byte_length", static_cast<int64_t>(bytes.size()));
    fill(state, bytes);
    return state;
  }
};

/// Source  registry.terraform.io, hashicorp/random: random_bytes.
class RandomBytes final : public Remembered {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text_map("keepers").forces_new(), number("length").required().forces_new().checked(between(1, 1 << 20)), text("base64").read_only().sensitive(), text("hex").read_only().sensitive()}, .is_exact = true};
    return schema;
  }
  Result<void> create(const Cloud&, const Record& planned, Record& state) const override {
    const std::string bytes = secret_bytes(static_cast<int>(planned.number("length")));
    state.set("base64", base64_encode(bytes));
    state.set("hex", to_hex(bytes));
    return {};
  }
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const std::string bytes = TRY(base64_decode(id).while_doing("reading the id, which is base64"));
    Record state;
    state.set("length", static_cast<int64_t>(bytes.size()));
    state.set("base64", base64_encode(bytes));
    state.set("hex", to_hex(bytes));
    return state;
  }
};

}  // namespace

void add_random_id(Provider& provider) {
  provider.resources["random_id"] = std::make_unique<RandomId>();
  provider.resources["random_bytes"] = std::make_unique<RandomBytes>();
}

}  // namespace landfall::terraform::utility_types
