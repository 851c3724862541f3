#include <string>
#include <vector>

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
                                  .dns_port = arguments.dns_port});
}

}  // namespace

int main(int argc, char** argv) {
  return landfall::cli::run(std::vector<std::string>(argv + 1, argv + argc), {.serve = serve, .support = landfall::daemon::support_table});
}
