#include "alb/log_shipper.h"

#include <doctest/doctest.h>

#include "base/file.h"
#include "model/storage.h"
#include "store/store.h"
#include "store/table.h"

using namespace landfall;
using namespace landfall::alb;

TEST_CASE("finished log files become objects under ALB's keys, others stay") {
  std::string pattern = (std::filesystem::temp_directory_path() / "landfall-ship.XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(pattern.data());
  const auto memory = store::open_memory();
  store::Store& store = *memory;
  const model::LoadBalancer balancer{.account = "000000000000", .region = "us-west-2", .arn = "arn:aws:elasticloadbalancing:us-west-2:000000000000:loadbalancer/app/web/0123456789abcdef", .name = "web",
                                     .nodes = {{.private_ip = "10.0.1.5"}}, .attributes = {{"access_logs.s3.enabled", "true"}, {"access_logs.s3.bucket", "logs"}, {"access_logs.s3.prefix", "p"}}};
  REQUIRE(make_directories(folder / "worker"));
  REQUIRE(write_file_atomic(folder / "worker" / "access.log", "unfinished\n"));
  REQUIRE(write_file_atomic(folder / "worker" / "access.log.20251125T163500Z", "http …\n"));
  REQUIRE(store.transact([](store::Transaction& tx) -> Result<void> {
    store::put(tx, model::Bucket{.account = "000000000000", .region = "us-west-2", .name = "logs"});
    return {};
  }));
  ship_logs(store, balancer, folder / "worker", folder / "objects", WallTime{});
  const auto objects = store::all<model::Object>(store);
  REQUIRE(objects.size() == 1);
  CHECK(objects[0].object_key.starts_with("p/AWSLogs/000000000000/elasticloadbalancing/us-west-2/2025/11/25/000000000000_elasticloadbalancing_us-west-2_app.web.0123456789abcdef_20251125T1635Z_10.0.1.5_"));
  CHECK(objects[0].object_key.ends_with(".log.gz"));
  const auto bytes = read_file(folder / "objects" / objects[0].file);
  REQUIRE(bytes);
  CHECK(bytes->starts_with("\x1f\x8b"));
  CHECK(static_cast<int64_t>(bytes->size()) == objects[0].size);
  CHECK(std::filesystem::exists(folder / "worker" / "access.log"));
  CHECK_FALSE(std::filesystem::exists(folder / "worker" / "access.log.20251125T163500Z"));
  std::filesystem::remove_all(folder);
}
