#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "http/client.h"
#include "terraform/simple_source.h"
#include "terraform/utility/pause.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

constexpr int kMostRedirects = 10;
constexpr int64_t kFirstDelayMs = 1000, kLongestDelayMs = 30'000;

/// A text that libraries read as a file; nothing of it comes to a disk.
class TextFile {
 public:
  static Result<TextFile> create(const std::string& text) {
    TextFile made;
    if (text.empty()) return made;
    made.fd_ = Fd(memfd_create("landfall", MFD_CLOEXEC));
    if (!made.fd_) return fail(errno_error("making a file in memory", errno));
    TRY(write_file(made.path(), text, 0600));
    return made;
  }
  std::string path() const { return fd_ ? fmt::format("/proc/self/fd/{}", fd_.get()) : ""; }

 private:
  Fd fd_;
};

/// "content-type" as Go writes it: "Content-Type".
std::string canonical(std::string_view name) {
  std::string text = lower(name);
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 0 || text[i - 1] == '-') text.replace(i, 1, upper(text.substr(i, 1)));
  }
  return text;
}

/// Source  hashicorp/go-retryablehttp: what may go better the next time.
bool may_pass(const Result<http::Response>& answer) {
  if (!answer) return answer.error().code != "Http.Tls";
  return answer->status == 429 || (answer->status >= 500 && answer->status != 501);
}

Result<http::Response> ask(const Cloud& cloud, const Record& state, const http::Fetch& fetch) {
  const Record retry = state.block("retry");
  const int64_t first = retry.has("min_delay_ms") ? retry.number("min_delay_ms") : kFirstDelayMs, longest = retry.has("max_delay_ms") ? retry.number("max_delay_ms") : kLongestDelayMs;
  http::Client client;
  Result<http::Response> answer = client.fetch(fetch);
  int64_t delay = first;
  for (int64_t i = 0; i < retry.number("attempts") && may_pass(answer); ++i) {
    TRY(pause(cloud, std::chrono::milliseconds(std::min(delay, longest))));
    delay = std::min(delay * 2, longest);
    answer = client.fetch(fetch);
  }
  return answer;
}

/// Source  registry.terraform.io, hashicorp/http 3: data http. Any status is an answer.
Result<void> read_http(const Cloud& cloud, Record& state) {
  const TextFile roots = TRY(TextFile::create(state.text("ca_cert_pem"))), certificate = TRY(TextFile::create(state.text("client_cert_pem"))), key = TRY(TextFile::create(state.text("client_key_pem")));
  http::Fetch fetch{.method = state.has("method") ? state.text("method") : "GET", .url = state.text("url"), .body = state.text("request_body"), .ca_file = roots.path(), .verifies_peer = !state.flag("insecure"), .certificate_file = certificate.path(), .key_file = key.path(), .max_redirects = kMostRedirects};
  for (const auto& [name, value] : state.pairs("request_headers")) fetch.headers.add(name, value);
  if (state.number("request_timeout_ms") > 0) fetch.timeout = std::chrono::milliseconds(state.number("request_timeout_ms"));
  const http::Response answer = TRY(ask(cloud, state, fetch));
  std::map<std::string, std::string> headers;
  for (const http::Header& header : answer.headers) {
    std::string& value = headers[canonical(header.name)];
    value += (value.empty() ? "" : ", ") + header.value;
  }
  state.set("id", fetch.url);
  state.set("status_code", answer.status);
  state.set("response_headers", headers);
  state.set("response_body", answer.body);
  state.set("body", answer.body);
  state.set("response_body_base64", base64_encode(answer.body));
  return {};
}

}  // namespace

void add_http(Provider& provider) {
  const auto delay = [](const char* name) { return number(name).checked(between(0, 1 << 30)); };
  add_source(provider, "http",
             {.attributes = {text("id").read_only(), text("url").required(), text("method").checked(one_of({"GET", "POST", "HEAD"})), text_map("request_headers"), text("request_body"), number("request_timeout_ms").checked(between(1, 1 << 30)), text("ca_cert_pem"), text("client_cert_pem"),
                             text("client_key_pem").sensitive(), flag("insecure"), number("status_code").read_only(), text_map("response_headers").read_only(), text("response_body").read_only(), text("body").read_only(), text("response_body_base64").read_only()},
              .blocks = {one_block("retry", {.attributes = {number("attempts").checked(between(0, 1000)), delay("min_delay_ms"), delay("max_delay_ms")}, .is_exact = true})},
              .is_exact = true},
             read_http);
}

}  // namespace landfall::terraform::utility_types
