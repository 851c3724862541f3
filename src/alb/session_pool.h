#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "alb/target.h"
#include "alb/target_session.h"

namespace landfall::alb {

/// The HTTP/2 connections to targets, of one lane: as few as the targets' limits of streams allow.
class SessionPool {
 public:
  explicit SessionPool(EventLoop& loop) : loop_(loop) {}

  /// How to connect where no connection has room.
  struct Way {
    const Node* node = nullptr;  ///< that the connection comes from
    ssl_ctx_st* tls = nullptr;  ///< target_tls_context for HTTP/2; null: in clear
  };
  /// One that takes another request. `was_opened`: it is new. Null: no socket can be had.
  TargetSession* take(Target& target, const Way& way, bool& was_opened);
  /// Those of other targets take no more requests.
  void keep_only(const std::set<Target*>& named);
  void on_tick(TimePoint now);
  void clear() { by_link_.clear(); }

 private:
  /// Those to one target.
  struct Sessions final : SessionOwner {
    EventLoop& loop;
    std::shared_ptr<Target> target;
    std::vector<std::unique_ptr<TargetSession>> all;
    uint32_t limit = 100;  ///< what a server should take at least (RFC 9113 6.5.2), until it has said
    Sessions(EventLoop& in, std::shared_ptr<Target> to) : loop(in), target(std::move(to)) {}
    void on_limit(uint32_t streams) override { limit = streams; }
    void on_over(TargetSession& session) override;
  };
  EventLoop& loop_;
  std::unordered_map<Link, std::unique_ptr<Sessions>, LinkHash> by_link_;
};

}  // namespace landfall::alb
