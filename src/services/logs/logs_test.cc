#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/gzip.h"
#include "model/log_export.h"
#include "services/logs/export.h"
#include "services/logs/support.h"
#include "services/support/caller_for_test.h"

namespace landfall::services::logs {
namespace {

std::string fresh_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "landfall-logs.XXXXXX").string();
  return mkdtemp(pattern.data());
}

struct Asker : CallerForTest {
  Asker() : CallerForTest("logs", fresh_folder()), with_events{*store, *events, metrics, clock, ids, deps.data_dir} {
    register_exports(registry, with_events);
    register_subscriptions(registry, with_events);
    register_delivery_destinations(registry, with_events);
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
      store::put(tx, model::LogGroup{.account = context.account, .region = context.region, .name = "g"});
      for (const char* stream : {"a/1", "b"}) store::put(tx, model::LogStream{.group_key = group_key(context, "g"), .name = stream});
      store::put(tx, model::Bucket{.account = context.account, .region = context.region, .name = "logs"});
      return {};
    }).has_value());
  }
  ~Asker() { std::filesystem::remove_all(deps.data_dir); }

  void log(const std::string& stream, int64_t at, const std::string& message) { REQUIRE(events->append(group_key(context, "g"), stream, {{.timestamp = {at}, .message = message}}).has_value()); }
  Result<shapes::CreateExportTaskResponse> begin(const std::string& bucket, int64_t from, int64_t to) {
    shapes::CreateExportTaskRequest request{.destination = bucket, .from = from, .log_group_name = "g", .to = to};
    return call<shapes::CreateExportTaskResponse>("CreateExportTask", request);
  }
  std::string state() { return *call<shapes::DescribeExportTasksResponse>("DescribeExportTasks", shapes::DescribeExportTasksRequest{})->export_tasks->front().status->code; }
  std::string code_to(const std::string& arn, const std::optional<std::string>& role) {
    shapes::PutSubscriptionFilterRequest request{.destination_arn = arn, .filter_name = "f", .filter_pattern = "", .log_group_name = "g", .role_arn = role};
    return code_of(call<shapes::PutSubscriptionFilterOutput>("PutSubscriptionFilter", request));
  }

  std::unique_ptr<store::LogStore> events = std::move(*store::open_log_store(":memory:"));
  Deps with_events;
};

TEST_CASE_FIXTURE(Asker, "an export puts each stream's events of the time into the bucket") {
  log("a/1", 1000, "first");
  log("a/1", 2000, "second");
  log("a/1", 9000, "too late");
  log("b", 9000, "too late");
  const auto task = begin("logs", 0, 2000);
  REQUIRE_MESSAGE(task.has_value(), what_of(task));
  CHECK(state() == "PENDING");
  CHECK(code_of(begin("logs", 0, 1)) == "LimitExceededException");
  run_exports(with_events);
  CHECK(state() == "COMPLETED");
  const auto made = store::all<model::Object>(*store);
  REQUIRE(made.size() == 2);
  CHECK(std::ranges::count(made, "aws-logs-write-test", &model::Object::object_key) == 1);
  const auto object = std::ranges::find(made, "exportedlogs/" + *task->task_id + "/a-1/000000.gz", &model::Object::object_key);
  REQUIRE(object != made.end());
  const auto bytes = read_file(std::filesystem::path(deps.data_dir) / "objects" / object->file);
  REQUIRE(bytes.has_value());
  CHECK(*bytes == *gzip("1970-01-01T00:00:01.000Z first\n1970-01-01T00:00:02.000Z second\n"));
}

