#pragma once

#include <optional>

#include "alb/loop.h"
#include "alb/group.h"
#include "alb/target.h"
#include "alb/target_session.h"
#include "alb/transport.h"

namespace landfall::alb {

class Worker;

/// One health check on its way: connect, ask, read the status, close (ALB user guide, Health checks); of protocol TCP connect and close. Over HTTP/2 if that is what
/// the group speaks; of gRPC it is a call without content, judged by its grpc-status.
class Checker final : public Handler, private TargetStreamUser, private SessionOwner {
 public:
  /// `node`     whose view of the target the result goes into
  /// `is_look`  no check: only a pass of it counts
  Checker(Worker& worker, std::shared_ptr<Target> target, const Node& node, model::HealthCheck check, ProtocolVersion version, bool is_look);
  /// Over TLS if the check's protocol is HTTPS.
  ~Checker() override;
  void start();
  void on_event(uint32_t events) override;
  void on_tick(TimePoint now);

 private:
  void finish(CheckResult result);
  void watch(Transport transport);
  void ask_http2(Transport transport, const std::string& authority);
  void judge(const FieldBlock& fields);
  void on_sent() override {}
  void on_head(const FieldBlock& fields, bool is_last) override;
  void on_data(std::string_view) override {}
  void on_end(const FieldBlock& trailers) override { judge(trailers); }
  void on_failed(const StreamFailure& failure, TargetRequest request) override;
  void on_room() override {}
  bool takes_data() const override { return true; }
  void on_limit(uint32_t) override {}
  void on_over(TargetSession&) override {}
  Worker& worker_;
  std::shared_ptr<Target> target_;
  Node node_;
  model::HealthCheck check_;
  ProtocolVersion version_;
  std::optional<Transport> transport_;      ///< HTTP/1
  std::unique_ptr<TargetSession> session_;  ///< HTTP/2
  std::string out_, in_;
  TimePoint deadline_{};
  bool is_look_, is_connected_ = false, is_done_ = false, is_handshaking_ = false;
};

}  // namespace landfall::alb
