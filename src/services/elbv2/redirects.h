#pragma once

#include <string_view>

#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {

/// A redirect's parts with what is not given left as it is; each part may have some of the placeholders, each of them once.
/// Sources  ELBv2 API, RedirectActionConfig; ALB user guide, Redirect actions.
Result<model::RedirectAction> read_redirect(const shapes::RedirectActionConfig& given, std::string_view listener_protocol);

/// Something must change, or the client comes back to where it was: the listener's own protocol and port are no change.
Result<void> check_loops(const std::vector<model::Action>& actions, const model::Listener& listener);

}  // namespace landfall::services::elbv2
