#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "terraform/graph.h"

namespace landfall::terraform {
namespace {

class Walk {
 public:
  Walk(size_t count, const std::function<const std::vector<int>&(int)>& needs, const std::function<bool(int)>& visit, const std::function<bool()>& stop)
      : visit_(visit), stop_(stop), waiting_for_(count), dependents_(count), is_skipped_(count), left_(count) {
    for (size_t node = 0; node < count; ++node) {
      waiting_for_[node] = needs(static_cast<int>(node)).size();
      for (const int needed : needs(static_cast<int>(node))) dependents_[static_cast<size_t>(needed)].push_back(node);
      if (waiting_for_[node] == 0) ready_.push_back(node);
    }
  }

  void run(int threads) {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < threads; ++i) helpers.emplace_back([this] { work(); });
    work();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return left_ == 0 || !ready_.empty(); });
      if (left_ == 0) return;
      const size_t node = ready_.front();
      ready_.pop_front();
      const bool is_skipped = is_skipped_[node];
      lock.unlock();
      const bool done = !is_skipped && !stop_() && visit_(static_cast<int>(node));
      lock.lock();
      finish(node, done);
    }
  }

  void finish(size_t node, bool done) {
    --left_;
    for (const size_t dependent : dependents_[node]) {
      if (!done) is_skipped_[dependent] = true;
      if (--waiting_for_[dependent] == 0) ready_.push_back(dependent);
    }
    changed_.notify_all();
  }

  const std::function<bool(int)>& visit_;
  const std::function<bool()>& stop_;
  std::vector<size_t> waiting_for_;
  std::vector<std::vector<size_t>> dependents_;
  std::vector<char> is_skipped_;
  size_t left_;
  std::deque<size_t> ready_;
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace

void walk(size_t count, const std::function<const std::vector<int>&(int)>& needs, int threads, const std::function<bool(int)>& visit,
          const std::function<bool()>& stop) {
  Walk(count, needs, visit, stop).run(threads);
}

std::vector<int> find_cycle(size_t count, const std::function<const std::vector<int>&(int)>& needs) {
  enum class Seen : char { no, open, done };
  std::vector<Seen> seen(count, Seen::no);
  struct Step {
    int node;
    size_t next;
  };
  for (size_t start = 0; start < count; ++start) {
    if (seen[start] != Seen::no) continue;
    std::vector<Step> path{{static_cast<int>(start), 0}};
    seen[start] = Seen::open;
    while (!path.empty()) {
      Step& top = path.back();
      const auto& list = needs(top.node);
      if (top.next == list.size()) {
        seen[static_cast<size_t>(top.node)] = Seen::done;
        path.pop_back();
        continue;
      }
      const int next = list[top.next++];
      if (seen[static_cast<size_t>(next)] == Seen::open) {
        std::vector<int> cycle;
        const auto from = std::ranges::find(path, next, &Step::node);
        for (auto step = from; step != path.end(); ++step) cycle.push_back(step->node);
        return cycle;
      }
      if (seen[static_cast<size_t>(next)] == Seen::no) {
        seen[static_cast<size_t>(next)] = Seen::open;
        path.push_back({next, 0});
      }
    }
  }
  return {};
}

}  // namespace landfall::terraform
