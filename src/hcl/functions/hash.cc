#include <fmt/format.h>

#include "base/digest.h"
#include "base/ids.h"
#include "base/text.h"
#include "hcl/bcrypt.h"
#include "hcl/functions/function.h"

namespace landfall::hcl {
namespace {

using Digest = std::string (*)(std::string_view);

template <Digest digest>
Result<Value> hex(const Arguments& a) {
  return Value::string(to_hex(digest(a.string(0))));
}

template <Digest digest>
Result<Value> base64(const Arguments& a) {
  return Value::string(base64_encode(digest(a.string(0))));
}

Result<Value> bcrypt(const Arguments& a) {
  if (a.size() > 2) return failed("bcrypt() takes no more than two arguments");
  const int64_t cost = a.size() > 1 ? TRY(a.whole(1)) : 10;
  if (cost < 4 || cost > 31) return failed(fmt::format("cost {} is outside allowed range (4,31)", cost));
  if (a.string(0).size() > 72) return failed("password length exceeds 72 bytes");
  if (a.context.defer_impure) return Value::unknown(Type::string());
  const Result<std::string> hash = bcrypt_hash(a.string(0), static_cast<int>(cost));
  if (!hash) return failed(hash.error().what);
  return Value::string(*hash);
}

Result<Value> uuid(const Arguments& a) {
  if (a.context.defer_impure) return Value::unknown(Type::string());
  if (a.context.ids == nullptr) return failed("no source of identifiers here");
  return Value::string(a.context.ids->uuid());
}

Result<Value> uuidv5(const Arguments& a) {
  const std::string& space = a.string(0);
  std::string hex_space = space == "dns"    ? "6ba7b8109dad11d180b400c04fd430c8"
                          : space == "url"  ? "6ba7b8119dad11d180b400c04fd430c8"
                          : space == "oid"  ? "6ba7b8129dad11d180b400c04fd430c8"
                          : space == "x500" ? "6ba7b8149dad11d180b400c04fd430c8"
                                            : replace_all(space, "-", "");
  const Result<std::string> bytes = from_hex(hex_space);
  const bool is_known_word = space.size() <= 4;
  if (!bytes || bytes->size() != 16 || (!is_known_word && space.size() != 36 && space.size() != 32)) {
    return failed(fmt::format("uuidv5() doesn't support namespace {}", space));
  }
  std::string id = sha1(*bytes + a.string(1)).substr(0, 16);
  id[6] = static_cast<char>((id[6] & 0x0F) | 0x50);
  id[8] = static_cast<char>((id[8] & 0x3F) | 0x80);
  const std::string digits = to_hex(id);
  const std::string_view d = digits;
  return Value::string(fmt::format("{}-{}-{}-{}-{}", d.substr(0, 8), d.substr(8, 4), d.substr(12, 4),
                                   d.substr(16, 4), d.substr(20)));
}

}  // namespace

std::span<const Function> hash_functions() {
  static const std::vector<Parameter> kText{{"str", Type::string()}};
  static const std::vector<Function> kFunctions{
      {"md5", kText, {}, Type::string(), hex<md5>},
      {"sha1", kText, {}, Type::string(), hex<sha1>},
      {"sha256", kText, {}, Type::string(), hex<sha256>},
      {"sha512", kText, {}, Type::string(), hex<sha512>},
      {"base64sha256", kText, {}, Type::string(), base64<sha256>},
      {"base64sha512", kText, {}, Type::string(), base64<sha512>},
      {"bcrypt", kText, Parameter{"cost", Type::number()}, Type::string(), bcrypt},
      {"uuid", {}, {}, Type::string(), uuid},
      {"uuidv5", {{"namespace", Type::string()}, {"name", Type::string()}}, {}, Type::string(), uuidv5},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
