#include "alb/handover.h"

#include "alb/rig_for_test.h"
#include "alb/worker_lock.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

/// Asks until told to stop, each time over a new connection; counts what was not answered with 200.
struct Asking {
  std::atomic<bool> stops = false;
  std::atomic<int> answered = 0, failed = 0;
  std::vector<std::jthread> threads;
  explicit Asking(int port) {
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this, port] {
        while (!stops) {
          Talk talk(port);
          talk.say("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
          ++(Talk::status(talk.rest()) == 200 ? answered : failed);
        }
      });
    }
  }
  ~Asking() { stops = true; }
  void more(int count) const {
    for (const int from = answered; answered < from + count && failed == 0;) std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("a new worker takes over and no connection is refused, no answer lost") {
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    Origin origin("one");
    Running old;
    old.add(origin);
    old.config.threads = threads;
    const ReservedPort shared;
    if (threads > 1) old.config.listeners[0].listener.port = shared.port;
    old.write();
    auto lock = take_worker_lock(old.folder);
    REQUIRE(lock);
    auto made = Worker::create(old.folder / "config.json", std::move(*lock));
    REQUIRE(made);
    old.worker = std::move(*made);
    old.port = old.worker->bound_port(old.config.listeners[0].listener.port);
    std::atomic<bool> old_ended = false;
    old.thread = std::jthread([&] {
      old.worker->run([&] { return old.stopped.load(); });
      old_ended = true;
      old_ended.notify_all();
    });
    old.wait_for("healthy");

    Talk kept(old.port), idle(old.port);
    kept.say("GET /kept HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(Talk::status(kept.answer()) == 200);
    kept.say("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");  // in flight while the worker changes
    Asking asking(old.port);
    asking.more(50);

    auto follower = Worker::create(old.folder / "config.json", {}, true);
    REQUIRE(follower);
    std::atomic<bool> stopped = false;
    std::jthread thread([&] { (*follower)->run([&] { return stopped.load(); }); });
    REQUIRE(becomes([&] { return (*follower)->serves(); }));
    CHECK_FALSE(old.worker->serves());
    asking.more(200);

    kept.say("dy");
    const std::string answer = kept.rest();
    CHECK(Talk::status(answer) == 200);
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(answer.ends_with("POST /slow body"));
    idle.say("GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(idle.rest().ends_with("GET /late "));
    old_ended.wait(false);  // its last connection is gone
    asking.more(200);
    CHECK(asking.failed == 0);
    CHECK(has_worker(old.folder));
    asking.stops = true;
    asking.threads.clear();
    stopped = true;
    thread.join();
    follower->reset();
    CHECK_FALSE(has_worker(old.folder));
  }
}

TEST_CASE("a worker that is started after one that ended knows what that one has told of the same configuration") {
  Origin origin("one");
  Running site;
  site.add(origin);
  site.start();
  site.wait_for("healthy");
  site.stop();
  const auto told_at_first = [&] {
    const auto next = Worker::create(site.folder / "config.json");
    REQUIRE(next);
    const auto snapshot = (*next)->snapshot();
    const Target& target = *snapshot->groups.at("g").members[0].target;
    const std::string state = target.told(snapshot->nodes).state();
    CHECK(target.is_healthy(snapshot->nodes[0].slot) == (state == "healthy"));
    return state;
  };
  CHECK(told_at_first() == "healthy");

  ++site.config.revision;
  site.write();
  CHECK(told_at_first() == "initial");
}

TEST_CASE("a successor that dies before it accepts changes nothing") {
  Origin origin("one");
  Running old;
  old.add(origin);
  old.write();
  auto lock = take_worker_lock(old.folder);
  REQUIRE(lock);
  auto made = Worker::create(old.folder / "config.json", std::move(*lock));
  REQUIRE(made);
  old.worker = std::move(*made);
  old.port = old.worker->bound_port(0);
  old.thread = std::jthread([&] { old.worker->run([&] { return old.stopped.load(); }); });
  old.wait_for("healthy");
  {
    Inheritance given;
    const auto asked = Successor::ask(old.folder, given);
    REQUIRE(asked);
    CHECK(given.sockets.size() == 1);
    CHECK(given.lock);
  }
  for (int i = 0; i < 3; ++i) {
    Talk talk(old.port);
    talk.say("GET /still HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(talk.rest().ends_with("GET /still "));
  }
  Inheritance none;
  const auto nobody = Successor::ask(old.folder / "elsewhere", none);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == "Handover.Refused");
}
