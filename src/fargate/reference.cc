#include "fargate/reference.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::fargate {
namespace {

bool is_name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Lower-case words joined by '.', '_', '__' or dashes.
bool is_component(std::string_view text) {
  if (text.empty() || !is_name_character(text.front()) || !is_name_character(text.back())) return false;
  return std::ranges::all_of(text, [](char c) { return is_name_character(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_tag(std::string_view text) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-'; };
  return !text.empty() && text.size() <= 128 && text[0] != '.' && text[0] != '-' && std::ranges::all_of(text, fits);
}

bool is_host(std::string_view text) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == ':'; };
  return !text.empty() && std::ranges::all_of(text, fits) && std::ranges::count(text, ':') <= 1 && std::isalnum(static_cast<unsigned char>(text.front())) != 0 && text.find("..") == std::string_view::npos;
}

}  // namespace

std::string Reference::name() const { return host + "/" + repository + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest); }

std::string Reference::api_host() const { return host == "docker.io" ? "registry-1.docker.io" : host; }

bool Reference::is_plain() const {
  const std::string bare = host.substr(0, host.find(':'));
  return bare == "localhost" || bare.starts_with("127.");
}

bool is_digest(std::string_view text) {
  return text.size() == 71 && text.starts_with("sha256:") && text.substr(7).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<Reference> parse_reference(std::string_view text) {
  const auto refuse = [&](std::string_view why) { return fail("Image.InvalidReference", fmt::format("invalid reference format: image '{}' {}", text, why)); };
  Reference reference;
  std::string_view rest = text;
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    reference.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(reference.digest)) return refuse("has a digest that is not sha256: and 64 hex digits");
  }
  if (const size_t colon = rest.rfind(':'); colon != std::string_view::npos && rest.find('/', colon) == std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_tag(reference.tag)) return refuse("has a tag that is not 1 to 128 of [A-Za-z0-9_.-]");
  }
  const size_t slash = rest.find('/');
  const std::string_view first = rest.substr(0, slash);
  const bool has_host = slash != std::string_view::npos && (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  reference.host = has_host ? std::string(first) : "docker.io";
  if (!is_host(reference.host)) return refuse("has a registry that is not host or host:port");
  if (reference.host == "index.docker.io") reference.host = "docker.io";
  reference.repository = has_host ? rest.substr(slash + 1) : rest;
  for (const std::string& component : split(reference.repository, '/')) {
    if (!is_component(component)) return refuse("has a repository that is not lower-case words joined by '/', '.', '_' and '-'");
  }
  if (reference.host == "docker.io" && reference.repository.find('/') == std::string::npos) reference.repository = "library/" + reference.repository;
  if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
  return reference;
}

}  // namespace landfall::fargate
