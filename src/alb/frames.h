#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "alb/transport.h"

/// What both sides of the balancer do with sessions of nghttp2, clients' and targets'.
namespace landfall::alb {

class FieldBlock;

constexpr size_t kFramesAtOnce = 64 * 1024;

/// One thread's memory for frames as they are read. Not its scratch: while frames are read, answers of the balancer's own and
/// request heads pass through that.
char* frame_buffer();

nghttp2_nv pair_of(std::string_view name, std::string_view value);
/// Valid until something is added to `fields`.
std::vector<nghttp2_nv> pairs_of(const FieldBlock& fields);

/// Sends frames that are ready, up to kFramesAtOnce bytes of them in one piece. `unsent`  what a plain transport did not take;
/// TLS keeps its own.
enum class Sending { nothing, some, blocked, closed };
Sending send_frames(nghttp2_session* session, Transport& transport, Kept& unsent);

}  // namespace landfall::alb
