#include "alb/log_shipper.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/gzip.h"
#include "base/log.h"
#include "base/text.h"
#include "model/storage.h"
#include "store/table.h"

namespace landfall::alb {
namespace {

Result<void> ship(store::Store& store, const model::LoadBalancer& balancer, const std::filesystem::path& file, const std::string& attributes, const std::string& kind, const std::filesystem::path& objects, WallTime now) {
  const std::string bucket = model::load_balancer_attribute(balancer, attributes + ".s3.bucket"), prefix = model::load_balancer_attribute(balancer, attributes + ".s3.prefix");
  if (!store::find<model::Bucket>(store, bucket)) return fail("Alb.NoLogBucket", fmt::format("the bucket '{}' of load balancer {}'s logs is not there", bucket, balancer.name));
  const std::string packed = TRY(gzip(TRY(read_file(file))));
  const std::string stamp = file.extension().string().substr(1);
  const std::string id = to_hex(sha256(balancer.arn + file.filename().string() + packed)).substr(0, 32);
  const model::Object object{.bucket = bucket, .object_key = log_key(balancer, prefix, kind, stamp, id.substr(0, 8)), .etag = to_hex(md5(packed)), .content_type = "application/x-gzip",
                             .server_side_encryption = "AES256", .size = static_cast<int64_t>(packed.size()), .file = id.substr(0, 2) + "/" + id, .modified_at = now};
  TRY(make_directories((objects / object.file).parent_path(), 0700));
  TRY(write_file_atomic(objects / object.file, packed, 0600));
  TRY(store.transact([&](store::Transaction& tx) -> Result<void> {
    store::put(tx, object);
    return {};
  }));
  return {};
}

}  // namespace

std::string log_key(const model::LoadBalancer& balancer, const std::string& prefix, const std::string& kind, const std::string& stamp, const std::string& tail) {
  const size_t at = balancer.arn.find("loadbalancer/");
  const std::string id = at == std::string::npos ? balancer.name : replace_all(balancer.arn.substr(at + 13), "/", ".");
  const std::string node = balancer.nodes.empty() ? "0.0.0.0" : balancer.nodes[0].public_ip.empty() ? balancer.nodes[0].private_ip : balancer.nodes[0].public_ip;
  return fmt::format("{}{}AWSLogs/{}/elasticloadbalancing/{}/{}/{}/{}/{}{}_elasticloadbalancing_{}_{}_{}Z_{}_{}.log.gz", prefix, prefix.empty() ? "" : "/", balancer.account, balancer.region, stamp.substr(0, 4),
                     stamp.substr(4, 2), stamp.substr(6, 2), kind, balancer.account, balancer.region, id, stamp.substr(0, 13), node, tail);
}

void ship_logs(store::Store& store, const model::LoadBalancer& balancer, const std::filesystem::path& folder, const std::filesystem::path& objects, WallTime now) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    const bool is_access = name.starts_with("access.log."), is_connection = name.starts_with("connections.log.");
    if ((!is_access && !is_connection) || entry.path().extension().string().size() != 17) continue;
    const auto done = ship(store, balancer, entry.path(), is_access ? "access_logs" : "connection_logs", is_access ? "" : "conn_log.", objects, now);
    if (!done) log_warn("load balancer log not shipped", {{"file", entry.path().string()}, {"error", done.error().message()}});
    std::error_code removing;
    if (done || done.error().code == "Alb.NoLogBucket") std::filesystem::remove(entry.path(), removing);
  }
}

}  // namespace landfall::alb
