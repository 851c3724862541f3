#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "terraform/backend.h"

namespace landfall::terraform {

/// The state of a running apply, safe from one change to the next. A state of up to 256 instances is written whole at each
/// change. A larger one is not, so that its cost grows with what changes: a change is a line in a journal (O(1)), the whole
/// state is written once a second at most, or as seldom as its writing takes a tenth of the
/// time, and at the end. A process that is killed leaves the journal, from which the next one goes on.
class StateKeeper {
 public:
  /// `journal` "": each change is written before change() returns.
  StateKeeper(Backend& backend, State state, std::filesystem::path journal);
  ~StateKeeper();

  /// `touched` is the one instance that the edit changes.
  Result<void> change(const Address& touched, const std::function<void(State&)>& edit);
  /// The last change, of anything; then the whole state is written and the journal ends.
  Result<void> finish(const std::function<void(State&)>& edit);
  State take() { return std::move(state_); }
  std::optional<StateInstance> find(const Address& address) const;

 private:
  Result<void> note(const std::string& line);
  Result<void> restart_journal();
  bool is_small() const;
  Result<void> write_if_due();
  Result<void> write();

  Backend& backend_;
  const std::filesystem::path journal_path_;
  mutable std::mutex mutex_;  ///< guards everything below but what writing_ guards
  std::mutex writing_;        ///< held by the one that writes the whole state
  State state_;
  Fd journal_;
  std::vector<std::string> pending_;  ///< lines since the state was last copied to be written
  int64_t edits_ = 0, written_ = 0;
  std::chrono::steady_clock::time_point next_write_;
};

/// Applies what a killed process left in a journal, if it belongs to this very state (or to none: an empty one takes its
/// lineage). Whether there was anything.
Result<bool> replay_journal(const std::filesystem::path& journal, State& state);

}  // namespace landfall::terraform
