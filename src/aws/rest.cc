#include "aws/rest.h"

#include <algorithm>
#include <vector>

#include "aws/scalar.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    if (slash != 0) parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

struct Template {
  std::string_view path, query;
  explicit Template(std::string_view uri) {
    const size_t mark = uri.find('?');
    path = uri.substr(0, mark);
    if (mark != std::string_view::npos) query = uri.substr(mark + 1);
  }
};

bool match_path(std::string_view wanted, std::string_view path, RestMatch& match) {
  const auto parts = segments(wanted), found = segments(path);
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    if (part.starts_with('{') && part.ends_with("+}")) {
      // All behind the slash that ends the part before, slashes of its own included: S3's keys may begin with one.
      const size_t at = i == 0 ? path.find('/') : static_cast<size_t>(found[i - 1].data() - path.data()) + found[i - 1].size();
      if (at >= path.size() || path.size() - at < 2) return false;
      match.labels[std::string(part.substr(1, part.size() - 3))] = percent_decode(path.substr(at + 1));
      return true;
    }
    if (i >= found.size()) return false;
    if (part.starts_with('{')) {
      match.labels[std::string(part.substr(1, part.size() - 2))] = percent_decode(found[i]);
    } else if (part != found[i]) {
      return false;
    }
  }
  return parts.size() == found.size();
}

/// Number of literal query keys that are wanted and there; -1 if one is missing.
int match_query(std::string_view wanted, const Parameters& query) {
  int literals = 0;
  for (const auto& [key, value] : parse_form(wanted)) {
    if (key == "x-id") continue;
    const auto found = query.find(key);
    if (found == query.end() || (!value.empty() && found->second != value)) return -1;
    ++literals;
  }
  return literals;
}

/// How well the query fits what the operation requires of it, 0 to 2: reading one configuration and listing all differ in the id alone.
int required_keys(const Operation& operation, const Parameters& query) {
  int fit = 1;
  for (const Member& member : operation.input->members) {
    if (member.location != Location::querystring || !member.is_required) continue;
    if (!query.contains(member.wire)) return 0;
    fit = 2;
  }
  return fit;
}

Result<void> set_text(const Member& member, std::string_view text, void* into) {
  void* optional = member_of(member, into);
  if (member.shape->kind == Kind::list) {
    void* list = member.access->has(optional) ? const_cast<void*>(member.access->get(optional)) : member.access->emplace(optional);
    return read_scalar(*member.shape->element, text, member.time_format, member.shape->list->add(list));
  }
  return read_scalar(*member.shape, text, member.time_format, member.access->emplace(optional)).while_doing("reading " + std::string(member.name));
}

Result<void> read_header(const Member& member, const http::Headers& headers, void* into) {
  const auto field = headers.find(member.wire);
  if (!field) return {};
  if (member.shape->kind != Kind::list) return set_text(member, *field, into);
  for (const std::string& part : split(*field, ',')) TRY(set_text(member, trim(part), into));
  return {};
}

TimeFormat header_time(const Member& member) {
  return member.time_format == TimeFormat::by_protocol ? TimeFormat::rfc822 : member.time_format;
}

void read_prefixed(const Member& member, const http::Headers& headers, void* into) {
  void* map = nullptr;
  for (const http::Header& field : headers) {
    if (field.name.size() <= member.wire.size() || !iequals(std::string_view(field.name).substr(0, member.wire.size()), member.wire)) continue;
    if (map == nullptr) map = member.access->emplace(member_of(member, into));
    *static_cast<std::string*>(member.shape->map->slot(map, lower(std::string_view(field.name).substr(member.wire.size())))) = field.value;
  }
}

void write_header(const Member& member, const void* value, http::Headers& headers) {
  if (member.location == Location::headers) {
    for (const auto& [key, text] : member.shape->map->items(value)) {
      headers.set(std::string(member.wire) + std::string(key), *static_cast<const std::string*>(text));
    }
  } else if (member.location == Location::header && member.shape->kind == Kind::list) {
    std::string text;
    for (size_t i = 0; i < member.shape->list->size(value); ++i) {
      text += (i > 0 ? "," : "") + scalar_text(*member.shape->element, member.shape->list->at(value, i), header_time(member));
    }
    headers.set(member.wire, text);
  } else if (member.location == Location::header && is_scalar(*member.shape)) {
    headers.set(member.wire, scalar_text(*member.shape, value, header_time(member)));
  }
}

}  // namespace

