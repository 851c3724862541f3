#pragma once

#include <memory>
#include <string>
#include <vector>

#include "terraform/provider.h"

namespace landfall::terraform::inert {

/// A type that Landfall runs, beside others that are recorded. Unless `takes_refused` says no, its refused arguments and values
/// are recorded as they are written. No call carries them: the
/// type is given the rest, without blocks and rows that hold a refused value. Reading leaves them as they are for as long as
/// what stands around them is the same. Where one of them decides (Attribute::decides), or where it needs
/// a thing that is not made, the thing itself is not made: its id
/// begins with "inert-", and what only the cloud would know of it is made up.
class WithInertArguments final : public ResourceType {
 public:
  WithInertArguments(std::string name, std::unique_ptr<ResourceType> type, bool takes_refused);

  const Schema& schema() const override { return schema_; }
  bool is_inert() const override { return type_->is_inert(); }
  int schema_version() const override { return type_->schema_version(); }
  Result<void> adjust(const Cloud& cloud, const Planned& plan) const override;
  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override;
  Result<bool> read(const Cloud& cloud, Record& state) const override;
  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override;
  Result<void> update_state(const Cloud& cloud, const Record& prior, const Record& planned, Record& state) const override;
  Result<void> destroy(const Cloud& cloud, const Record& state) const override;
  Result<Record> import(const Cloud& cloud, const std::string& id) const override { return type_->import(cloud, id); }

  /// Names of the inert arguments that hold something: "configuration", "volume.host_path".
  std::vector<std::string> recorded(const Value& instance) const;
  /// Whether the thing itself is not made.
  bool is_not_made(const Value& instance) const;

 private:
  Record carried(const Record& record) const;

  std::string name_;
  std::unique_ptr<ResourceType> type_;
  Schema schema_;
};

}  // namespace landfall::terraform::inert
