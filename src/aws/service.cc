#include "aws/shape.h"

namespace landfall::aws {

const ServiceModel* find_service(std::string_view name) {
  for (const ServiceModel* service : all_services()) {
    if (service->name == name) return service;
  }
  return nullptr;
}

const Operation* find_operation(const ServiceModel& service, std::string_view name) {
  for (const Operation& operation : service.operations) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

}  // namespace landfall::aws
