#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

namespace landfall::cli {

/// Options before the subcommand.
struct Global {
  std::filesystem::path data_dir = "/var/lib/landfall";
  std::string chdir;
};

struct ServeArguments {
  std::filesystem::path data_dir;
  int port = 4566;
  std::string region = "us-west-2", account = "000000000000", public_pool;
  int dns_port = 0;
  bool enforces_iam = false;
};

/// Long-running parts that live in other layers; main.cc fills them in. Each returns an exit code.
struct Entrypoints {
  std::function<int(const ServeArguments&)> serve;
  std::function<int(const std::filesystem::path& config_file)> alb;  ///< the load balancer alone
  std::function<std::string()> support;  ///< the table of what is supported
};

/// Runs `landfall ARGS…`. Exit codes: 0 done, 1 failed (said on stderr), 2 wrong usage; `plan -detailed-exitcode` as Terraform.
int run(const std::vector<std::string>& arguments, const Entrypoints& entrypoints);

/// "error: what (while …)" on stderr; returns 1.
int complain(const Error& error);

}  // namespace landfall::cli
