#include "aws/form.h"

#include <charconv>
#include <set>

#include <fmt/format.h>

#include "aws/scalar.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

constexpr int kMaxDepth = 32;
constexpr size_t kMaxElements = 10'000;

/// Reads and writes at dotted prefixes. ec2: lists are always flat ("SubnetId.1"); query: "Subnets.member.1" unless the
/// model says flattened.
struct Form {
  bool is_ec2;

  std::string name_of(const Member& member) const { return std::string(is_ec2 ? member.ec2_wire : member.wire); }

  std::string list_prefix(const std::string& prefix, const Shape& shape, bool is_flat) const {
    if (is_ec2) return prefix;
    if (!is_flat) return prefix + "." + std::string(shape.element_wire);
    if (shape.element_wire == "member") return prefix;
    const size_t dot = prefix.rfind('.');
    return (dot == std::string::npos ? "" : prefix.substr(0, dot + 1)) + std::string(shape.element_wire);
  }

  static bool has_prefix(const Parameters& parameters, const std::string& prefix) {
    const auto at = parameters.lower_bound(prefix);
    if (at == parameters.end()) return false;
    if (at->first == prefix) return true;
    const auto dotted = parameters.lower_bound(prefix + ".");
    return dotted != parameters.end() && dotted->first.starts_with(prefix + ".");
  }

  Result<void> read(const Shape& shape, const std::string& prefix, bool is_flat, Parameters& parameters, void* into, int depth) const {
    if (depth > kMaxDepth) return fail("Malformed", fmt::format("parameter {} is nested too deeply", prefix));
    if (shape.kind == Kind::structure) return read_structure(shape, prefix + ".", parameters, into, depth);
    if (shape.kind == Kind::list) return read_list(shape, list_prefix(prefix, shape, is_flat), prefix, parameters, into, depth);
    if (shape.kind == Kind::map) return read_map(shape, is_flat ? prefix : prefix + ".entry", parameters, into, depth);
    const auto found = parameters.find(prefix);
    if (found == parameters.end()) return fail("Malformed", fmt::format("parameter {} has no value", prefix));
    TRY(read_scalar(shape, found->second, TimeFormat::iso8601, into).while_doing("reading parameter " + prefix));
    parameters.erase(found);
    return {};
  }

  Result<void> read_structure(const Shape& shape, const std::string& prefix, Parameters& parameters, void* into, int depth) const {
    for (const Member& member : shape.members) {
      const std::string name = prefix + name_of(member);
      const bool is_flat = member.is_flattened || member.shape->is_flattened;
      const std::string probe = member.shape->kind == Kind::list && is_flat && !is_ec2 ? list_prefix(name, *member.shape, true) : name;
      if (!has_prefix(parameters, probe)) continue;
      TRY(read(*member.shape, name, is_flat, parameters, member.access->emplace(member_of(member, into)), depth + 1));
    }
    return {};
  }

  static std::set<size_t> indices(const Parameters& parameters, const std::string& prefix) {
    std::set<size_t> found;
    const std::string dotted = prefix + ".";
    for (auto at = parameters.lower_bound(dotted); at != parameters.end() && at->first.starts_with(dotted); ++at) {
      size_t index = 0;
      const char* start = at->first.data() + dotted.size();
      const auto [stop, error] = std::from_chars(start, at->first.data() + at->first.size(), index);
      if (error == std::errc() && (*stop == '.' || *stop == '\0') && found.size() < kMaxElements) found.insert(index);
    }
    return found;
  }

  Result<void> read_list(const Shape& shape, const std::string& prefix, const std::string& bare, Parameters& parameters, void* into, int depth) const {
    parameters.erase(bare);  // an empty list is sent as "Name="
    for (const size_t index : indices(parameters, prefix)) {
      TRY(read(*shape.element, fmt::format("{}.{}", prefix, index), false, parameters, shape.list->add(into), depth + 1));
    }
    return {};
  }

  Result<void> read_map(const Shape& shape, const std::string& prefix, Parameters& parameters, void* into, int depth) const {
    for (const size_t index : indices(parameters, prefix)) {
      const std::string entry = fmt::format("{}.{}.", prefix, index);
      const auto key = parameters.find(entry + std::string(shape.key_wire));
      if (key == parameters.end()) return fail("Malformed", fmt::format("parameter {}{} is missing", entry, shape.key_wire));
      void* slot = shape.map->slot(into, key->second);
      parameters.erase(key);
      TRY(read(*shape.element, entry + std::string(shape.element_wire), false, parameters, slot, depth + 1));
    }
    return {};
  }

  void write(const Shape& shape, const std::string& prefix, bool is_flat, const void* from, Parameters& into) const {
    if (shape.kind == Kind::structure) return write_structure(shape, prefix + ".", from, into);
    if (shape.kind == Kind::list) {
      const std::string base = list_prefix(prefix, shape, is_flat);
      const size_t size = shape.list->size(from);
      if (size == 0 && !is_ec2) into[prefix] = "";
      for (size_t i = 0; i < size; ++i) write(*shape.element, fmt::format("{}.{}", base, i + 1), false, shape.list->at(from, i), into);
      return;
    }
    if (shape.kind == Kind::map) {
      size_t index = 0;
      for (const auto& [key, value] : shape.map->items(from)) {
        const std::string entry = fmt::format("{}{}.{}.", prefix, is_flat ? "" : ".entry", ++index);
        into[entry + std::string(shape.key_wire)] = key;
        write(*shape.element, entry + std::string(shape.element_wire), false, value, into);
      }
      return;
    }
    into[prefix] = scalar_text(shape, from, TimeFormat::iso8601);
  }

  void write_structure(const Shape& shape, const std::string& prefix, const void* from, Parameters& into) const {
    for (const Member& member : shape.members) {
      const void* optional = member_of(member, from);
      if (!member.access->has(optional)) continue;
      write(*member.shape, prefix + name_of(member), member.is_flattened || member.shape->is_flattened, member.access->get(optional), into);
    }
  }
};

}  // namespace

Parameters parse_form(std::string_view body) {
  Parameters parameters;
  while (!body.empty()) {
    const size_t end = body.find('&');
    const std::string_view pair = body.substr(0, end);
    const size_t equals = pair.find('=');
    if (!pair.empty()) {
      parameters[percent_decode(pair.substr(0, equals), true)] =
          equals == std::string_view::npos ? "" : percent_decode(pair.substr(equals + 1), true);
    }
    if (end == std::string_view::npos) break;
    body.remove_prefix(end + 1);
  }
  return parameters;
}

std::string write_form(const Parameters& parameters) {
  std::string body;
  for (const auto& [name, value] : parameters) {
    if (!body.empty()) body += '&';
    body += percent_encode(name) + "=" + percent_encode(value);
  }
  return body;
}

Result<void> decode_parameters(const Shape& shape, bool is_ec2, Parameters& parameters, void* into) {
  return Form{is_ec2}.read_structure(shape, "", parameters, into, 0);
}

void encode_parameters(const Shape& shape, bool is_ec2, const void* from, Parameters& into) {
  Form{is_ec2}.write_structure(shape, "", from, into);
}

}  // namespace landfall::aws
