#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hcl/type.h"
#include "hcl/value.h"

/// What a resource type or data source may hold: arguments, and blocks of arguments.
namespace landfall::terraform {

using hcl::Type;
using hcl::Value;

/// One argument, or one attribute that only the cloud knows. Without required() and computed() it is optional.
/// Chained when written: text("cidr_block").required().forces_new().
struct Attribute {
  std::string name;
  Type type = Type::string();
  bool is_required = false;
  bool is_optional = true;
  bool is_computed = false;    ///< the cloud may fill it in: unknown until then
  bool is_forced_new = false;  ///< a change means a new resource
  bool is_sensitive = false;
  bool is_write_only = false;  ///< goes to the cloud and is kept nowhere: null in plans and states
  bool is_refused = false;     ///< known, and not supported: any value but an empty one is refused by name
  bool is_inert = false;       ///< not supported, and recorded all the same (terraform/inert.h)
  bool takes_blocks = false;   ///< a list or set of objects that may also be written as blocks, in both dialects
  bool is_block_list = false;  ///< those blocks are a list of objects, whatever the type says (none is known)
  Value default_value{};       ///< null: none
  /// Whether a wanted value means the same as the one there is (JSON policies, upper case, trailing dots); then no change.
  std::function<bool(const Value& there, const Value& wanted)> is_same{};
  /// Which values are carried; null: all. Of rows (a list or set of objects): which rows. With --inert the others are recorded.
  std::function<bool(const Value&)> is_carried{};
  /// What of a value is carried, where a part of it may not be (a document): the value itself if all is. With --inert the call has that part.
  std::function<Value(const Value&)> carried_part{};
  bool decides = false;        ///< where it is inert, the whole thing is: without it there would be nothing to make
  /// What is wrong with a known value, as the end of the sentence "expected NAME …"; "" if nothing.
  std::function<std::string(const Value&)> check{};

  Attribute&& required() && { is_required = true; is_optional = false; return std::move(*this); }
  Attribute&& computed() && { is_computed = true; return std::move(*this); }                        ///< optional, else the cloud's
  Attribute&& read_only() && { is_computed = true; is_optional = false; return std::move(*this); }  ///< the cloud's alone
  Attribute&& forces_new() && { is_forced_new = true; return std::move(*this); }
  Attribute&& sensitive() && { is_sensitive = true; return std::move(*this); }
  Attribute&& write_only() && { is_write_only = is_sensitive = true; return std::move(*this); }
  Attribute&& blocks() && { takes_blocks = true; return std::move(*this); }
  Attribute&& defaults(Value value) && { default_value = std::move(value); return std::move(*this); }
  Attribute&& defaults(const char* text) && { default_value = Value::string(text); return std::move(*this); }
  Attribute&& defaults(bool truth) && { default_value = Value::boolean(truth); return std::move(*this); }
  Attribute&& defaults(int number) && { default_value = Value::number(number); return std::move(*this); }
  Attribute&& same_if(std::function<bool(const Value&, const Value&)> same) && { is_same = std::move(same); return std::move(*this); }
  Attribute&& carried_if(std::function<bool(const Value&)> carries) && { is_carried = std::move(carries); return std::move(*this); }
  Attribute&& deciding() && { decides = true; return std::move(*this); }
  Attribute&& checked(std::function<std::string(const Value&)> check_value) && { check = std::move(check_value); return std::move(*this); }
};

Attribute text(std::string name);
Attribute number(std::string name);
Attribute flag(std::string name);
Attribute texts(std::string name);     ///< list(string)
Attribute text_set(std::string name);  ///< set(string)
Attribute text_map(std::string name);  ///< map(string)
Attribute of_type(std::string name, Type type);

/// For checked(): one of these words; a number in a range.
std::function<std::string(const Value&)> one_of(std::vector<std::string> words);
std::function<std::string(const Value&)> between(int64_t least, int64_t most);

struct Block;

/// A body: what stands between the braces of a resource, or of a block in it.
struct Schema {
  std::vector<Attribute> attributes{};
  std::vector<Block> blocks{};
  bool is_loose = false;  ///< nobody knows the types: values stand in the state as they are, without them
  bool is_ephemeral = false;  ///< what is written in it is kept nowhere, and may come from what is ephemeral itself
  bool is_exact = false;  ///< null, "" and 0 are three things (types of newer plugins); else they are one

  const Attribute* attribute(std::string_view name) const;
  const Block* block(std::string_view name) const;
  Type type() const;  ///< object; a block is a list or set of objects
};

/// Nested blocks of one name.
struct Block {
  std::string name;
  Schema schema;
  bool is_set = false;          ///< order does not count
  int least = 0, most = 0;      ///< most 0: any number
  bool is_computed = false;     ///< where none is written the cloud fills them in
  bool is_forced_new = false;   ///< any change inside means a new resource

  Block&& required() && { least = 1; return std::move(*this); }
  Block&& computed() && { is_computed = true; return std::move(*this); }
  Block&& forces_new() && { is_forced_new = true; return std::move(*this); }
};

Block one_block(std::string name, Schema schema);   ///< at most one, as a list
Block list_block(std::string name, Schema schema);
Block set_block(std::string name, Schema schema);

/// Adds tags and tags_all, which the engine fills with the provider's default_tags and the resource's own.
Schema tagged(Schema schema);

}  // namespace landfall::terraform
