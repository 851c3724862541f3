#include <fmt/format.h>

#include "hcl/parser.h"

namespace landfall::hcl {

/// Files in Terraform's JSON syntax are not read yet, and say so.
ParsedFile parse_json_file(std::shared_ptr<Source> source, Dialect dialect) {
  ParsedFile parsed{{source, dialect, {}}, {}};
  parsed.diagnostics.error(
      {source.get(), {}, {}}, "JSON configuration is not supported yet",
      fmt::format("{} is written in Terraform's JSON syntax; only the native syntax is read.", source->name));
  return parsed;
}

}  // namespace landfall::hcl
