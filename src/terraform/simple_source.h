#pragma once

#include <functional>
#include <memory>
#include <string>

#include "terraform/provider.h"

namespace landfall::terraform {

/// A data source made of a schema and a function.
class SimpleSource final : public DataSource {
 public:
  using Read = std::function<Result<void>(const Cloud&, Record&)>;
  SimpleSource(Schema schema, Read read) : schema_(std::move(schema)), read_(std::move(read)) {}
  const Schema& schema() const override { return schema_; }
  Result<void> read(const Cloud& cloud, Record& state) const override { return read_(cloud, state); }

 private:
  Schema schema_;
  Read read_;
};

inline void add_source(Provider& provider, const std::string& name, Schema schema, SimpleSource::Read read) {
  provider.data_sources[name] = std::make_unique<SimpleSource>(std::move(schema), std::move(read));
}

}  // namespace landfall::terraform
