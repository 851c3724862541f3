#include "daemon/kept_answers.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace landfall::daemon {
namespace {

constexpr std::string_view kTable = "answers/";
constexpr size_t kMostKept = 4096;

std::string encode(const http::Response& response) {
  json::array headers;
  for (const auto& [name, value] : response.headers) headers.push_back(json::array{name, value});
  return json::serialize(json::object{{"status", response.status}, {"headers", std::move(headers)}, {"body", base64_encode(response.body)}});
}

Result<http::Response> decode(const std::string& text) {
  const json::value value = TRY(parse_json(text, "a kept answer"));
  http::Response response;
  response.status = static_cast<int>(value.at("status").as_int64());
  for (const json::value& header : value.at("headers").as_array()) response.headers.add(header.at(0).as_string(), header.at(1).as_string());
  response.body = TRY(base64_decode(value.at("body").as_string()));
  return response;
}

}  // namespace

KeptAnswers::KeptAnswers(store::Store& store) : store_(store), count_(store.list(kTable).size()) {}

Result<http::Response> KeptAnswers::answer(const std::string& key, bool is_only_recalled, const aws::Hooks::Call& call) {
  Result<http::Response> response = fail("Landfall.NotMade", fmt::format("no call with the token {} was carried out", key));
  TRY(store_.transact([&](store::Transaction& tx) -> Result<void> {
    const std::string record = std::string(kTable) + key;
    if (const auto kept = tx.get(record)) {
      response = decode(kept->value);
      return {};
    }
    if (is_only_recalled) return {};
    response = call();  // what a refused call recorded, its reasons, is kept all the same
    if (!response) return {};
    tx.put(record, encode(*response));
    if (++count_ > kMostKept) trim(tx);
    return {};
  }));
  return response;
}

void KeptAnswers::trim(store::Transaction& tx) {
  std::vector<store::Entry> kept = tx.list(kTable);
  std::ranges::sort(kept, {}, [](const store::Entry& entry) { return entry.created == 0 ? INT64_MAX : entry.created; });  // 0: not committed yet
  const size_t surplus = kept.size() - std::min(kept.size(), kMostKept / 2);
  for (size_t i = 0; i < surplus; ++i) tx.erase(kept[i].key);
  count_ = kept.size() - surplus;
}

}  // namespace landfall::daemon
