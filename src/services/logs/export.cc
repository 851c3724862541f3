#include "services/logs/export.h"

#include <map>

#include "base/gzip.h"
#include "base/log.h"
#include "base/text.h"
#include "model/log_export.h"
#include "services/logs/support.h"
#include "services/s3/deliver.h"

/// Export tasks: recorded here, carried out by the sweeper (run_exports).
namespace landfall::services::logs {
namespace {

using model::ExportTask;

constexpr int kPage = 10'000;
constexpr size_t kFileSize = 64U << 20;  // of the lines in one file, before they are packed
constexpr size_t kMostKept = 1000;

bool is_over(const ExportTask& task) { return task.status != "PENDING"; }

/// A first object shows that the bucket takes more; the usual prefix does not count for it. Source  user guide, Export log data to Amazon S3
Result<void> check_bucket(const Deps& deps, const std::string& bucket, const std::optional<std::string>& prefix) {
  const auto done = s3::deliver(deps, {.bucket = bucket, .key = (prefix ? *prefix + "/" : "") + "aws-logs-write-test", .bytes = "Permission Check Successful", .content_type = "text/plain"});
  if (!done && done.error().code == "NoSuchBucket") return fail("InvalidParameterException", "The given bucket does not exist. Please make sure the bucket is valid.");
  return done;
}

Result<shapes::CreateExportTaskResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateExportTaskRequest& request) {
  TRY(group_named(deps.store, context, request.log_group_name));
  if (*request.from > *request.to) return fail("InvalidParameterException", fmt::format("from {} must not be later than to {}", *request.from, *request.to));
  const ExportTask task{.account = context.account, .region = context.region, .id = deps.ids.uuid(), .name = text(request.task_name), .group = *request.log_group_name, .stream_prefix = text(request.log_stream_name_prefix), .bucket = *request.destination,
                        .prefix = request.destination_prefix.value_or("exportedlogs"), .from = {*request.from}, .to = {*request.to}, .created_at = deps.clock.wall()};
  TRY(check_bucket(deps, task.bucket, request.destination_prefix));
  return transact<shapes::CreateExportTaskResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateExportTaskResponse> {
    const auto kept = store::all<ExportTask>(tx, group_key(context, ""));
    if (std::ranges::any_of(kept, [](const ExportTask& other) { return !is_over(other); })) return fail("LimitExceededException", "Resource limit exceeded.");
    if (kept.size() >= kMostKept) store::erase<ExportTask>(tx, std::ranges::min_element(kept, {}, &ExportTask::created_at)->key());
    store::put(tx, task);
    return shapes::CreateExportTaskResponse{.task_id = task.id};
  });
}

shapes::ExportTask told(const ExportTask& task) {
  shapes::ExportTask out{.destination = task.bucket, .destination_prefix = task.prefix, .from = task.from.ms, .log_group_name = task.group, .task_id = task.id, .to = task.to.ms};
  out.execution_info = shapes::ExportTaskExecutionInfo{.creation_time = task.created_at.ms};
  if (task.completed_at) out.execution_info->completion_time = task.completed_at.ms;
  out.status = shapes::ExportTaskStatus{.code = task.status};
  if (!task.message.empty()) out.status->message = task.message;
  if (!task.name.empty()) out.task_name = task.name;
  return out;
}

