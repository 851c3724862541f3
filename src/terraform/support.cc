#include "terraform/support.h"

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::terraform {
namespace {

struct Arguments {
  std::vector<std::string> taken, refused;  ///< refused: known, and not supported
};

/// Arguments that may be written, those of blocks as block.argument. `is_lasting`: a change within means a new resource.
void name_arguments(const Schema& schema, const std::string& before, bool is_lasting, Arguments& into) {
  for (const Attribute& attribute : schema.attributes) {
    if (!attribute.is_required && !attribute.is_optional) continue;
    const std::string name = "`" + before + attribute.name + "`";
    const std::string mark = std::string(attribute.is_required ? "**" : "") + (is_lasting || attribute.is_forced_new ? "*" : "");
    if (attribute.is_refused) into.refused.push_back(name);
    else into.taken.push_back(mark + name + mark);
  }
  for (const Block& block : schema.blocks) name_arguments(block.schema, before + block.name + ".", is_lasting || block.is_forced_new, into);
}

std::string row(const std::string& type, const Schema& schema) {
  Arguments arguments;
  name_arguments(schema, "", false, arguments);
  return fmt::format("| {} | {} | {} |\n", type, arguments.taken.empty() ? "none" : join(arguments.taken, ", "), join(arguments.refused, ", "));
}

}  // namespace

std::string support_table(const Provider& provider) {
  std::string text = "\n# Terraform\n\nA type or an argument that is not here is refused by name, with the line of the file. **Bold**: required; *italic*: a change means a new resource.\n\n"
                     "## Resource types\n\n| type | arguments | known and refused |\n|---|---|---|\n";
  for (const auto& [name, type] : provider.resources) text += row(name, type->schema());
  text += "\n## Data sources\n\n| type | arguments | known and refused |\n|---|---|---|\n| terraform_remote_state | **`backend`**, `config`, `workspace`, `defaults` | |\n";
  for (const auto& [name, source] : provider.data_sources) text += row(name, source->schema());
  return text;
}

}  // namespace landfall::terraform
