#include "services/dynamodb/attribute.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/json_codec.h"
#include "base/ensure.h"
#include "base/text.h"
#include "services/dynamodb/number.h"

namespace landfall::services::dynamodb {
namespace {

constexpr int kMaxDepth = 32;

int types_set(const Value& v) {
  return v.s.has_value() + v.n.has_value() + v.b.has_value() + v.ss.has_value() + v.ns.has_value() + v.bs.has_value() + v.m.has_value() + v.l.has_value() + v.null.has_value() + v.bool_.has_value();
}

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

Result<void> check_set(const std::vector<std::string>& set, std::string_view noun) {
  if (set.empty()) return invalid(fmt::format("One or more parameter values were invalid: An {} set  may not be empty", noun));
  for (const std::string& element : set) {
    if (std::ranges::count(set, element) > 1) return invalid(fmt::format("One or more parameter values were invalid: Input collection [{}] contains duplicates.", join(set, ", ")));
  }
  return {};
}

Result<void> canonical(std::string& number) {
  number = TRY(Number::parse(number)).text();
  return {};
}

bool same_set(std::vector<std::string> a, std::vector<std::string> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

bool same_list(const std::vector<Value>& a, const std::vector<Value>& b) { return std::ranges::equal(a, b, equal); }

bool same_map(const Item& a, const Item& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.first == y.first && equal(x.second, y.second); });
}

size_t stored_size(const Value& v) {
  const auto sum = [](const std::vector<std::string>& set) {
    size_t total = 0;
    for (const std::string& element : set) total += element.size();
    return total;
  };
  if (v.s) return v.s->size();
  if (v.n) return v.n->size() / 2 + 1;
  if (v.b) return v.b->size();
  if (v.ss) return sum(*v.ss);
  if (v.ns) return sum(*v.ns) / 2 + v.ns->size();
  if (v.bs) return sum(*v.bs);
  if (v.m) return dynamodb::stored_size(*v.m) + 3 + v.m->size();
  size_t total = v.l ? 3 + v.l->size() : 1;
  if (v.l) {
    for (const Value& element : *v.l) total += stored_size(element);
  }
  return total;
}

}  // namespace

std::string_view type_of(const Value& v) {
  if (v.s) return "S";
  if (v.n) return "N";
  if (v.b) return "B";
  if (v.ss) return "SS";
  if (v.ns) return "NS";
  if (v.bs) return "BS";
  if (v.m) return "M";
  if (v.l) return "L";
  if (v.null) return "NULL";
  return v.bool_ ? "BOOL" : "";
}

Result<void> normalize(Value& v, int depth) {
  const int types = types_set(v);
  if (types == 0) return invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  if (types > 1) return invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
  if (depth > kMaxDepth) return invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit");
  if (v.null && !*v.null) return invalid("One or more parameter values were invalid: Null attribute value types must have the value of true");
  if (v.n) TRY(canonical(*v.n));
  if (v.ns) {
    for (std::string& number : *v.ns) TRY(canonical(number));
    TRY(check_set(*v.ns, "number"));
  }
  if (v.ss) TRY(check_set(*v.ss, "string"));
  if (v.bs) TRY(check_set(*v.bs, "binary"));
  if (v.l) {
    for (Value& element : *v.l) TRY(normalize(element, depth + 1));
  }
  if (v.m) {
    for (auto& [name, element] : *v.m) TRY(normalize(element, depth + 1));
  }
  return {};
}

bool equal(const Value& a, const Value& b) {
  if (type_of(a) != type_of(b)) return false;
  if (a.ss) return same_set(*a.ss, *b.ss);
  if (a.ns) return same_set(*a.ns, *b.ns);
  if (a.bs) return same_set(*a.bs, *b.bs);
  if (a.l) return same_list(*a.l, *b.l);
  if (a.m) return same_map(*a.m, *b.m);
  return a.s == b.s && a.n == b.n && a.b == b.b && a.bool_ == b.bool_ && a.null == b.null;
}

std::optional<std::strong_ordering> order(const Value& a, const Value& b) {
  if (a.s && b.s) return *a.s <=> *b.s;
  if (a.b && b.b) return *a.b <=> *b.b;
  if (a.n && b.n) {
    const auto left = Number::parse(*a.n), right = Number::parse(*b.n);
    if (left && right) return *left <=> *right;
  }
  return std::nullopt;
}

std::optional<size_t> size_of(const Value& v) {
  if (v.s) return v.s->size();
  if (v.b) return v.b->size();
  if (v.ss) return v.ss->size();
  if (v.ns) return v.ns->size();
  if (v.bs) return v.bs->size();
  if (v.l) return v.l->size();
  if (v.m) return v.m->size();
  return std::nullopt;
}

size_t stored_size(const Item& item) {
  size_t total = 0;
  for (const auto& [name, value] : item) total += name.size() + stored_size(value);
  return total;
}

std::string to_text(const Item& item) {
  const Value whole{.m = item};
  return aws::encode_json(Value::shape(), &whole);
}

Item item_of(const std::string& text) {
  Value whole;
  const auto read = aws::decode_json(Value::shape(), text, aws::Unknown::refused, &whole);
  ENSURE(read && whole.m, "the store holds what to_text wrote");
  return std::move(*whole.m);
}

}  // namespace landfall::services::dynamodb
