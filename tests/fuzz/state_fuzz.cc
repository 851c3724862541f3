// Reads any bytes as Terraform's state. What is accepted must say the same when it is written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "terraform/state.h"

using namespace landfall::terraform;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto state = parse_state({reinterpret_cast<const char*>(data), size}, "fuzz.tfstate");
  if (!state) return 0;
  const auto again = parse_state(render_state(*state), "again.tfstate");
  if (!again || !same_content(*state, *again)) abort();
  return 0;
}
