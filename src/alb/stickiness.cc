#include "alb/stickiness.h"

#include <cstring>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

constexpr int64_t kLasts = 7 * 24 * 3600;

using http::h1::Field;
using http::h1::FieldId;

}  // namespace

std::string seal_mark(const CookieSeal& seal, char kind, const Mark& mark) {
  char bytes[sizeof mark];
  std::memcpy(bytes, &mark, sizeof mark);
  return seal.seal(kind, {bytes, sizeof bytes});
}

std::optional<Mark> unseal_mark(const CookieSeal& seal, char kind, std::string_view value) {
  const auto bytes = seal.unseal(kind, value);
  Mark mark{};
  if (!bytes || bytes->size() != sizeof mark) return std::nullopt;
  std::memcpy(&mark, bytes->data(), sizeof mark);
  return mark;
}

std::optional<std::string_view> find_cookie(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.id != FieldId::cookie) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const size_t end = rest.find(';');
      const std::string_view pair = trim(rest.substr(0, end));
      const size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> find_own_cookie(const std::vector<Field>& fields, std::string_view name) {
  const auto found = find_cookie(fields, name);
  return found ? found : find_cookie(fields, std::string(name) + "CORS");
}

bool sets_cookie(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.id == FieldId::set_cookie && field.value.starts_with(name) && field.value.substr(name.size()).starts_with('=')) return true;
  }
  return false;
}

void add_cookies(std::vector<std::string>& into, std::string_view name, const std::string& value, int64_t now, bool with_cors) {
  const std::string until = http_date({(now + kLasts) * 1000});
  into.push_back(fmt::format("{}={}; Expires={}; Path=/", name, value, until));
  if (with_cors) into.push_back(fmt::format("{}CORS={}; Expires={}; Path=/; SameSite=None; Secure", name, value, until));
}

}  // namespace landfall::alb
