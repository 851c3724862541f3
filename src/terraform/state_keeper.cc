#include "terraform/state_keeper.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/json_text.h"

namespace landfall::terraform {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLeastPause{1000};
constexpr int kShareOfTime = 10;
constexpr size_t kSmall = 256;  // instances; written in about a millisecond

std::string header(const State& state, int64_t serial) { return fmt::format("{{\"lineage\":{},\"serial\":{}}}\n", json_quoted(state.lineage), serial); }

std::string writing_line(const State& state) { return fmt::format("{{\"writing\":{}}}", state.serial) + "\n"; }

/// What the state now has of one instance, as a state of its own on one line.
std::string line_of(const State& state, const Address& address) {
  State one;
  if (const auto found = state.instances.find(address); found != state.instances.end()) one.instances[address] = found->second;
  if (const auto found = state.deposed.find(address); found != state.deposed.end()) one.deposed[address] = found->second;
  if (const auto found = state.providers.find(address.block); found != state.providers.end()) one.providers[address.block] = found->second;
  std::string key = "null";
  if (address.key.kind == Key::Kind::number) key = std::to_string(address.key.number);
  if (address.key.kind == Key::Kind::text) key = json_quoted(address.key.text);
  return fmt::format("{{\"module\":{},\"data\":{},\"type\":{},\"name\":{},\"key\":{},\"state\":{}}}\n", json_quoted(address.block.module), address.block.is_data, json_quoted(address.block.type), json_quoted(address.block.name), key, compact_json(render_state(one)));
}

Result<void> append(const Fd& file, const std::string& text, const std::filesystem::path& path) {
  if (::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return {};
  return fail(errno_error("writing the journal " + path.string(), errno));
}

Result<void> replay_line(std::string_view line, State& state) {
  Address address;
  std::string_view inside;
  TRY(for_each_member(line, [&](const std::string& name, std::string_view value) -> Result<void> {
    if (name == "module") address.block.module = text_of_json(value);
    else if (name == "data") address.block.is_data = value == "true";
    else if (name == "type") address.block.type = text_of_json(value);
    else if (name == "name") address.block.name = text_of_json(value);
    else if (name == "key" && value.starts_with('"')) address.key = Key::of(text_of_json(value));
    else if (name == "key" && value != "null") address.key = Key::of(std::strtoll(std::string(value).c_str(), nullptr, 10));
    else if (name == "state") inside = value;
    return {};
  }));
  State one = TRY(parse_state(inside, "a journal"));
  state.instances.erase(address);
  state.deposed.erase(address);
  state.instances.merge(one.instances);
  state.deposed.merge(one.deposed);
  state.providers.merge(one.providers);
  return {};
}

}  // namespace

StateKeeper::StateKeeper(Backend& backend, State state, std::filesystem::path journal)
    : backend_(backend), journal_path_(std::move(journal)), state_(std::move(state)), next_write_(Clock::now() + kLeastPause) {}
StateKeeper::~StateKeeper() = default;

Result<void> StateKeeper::change(const Address& touched, const std::function<void(State&)>& edit) {
  {
    const std::lock_guard lock(mutex_);
    edit(state_);
    ++edits_;
    if (!is_small() || journal_) TRY(note(line_of(state_, touched)));
  }
  return write_if_due();
}

Result<void> StateKeeper::finish(const std::function<void(State&)>& edit) {
  {
    const std::lock_guard lock(mutex_);
    edit(state_);
    ++edits_;
  }
  TRY(write());
  std::error_code ignored;
  journal_.reset();
  if (!journal_path_.empty()) std::filesystem::remove(journal_path_, ignored);
  return {};
}

std::optional<StateInstance> StateKeeper::find(const Address& address) const {
  const std::lock_guard lock(mutex_);
  const auto found = state_.instances.find(address);
  if (found == state_.instances.end()) return std::nullopt;
  return found->second;
}

/// With mutex_ held.
Result<void> StateKeeper::note(const std::string& line) {
  if (!journal_) TRY(restart_journal());
  pending_.push_back(line);
  return append(journal_, line, journal_path_);
}

/// A journal of what is pending, after the state as it is written. With mutex_ held.
Result<void> StateKeeper::restart_journal() {
  TRY(make_directories(journal_path_.parent_path(), 0700));
  const std::string fresh = journal_path_.string() + ".new";
  Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!file) return fail(errno_error("opening the journal " + fresh, errno));
  std::string text = header(state_, state_.serial);
  for (const std::string& line : pending_) text += line;
  TRY(append(file, text, fresh));
  if (::rename(fresh.c_str(), journal_path_.c_str()) != 0) return fail(errno_error("renaming the journal " + fresh, errno));
  journal_ = std::move(file);
  return {};
}

/// With mutex_ held.
bool StateKeeper::is_small() const { return journal_path_.empty() || state_.instances.size() <= kSmall; }

Result<void> StateKeeper::write_if_due() {
  {
    const std::lock_guard lock(mutex_);
    if (!is_small() && Clock::now() < next_write_) return {};
  }
  return write();
}

Result<void> StateKeeper::write() {
  int64_t mine = 0;
  {
    const std::lock_guard lock(mutex_);
    mine = edits_;
  }
  const std::lock_guard writing(writing_);
  if (written_ >= mine) return {};
  State copy;
  int64_t covered = 0;
  size_t taken = 0;
  {
    const std::lock_guard lock(mutex_);
    copy = state_;
    covered = edits_;
    taken = pending_.size();
    ++copy.serial;
    // Killed between the state's writing and the journal's new beginning: only what follows this line is not in the state.
    if (journal_) TRY(append(journal_, writing_line(copy), journal_path_));
  }
  const auto start = Clock::now();
  TRY(backend_.write(copy).while_doing("writing the state to " + backend_.place()));
  const auto took = Clock::now() - start;
  const std::lock_guard lock(mutex_);
  state_.serial = copy.serial;
  written_ = covered;
  next_write_ = Clock::now() + std::max<Clock::duration>(kLeastPause, took * kShareOfTime);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(taken));
  return journal_ ? restart_journal() : Result<void>();
}

Result<bool> replay_journal(const std::filesystem::path& journal, State& state) {
  if (journal.empty() || !std::filesystem::exists(journal)) return false;
  const std::string text = TRY(read_file(journal));
  const std::vector<std::string> lines = split(text, '\n');
  if (state.lineage.empty() && state.is_empty()) {  // killed before the first state was written
    const auto read = for_each_member(lines[0], [&](const std::string& name, std::string_view value) -> Result<void> {
      if (name == "lineage") state.lineage = text_of_json(value);
      return {};
    });
    if (!read || lines[0] + "\n" != header(state, state.serial)) state.lineage.clear();
  }
  if (state.lineage.empty()) return false;
  // The lines that the state does not have yet begin after the header, or after the writing of this very state.
  size_t first = lines[0] + "\n" == header(state, state.serial) ? 1 : 0;
  if (lines[0] + "\n" == header(state, state.serial - 1)) {
    const auto writing = std::ranges::find(lines, std::string(trim(writing_line(state))));
    if (writing != lines.end()) first = static_cast<size_t>(writing - lines.begin()) + 1;
  }
  if (first == 0) return false;
  bool any = false;
  for (size_t i = first; i + 1 < lines.size(); ++i) {
    if (lines[i].starts_with("{\"writing\":")) continue;
    TRY(replay_line(lines[i], state).while_doing("replaying the journal " + journal.string()));
    any = true;
  }
  return any;
}

}  // namespace landfall::terraform
