#include "alb/transforms.h"

#include <re2/re2.h>

#include <algorithm>

#include "alb/forward.h"
#include "base/text.h"
#include "model/pattern.h"

namespace landfall::alb {
namespace {

constexpr size_t kMaxUrl = 16 * 1024, kMaxHost = 255;

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= kMaxHost && std::ranges::all_of(text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_'; });
}

bool is_url(std::string_view text) {
  return text.starts_with('/') && text.size() <= kMaxUrl && std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '#'; });
}

}  // namespace

std::shared_ptr<const Transforms> Transforms::compile(const std::vector<model::Transform>& transforms) {
  if (transforms.empty()) return nullptr;
  auto made = std::make_shared<Transforms>();
  for (const model::Transform& transform : transforms) {
    Rewrite& rewrite = transform.type == "url-rewrite" ? made->url_ : made->host_;
    rewrite.pattern = model::compile_pattern(transform.regex, transform.type != "url-rewrite");
    if (rewrite.pattern && !model::to_rewrite(*rewrite.pattern, transform.replace, rewrite.replace)) rewrite.pattern = nullptr;
  }
  return made;
}

Transforms::Outcome Transforms::apply(const http::h1::RequestHead& head, http::h1::RequestHead& into, std::string& text) const {
  const std::string_view target_host = absolute_host(head.target);
  const auto host_field = std::ranges::find(head.fields, http::h1::FieldId::host, &http::h1::Field::id);
  const std::string_view named = !target_host.empty() ? target_host : host_field != head.fields.end() ? host_field->value : std::string_view();
  const size_t colon = named.find(':');
  std::string host = lower(named.substr(0, colon)), url;
  const bool new_host = host_.pattern && re2::RE2::Replace(&host, *host_.pattern, host_.replace);
  const std::string_view given = target_host.empty() ? head.target : head.target.substr(static_cast<size_t>(target_host.data() - head.target.data()) + target_host.size());
  url = given.starts_with('/') ? std::string(given) : "/" + std::string(given);
  const bool new_url = url_.pattern && head.target != "*" && re2::RE2::Replace(&url, *url_.pattern, url_.replace);
  if (!new_host && !new_url) return Outcome::unchanged;
  if (new_host && !is_host(host)) return Outcome::no_host;
  if (new_url && !is_url(url)) return Outcome::no_url;
  into = head;
  if (new_host && colon != std::string_view::npos) host += named.substr(colon);
  if (!new_host) host = named;  // of an absolute target too: what is sent has the form of a path
  text = host + url;
  const std::string_view all(text);
  const std::string_view sent_host = all.substr(0, host.size());
  into.target = all.substr(host.size());
  const auto field = std::ranges::find(into.fields, http::h1::FieldId::host, &http::h1::Field::id);
  if (field != into.fields.end()) field->value = sent_host;
  else into.fields.push_back({.name = "Host", .value = sent_host, .id = http::h1::FieldId::host});
  return Outcome::changed;
}

}  // namespace landfall::alb
