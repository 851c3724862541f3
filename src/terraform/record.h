#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hcl/value.h"

namespace landfall::terraform {

using hcl::Value;

/// The attributes of one resource (or of one block in it), to read and to write. Values have the schema's types already.
/// Reading something that is null, unknown or absent gives the empty value of its kind.
class Record {
 public:
  Record() = default;
  explicit Record(Value object);  ///< null: no attributes

  bool has(std::string_view name) const;  ///< known and not null
  std::string text(std::string_view name) const;
  bool flag(std::string_view name) const;
  int64_t number(std::string_view name) const;
  double fraction(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;             ///< of a list or set; nulls left out
  std::map<std::string, std::string> pairs(std::string_view name) const;   ///< of a map(string)
  std::vector<Record> blocks(std::string_view name) const;
  Record block(std::string_view name) const;  ///< the first one, or an empty record
  Value value(std::string_view name) const;   ///< as it is; null if absent

  /// The empty string, for members that the cloud leaves out, is kept as "".
  void set(std::string_view name, std::string_view text);
  void set(std::string_view name, const char* text) { set(name, std::string_view(text)); }
  void set(std::string_view name, bool truth);
  void set(std::string_view name, int64_t number);
  void set(std::string_view name, int number) { set(name, static_cast<int64_t>(number)); }
  void set(std::string_view name, double number);  ///< as its shortest decimal text: what a configuration says
  void set(std::string_view name, const std::vector<std::string>& texts);  ///< a list; becomes a set where the schema says so
  void set(std::string_view name, const std::map<std::string, std::string>& pairs);
  void set(std::string_view name, const std::vector<Record>& blocks);
  void set(std::string_view name, const Value& value);
  void clear(std::string_view name);  ///< null

  Value to_value() const;  ///< an object; convert to the schema's type before use
  bool operator==(const Record& other) const { return fields_ == other.fields_; }

 private:
  std::map<std::string, Value, std::less<>> fields_;
};

/// Whether the two hold the same in `name`.
bool differs(const Record& a, const Record& b, std::string_view name);
bool differs(const Record& a, const Record& b, std::initializer_list<std::string_view> names);  ///< in any of them

}  // namespace landfall::terraform
