#include "terraform/load_override.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace landfall::terraform {
namespace {

using hcl::Block;
using hcl::Body;

bool has_same_labels(const Block& a, const Block& b) {
  return a.type == b.type && std::ranges::equal(a.labels, b.labels, {}, &hcl::Label::text, &hcl::Label::text);
}

void merge_arguments(Body& base, Body& over) {
  for (hcl::Attribute& attribute : over.attributes) {
    const auto there = std::ranges::find(base.attributes, attribute.name, &hcl::Attribute::name);
    // Only one of the two may be there.
    if (attribute.name == "count") std::erase_if(base.attributes, [](const hcl::Attribute& a) { return a.name == "for_each"; });
    if (attribute.name == "for_each") std::erase_if(base.attributes, [](const hcl::Attribute& a) { return a.name == "count"; });
    if (there != base.attributes.end()) *there = std::move(attribute);
    else base.attributes.push_back(std::move(attribute));
  }
}

void merge_body(Body& base, Body& over) {
  merge_arguments(base, over);
  std::set<std::string> replaced;
  for (Block& block : over.blocks) {
    const auto merges = block.type == "lifecycle" || block.type == "required_providers";
    const auto there = std::ranges::find(base.blocks, block.type, &Block::type);
    if (merges && there != base.blocks.end()) {
      merge_body(there->body, block.body);
      continue;
    }
    const std::string type = block.type == "cloud" ? "backend" : block.type;  // either takes the other's place
    if (replaced.insert(type).second) std::erase_if(base.blocks, [&](const Block& b) { return b.type == block.type || b.type == type; });
    base.blocks.push_back(std::move(block));
  }
}

}  // namespace

bool is_override_file(std::string_view name) {
  for (const std::string_view end : {".tf", ".tf.json"}) {
    if (!name.ends_with(end)) continue;
    const std::string_view stem = name.substr(0, name.size() - end.size());
    if (stem == "override" || stem.ends_with("_override")) return true;
  }
  return false;
}

void merge_override(std::vector<hcl::File>& files, hcl::File& over, hcl::Diagnostics& diagnostics) {
  for (Block& block : over.body.blocks) {
    bool is_merged = false;
    for (hcl::File& file : files) {
      for (Block& base : file.body.blocks) {
        if (is_merged || !has_same_labels(base, block)) continue;
        if (block.type == "locals") {  // each value by itself
          for (hcl::Attribute& attribute : block.body.attributes) {
            for (hcl::File& other : files) {
              for (Block& locals : other.body.blocks) {
                if (locals.type == "locals") std::erase_if(locals.body.attributes, [&](const hcl::Attribute& a) { return a.name == attribute.name; });
              }
            }
          }
        }
        merge_body(base.body, block.body);
        is_merged = true;
      }
    }
    if (!is_merged && (block.type == "terraform" || block.type == "provider")) {
      files.back().body.blocks.push_back(std::move(block));
    } else if (!is_merged) {
      diagnostics.error(block.header_range, fmt::format("Missing base {} to override", block.type), "There is no block with this type and these labels. An override file can only override a block defined in a primary configuration file.");
    }
  }
}

}  // namespace landfall::terraform
