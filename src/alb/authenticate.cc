// How a request whose rule wants a user finds one: the session of its cookies, or the way to the identity provider and back
// (ALB user guide, Authenticate users).
#include <ctime>

#include <fmt/format.h>

#include "alb/exchange.h"
#include "alb/held_request.h"
#include "alb/lane.h"
#include "alb/login.h"
#include "alb/stickiness.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

using http::h1::RequestHead;

constexpr size_t kMaxLocation = 8 * 1024;

/// What the log says was done.
std::string_view done_before(std::string_view last) {
  return last == "forward" ? "authenticate,forward" : last == "redirect" ? "authenticate,redirect" : "authenticate,fixed-response";
}

std::string host_of(const RequestView& view, int port) { return port == 443 ? lower(view.host) : fmt::format("{}:{}", lower(view.host), port); }

Answer move_to(std::string location) {
  Answer answer = error_answer(302);
  answer.location = std::move(location);
  return answer;
}

/// In whose metric a login that failed counts (ALB user guide, CloudWatch metrics: authentication).
std::string_view metric_of(const LoginFailure& failure) {
  if (failure.reason == "AuthUserinfoResponseSizeExceeded") return "auth.claims_too_large";
  return failure.status == 401 || failure.reason == "AuthInvalidGrantError" ? "auth.failure" : "auth.error";
}

}  // namespace

/// The provider's answer for a login that this balancer began; looked at before any rule. False: it is another request.
bool Exchange::take_callback(const RequestHead& head) {
  const RequestView view = request_view(head, *facts_);
  if (view.path != kCallbackPath) return false;
  noted_.priority = -1;  // no rule was looked at
  noted_.action = "authenticate";
  const Callback callback = read_callback(view.query);
  const auto state = unseal_state(lane_.seal(), callback.state);
  const CompiledAction* action = state ? listener_->login_of(state->provider) : nullptr;
  const auto nonce = find_cookie(head.fields, kNonceCookie);
  const int64_t now = time(nullptr);
  if (callback.state.empty()) return turn_away("authenticate", 401, "AuthMissingStateParam"), true;
  if (!state || action == nullptr || now >= state->began + kLoginLimit || state->host != host_of(view, facts_->listener_port)) return turn_away("authenticate", 401, "AuthInvalidStateParam"), true;
  if (!nonce) return turn_away("authenticate", 401, "AuthMissingAWSALBAuthNonce"), true;
  if (!is_same_nonce(*nonce, state->nonce)) return turn_away("authenticate", 401, "AuthInvalidAWSALBAuthNonce"), true;
  if (callback.code.empty()) {
    const bool is_denied = callback.error.empty() || callback.error == "access_denied";
    counters().add(is_denied ? "auth.failure" : "auth.error");
    return turn_away("authenticate", is_denied ? 401 : 561, "AuthMissingCodeParam"), true;
  }
  action_ = action;
  login_ = std::make_unique<Login>();
  login_->cookie_pieces = read_session(lane_.seal(), head.fields, *action->login, now).pieces;
  const std::string_view plain_host = std::string_view(state->host).substr(0, state->host.find(':'));
  login_->location = fmt::format("https://{}:{}{}", plain_host, facts_->listener_port, replace_all(state->target, " ", "%20"));
  await_login({.keeper = snapshot_, .provider = action->login, .code = callback.code, .redirect_uri = callback_address(state->host), .before = {}});
  return true;
}

/// Whether the request goes on now; else it is answered, or waits until its user's session was refreshed.
bool Exchange::is_authenticated(const CompiledAction& action, const RequestHead& head, std::string_view body, bool body_done) {
  const int64_t now = time(nullptr);
  ReadSession read = read_session(lane_.seal(), head.fields, *action.login, now);
  if (read.is_broken) noted_.error = "AuthInvalidCookie";
  if (!read.session) return admits_stranger(action, head);
  const bool is_stale = read.session->access_ends != 0 && now >= read.session->access_ends && !read.session->refresh_token.empty();
  if (!is_stale) {
    admit(action, *read.session);
    return true;
  }
  login_ = std::make_unique<Login>();
  login_->held = std::make_unique<HeldRequest>(head);
  login_->cookie_pieces = read.pieces;
  request_done_ = body_done;
  unsent_.append(body);
  await_login({.keeper = snapshot_, .provider = action.login, .code = {}, .redirect_uri = {}, .before = std::move(*read.session)});
  return false;
}

