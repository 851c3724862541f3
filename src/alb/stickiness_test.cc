#include "alb/stickiness.h"

#include <doctest/doctest.h>

using namespace landfall;
using namespace landfall::alb;

TEST_CASE("a sealed cookie is read again, also by the next worker, and nothing else is") {
  std::string pattern = (std::filesystem::temp_directory_path() / "landfall-seal.XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  const CookieSeal seal = CookieSeal::open(folder / "key").value();
  const std::string value = seal_mark(seal, 'T', {42, 1'700'000'000});
  CHECK(value.size() == 60);
  const CookieSeal next = CookieSeal::open(folder / "key").value();
  REQUIRE(unseal_mark(next, 'T', value));
  CHECK(unseal_mark(next, 'T', value)->mark == 42);
  CHECK(unseal_mark(next, 'T', value)->issued == 1'700'000'000);
  CHECK_FALSE(unseal_mark(next, 'G', value));
  std::string broken = value;
  broken[20] = broken[20] == 'A' ? 'B' : 'A';
  CHECK_FALSE(unseal_mark(next, 'T', broken));
  CHECK_FALSE(unseal_mark(next, 'T', ""));
  std::filesystem::remove_all(folder);
}

TEST_CASE("cookies are found in the fields of a request") {
  const std::vector<http::h1::Field> fields{{"Cookie", "a=1; AWSALBCORS=x; AWSALB=y/+=", http::h1::FieldId::cookie}, {"cookie", "b=2", http::h1::FieldId::cookie}};
  CHECK(find_cookie(fields, "AWSALB") == "y/+=");
  CHECK(find_cookie(fields, "b") == "2");
  CHECK_FALSE(find_cookie(fields, "c"));
  CHECK(sets_cookie({{"Set-Cookie", "SESSION=1; Path=/", http::h1::FieldId::set_cookie}}, "SESSION"));
  CHECK_FALSE(sets_cookie({{"Set-Cookie", "SESSION2=1", http::h1::FieldId::set_cookie}}, "SESSION"));
}
