#pragma once

#include <set>
#include <string>

#include "hcl/syntax.h"
#include "terraform/inert/asked.h"
#include "terraform/inert/plausible.h"
#include "terraform/provider.h"

namespace landfall::terraform::inert {

/// Of things that are recorded and not made.
constexpr int kIdDigits = 12;
std::string inert_id(const std::string& digits);
bool is_inert_id(std::string_view id);

/// What a type without a schema has: arguments and blocks that are written somewhere, and what is asked of it.
class Shape {
 public:
  Shape(std::string type, Asked asked);
  void add(const hcl::Body& body);
  void add(const std::set<std::string>& names);  ///< of attributes in a state
  const Schema& schema() const { return schema_; }

  /// Takes over what is known: what was unknown inside was only asked for.
  void take_known(const Record& planned, Record& state) const;
  /// What is asked and not there: made up, or unknown without an instance.
  void complete(const Instance* instance, Record& record) const;
  /// Which one is made up for; with the zones of its region if somebody asks for one.
  Result<Instance> instance(const Cloud& cloud, std::string id) const;

 private:
  void add(const std::string& name, bool is_written, bool is_block);
  const Asked* asked_for(const std::string& name) const;

  std::string type_;
  std::shared_ptr<const Asked> asked_;
  Schema schema_;
};

/// A managed resource that is recorded and not run.
class InertType final : public ResourceType {
 public:
  explicit InertType(Shape shape) : shape_(std::move(shape)) {}
  Shape& shape() { return shape_; }
  const Schema& schema() const override { return shape_.schema(); }
  bool is_inert() const override { return true; }
  Result<void> adjust(const Cloud& cloud, const Planned& plan) const override;
  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override;
  Result<bool> read(const Cloud& cloud, Record& state) const override;
  Result<void> update_state(const Cloud& cloud, const Record& prior, const Record& planned, Record& state) const override;
  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }

 private:
  Shape shape_;
};

/// A data source whose answer is made up of its arguments: the same ones, the same answer.
class InertSource final : public DataSource {
 public:
  InertSource(std::string type, Shape shape) : type_(std::move(type)), shape_(std::move(shape)) {}
  const Schema& schema() const override { return shape_.schema(); }
  bool is_inert() const override { return true; }
  Result<void> read(const Cloud& cloud, Record& state) const override;

 private:
  std::string type_;
  Shape shape_;
};

}  // namespace landfall::terraform::inert
