#include "alb/config.h"

#include "base/file.h"
#include "base/record_codec.h"

RECORD(landfall::alb::Config)
RECORD(landfall::alb::WorkerState)

namespace landfall::alb {

Result<Config> parse_config(std::string_view text) { return decode<Config>(text).while_doing("reading a load balancer's configuration"); }

WorkerState state_in(const std::filesystem::path& folder) {
  const auto text = read_file(folder / "state.json");
  return text ? decode<WorkerState>(*text).value_or(WorkerState{}) : WorkerState{};
}

}  // namespace landfall::alb
