#include "terraform/aws/routes.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

Result<std::string> replace_association(const Cloud& cloud, const std::string& association, const std::string& table) {
  ec2::ReplaceRouteTableAssociationRequest request;
  request.association_id = association;
  request.route_table_id = table;
  const auto done = TRY(cloud.call<ec2::ReplaceRouteTableAssociationResult>("ec2", "ReplaceRouteTableAssociation", request));
  return done.new_association_id.value_or("");
}

/// The table and the association that a filter finds.
struct Found {
  std::string table, subnet, id;
  bool is_there = false;
};

Result<Found> find_association(const Cloud& cloud, const std::vector<ec2::Filter>& filters, const std::function<bool(const ec2::RouteTableAssociation&)>& matches) {
  ec2::DescribeRouteTablesRequest request;
  request.filters = filters;
  const auto tables = TRY(cloud.call<ec2::DescribeRouteTablesResult>("ec2", "DescribeRouteTables", request));
  for (const auto& table : tables.route_tables.value_or(std::vector<ec2::RouteTable>{})) {
    for (const auto& association : table.associations.value_or(std::vector<ec2::RouteTableAssociation>{})) {
      if (matches(association)) return Found{.table = table.route_table_id.value_or(""), .subnet = association.subnet_id.value_or(""), .id = association.route_table_association_id.value_or(""), .is_there = true};
    }
  }
  return Found{};
}

class Association final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("route_table_id").required(), text("subnet_id").forces_new(), deciding(refused(text("gateway_id")))}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::AssociateRouteTableRequest request;
    request.route_table_id = planned.text("route_table_id");
    request.subnet_id = planned.text("subnet_id");
    const auto made = TRY(cloud.call<ec2::AssociateRouteTableResult>("ec2", "AssociateRouteTable", request));
    state.set("id", made.association_id.value_or(""));
    return {};
  }

  /// A change of table gives the association a new id: the subnet finds it then.
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id"), subnet = state.text("subnet_id"), table = state.text("route_table_id");
    Found found = TRY(find_association(cloud, {filter("association.route-table-association-id", id)}, [&](const auto& a) { return a.route_table_association_id == id; }));
    if (!found.is_there && !subnet.empty()) {
      found = TRY(find_association(cloud, {filter("association.subnet-id", subnet)}, [&](const auto& a) { return a.subnet_id == subnet && a.route_table_id == table; }));
    }
    if (!found.is_there) return false;
    state.set("id", found.id);
    state.set("route_table_id", found.table);
    state.set("subnet_id", found.subnet);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    TRY(replace_association(cloud, prior.text("id"), planned.text("route_table_id")));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DisassociateRouteTableRequest request;
    request.association_id = state.text("id");
    return ignore_gone(cloud.call<ec2::DisassociateRouteTableOutput>("ec2", "DisassociateRouteTable", request));
  }
};

/// Makes a table the VPC's main one; gives that back to the original when destroyed.
class MainAssociation final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("vpc_id").required().forces_new(), text("route_table_id").required(), text("original_route_table_id").read_only()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const Found main = TRY(find_main(cloud, planned.text("vpc_id")));
    state.set("original_route_table_id", main.table);
    state.set("id", TRY(replace_association(cloud, main.id, planned.text("route_table_id"))));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const Found main = TRY(find_main(cloud, state.text("vpc_id")));
    if (!main.is_there) return false;
    state.set("id", main.id);
    state.set("route_table_id", main.table);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    TRY(replace_association(cloud, prior.text("id"), planned.text("route_table_id")));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const auto done = replace_association(cloud, state.text("id"), state.text("original_route_table_id"));
    return ignore_gone(done);
  }

 private:
  static Result<Found> find_main(const Cloud& cloud, const std::string& vpc) {
    return find_association(cloud, {filter("vpc-id", vpc), filter("association.main", "true")}, [](const auto& a) { return a.main.value_or(false); });
  }
};

}  // namespace

void add_route_table_association(Provider& provider) {
  provider.resources["aws_route_table_association"] = std::make_unique<Association>();
  provider.resources["aws_main_route_table_association"] = std::make_unique<MainAssociation>();
}

}  // namespace landfall::terraform::aws_types
