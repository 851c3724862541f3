#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "terraform/configuration.h"
#include "terraform/graph.h"
#include "terraform/provider.h"

/// Types that Landfall does not carry. A block that has instances is refused; one that a registry module holds for those who
/// switch it on, and that has none, is no reason to refuse the module.
namespace landfall::terraform {

/// A block's type as its name here: "aws_db_instance", "data.aws_ami".
std::string type_name(const ResourceConfig& resource);

/// What is missing, told in one diagnostic with all its places.
class MissingTypes {
 public:
  void add(const ResourceConfig& resource, const Provider& provider);
  bool is_empty() const { return first_ == nullptr; }
  void tell(hcl::Diagnostics& diagnostics) const;

 private:
  struct Missing {
    std::string type, near;
    std::vector<std::string> places;
  };

  static std::string suggestion(const Missing& missing);
  std::string alone() const;
  std::string listed() const;
  std::string hint() const;

  std::map<std::string, Missing> found_;
  const ResourceConfig* first_ = nullptr;
};

/// Whether count or for_each, of the block or of a call of its module, may leave it without instances.
bool may_have_no_instances(const ResourceConfig& resource, const Module& module);

/// Of the types that are not carried, those of which each block may have no instances: a plan finds out, by then they are
/// types of the provider as inert ones are. The others are told at once.
/// Returns their names.
std::set<std::string> put_off_missing_types(Provider& provider, const Graph& graph, const Module& root, hcl::Diagnostics& diagnostics);

}  // namespace landfall::terraform
