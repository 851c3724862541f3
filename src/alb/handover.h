#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "alb/loop.h"
#include "base/error.h"
#include "base/file.h"

/// How a worker, perhaps of another version, takes the place of a running one of its folder without a refused connection:
/// at `handover.sock` the running one gives copies of its listening sockets, with whatever waits in them, and of the
/// folder's lock (worker_lock.h). Only when the other has said that it accepts does it stop accepting itself; whoever dies
/// in between, connections are taken by the one that lives.
namespace landfall::alb {

struct Inheritance {
  std::multimap<std::string, Fd> sockets;  ///< by "address:port"; several where lanes shared a port
  Fd lock;
};

/// The new worker's side.
class Successor {
 public:
  /// Errors: "Handover.Refused": nobody answers, or not within 5 s.
  static Result<Successor> ask(const std::filesystem::path& folder, Inheritance& into);
  /// From now on it is the folder's worker.
  Result<void> confirm();

 private:
  explicit Successor(Fd socket) : socket_(std::move(socket)) {}
  Fd socket_;
};

/// The running worker's side: in its control loop.
class Handover final : public Handler {
 public:
  using Give = std::function<Inheritance()>;
  /// `give` is asked for what a successor gets; `leave` is called once one has confirmed.
  static Result<std::unique_ptr<Handover>> open(EventLoop& loop, const std::filesystem::path& folder, Give give, std::function<void()> leave);
  ~Handover() override;
  void on_event(uint32_t events) override;

 private:
  Handover(EventLoop& loop, Fd socket, Give give, std::function<void()> leave);
  void serve(Fd peer);
  EventLoop& loop_;
  Fd socket_;
  Give give_;
  std::function<void()> leave_;
};

}  // namespace landfall::alb
