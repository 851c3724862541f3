#include "terraform/support.h"

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/address.h"

namespace landfall::terraform {
namespace {

/// Arguments that may be written, those of blocks as block.argument; `refused` takes those that are known and not supported.
void name_arguments(const Schema& schema, const std::string& before, std::vector<std::string>& taken, std::vector<std::string>& refused) {
  for (const Attribute& attribute : schema.attributes) {
    if (!attribute.is_required && !attribute.is_optional) continue;
    const std::string name = "`" + before + attribute.name + "`";
    if (attribute.is_refused) refused.push_back(name);
    else taken.push_back(attribute.is_required ? "**" + name + "**" : name);
  }
  for (const Block& block : schema.blocks) name_arguments(block.schema, before + block.name + ".", taken, refused);
}

std::string row(std::string_view type, const Schema& schema) {
  std::vector<std::string> taken, refused;
  name_arguments(schema, "", taken, refused);
  return fmt::format("| {} | {} | {} |\n", type, taken.empty() ? "none" : join(taken, ", "), join(refused, ", "));
}

}  // namespace

std::string support_table(const Provider& provider) {
  std::string text = "\n# Terraform\n\nA type or an argument that is not here is refused by name, with the line of the file. **Bold**: required.\n\n"
                     "## Resource types\n\n| type | arguments | known and refused |\n|---|---|---|\n";
  for (const auto& [name, type] : provider.resources) text += row(name, type->schema());
  text += "\n## Data sources\n\n| type | arguments | known and refused |\n|---|---|---|\n| terraform_remote_state | **`backend`**, `config`, `workspace`, `defaults` | |\n";
  std::string ephemeral;
  for (const auto& [name, source] : provider.data_sources) (is_ephemeral(name) ? ephemeral : text) += row(plain_type(name), source->schema());
  text += "\n## Ephemeral resources\n\n| type | arguments | known and refused |\n|---|---|---|\n" + ephemeral;
  return text;
}

}  // namespace landfall::terraform
