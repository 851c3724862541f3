#pragma once

#include <doctest/doctest.h>

#include <filesystem>

#include "alb/seal.h"

namespace landfall::alb {

/// A seal with a key of its own.
struct SealForTest {
  std::filesystem::path folder;
  CookieSeal seal;
  SealForTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "landfall-seal.XXXXXX").string();
    folder = mkdtemp(pattern.data());
    auto made = CookieSeal::open(folder / "key");
    REQUIRE(made);
    seal = *made;
  }
  SealForTest(const SealForTest&) = delete;
  ~SealForTest() { std::filesystem::remove_all(folder); }
};

}  // namespace landfall::alb
