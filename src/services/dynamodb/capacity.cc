#include "services/dynamodb/capacity.h"

#include <algorithm>
#include <cmath>

#include "services/dynamodb/keys.h"

namespace landfall::services::dynamodb {
namespace {

using Capacities = std::optional<std::map<std::string, shapes::Capacity>>;

double blocks(size_t bytes, double block) { return std::max(1.0, std::ceil(static_cast<double>(bytes) / block)); }

void add(Capacities& to, const Capacities& more) {
  for (const auto& [name, capacity] : more.value_or(std::map<std::string, shapes::Capacity>{})) {
    if (!to) to.emplace();
    auto& units = (*to)[name].capacity_units;
    units = units.value_or(0) + capacity.capacity_units.value_or(0);
  }
}

}  // namespace

double read_units(size_t bytes, bool is_consistent, bool in_transaction) { return blocks(bytes, 4096) * (in_transaction ? 2 : is_consistent ? 1 : 0.5); }

double write_units(const Item& before, const Item& after, bool in_transaction) { return blocks(std::max(stored_size(before), stored_size(after)), 1024) * (in_transaction ? 2 : 1); }

std::optional<shapes::ConsumedCapacity> consumed(const std::optional<std::string>& wanted, const model::DynamoTable& table, double units, const model::DynamoIndex* index) {
  const std::string what = wanted.value_or("NONE");
  if (what == "NONE") return std::nullopt;
  shapes::ConsumedCapacity capacity{.capacity_units = units, .table_name = table.name};
  if (what != "INDEXES") return capacity;
  capacity.table = shapes::Capacity{.capacity_units = index == nullptr ? units : 0};
  if (index != nullptr) (index->is_local ? capacity.local_secondary_indexes : capacity.global_secondary_indexes) = std::map<std::string, shapes::Capacity>{{index->name, {.capacity_units = units}}};
  return capacity;
}

std::optional<shapes::ConsumedCapacity> consumed_by_write(const std::optional<std::string>& wanted, const model::DynamoTable& table, const Item& before, const Item& after, bool in_transaction) {
  auto capacity = consumed(wanted, table, write_units(before, after, in_transaction));
  if (!capacity) return capacity;
  for (const model::DynamoIndex& index : table.indexes) {
    if (!is_in(index, before) && !is_in(index, after)) continue;
    const double units = write_units(is_in(index, before) ? projected_into(table, index, before) : Item{}, is_in(index, after) ? projected_into(table, index, after) : Item{}, in_transaction);
    *capacity->capacity_units += units;
    if (*wanted != "INDEXES") continue;
    auto& of_kind = index.is_local ? capacity->local_secondary_indexes : capacity->global_secondary_indexes;
    if (!of_kind) of_kind.emplace();
    (*of_kind)[index.name].capacity_units = units;
  }
  return capacity;
}

void add(std::optional<shapes::ConsumedCapacity>& to, const std::optional<shapes::ConsumedCapacity>& more) {
  if (!more) return;
  if (!to) {
    to = more;
    return;
  }
  *to->capacity_units += *more->capacity_units;
  if (to->table && more->table) *to->table->capacity_units += *more->table->capacity_units;
  add(to->local_secondary_indexes, more->local_secondary_indexes);
  add(to->global_secondary_indexes, more->global_secondary_indexes);
}

}  // namespace landfall::services::dynamodb
