#pragma once

#include <span>
#include <string_view>

#include "aws/shape.h"

/// What of the models only constraints ask about (tools/generate_shapes.py makes it).
namespace landfall::aws {

/// The keys of one map, where they are bounded.
struct MapKey {
  std::string_view service, map;
  Shape key;
};
std::span<const MapKey> map_keys();

/// "secretsmanager.SecretStringType": not to be shown.
std::span<const std::string_view> secret_shapes();

}  // namespace landfall::aws
