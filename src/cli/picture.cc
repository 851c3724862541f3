#include "cli/picture.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::cli {
namespace {

std::string member(const json::value& row, std::string_view name) {
  const json::value* value = row.as_object().if_contains(name);
  if (value == nullptr) return "";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

const json::array& rows(const json::object& status, std::string_view name) {
  static const json::array none;
  const json::array* found = array_member(status, name);
  return found == nullptr ? none : *found;
}

/// Hash of the public key of the root certificate, as Chromium's --ignore-certificate-errors-spki-list takes it: what that
/// key signed is trusted for one browser, without a change to the machine's own store.
std::string key_of_ca(const std::string& file) {
  const auto pem = read_file(file);
  if (!pem) return "";
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), X509_free);
  unsigned char* der = nullptr;
  const int size = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der) : 0;
  const std::string key = size > 0 ? base64_encode(sha256({reinterpret_cast<char*>(der), static_cast<size_t>(size)})) : "";
  OPENSSL_free(der);
  return key;
}

}  // namespace

std::string picture(const json::object& status) {
  std::string text = fmt::format("{}   account {}   region {}   DNS {}\n", string_member(status, "endpoint"), string_member(status, "account"),
                                 string_member(status, "region"), string_member(status, "dns"));
  for (const json::value& row : rows(status, "load_balancers")) {
    text += fmt::format("\nload balancer {}  {}  {}\n", member(row, "name"), member(row, "state"), join(strings_member(row.as_object(), "addresses"), " "));
    for (const std::string& url : strings_member(row.as_object(), "urls")) text += "  " + url + "\n";
  }
  if (!rows(status, "services").empty()) text += "\nSERVICE                          RUNNING  ROLLOUT      LAST EVENT\n";
  for (const json::value& row : rows(status, "services")) {
    text += fmt::format("{:<32} {:>3} of {:<3}{:<12} {}\n", member(row, "name"), member(row, "running"), member(row, "desired"), member(row, "rollout"), member(row, "last_event"));
  }
  if (!rows(status, "tasks").empty()) text += "\nTASK                              STATUS        ZONE        ADDRESS          GROUP\n";
  for (const json::value& row : rows(status, "tasks")) {
    text += fmt::format("{:<33} {:<13} {:<11} {:<16} {} {}\n", member(row, "id"), member(row, "status"), member(row, "zone"), member(row, "address"), member(row, "group"), member(row, "detail"));
  }
  if (!rows(status, "targets").empty()) text += "\nTARGET                 STATE      GROUP                            REASON\n";
  for (const json::value& row : rows(status, "targets")) {
    text += fmt::format("{:<22} {:<10} {:<32} {}\n", member(row, "id") + ":" + member(row, "port"), member(row, "state"), member(row, "group"), member(row, "reason"));
  }
  if (!rows(status, "inert").empty()) text += "\nINERT: NOT RUN                                       ROOT\n";
  for (const json::value& row : rows(status, "inert")) text += fmt::format("{:<52} {}\n", member(row, "address") + ": inert: not run", member(row, "root"));
  return text;
}

std::string how_to_try(const json::object& status, const DaemonClient& daemon) {
  std::string address, url;
  for (const json::value& row : rows(status, "load_balancers")) {
    const std::vector<std::string> addresses = strings_member(row.as_object(), "addresses");
    if (addresses.empty()) continue;
    for (const std::string& one : strings_member(row.as_object(), "urls")) {
      if (!one.starts_with("http")) continue;
      const bool is_better = url.empty() || (one.starts_with("https://") && (!url.starts_with("https://") || one.size() < url.size()));
      if (is_better) url = one, address = addresses[0];
    }
  }
  if (url.empty()) return "";
  const size_t start = url.find("://") + 3;
  const std::string host = url.substr(start, url.find('/', start) - start), bare = host.substr(0, host.find(':'));
  const std::string port = bare != host ? host.substr(bare.size() + 1) : url.starts_with("https") ? "443" : "80";
  const std::string key = key_of_ca(daemon.ca_file());
  return fmt::format("\nTry it:\n  curl --cacert {} --resolve {}:{}:{} {}\n  chromium --no-sandbox --user-data-dir=/tmp/landfall-chromium --ignore-certificate-errors-spki-list={} --host-resolver-rules='MAP {} {}' {}\n",
                     daemon.ca_file(), bare, port, address, url, key, bare, address, url);
}

}  // namespace landfall::cli
