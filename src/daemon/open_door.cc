#include "daemon/open_door.h"

#include "aws/protocol.h"
#include "aws/sigv4.h"
#include "services/s3/cors.h"
#include "services/s3/guest.h"
#include "services/s3/post_form.h"
#include "services/s3/support.h"
#include "services/s3/website.h"

namespace landfall::daemon {
namespace {

http::Response refused(const services::Deps& deps, const Error& error, const http::Request& request) {
  const services::s3::Address address = services::s3::address_of(request);
  return aws::encode_error(*aws::find_service("s3"), error, deps.ids.uuid(), {.path = request.path, .bucket = address.bucket, .key = address.key});
}

}  // namespace

http::Response OpenDoor::handle(http::Request request) const {
  if (auto site = services::s3::website(deps_, request)) return std::move(*site);
  if (auto answer = services::s3::preflight(deps_, request)) return std::move(*answer);
  const auto asked = services::s3::cors_request(request);
  http::Response response = answer(std::move(request));
  if (asked) services::s3::add_cors_headers(deps_, *asked, response);
  return response;
}

http::Response OpenDoor::answer(http::Request request) const {
  auto admitted = services::s3::form_upload(deps_, find_key_, request);
  if (!admitted) admitted = services::s3::admit_guest(deps_, guest_secret_, request);
  if (!admitted) return endpoint_.handle(std::move(request));
  if (!*admitted) return refused(deps_, admitted->error(), request);
  services::s3::Admitted& guest = **admitted;
  aws::sign_received(request, guest.key, guest.region, deps_.clock.wall());
  http::Response response = endpoint_.handle(std::move(request));
  if (guest.finish) guest.finish(response);
  return response;
}

}  // namespace landfall::daemon
