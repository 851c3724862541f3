#include "terraform/utility/zip.h"

#include <doctest/doctest.h>

namespace landfall::terraform::utility_types {

TEST_CASE("the same files make the same zip file, whose directory counts them") {
  const auto make = [] {
    Zip zip;
    REQUIRE(zip.add("a/b.txt", "text", 0644));
    REQUIRE(zip.add("empty", "", 0755));
    return zip.finish();
  };

  const std::string bytes = make();

  CHECK(bytes == make());
  CHECK(bytes.starts_with("PK\x03\x04"));
  CHECK(static_cast<int>(bytes[bytes.size() - 12]) == 2);
}

}  // namespace landfall::terraform::utility_types
