#include "alb/config.h"

#include "base/record_codec.h"

RECORD(landfall::alb::Config)
RECORD(landfall::alb::WorkerState)

namespace landfall::alb {

Result<Config> parse_config(std::string_view text) { return decode<Config>(text).while_doing("reading a load balancer's configuration"); }

}  // namespace landfall::alb
