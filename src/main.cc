#include <string>
#include <vector>

#include "alb/worker.h"
#include "cli/context.h"
#include "daemon/serve.h"
#include "daemon/services.h"

namespace {

int serve(const landfall::cli::ServeArguments& arguments) {
  return landfall::daemon::serve({.data_dir = arguments.data_dir,
                                  .port = arguments.port,
                                  .region = arguments.region,
                                  .account = arguments.account,
                                  .public_pool = arguments.public_pool,
                                  .dns_port = arguments.dns_port,
                                  .enforces_iam = arguments.enforces_iam});
}

}  // namespace

int main(int argc, char** argv) {
  return landfall::cli::run(std::vector<std::string>(argv + 1, argv + argc), {.serve = serve, .alb = landfall::alb::run_worker, .support = landfall::daemon::support_table});
}