/// A request without a user: it goes on, is refused, or is sent to the provider.
bool Exchange::admits_stranger(const CompiledAction& action, const RequestHead& head) {
  const model::AuthenticateOidc& provider = *action.login;
  if (provider.on_unauthenticated_request == "allow") {
    noted_.action = done_before(action.action->type);
    return true;
  }
  if (provider.on_unauthenticated_request == "deny") return turn_away("authenticate", 401, noted_.error), false;
  const RequestView view = request_view(head, *facts_);
  if (view.host.empty()) return turn_away("authenticate", 401, "AuthMissingHostHeader"), false;
  const std::string_view query = view.query.empty() ? std::string_view() : "?";
  const LoginState state{.nonce = make_nonce(), .provider = provider_mark(provider), .host = host_of(view, facts_->listener_port), .target = fmt::format("{}{}{}", view.path, query, view.query), .began = time(nullptr)};
  Answer answer = move_to(authorization_address(provider, state, seal_state(lane_.seal(), state)));
  noted_.action = "authenticate";
  if (answer.location.size() > kMaxLocation) return answer_own(error_answer(414), "elb.414.login_too_long"), false;
  answer.cookies.push_back(nonce_cookie(state.nonce));
  answer_own(std::move(answer), "elb.302.login");
  return false;
}

/// Targets are told who the user is.
void Exchange::admit(const CompiledAction& action, const UserSession& session) {
  noted_.action = done_before(action.action->type);
  identity_ = std::make_unique<UserIdentity>(UserIdentity{.access_token = session.access_token, .subject = session.subject, .data = snapshot_->signer->token(*action.login, session.claims, time(nullptr))});
}

void Exchange::await_login(LoginCall call) {
  state_ = State::authenticating;
  noted_.action = "authenticate";
  login_->ticket = lane_.begin_login(*this, std::move(call));
  if (login_->ticket == 0) turn_away("authenticate", 500, "AuthUnhandledException");
}

void Exchange::on_login(LoginOutcome outcome) {
  const std::unique_ptr<Login> login = std::move(login_);
  state_ = State::idle;
  last_activity_ = lane_.now();
  const bool is_refresh = login->held != nullptr;
  auto cookies = outcome.result ? session_cookies(lane_.seal(), action_->login->session_cookie_name, *outcome.result, login->cookie_pieces) : std::nullopt;
  if (outcome.result && !cookies) outcome.result = std::unexpected(LoginFailure{.status = 401, .reason = "AuthUserinfoResponseSizeExceeded"});
  counters().add(Count::logins);
  counters().add(Count::login_microseconds, outcome.took.count());
  counters().add(!outcome.result ? metric_of(outcome.result.error()) : is_refresh ? "auth.refresh_success" : "auth.success");
  if (cookies) session_cookies_ = std::move(*cookies);
  if (is_refresh) return go_on_refreshed(*login->held, outcome.result);
  if (!outcome.result) return turn_away("authenticate", outcome.result.error().status, outcome.result.error().reason);
  answer_own(move_to(login->location), "elb.302.logged_in");
}

/// A refresh that failed leaves a request without a user.
void Exchange::go_on_refreshed(HeldRequest& held, const LoginResult& result) {
  const std::string body(unsent_.view());
  unsent_.clear();
  if (result) admit(*action_, *result);
  else noted_.error = result.error().reason;
  if (!result && !admits_stranger(*action_, held.head)) return;
  const bool has_trailers = !held.trailers.empty();
  const bool body_done = request_done_;
  Front* front = front_;
  go_on(*action_, held.head, body, body_done && !has_trailers);
  if (front_ != front) return;
  if (body_done && has_trailers) end_body(std::move(held.trailers));
  else if (!body_done) front->on_room();
}

}  // namespace landfall::alb
