#include "why/ownership.h"

#include <algorithm>

#include <fmt/format.h>

#include "why/parts.h"

namespace landfall::why {

std::vector<model::Because> owned_twice(std::span<const model::Origin> origins) {
  std::vector<model::Because> found;
  for (const model::Origin& whole : origins) {
    if (whole.is_gone) continue;
    for (const char* kind : {"ingress", "egress", "route"}) {
      if (std::ranges::find(whole.blocks, kind) == whole.blocks.end()) continue;
      const std::vector<const model::Origin*> parts = parts_of(origins, whole.id, kind);
      if (parts.empty()) continue;
      model::Because because{.subject = whole.id, .code = std::string(kOwnedTwice), .cause = whole.id, .attribute = kind, .since = {}};
      because.sentence = fmt::format("{} has inline {} blocks, which own all of its {} rules, and {} adds another: each apply of the one takes away what the other made", whole.address, kind, kind, parts[0]->address);
      if (std::string_view(kind) == "route") because.sentence = fmt::format("{} has inline route blocks, which own all of its routes, and {} adds another: each apply of the one takes away what the other made", whole.address, parts[0]->address);
      because.remedy = fmt::format("use one style: move the inline {} blocks to resources of their own, or {} into {}", kind, parts[0]->address, whole.address);
      for (const model::Origin* part : parts) because.evidence[part->address] = fmt::format("{}:{}", part->file, part->line);
      found.push_back(std::move(because));
    }
  }
  return found;
}

}  // namespace landfall::why
