#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "http/server.h"
#include "model/settings.h"
#include "store/store.h"

namespace landfall::daemon {

/// Where AWS's services answer from inside VPCs, TLS on 443: at the host's endpoint addresses, which vpc/ puts on its
/// loopback device, and in the namespace of each VPC endpoint. Doors follow the records; what cannot be opened yet is tried again.
class Doors {
 public:
  Doors(store::Store& store, model::Settings settings, http::ServerTls tls, http::Handler handler);
  void run();  ///< until the store is closed

 private:
  using Place = std::pair<std::string, std::string>;  ///< network namespace ("" is the host), address
  struct Door {
    std::unique_ptr<http::Server> server;
    uint64_t space = 0;  ///< identity of the namespace: one that was made anew needs a new door
  };

  std::set<Place> wanted() const;
  bool open(const Place& place);  ///< false: not yet

  store::Store& store_;
  model::Settings settings_;
  http::ServerTls tls_;
  http::Handler handler_;
  std::map<Place, Door> doors_;
  std::map<Place, std::string> told_;  ///< why one is not open, as it was logged
};

}  // namespace landfall::daemon
