#include "aws/credentials_file.h"

#include "base/file.h"
#include "base/json.h"

namespace landfall::aws {
namespace {

std::filesystem::path file_of(const std::filesystem::path& data_dir) { return data_dir / "credentials.json"; }

}  // namespace

bool has_admin_key(const std::filesystem::path& data_dir) { return std::filesystem::exists(file_of(data_dir)); }

Result<void> write_admin_key(const std::filesystem::path& data_dir, const AdminKey& key) {
  const json::object object{{"access_key", key.access_key}, {"secret_key", key.secret_key}};
  return write_file_atomic(file_of(data_dir), pretty_json(object) + "\n", 0600);
}

Result<AdminKey> read_admin_key(const std::filesystem::path& data_dir) {
  const std::filesystem::path path = file_of(data_dir);
  const json::value value = TRY(parse_json(TRY(read_file(path)), path.string()));
  const json::object* object = value.if_object();
  AdminKey key;
  if (object != nullptr) {
    key = {.access_key = std::string(string_member(*object, "access_key")),
           .secret_key = std::string(string_member(*object, "secret_key"))};
  }
  if (key.access_key.empty() || key.secret_key.empty()) {
    return fail("Credentials.Malformed", path.string() + " has no access_key and secret_key", Blame::host);
  }
  return key;
}

}  // namespace landfall::aws
