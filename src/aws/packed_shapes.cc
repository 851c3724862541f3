#include "aws/packed_shapes.h"

namespace landfall::aws {

ShapeTables::ShapeTables(const PackedService& packed) {
  const auto text = [&](PackedText piece) { return packed.text.substr(piece.at, piece.size); };
  shapes_.resize(packed.shapes.size());  // members and operations point to them
  for (const PackedText value : packed.values) values_.push_back(text(value));
  members_.reserve(packed.members.size());
  for (const PackedMember& member : packed.members) {
    members_.push_back({.name = text(member.name),
                        .wire = text(member.wire),
                        .ec2_wire = text(member.ec2_wire),
                        .shape = &shapes_[member.shape],
                        .access = packed.optionals[member.access],
                        .offset = member.offset,
                        .location = member.location,
                        .time_format = member.time_format,
                        .is_required = member.is_required,
                        .is_flattened = member.is_flattened,
                        .is_attribute = member.is_attribute,
                        .is_payload = member.is_payload,
                        .is_idempotency_token = member.is_idempotency_token});
  }
  for (size_t i = 0; i < shapes_.size(); ++i) {
    const PackedShape& shape = packed.shapes[i];
    shapes_[i] = {.name = text(shape.name),
                  .kind = shape.kind,
                  .members = std::span<const Member>(members_).subspan(shape.first_member, shape.member_count),
                  .element = shape.element == kNoShape ? nullptr : &shapes_[shape.element],
                  .element_wire = text(shape.element_wire),
                  .key_wire = text(shape.key_wire),
                  .list = shape.kind == Kind::list ? packed.lists[shape.access] : nullptr,
                  .map = shape.kind == Kind::map ? packed.maps[shape.access] : nullptr,
                  .values = std::span<const std::string_view>(values_).subspan(shape.first_value, shape.value_count),
                  .minimum = shape.minimum,
                  .maximum = shape.maximum,
                  .pattern = text(shape.pattern),
                  .is_flattened = shape.is_flattened,
                  .is_streaming = shape.is_streaming};
  }
  operations_.reserve(packed.operations.size());
  for (const PackedOperation& operation : packed.operations) {
    operations_.push_back({.name = text(operation.name),
                           .method = text(operation.method),
                           .uri = text(operation.uri),
                           .success_status = operation.success_status,
                           .input = &shapes_[operation.input],
                           .output = &shapes_[operation.output],
                           .result_wrapper = text(operation.result_wrapper),
                           .input_root = text(operation.input_root),
                           .input_namespace = text(operation.input_namespace)});
  }
  model_ = {.name = text(packed.name),
            .signing_name = text(packed.signing_name),
            .service_id = text(packed.service_id),
            .version = text(packed.version),
            .xml_namespace = text(packed.xml_namespace),
            .target_prefix = text(packed.target_prefix),
            .json_version = text(packed.json_version),
            .protocol = packed.protocol,
            .operations = operations_};
}

}  // namespace landfall::aws
