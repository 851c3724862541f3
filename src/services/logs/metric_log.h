#pragma once

#include "store/log_store.h"
#include "store/metric_store.h"
#include "store/store.h"

namespace landfall::services::logs {

/// A log store whose events feed the metric filters of their group as they are appended. Borrows what it is given.
class MetricLog final : public store::LogStore {
 public:
  MetricLog(store::LogStore& inner, const store::Store& records, store::MetricStore& metrics) : inner_(inner), records_(records), metrics_(metrics) {}

  Result<void> append(const std::string& group_key, const std::string& stream, const std::vector<store::LogEvent>& events) override;
  Result<std::vector<store::LogEvent>> read(const store::LogQuery& query) const override { return inner_.read(query); }
  Result<void> erase(const std::string& group_key, const std::optional<std::string>& stream) override { return inner_.erase(group_key, stream); }
  Result<void> erase_older(const std::string& group_key, WallTime before) override { return inner_.erase_older(group_key, before); }

 private:
  store::LogStore& inner_;
  const store::Store& records_;
  store::MetricStore& metrics_;
};

}  // namespace landfall::services::logs
