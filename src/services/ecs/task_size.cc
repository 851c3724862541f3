#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "services/ecs/support.h"

/// Sizes of tasks: ECS guide, Task size.
namespace landfall::services::ecs {
namespace {

int size_of(const std::string& given, std::string_view unit, int factor) {
  const std::string plain = lower(trim(given));
  double value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  const std::string_view rest = trim(std::string_view(plain).substr(static_cast<size_t>(end - plain.data())));
  if (error != std::errc()) return -1;
  if (rest.empty()) return value == static_cast<int>(value) ? static_cast<int>(value) : -1;
  return rest == unit ? static_cast<int>(value * factor) : -1;
}

}  // namespace

int cpu_units(const std::string& given) { return size_of(given, "vcpu", 1024); }
int memory_mib(const std::string& given) { return size_of(given, "gb", 1024); }

bool is_fargate_size(int cpu, int memory) {
  struct Row {
    int cpu, low, high, step;
  };
  constexpr Row kRows[] = {{512, 1024, 4096, 1024}, {1024, 2048, 8192, 1024}, {2048, 4096, 16384, 1024}, {4096, 8192, 30720, 1024}, {8192, 16384, 61440, 4096}, {16384, 32768, 122880, 8192}};
  if (cpu == 256) return memory == 512 || memory == 1024 || memory == 2048;
  return std::ranges::any_of(kRows, [&](const Row& row) { return row.cpu == cpu && memory >= row.low && memory <= row.high && memory % row.step == 0; });
}

Result<void> check_container_memory(const model::ContainerDefinition& container, int task_memory, std::string_view code) {
  if (container.memory <= task_memory) return {};
  return fail(std::string(code), fmt::format("The 'memory' setting for container '{}' ({} MiB) is greater than for the task ({} MiB).", container.name, container.memory, task_memory));
}

Result<void> check_container_cpu(const model::TaskDefinition& definition, std::string_view code) {
  int cpu = 0;
  for (const auto& container : definition.containers) cpu += container.cpu;
  if (cpu <= definition.cpu) return {};
  return fail(std::string(code), fmt::format("The sum of the containers' 'cpu' ({}) is greater than for the task ({}).", cpu, definition.cpu));
}

Result<void> check_ephemeral_storage(int gib, std::string_view code) {
  if (gib < 21) return fail(std::string(code), "EphemeralStorage size should be at least 21.");
  if (gib > 200) return fail(std::string(code), "EphemeralStorage size should be at most 200.");
  return {};
}

}  // namespace landfall::services::ecs
