#include "alb/frames.h"

#include <memory>
#include <string>

#include "alb/field_block.h"

namespace landfall::alb {

char* frame_buffer() {
  static thread_local std::unique_ptr<char[]> buffer(new char[kFramesAtOnce]);
  return buffer.get();
}

nghttp2_nv pair_of(std::string_view name, std::string_view value) {
  return {.name = reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())), .value = reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), .namelen = name.size(), .valuelen = value.size(), .flags = NGHTTP2_NV_FLAG_NONE};
}

std::vector<nghttp2_nv> pairs_of(const FieldBlock& fields) {
  std::vector<nghttp2_nv> pairs;
  pairs.reserve(fields.count());
  for (size_t i = 0; i < fields.count(); ++i) {
    const auto [name, value] = fields.at(i);
    pairs.push_back(pair_of(name, value));
  }
  return pairs;
}

Sending send_frames(nghttp2_session* session, Transport& transport, Kept& unsent) {
  thread_local std::string gathered;
  size_t taken = 0;
  if (transport.flush() == Io::closed || (!unsent.empty() && transport.write(unsent.view(), taken) == Io::closed)) return Sending::closed;
  unsent.drop_front(taken);
  if (!transport.is_flushed() || !unsent.empty()) return Sending::blocked;
  gathered.clear();
  while (gathered.size() < kFramesAtOnce) {
    const uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session, &bytes);
    if (size < 0) return Sending::closed;
    if (size == 0) break;
    gathered.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
  if (gathered.empty()) return Sending::nothing;
  taken = 0;
  if (transport.write(gathered, taken) == Io::closed) return Sending::closed;
  unsent.append(std::string_view(gathered).substr(taken));
  return Sending::some;
}

}  // namespace landfall::alb
