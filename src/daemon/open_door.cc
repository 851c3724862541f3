#include "daemon/open_door.h"

#include "aws/protocol.h"
#include "aws/sigv4.h"
#include "services/s3/access_log.h"
#include "services/s3/cors.h"
#include "services/s3/guest.h"
#include "services/s3/post_form.h"
#include "services/s3/support.h"
#include "services/s3/website.h"

namespace landfall::daemon {
namespace {

http::Response refused(const services::Deps& deps, const Error& error, const http::Request& request, const std::string& members) {
  const services::s3::Address address = services::s3::address_of(request);
  return aws::encode_error(*aws::find_service("s3"), error, deps.ids.uuid(), {.path = request.path, .bucket = address.bucket, .key = address.key, .members = members});
}

}  // namespace

http::Response OpenDoor::handle(http::Request request) const {
  if (auto site = services::s3::website(deps_, request)) return std::move(*site);
  if (auto answer = services::s3::preflight(deps_, request)) return std::move(*answer);
  const auto asked = services::s3::cors_request(request);
  const auto visit = services::s3::notes_visits(deps_, request) ? std::optional(services::s3::visited(request, requester(request))) : std::nullopt;
  const auto started = deps_.clock.steady();
  http::Response response = answer(std::move(request));
  if (asked) services::s3::add_cors_headers(deps_, *asked, response);
  if (visit) services::s3::tell_visit(deps_, *visit, response, std::chrono::duration_cast<std::chrono::milliseconds>(deps_.clock.steady() - started));
  return response;
}

/// As access logs name who asks: an account by its canonical id, others by their ARN.
std::string OpenDoor::requester(const http::Request& request) const {
  const auto signature = aws::read_signature(request);
  const auto owner = signature ? find_key_(signature->access_key) : std::nullopt;
  if (!owner) return "";
  return owner->principal_arn.ends_with(":root") ? *services::s3::owner_of(owner->account).id : owner->principal_arn;
}

http::Response OpenDoor::answer(http::Request request) const {
  const aws::CallContext context;
  auto admitted = services::s3::form_upload(deps_, context, find_key_, request);
  if (!admitted) admitted = services::s3::admit_guest(deps_, guest_secret_, request);
  if (!admitted) return endpoint_.handle(std::move(request));
  if (!*admitted) return refused(deps_, admitted->error(), request, context.error_members);
  services::s3::Admitted& guest = **admitted;
  aws::sign_received(request, guest.key, guest.region, deps_.clock.wall());
  http::Response response = endpoint_.handle(std::move(request));
  if (guest.finish) guest.finish(response);
  return response;
}

}  // namespace landfall::daemon