Result<shapes::DescribeExportTasksResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeExportTasksRequest& request) {
  auto all = store::all<ExportTask>(deps.store, group_key(context, ""));
  std::ranges::stable_sort(all, std::ranges::greater(), &ExportTask::created_at);
  std::vector<shapes::ExportTask> found;
  for (const ExportTask& task : all) {
    if (request.task_id.value_or(task.id) == task.id && request.status_code.value_or(task.status) == task.status) found.push_back(told(task));
  }
  if (request.task_id && found.empty() && !request.status_code) return fail("ResourceNotFoundException", "The specified export task does not exist.");
  auto answer = TRY(page_of(std::move(found), request.limit.value_or(50), request.next_token, bad_token()));
  shapes::DescribeExportTasksResponse result{.export_tasks = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::CancelExportTaskOutput> cancel(const Deps& deps, const CallContext& context, const shapes::CancelExportTaskRequest& request) {
  return transact<shapes::CancelExportTaskOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CancelExportTaskOutput> {
    auto task = store::find<ExportTask>(tx, group_key(context, text(request.task_id)));
    if (!task) return fail("ResourceNotFoundException", "The specified export task does not exist.");
    if (is_over(*task)) return fail("InvalidOperationException", "The specified export task has already finished");
    task->status = "CANCELLED";
    task->message = "Cancelled by user";
    task->completed_at = deps.clock.wall();
    store::put(tx, *task);
    return shapes::CancelExportTaskOutput{};
  });
}

/// One stream's lines, packed file by file.
class StreamFile {
 public:
  StreamFile(const Deps& deps, const ExportTask& task, const std::string& stream) : deps_(deps), bucket_(task.bucket), stem_(fmt::format("{}/{}/{}/", task.prefix, task.id, replace_all(stream, "/", "-"))) {}

  Result<void> add(const store::LogEvent& event) {
    lines_ += iso8601(event.timestamp, true) + " " + event.message + "\n";
    return lines_.size() < kFileSize ? Result<void>() : finish();
  }

  Result<void> finish() {
    if (lines_.empty()) return {};
    std::string packed = TRY(gzip(lines_));
    TRY(s3::deliver(deps_, {.bucket = bucket_, .key = fmt::format("{}{:06}.gz", stem_, number_++), .bytes = std::move(packed), .content_type = "application/x-gzip"}));
    lines_.clear();
    return {};
  }

 private:
  const Deps& deps_;
  std::string bucket_, stem_, lines_;
  int number_ = 0;
};

Result<void> carry_out(const Deps& deps, const ExportTask& task) {
  const std::string group = task.account + "/" + task.region + "/" + task.group;
  for (const auto& stream : store::all<model::LogStream>(deps.store, group + "#")) {
    if (!stream.name.starts_with(task.stream_prefix)) continue;
    StreamFile file(deps, task, stream.name);
    store::LogQuery query{.group_key = group, .stream = stream.name, .from = task.from, .until = task.to + Duration(1), .by_time = true, .limit = kPage};
    for (;;) {
      const auto events = TRY(deps.logs.read(query));
      for (const auto& event : events) TRY(file.add(event));
      if (events.size() < static_cast<size_t>(kPage)) break;
      query.after = store::LogPosition{.at = events.back().timestamp, .sequence = events.back().sequence};
    }
    TRY(file.finish());
  }
  return {};
}

}  // namespace

void run_exports(const Deps& deps) {
  for (ExportTask task : store::all<ExportTask>(deps.store)) {
    if (is_over(task)) continue;
    const auto done = carry_out(deps, task);
    task.status = done ? "COMPLETED" : "FAILED";
    task.message = done ? "Completed successfully" : done.error().what;
    task.completed_at = deps.clock.wall();
    const auto kept = deps.store.transact([&](Transaction& tx) -> Result<void> {
      const auto now = store::find<ExportTask>(tx, task.key());
      if (now && !is_over(*now)) store::put(tx, task);
      return {};
    });
    if (!kept) log_error("export task not recorded", {{"task", task.id}, {"error", kept.error().message()}});
  }
}

void register_exports(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateExportTaskRequest, shapes::CreateExportTaskResponse>("logs", "CreateExportTask", {"*"}, bind(create));
  registry.add<shapes::DescribeExportTasksRequest, shapes::DescribeExportTasksResponse>("logs", "DescribeExportTasks", {"*"}, bind(describe));
  registry.add<shapes::CancelExportTaskRequest, shapes::CancelExportTaskOutput>("logs", "CancelExportTask", {"*"}, bind(cancel));
}

}  // namespace landfall::services::logs
