#include <fmt/format.h>

#include "aws/shapes/logs.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace logs = aws::logs;

class LogStream final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("arn").read_only(), text("log_group_name").required().forces_new(), text("name").required().forces_new().checked(check_name)}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    logs::CreateLogStreamRequest request;
    request.log_group_name = planned.text("log_group_name");
    request.log_stream_name = planned.text("name");
    TRY(cloud.call<logs::CreateLogStreamOutput>("logs", "CreateLogStream", request));
    state.set("id", planned.text("name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string name = state.text("id");
    logs::DescribeLogStreamsRequest request;
    request.log_group_name = state.text("log_group_name");
    request.log_stream_name_prefix = name;
    do {
      const auto found = TRY(look_up<logs::DescribeLogStreamsResponse>(cloud, "logs", "DescribeLogStreams", request));
      if (!found) return false;
      for (const auto& stream : found->log_streams.value_or(std::vector<logs::LogStream>{})) {
        if (stream.log_stream_name != name) continue;
        state.set("name", name);
        state.set("arn", stream.arn.value_or(""));
        return true;
      }
      request.next_token = found->next_token;
    } while (request.next_token);
    return false;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    logs::DeleteLogStreamRequest request;
    request.log_group_name = state.text("log_group_name");
    request.log_stream_name = state.text("id");
    return ignore_gone(cloud.call<logs::DeleteLogStreamOutput>("logs", "DeleteLogStream", request));
  }

  /// "GROUP:STREAM"
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t colon = id.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == id.size()) return fail("Import.Id", fmt::format("unexpected format for import ID ({}), expected log-group-name:log-stream-name", id));
    Record record;
    record.set("log_group_name", id.substr(0, colon));
    record.set("id", id.substr(colon + 1));
    return record;
  }

 private:
  static std::string check_name(const Value& value) {
    const std::string name = value.as_string();
    if (name.find_first_of(":*") != std::string::npos) return "to hold no ':' and no '*', got " + name;
    return !name.empty() && name.size() <= 512 ? "" : "to have 1 to 512 characters, got " + name;
  }
};

}  // namespace

void add_log_stream(Provider& provider) { provider.resources["aws_cloudwatch_log_stream"] = std::make_unique<LogStream>(); }

}  // namespace landfall::terraform::aws_types
