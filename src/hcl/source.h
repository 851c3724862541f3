#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::hcl {

/// A place in a source text. line and column are 1-based, columns count grapheme clusters; byte is 0-based.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
  uint32_t byte = 0;
  bool operator==(const Position&) const = default;
};

/// One text that was read, kept for as long as anything points into it.
struct Source {
  /// Lines first_line..last_line belong to this block.
  struct Context {
    uint32_t first_line = 0, last_line = 0;
    std::string header;  ///< `resource "aws_vpc" "x"`
  };
  std::string name;  ///< as shown to people: "main.tf"
  std::string text;
  std::vector<Context> contexts{};  ///< top-level blocks, in order

  std::string_view line(uint32_t number) const;      ///< without its end; empty if there is none
  std::string_view context_at(uint32_t line) const;  ///< header of the block around a line, or ""
};

/// From `start` to before `end`. Borrows the source: File keeps it alive. source is null for built values.
struct Range {
  const Source* source = nullptr;
  Position start{}, end{};
  std::string_view text() const;  ///< what stands there
};

/// The smallest range that holds both.
Range cover(const Range& first, const Range& last);

}  // namespace landfall::hcl
