#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include "aws/endpoint.h"
#include "aws/validate.h"
#include "base/clock.h"
#include "services/deps.h"
#include "store/log_store.h"

/// For the tests of services: handlers over a store in memory, called through the registry as the endpoint calls them.
namespace landfall::services {

class NoLogsForTest final : public store::LogStore {
 public:
  Result<void> append(const std::string&, const std::string&, const std::vector<store::LogEvent>&) override { return {}; }
  Result<std::vector<store::LogEvent>> read(const store::LogQuery&) const override { return std::vector<store::LogEvent>{}; }
  Result<void> erase(const std::string&, const std::optional<std::string>&) override { return {}; }
  Result<void> erase_older(const std::string&, WallTime) override { return {}; }
};

class CallerForTest {
 public:
  explicit CallerForTest(std::string service, std::string data_dir = "") : deps{*store, logs, metrics, clock, ids, std::move(data_dir)}, service_(std::move(service)) {
    context.account = "000000000000";
    context.region = "us-west-2";
    context.access_key = "AKIATEST";
    context.principal_arn = "arn:aws:iam::000000000000:root";
    context.service = service_;
    context.request = &http_request;
  }

  template <class Answer, class Request>
  Result<Answer> call(std::string_view operation, const Request& request) {
    const aws::Registry::Entry* entry = registry.find(service_, operation);
    REQUIRE_MESSAGE(entry != nullptr, operation);
    REQUIRE(entry->operation->input == &Request::shape());
    REQUIRE(entry->operation->output == &Answer::shape());
    context.raw_answer.reset();
    if (auto valid = aws::validate(*entry->service, *entry->operation, &request); !valid) return fail(valid.error());
    const std::string refused = aws::first_unsupported(Request::shape(), &request, entry->members);
    if (!refused.empty()) return fail("Unsupported", refused);
    auto answer = entry->erased.call(context, &request);
    if (!answer) return fail(answer.error());
    return *static_cast<const Answer*>(answer->get());
  }

  std::unique_ptr<store::Store> store = store::open_memory();
  NoLogsForTest logs;
  store::MetricStore metrics;
  SimClock clock;
  IdSource ids{7};
  aws::Registry registry;
  aws::CallContext context;
  http::Request http_request;
  Deps deps;

 private:
  std::string service_;
};

/// The code of a failed call, "" of one that worked.
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "" : result.error().code;
}
template <class T>
std::string what_of(const Result<T>& result) {
  return result ? "" : result.error().what;
}

}  // namespace landfall::services
