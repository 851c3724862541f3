#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "http/client.h"
#include "terraform/backend.h"

namespace landfall::terraform {
namespace {

/// Source  Terraform docs, Backend Type: http; backend/remote-state/http/client.go of 1.11.
class HttpBackend final : public Backend {
 public:
  explicit HttpBackend(HttpLocation location) : location_(std::move(location)) {}
  ~HttpBackend() override { (void)unlock(); }

  Result<std::optional<State>> read() override {
    const http::Response answer = TRY(send("GET", location_.address, ""));
    if (answer.status == 404 || answer.status == 204 || (answer.status == 200 && answer.body.empty())) return std::optional<State>();
    if (answer.status != 200) return refused("GET", location_.address, answer);
    const auto digest = answer.headers.find("Content-MD5");
    if (digest && *digest != base64_encode(md5(answer.body))) return fail("State.Digest", fmt::format("the state at {} does not have the Content-MD5 {} that its server tells", place(), *digest), Blame::remote);
    return std::optional<State>(TRY(parse_state(answer.body, place())));
  }

  Result<void> write(const State& state) override {
    std::string url = location_.address;
    if (!held_.id.empty()) url += (url.find('?') == std::string::npos ? "?ID=" : "&ID=") + percent_encode(held_.id);
    const http::Response answer = TRY(send(location_.update_method, url, render_state(state)));
    if (answer.status < 200 || answer.status > 204) return refused(location_.update_method, url, answer);
    return {};
  }

  Result<void> lock(const LockInfo& info) override {
    if (location_.lock_address.empty()) return {};
    http::Response answer = TRY(send(location_.lock_method, location_.lock_address, info.to_json()));
    const LockInfo holder = parse_lock(answer.body);
    if (is_held(answer) && !holder.id.empty() && is_abandoned(holder, info)) {  // its process is gone
      TRY(send(location_.unlock_method, location_.unlock_address, answer.body));
      answer = TRY(send(location_.lock_method, location_.lock_address, info.to_json()));
    }
    if (is_held(answer)) return fail("State.Locked", fmt::format("Error acquiring the state lock: the state {} is held by somebody else.\n\nLock Info:\n{}", place(), parse_lock(answer.body).describe()));
    if (answer.status != 200) return refused(location_.lock_method, location_.lock_address, answer);
    held_ = info;
    return {};
  }

  Result<void> unlock() override {
    if (held_.id.empty()) return {};
    const LockInfo mine = std::exchange(held_, LockInfo());
    const http::Response answer = TRY(send(location_.unlock_method, location_.unlock_address, mine.to_json()));
    if (answer.status != 200) return refused(location_.unlock_method, location_.unlock_address, answer);
    return {};
  }

  /// The server knows who holds it, and judges the id.
  Result<void> break_lock(const std::string& id) override {
    if (location_.unlock_address.empty()) return fail("Lock.None", fmt::format("{} is not locked: its backend has no unlock_address", place()));
    const auto answer = TRY(send(location_.unlock_method, location_.unlock_address, LockInfo{.id = id}.to_json()));
    if (is_held(answer)) return fail("Lock.Id", fmt::format("lock ID \"{}\" does not match existing lock ID \"{}\"", id, parse_lock(answer.body).id));
    if (answer.status != 200) return refused(location_.unlock_method, location_.unlock_address, answer);
    return {};
  }

  std::string place() const override { return location_.address; }

 private:
  static bool is_held(const http::Response& answer) { return answer.status == 423 || answer.status == 409; }

  static std::unexpected<Error> refused(std::string_view method, const std::string& url, const http::Response& answer) {
    const char* why = answer.status == 401 ? "the server wants a username and a password" : answer.status == 403 ? "the username and the password are not accepted" : "the answer is not one of a state's server";
    return fail("State.Http", fmt::format("{} {} answered {}: {}", method, url, answer.status, why), Blame::remote);
  }

  /// Again after a failure that may pass: nobody answers, or the server has a problem of its own.
  Result<http::Response> send(const std::string& method, const std::string& url, const std::string& body) {
    const std::lock_guard lock(mutex_);
    http::Fetch request{.method = method, .url = url, .body = body, .verifies_peer = !location_.skips_verification};
    if (!location_.username.empty()) request.headers.set("Authorization", "Basic " + base64_encode(location_.username + ":" + location_.password));
    if (!body.empty()) {
      request.headers.set("Content-Type", "application/json");
      request.headers.set("Content-MD5", base64_encode(md5(body)));
    }
    std::chrono::seconds pause = location_.shortest_wait;
    for (int attempt = 0;; ++attempt) {
      auto answer = client_.fetch(request);
      const bool may_pass = !answer || answer->status == 429 || (answer->status >= 500 && answer->status != 501);
      if (!may_pass || attempt >= location_.retries) return answer;
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, location_.longest_wait);
    }
  }

  const HttpLocation location_;
  LockInfo held_;
  std::mutex mutex_;  ///< guards client_
  http::Client client_;
};

/// A whole number from 0 to 3600.
Result<int> number_of(const std::string& name, const std::string& text, int otherwise) {
  if (text.empty()) return otherwise;
  const bool is_number = text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos && std::atoi(text.c_str()) <= 3600;
  if (!is_number) return fail("Backend.Config", fmt::format("the argument \"{}\" of backend \"http\" is \"{}\"; a whole number from 0 to 3600 is wanted", name, text));
  return std::atoi(text.c_str());
}

}  // namespace

Result<HttpLocation> http_location(const std::function<std::string(std::string_view)>& argument) {
  const auto text = [&](const std::string& name, const std::string& otherwise = "") {
    std::string variable = "TF_HTTP_";
    for (const char c : name) variable += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const char* in_environment = std::getenv(variable.c_str());
    const std::string written = argument(name);
    return !written.empty() ? written : in_environment != nullptr && *in_environment != '\0' ? std::string(in_environment) : otherwise;
  };
  for (const char* name : {"client_ca_certificate_pem", "client_certificate_pem", "client_private_key_pem"}) {
    if (!text(name).empty()) return fail("Backend.Config", fmt::format("the argument \"{}\" of backend \"http\" is not supported by Landfall", name));
  }
  HttpLocation location{.address = text("address"), .update_method = text("update_method", "POST"), .lock_address = text("lock_address"), .lock_method = text("lock_method", "LOCK"), .unlock_address = text("unlock_address"), .unlock_method = text("unlock_method", "UNLOCK"), .username = text("username"), .password = text("password"), .skips_verification = text("skip_cert_verification") == "true"};
  for (const std::string* address : {&location.address, &location.lock_address, &location.unlock_address}) {
    const bool may_lack = address != &location.address && address->empty();
    if (!may_lack && !address->starts_with("http://") && !address->starts_with("https://")) return fail("Backend.Config", fmt::format("the backend \"http\" needs an \"address\" that begins with http:// or https://; found \"{}\"", *address));
  }
  if (location.lock_address.empty() != location.unlock_address.empty()) return fail("Backend.Config", "the backend \"http\" needs \"lock_address\" and \"unlock_address\", or neither");
  location.retries = TRY(number_of("retry_max", text("retry_max"), 2));
  location.shortest_wait = std::chrono::seconds(TRY(number_of("retry_wait_min", text("retry_wait_min"), 1)));
  location.longest_wait = std::chrono::seconds(TRY(number_of("retry_wait_max", text("retry_wait_max"), 30)));
  return location;
}

std::unique_ptr<Backend> open_http_backend(HttpLocation location) { return std::make_unique<HttpBackend>(std::move(location)); }

}  // namespace landfall::terraform
