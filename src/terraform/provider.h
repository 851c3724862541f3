#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "terraform/record.h"
#include "terraform/schema.h"

namespace landfall::terraform {

class Attempt;

/// Tags that somebody else manages (ignore_tags of a provider): not told, and not taken away.
struct IgnoredTags {
  std::vector<std::string> keys{}, prefixes{};
  bool covers(std::string_view key) const;
};

/// What resource types reach the world through: one configured provider. Shared by threads.
class Cloud {
 public:
  std::shared_ptr<const aws::Client> client{};
  std::string region, account;
  std::map<std::string, std::string> default_tags{};
  IgnoredTags ignored_tags{};
  std::filesystem::path directory{};  ///< of the root module: relative paths start here
  const Clock* clock = nullptr;
  const std::atomic<bool>* is_interrupted = nullptr;
  IdSource* ids = nullptr;
  /// With --inert all: takes a certificate as proven whose records are at a provider of DNS that is only recorded. Else none.
  std::function<Result<void>(const std::string& arn)> confirm_certificate{};
  Attempt* attempt = nullptr;  ///< the creation that calls belong to; belongs to one thread
  std::chrono::seconds longest_wait = std::chrono::hours(24);  ///< bounds what the waits below are given

  template <class Answer, class Request>
  Result<Answer> call(std::string_view service, std::string_view operation, const Request& request) const {
    const aws::Once once = TRY(next_call(operation));
    Result<Answer> answer = client->call<Answer>(service, operation, request, once);
    if (answer && !once.token.empty()) call_done();
    return answer;
  }

  /// Asks until `done` says true, with a pause that grows with the wait, from 5 to 500 ms. Errors: done's own; "Interrupted";
  /// "Timeout" names `what` and the limit.
  Result<void> wait_until(std::string_view what, std::chrono::seconds limit, const std::function<Result<bool>()>& done) const;

  /// The same call again while it fails with an error that `is_passing` (something else is not ready yet), until the limit;
  /// then its error.
  Result<void> retry_while(std::chrono::seconds limit, const std::function<bool(const Error&)>& is_passing, const std::function<Result<void>()>& attempt) const;

 private:
  Result<aws::Once> next_call(std::string_view operation) const;  ///< of the attempt, if it changes anything
  void call_done() const;
};

/// A change that was worked out from the schema alone, for a type to make more exact.
struct Planned {
  const Record* prior = nullptr;  ///< null: create
  const Record& config;           ///< what is written; null where nothing is
  Record& planned;                ///< may hold unknown values; attributes that will differ may be set to Value::unknown()
  std::vector<std::string>& replaced_by;  ///< names of attributes whose change needs a new resource
};

/// One type of managed resource. Stateless; called from several threads.
class ResourceType {
 public:
  virtual ~ResourceType() = default;
  virtual const Schema& schema() const = 0;
  virtual bool is_inert() const { return false; }  ///< recorded, not run (terraform/inert.h)
  virtual int schema_version() const { return 0; }  ///< of the official provider's state, so that it can read ours

  /// Errors in the words of the official provider, on a plan whose values may be unknown.
  virtual Result<void> adjust(const Cloud&, const Planned&) const { return {}; }

  /// Makes it. `state` begins as `planned` with nulls for what is unknown; set "id" as soon as the thing exists, so that a
  /// later failure leaves it tainted and not lost. The engine calls read afterwards.
  virtual Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const = 0;
  /// Fills `state` (which has "id") from the cloud. False: it is gone.
  virtual Result<bool> read(const Cloud& cloud, Record& state) const = 0;
  /// Changes it in place. The engine calls read afterwards. Not called where every argument forces a new one.
  virtual Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const;
  /// The same, for types whose state is all there is of them: `state` begins as planned with nulls for what is unknown.
  virtual Result<void> update_state(const Cloud& cloud, const Record& prior, const Record& planned, Record&) const { return update(cloud, prior, planned); }
  /// Takes it away; succeeds if it is gone already.
  virtual Result<void> destroy(const Cloud& cloud, const Record& state) const = 0;
  /// What `terraform import TYPE ID` starts with; by default "id" alone.
  virtual Result<Record> import(const Cloud& cloud, const std::string& id) const;
};

/// One type of data source.
class DataSource {
 public:
  virtual ~DataSource() = default;
  virtual const Schema& schema() const = 0;
  virtual bool is_inert() const { return false; }  ///< its answers are made up (terraform/inert.h)
  /// Fills `state`, which holds the arguments. Errors: nothing or too much was found.
  virtual Result<void> read(const Cloud& cloud, Record& state) const = 0;
};

/// The types of one provider, by their names in configurations.
class Provider {
 public:
  std::map<std::string, std::unique_ptr<ResourceType>, std::less<>> resources;
  std::map<std::string, std::unique_ptr<DataSource>, std::less<>> data_sources;

  const ResourceType* resource(std::string_view type) const;
  const DataSource* data_source(std::string_view type) const;
  const Schema* schema(bool is_data, std::string_view type) const;  ///< of either; terraform_remote_state's too; null: not carried
};

/// The AWS types that Landfall carries (terraform/aws/), and those of providers without a cloud (terraform/utility/).
void register_aws(Provider& provider);
void register_utilities(Provider& provider);

}  // namespace landfall::terraform