TEST_CASE_FIXTURE(Asker, "an export that cannot be carried out says so") {
  CHECK(what_of(begin("none", 0, 1)) == "The given bucket does not exist. Please make sure the bucket is valid.");
  CHECK(code_of(begin("logs", 2, 1)) == "InvalidParameterException");
  shapes::DescribeExportTasksRequest describe{.task_id = "none"};
  CHECK(code_of(call<shapes::DescribeExportTasksResponse>("DescribeExportTasks", describe)) == "ResourceNotFoundException");
  shapes::CancelExportTaskRequest cancel{.task_id = "none"};
  CHECK(code_of(call<shapes::CancelExportTaskOutput>("CancelExportTask", cancel)) == "ResourceNotFoundException");
  const auto task = begin("logs", 0, 1);
  REQUIRE(task.has_value());
  cancel.task_id = *task->task_id;
  REQUIRE(call<shapes::CancelExportTaskOutput>("CancelExportTask", cancel).has_value());
  CHECK(state() == "CANCELLED");
  CHECK(code_of(call<shapes::CancelExportTaskOutput>("CancelExportTask", cancel)) == "InvalidOperationException");
  run_exports(with_events);
  CHECK(state() == "CANCELLED");

  REQUIRE(begin("logs", 0, 1).has_value());
  log("b", 0, "x");
  REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
    store::erase<model::Bucket>(tx, "logs");
    return {};
  }).has_value());
  run_exports(with_events);
  CHECK(store::all<model::ExportTask>(*store).size() == 2);
  CHECK(std::ranges::any_of(store::all<model::ExportTask>(*store), [](const auto& task) { return task.status == "FAILED"; }));
}

TEST_CASE_FIXTURE(Asker, "nothing here takes a subscription's events") {
  CHECK(code_to("arn:aws:kinesis:us-west-2:000000000000:stream/s", std::nullopt) == "InvalidParameterException");
  CHECK(code_to("arn:aws:lambda:us-west-2:000000000000:function:f", std::nullopt) == "InvalidParameterException");
  CHECK(code_to("arn:aws:lambda:us-west-2:111111111111:function:f", std::nullopt) == "AccessDeniedException");
  CHECK(code_to("arn:aws:logs:us-west-2:000000000000:destination:d", std::nullopt) == "ResourceNotFoundException");
  shapes::DescribeSubscriptionFiltersRequest request{.log_group_name = "none"};
  CHECK(code_of(call<shapes::DescribeSubscriptionFiltersResponse>("DescribeSubscriptionFilters", request)) == "ResourceNotFoundException");
}

TEST_CASE_FIXTURE(Asker, "a delivery destination keeps its format, its tags and its policy") {
  shapes::PutDeliveryDestinationRequest put{.name = "d", .output_format = "json", .tags = std::map<std::string, std::string>{{"a", "b"}}};
  put.delivery_destination_configuration = shapes::DeliveryDestinationConfiguration{.destination_resource_arn = "arn:aws:s3:::none"};
  CHECK(code_of(call<shapes::PutDeliveryDestinationResponse>("PutDeliveryDestination", put)) == "ResourceNotFoundException");
  put.delivery_destination_configuration->destination_resource_arn = "arn:aws:s3:::logs/prefix";
  const auto made = call<shapes::PutDeliveryDestinationResponse>("PutDeliveryDestination", put);
  REQUIRE_MESSAGE(made.has_value(), what_of(made));
  CHECK(*made->delivery_destination->arn == "arn:aws:logs:us-west-2:000000000000:delivery-destination:d");
  CHECK(*made->delivery_destination->delivery_destination_type == "S3");
  put.output_format = "plain";
  CHECK(code_of(call<shapes::PutDeliveryDestinationResponse>("PutDeliveryDestination", put)) == "ValidationException");

  shapes::PutDeliveryDestinationPolicyRequest policy{.delivery_destination_name = "d", .delivery_destination_policy = "{}"};
  CHECK(code_of(call<shapes::PutDeliveryDestinationPolicyResponse>("PutDeliveryDestinationPolicy", policy)) == "ValidationException");
  policy.delivery_destination_policy = R"({"Statement":[]})";
  REQUIRE(call<shapes::PutDeliveryDestinationPolicyResponse>("PutDeliveryDestinationPolicy", policy).has_value());
  shapes::GetDeliveryDestinationPolicyRequest get{.delivery_destination_name = "d"};
  CHECK(*call<shapes::GetDeliveryDestinationPolicyResponse>("GetDeliveryDestinationPolicy", get)->policy->delivery_destination_policy == R"({"Statement":[]})");
  shapes::DeleteDeliveryDestinationRequest gone{.name = "d"};
  REQUIRE(call<shapes::DeleteDeliveryDestinationOutput>("DeleteDeliveryDestination", gone).has_value());
  CHECK(code_of(call<shapes::DeleteDeliveryDestinationOutput>("DeleteDeliveryDestination", gone)) == "ResourceNotFoundException");
}

}  // namespace
}  // namespace landfall::services::logs
