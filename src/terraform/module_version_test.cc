#include "terraform/module_version.h"

#include <doctest/doctest.h>

using landfall::terraform::fits_version;
using landfall::terraform::fitting_version;
using landfall::terraform::is_newer_version;

TEST_CASE("a version fits what a module call asks for") {
  CHECK(fits_version("6.6.0", ""));
  CHECK(fits_version("6.6.0", "6.6.0"));
  CHECK(fits_version("6.6.0", "= 6.6"));
  CHECK_FALSE(fits_version("6.6.1", "6.6.0"));
  CHECK(fits_version("6.6.0", "~> 6.0"));
  CHECK(fits_version("6.6.0", "~>6"));
  CHECK_FALSE(fits_version("7.0.0", "~> 6.0"));
  CHECK(fits_version("6.0.9", "~> 6.0.2"));
  CHECK_FALSE(fits_version("6.1.0", "~> 6.0.2"));
  CHECK_FALSE(fits_version("6.0.1", "~> 6.0.2"));
  CHECK(fits_version("3.19.0", ">= 3.0, < 4.0, != 3.18.1"));
  CHECK_FALSE(fits_version("3.18.1", ">= 3.0, < 4.0, != 3.18.1"));
  CHECK_FALSE(fits_version("4.0.0", ">= 3.0, < 4.0"));
  CHECK(fits_version("v2.10.0", "> 2.9"));
  CHECK_FALSE(fits_version("2.0.0-rc1", ">= 1.0"));
  CHECK(fits_version("2.0.0-rc1", "2.0.0-rc1"));
  CHECK_FALSE(fits_version("latest", ""));
  CHECK_FALSE(fits_version("1.0.0", "~> main"));
}

TEST_CASE("a copy without a version of its own gets one that fits") {
  CHECK(fitting_version("") == "");
  CHECK(fitting_version("6.6.0") == "6.6.0");
  CHECK(fitting_version("= 2.0.0-rc1") == "2.0.0-rc1");
  CHECK(fitting_version("~> 9.0") == "9.0.0");
  CHECK(fitting_version(">= 3.0, < 4.0, != 3.0.0") == "3.0.1");
  CHECK(fitting_version("< 4.0") == "0.0.0");
  CHECK(fitting_version("> 2.9") == "2.9.1");
  CHECK(fitting_version(">= 2.0, < 1.0") == "");
  CHECK(fitting_version("main") == "");
}

TEST_CASE("versions have an order") {
  CHECK(is_newer_version("10.0.0", "9.9.9"));
  CHECK(is_newer_version("6.6", "6.5.9"));
  CHECK(is_newer_version("v2.1.0", "2.0.0"));
  CHECK(is_newer_version("2.0.0", "2.0.0-rc1"));
  CHECK(is_newer_version("2.0.0-rc2", "2.0.0-rc1"));
  CHECK_FALSE(is_newer_version("2.0.0-rc1", "2.0.0"));
  CHECK_FALSE(is_newer_version("1.0.0", "1.0.0"));
  CHECK_FALSE(is_newer_version("main", "1.0.0"));
}
