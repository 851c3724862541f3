#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/h1_head.h"
#include "model/load_balancing.h"

namespace re2 {
class RE2;
}

namespace landfall::alb {

/// A rule's rewrites of the requests that it takes, compiled (ALB user guide, Transforms for listener rules): of the host
/// without its port, and of path and query together.
class Transforms {
 public:
  /// Null: the rule has none.
  static std::shared_ptr<const Transforms> compile(const std::vector<model::Transform>& transforms);

  enum class Outcome { unchanged, changed, no_host, no_url };
  /// `into` becomes the request that the target gets; its views lead into `head` and `text`. no_host, no_url: what came out is
  /// none.
  Outcome apply(const http::h1::RequestHead& head, http::h1::RequestHead& into, std::string& text) const;

 private:
  struct Rewrite {
    std::shared_ptr<const re2::RE2> pattern;
    std::string replace;
  };
  Rewrite host_, url_;
};

}  // namespace landfall::alb