const Member* payload_member(const Shape& shape) {
  for (const Member& member : shape.members) {
    if (member.is_payload) return &member;
  }
  return nullptr;
}

RestMatch match_rest(const ServiceModel& service, std::string_view method, std::string_view path, const Parameters& query) {
  RestMatch best;
  int best_score = -1;
  for (const Operation& operation : service.operations) {
    if (operation.method != method || operation.name == "CopyObject" || operation.name == "UploadPartCopy") continue;  // S3's copies: a header tells them (endpoint.cc)
    const Template wanted(operation.uri);
    RestMatch match{.operation = &operation, .labels = {}};
    const int literals = match_query(wanted.query, query);
    const int score = literals < 0 ? -1 : 3 * literals + required_keys(operation, query);
    if (score > best_score && match_path(wanted.path, path, match)) {
      best_score = score;
      best = std::move(match);
    }
  }
  return best;
}

Result<void> decode_bindings(const Operation& operation, const RestMatch& match, const Parameters& query,
                             const http::Headers& headers, void* into) {
  for (const Member& member : operation.input->members) {
    if (member.location == Location::uri) {
      if (const auto label = match.labels.find(member.wire); label != match.labels.end()) TRY(set_text(member, label->second, into));
    } else if (member.location == Location::querystring && member.shape->kind != Kind::map) {
      if (const auto found = query.find(member.wire); found != query.end()) TRY(set_text(member, found->second, into));
    } else if (member.location == Location::header) {
      TRY(read_header(member, headers, into));
    } else if (member.location == Location::headers) {
      read_prefixed(member, headers, into);
    }
  }
  return {};
}

std::string encode_bindings(const Operation& operation, const void* from, http::Headers& headers) {
  const Template wanted(operation.uri);
  std::string path(wanted.path), query(wanted.query);
  for (const Member& member : operation.input->members) {
    const void* optional = member_of(member, from);
    if (!member.access->has(optional)) continue;
    const void* value = member.access->get(optional);
    if (member.location == Location::uri) {
      const std::string text = scalar_text(*member.shape, value, TimeFormat::iso8601);
      const std::string wire(member.wire);
      path = replace_all(path, "{" + wire + "+}", percent_encode(text, true));
      path = replace_all(path, "{" + wire + "}", percent_encode(text));
    } else if (member.location == Location::querystring && is_scalar(*member.shape)) {
      query += (query.empty() ? "" : "&") + std::string(member.wire) + "=" + percent_encode(scalar_text(*member.shape, value, TimeFormat::iso8601));
    } else {
      write_header(member, value, headers);
    }
  }
  return query.empty() ? path : path + "?" + query;
}

void encode_answer_headers(const Shape& shape, const void* from, http::Headers& headers) {
  for (const Member& member : shape.members) {
    const void* optional = member_of(member, from);
    if (member.access->has(optional)) write_header(member, member.access->get(optional), headers);
  }
}

Result<void> decode_answer_headers(const Shape& shape, const http::Response& response, void* into) {
  for (const Member& member : shape.members) {
    if (member.location == Location::header) {
      TRY(read_header(member, response.headers, into));
    } else if (member.location == Location::headers) {
      read_prefixed(member, response.headers, into);
    } else if (member.location == Location::status_code) {
      *static_cast<int32_t*>(member.access->emplace(member_of(member, into))) = response.status;
    }
  }
  return {};
}

void to_path_style(http::Request& request) {
  const std::string host(request.headers.find("host").value_or(""));
  const size_t end = std::min(host.find(".s3."), host.find(".s3-"));
  if (end == std::string::npos || end == 0) return;
  request.path = "/" + host.substr(0, end) + request.path;
}

}  // namespace landfall::aws
