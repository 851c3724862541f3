#include "aws/client.h"

#include <thread>

#include "aws/protocol.h"
#include "aws/sigv4.h"
#include "base/ensure.h"
#include "http/client.h"

namespace landfall::aws {
namespace {

constexpr int kTries = 6;
constexpr std::chrono::milliseconds kFirstPause{100};

/// A refused connection never carried the request; anything later may have been acted upon.
bool may_be_sent_again(const Error& error, std::string_view operation, const Once& once) {
  if (error.code == "Http.Refused") return true;
  return error.code.starts_with("Http.") && (is_read(operation) || !once.token.empty());
}

}  // namespace

bool is_read(std::string_view operation) {
  for (const std::string_view verb : {"Describe", "Get", "List", "Head", "BatchGet", "Query", "Scan", "Discover", "Simulate"}) {
    if (operation.starts_with(verb)) return true;
  }
  return false;
}

Client::Client(ClientOptions options) : options_(std::move(options)) {}
Client::~Client() = default;

Result<void> Client::call_erased(std::string_view service, std::string_view operation, const void* input, const Once& once, void* output) const {
  const ServiceModel* model = find_service(service);
  ENSURE(model != nullptr, "calls are to services in models/");
  const Operation* found = find_operation(*model, operation);
  ENSURE(found != nullptr, "calls are of operations in models/operations.txt");
  thread_local http::Client http;
  auto pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    http::Fetch fetch = encode_call(*model, *found, input, options_.endpoint_url);
    fetch.ca_file = options_.ca_file;
    fetch.headers.set("User-Agent", "landfall");
    if (!once.token.empty()) fetch.headers.set(kOnceHeader, once.token);
    if (once.is_only_recalled) fetch.headers.set(kRecallHeader, "true");
    sign(fetch, {.access_key = options_.access_key, .secret_key = options_.secret_key, .session_token = options_.session_token},
         options_.region, model->signing_name, SystemClock().wall());
    const auto response = http.fetch(fetch);
    if (response) return decode_answer(*model, *found, *response, output);
    if (attempt == kTries || !may_be_sent_again(response.error(), operation, once)) return std::unexpected(response.error());
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

}  // namespace landfall::aws
