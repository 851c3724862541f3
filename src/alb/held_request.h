#pragma once

#include <string>

#include "alb/field_block.h"
#include "http/h1_head.h"

namespace landfall::alb {

/// A request that waits: its head in memory of its own, where that of the connection is used for others meanwhile.
struct HeldRequest {
  explicit HeldRequest(const http::h1::RequestHead& from);
  HeldRequest(const HeldRequest&) = delete;
  std::string text;
  http::h1::RequestHead head;  ///< views into `text`
  FieldBlock trailers;         ///< that came meanwhile
};

}  // namespace landfall::alb
