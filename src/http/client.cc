#include "http/client.h"

#include <curl/curl.h>

#include <cstdio>
#include <mutex>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::http {
namespace {

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

struct CloseFile {
  void operator()(FILE* file) const { std::fclose(file); }
};

List list_of(const std::vector<std::string>& items) {
  curl_slist* list = nullptr;
  for (const std::string& item : items) list = curl_slist_append(list, item.c_str());
  return List(list);
}

struct Exchange {
  const Fetch& request;
  Response response;
};

size_t on_header(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {
    exchange.response.headers = {};  // of the final answer, not of a 100 or a redirect before it
    return size;
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) exchange.response.headers.add(line.substr(0, colon), trim(line.substr(colon + 1)));
  return size;
}

size_t on_body(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.request.on_body) return exchange.request.on_body({data, size}) ? size : 0;
  exchange.response.body.append(data, size);
  return size;
}

std::string authority_of(CURL* curl, const Fetch& request) {
  char* address = nullptr;
  long port = 0;
  curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &address);
  curl_easy_getinfo(curl, CURLINFO_PRIMARY_PORT, &port);
  if (address != nullptr && *address != '\0') return fmt::format("{}:{}", address, port);
  for (const std::string& entry : request.resolve) {
    const std::vector<std::string> parts = split(entry, ':');
    if (parts.size() == 3) return parts[2] + ":" + parts[1];
  }
  const size_t start = request.url.find("://");
  const std::string rest = request.url.substr(start == std::string::npos ? 0 : start + 3);
  return rest.substr(0, rest.find('/'));
}

/// Codes that programs act on, and sentences that end as the AWS agent's (a Go program's) do.
Error error_of(CURL* curl, CURLcode code, const Fetch& request) {
  const std::string what = fmt::format("{} \"{}\"", request.method, request.url);
  const std::string peer = authority_of(curl, request);
  Error error{.code = "Http.Failed", .what = fmt::format("{}: {}", what, curl_easy_strerror(code)), .blame = Blame::remote, .retryable = true};
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      error.code = "Http.Timeout";
      error.what = fmt::format("{}: dial tcp {}: i/o timeout", what, peer);
      break;
    case CURLE_COULDNT_CONNECT:
      error.code = "Http.Refused";
      error.what = fmt::format("{}: dial tcp {}: connect: connection refused", what, peer);
      break;
    case CURLE_COULDNT_RESOLVE_HOST:
      error.code = "Http.Resolve";
      error.what = fmt::format("{}: dial tcp: lookup {}: no such host", what, peer);
      break;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      error.code = "Http.Tls";
      error.retryable = false;
      break;
    default: break;
  }
  return error;
}

}  // namespace

Client::Client() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  curl_ = curl_easy_init();
}

Client::~Client() { curl_easy_cleanup(curl_); }

Result<Response> Client::fetch(const Fetch& request) {
  CURL* curl = curl_;
  curl_easy_reset(curl);
  Exchange exchange{.request = request, .response = {}};
  std::vector<std::string> fields;
  for (const Header& field : request.headers) {
    fields.push_back(field.value.empty() ? field.name + ";" : field.name + ": " + field.value);
  }
  if (!request.headers.find("expect")) fields.push_back("Expect:");
  const List headers = list_of(fields), resolve = list_of(request.resolve);
  std::unique_ptr<FILE, CloseFile> upload;

  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  if (resolve) curl_easy_setopt(curl, CURLOPT_RESOLVE, resolve.get());
  if (!request.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.verifies_peer) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, request.max_redirects > 0 ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, static_cast<long>(request.max_redirects));
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.body_file) {
    upload.reset(std::fopen(request.body_file->c_str(), "rb"));
    if (!upload) return fail(errno_error("reading " + request.body_file->string(), errno));
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READDATA, upload.get());
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(std::filesystem::file_size(*request.body_file)));
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (request.method != "HEAD") curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());

  if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK) return fail(error_of(curl, code, request));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  return std::move(exchange.response);
}

}  // namespace landfall::http
