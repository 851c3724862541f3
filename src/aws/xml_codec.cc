#include "aws/xml_codec.h"

#include <cstring>
#include <pugixml.hpp>

#include <fmt/format.h>

#include "aws/scalar.h"

namespace landfall::aws {
namespace {

constexpr int kMaxDepth = 48;

std::string attributes_of(const Shape& shape, const void* from) {
  std::string text;
  if (shape.kind != Kind::structure) return text;
  for (const Member& member : shape.members) {
    const void* optional = member_of(member, from);
    if (!member.is_attribute || !member.access->has(optional)) continue;
    text += fmt::format(" {}=\"{}\"", member.wire, escape_xml(scalar_text(*member.shape, member.access->get(optional), TimeFormat::iso8601)));
    if (member.wire.starts_with("xsi:")) text += " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
  }
  return text;
}

std::string element(std::string_view name, const Shape& shape, const void* from, TimeFormat times, bool is_flat);

std::string content(const Shape& shape, const void* from, TimeFormat times) {
  if (shape.kind == Kind::structure) return encode_xml_members(shape, from);
  std::string text;
  if (shape.kind == Kind::list) {
    for (size_t i = 0; i < shape.list->size(from); ++i) text += element(shape.element_wire, *shape.element, shape.list->at(from, i), times, false);
    return text;
  }
  if (shape.kind == Kind::map) {
    for (const auto& [key, value] : shape.map->items(from)) {
      text += fmt::format("<entry><{0}>{1}</{0}>{2}</entry>", shape.key_wire, escape_xml(key), element(shape.element_wire, *shape.element, value, times, false));
    }
    return text;
  }
  return escape_xml(scalar_text(shape, from, times == TimeFormat::by_protocol ? TimeFormat::iso8601 : times));
}

std::string element(std::string_view name, const Shape& shape, const void* from, TimeFormat times, bool is_flat) {
  if (is_flat && shape.kind == Kind::list) {
    std::string text;
    const std::string_view own = shape.element_wire == "member" ? name : shape.element_wire;
    for (size_t i = 0; i < shape.list->size(from); ++i) text += element(own, *shape.element, shape.list->at(from, i), times, false);
    return text;
  }
  return fmt::format("<{0}{1}>{2}</{0}>", name, attributes_of(shape, from), content(shape, from, times));
}

std::string_view local_name(const char* name) {
  const char* colon = std::strchr(name, ':');
  return colon == nullptr ? name : colon + 1;
}

struct Reader {
  bool refuse_unknown;

  Result<void> value(const Shape& shape, const pugi::xml_node& node, void* into, int depth) const {
    if (depth > kMaxDepth) return fail("Malformed", fmt::format("element {} is nested too deeply", node.name()));
    if (shape.kind == Kind::structure) return structure(shape, node, into, depth);
    if (shape.kind == Kind::list) {
      for (const pugi::xml_node& child : node.children()) {
        if (child.type() == pugi::node_element) TRY(value(*shape.element, child, shape.list->add(into), depth + 1));
      }
      return {};
    }
    if (shape.kind == Kind::map) {
      for (const pugi::xml_node& entry : node.children()) TRY(map_entry(shape, entry, into, depth));
      return {};
    }
    return read_scalar(shape, node.text().get(), TimeFormat::iso8601, into).while_doing(fmt::format("reading element {}", node.name()));
  }

  Result<void> map_entry(const Shape& shape, const pugi::xml_node& entry, void* into, int depth) const {
    const pugi::xml_node key = entry.child(std::string(shape.key_wire).c_str());
    const pugi::xml_node found = entry.child(std::string(shape.element_wire).c_str());
    return value(*shape.element, found, shape.map->slot(into, key.text().get()), depth + 1);
  }

  static const Member* member_named(const Shape& shape, std::string_view name, bool& is_flat_element) {
    for (const Member& member : shape.members) {
      const bool is_flat = (member.is_flattened || member.shape->is_flattened) && member.shape->kind == Kind::list;
      const std::string_view own = is_flat && member.shape->element_wire != "member" ? member.shape->element_wire : member.wire;
      if (member.location == Location::body && !member.is_attribute && own == name) {
        is_flat_element = is_flat;
        return &member;
      }
    }
    return nullptr;
  }

  Result<void> structure(const Shape& shape, const pugi::xml_node& node, void* into, int depth) const {
    for (const Member& member : shape.members) {
      const pugi::xml_attribute attribute = node.attribute(std::string(member.wire).c_str());
      if (!member.is_attribute || attribute.empty()) continue;
      TRY(read_scalar(*member.shape, attribute.value(), TimeFormat::iso8601, member.access->emplace(member_of(member, into))));
    }
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      bool is_flat = false;
      const Member* member = member_named(shape, local_name(child.name()), is_flat);
      if (member == nullptr) {
        if (refuse_unknown) return fail("Unknown", fmt::format("element {} is not known in {}", child.name(), shape.name));
        continue;
      }
      void* optional = member_of(*member, into);
      if (is_flat) {
        void* list = member->access->has(optional) ? const_cast<void*>(member->access->get(optional)) : member->access->emplace(optional);
        TRY(value(*member->shape->element, child, member->shape->list->add(list), depth + 1));
      } else {
        TRY(value(*member->shape, child, member->access->emplace(optional), depth + 1));
      }
    }
    return {};
  }
};

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\r': out += "&#xD;"; break;
      case '\n': out += "&#xA;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') out += c;
    }
  }
  return out;
}

std::string encode_xml_members(const Shape& shape, const void* from) {
  std::string text;
  for (const Member& member : shape.members) {
    const void* optional = member_of(member, from);
    if (member.location != Location::body || member.is_attribute || !member.access->has(optional)) continue;
    text += element(member.wire, *member.shape, member.access->get(optional), member.time_format, member.is_flattened || member.shape->is_flattened);
  }
  return text;
}

std::string encode_xml(std::string_view name, const Shape& shape, std::string_view xml_namespace, const void* from) {
  const std::string space = xml_namespace.empty() ? "" : fmt::format(" xmlns=\"{}\"", xml_namespace);
  return fmt::format("<{0}{1}{2}>{3}</{0}>", name, space, attributes_of(shape, from), content(shape, from, TimeFormat::by_protocol));
}

Result<void> decode_xml(const Shape& shape, const pugi::xml_node& node, bool refuse_unknown, void* into) {
  return Reader{refuse_unknown}.value(shape, node, into, 0);
}

}  // namespace landfall::aws
