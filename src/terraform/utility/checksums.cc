#include "terraform/utility/checksums.h"

#include "base/digest.h"
#include "base/text.h"

namespace landfall::terraform::utility_types {

std::vector<Attribute> checksum_attributes(const std::string& prefix, const std::string& sha1_name) {
  std::vector<Attribute> attributes;
  for (const std::string& name : {std::string("md5"), sha1_name, std::string("sha256"), std::string("sha512"), std::string("base64sha256"), std::string("base64sha512")}) attributes.push_back(text(prefix + name).read_only());
  return attributes;
}

void set_checksums(Record& state, const std::string& prefix, const std::string& sha1_name, std::string_view bytes) {
  const std::string short_one = sha256(bytes), long_one = sha512(bytes);
  state.set(prefix + "md5", to_hex(md5(bytes)));
  state.set(prefix + sha1_name, to_hex(sha1(bytes)));
  state.set(prefix + "sha256", to_hex(short_one));
  state.set(prefix + "sha512", to_hex(long_one));
  state.set(prefix + "base64sha256", base64_encode(short_one));
  state.set(prefix + "base64sha512", base64_encode(long_one));
}

}  // namespace landfall::terraform::utility_types
