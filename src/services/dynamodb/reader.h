#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "services/dynamodb/path.h"
#include "services/dynamodb/placeholders.h"

namespace landfall::services::dynamodb {

/// The tokens of one expression, read from left to right: what every kind of expression has in common.
/// Errors are "ValidationException", "Invalid <kind>: …".
class Reader {
 public:
  static Result<Reader> open(std::string_view text, std::string_view kind, Placeholders& placeholders);

  bool is_at_end() const { return at_ >= tokens_.size(); }
  std::string_view token(size_t ahead = 0) const;  ///< "" past the end
  bool take(std::string_view wanted);              ///< in any case, as keywords are
  void skip() { ++at_; }
  Result<void> expect(std::string_view wanted);
  std::unexpected<Error> unexpected() const;       ///< the token that stands here does not belong here
  std::unexpected<Error> invalid(std::string what) const;

  bool is_call() const { return token(1) == "(" && !token().empty() && token() != "("; }
  bool is_redundant_parenthesis() const;           ///< "((" whose inner pair closes right before the outer one

  Result<Path> path();
  Result<Value> value();  ///< of the placeholder that stands here
  bool is_value() const { return token().starts_with(':'); }

  const std::set<std::string>& names() const { return names_; }  ///< top-level attributes seen so far
  std::string_view kind() const { return kind_; }

 private:
  struct Token {
    std::string text;
    size_t begin, end;
  };
  Reader(std::string_view text, std::string_view kind, Placeholders& placeholders) : text_(text), kind_(kind), placeholders_(placeholders) {}
  Result<void> split();
  Result<std::string> attribute_name();

  std::string text_, kind_;
  Placeholders& placeholders_;
  std::vector<Token> tokens_;
  std::set<std::string> names_;
  size_t at_ = 0;
};

/// Whether a word may not stand for itself as an attribute's name (developer guide, Reserved words in DynamoDB).
bool is_reserved(std::string_view word);

}  // namespace landfall::services::dynamodb
