#pragma once

#include <string>
#include <string_view>

#include "terraform/difference.h"

namespace landfall::terraform {

/// Colours of a terminal, or none.
struct Paint {
  bool has_colours = false;
  std::string operator()(std::string_view code, std::string_view text) const;  ///< "31": red
  std::string bold(std::string_view text) const { return (*this)("1", text); }
  std::string red(std::string_view text) const { return (*this)("31", text); }
  std::string green(std::string_view text) const { return (*this)("32", text); }
  std::string yellow(std::string_view text) const { return (*this)("33", text); }
  std::string cyan(std::string_view text) const { return (*this)("36", text); }
  std::string grey(std::string_view text) const { return (*this)("90", text); }
};

/// The sign before what is changed, three columns wide: "  +", "-/+".
std::string action_symbol(Action action, bool creates_first, const Paint& paint);

/// A change as a plan shows it, from the value on: `{` and lines whose indent is four columns for each level.
std::string difference_text(const Difference& difference, const Paint& paint);

/// The same without signs, everything shown: values as they are.
std::string value_text(const Difference& difference, const Paint& paint);

/// A name that may stand without quotes, or else quoted.
std::string shown_name(std::string_view name);

}  // namespace landfall::terraform
