#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "aws/shape.h"

/// The tables of aws/shapes/*.cc as they lie in the program: numbers alone, so that the compiler has nothing to run for them, the
/// loader nothing to move, and a program that speaks to no service nothing to read. Made into shape.h's when first asked for.
namespace landfall::aws {

/// A piece of PackedService::text.
struct PackedText {
  uint32_t at = 0, size = 0;
};

inline constexpr uint16_t kNoShape = 0xffff;

struct PackedMember {
  PackedText name, wire, ec2_wire;
  uint16_t shape;
  uint16_t access;  ///< of PackedService::optionals
  uint32_t offset;
  Location location;
  TimeFormat time_format;
  bool is_required, is_flattened, is_attribute, is_payload, is_idempotency_token;
};

struct PackedShape {
  PackedText name;
  Kind kind;
  uint32_t first_member = 0, member_count = 0;
  uint16_t element = kNoShape;
  uint16_t access = 0;  ///< of PackedService::lists or maps
  PackedText element_wire{}, key_wire{};
  uint32_t first_value = 0, value_count = 0;
  std::optional<double> minimum{}, maximum{};
  PackedText pattern{};
  bool is_flattened = false, is_streaming = false;
};

struct PackedOperation {
  PackedText name, method, uri;
  int success_status;
  uint16_t input, output;
  PackedText result_wrapper, input_root, input_namespace;
};

struct PackedService {
  std::string_view text;
  std::span<const PackedMember> members;
  std::span<const PackedShape> shapes;
  std::span<const PackedText> values;  ///< of enums
  std::span<const PackedOperation> operations;
  std::span<const OptionalAccess* const> optionals;
  std::span<const ListAccess* const> lists;
  std::span<const MapAccess* const> maps;
  PackedText name, signing_name, service_id, version, xml_namespace, target_prefix, json_version;
  Protocol protocol;
};

class ShapeTables {
 public:
  explicit ShapeTables(const PackedService& packed);
  ShapeTables(const ShapeTables&) = delete;
  ShapeTables& operator=(const ShapeTables&) = delete;

  const Shape& shape(size_t index) const { return shapes_[index]; }
  const ServiceModel& model() const { return model_; }

 private:
  std::vector<std::string_view> values_;
  std::vector<Member> members_;
  std::vector<Shape> shapes_;
  std::vector<Operation> operations_;
  ServiceModel model_;
};

}  // namespace landfall::aws
