#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "aws/client.h"
#include "base/file.h"
#include "base/ids.h"
#include "terraform/address.h"

namespace landfall::terraform {

/// A creation as the journal keeps it: all that is needed to find out later what became of it.
struct Begun {
  std::string token;   ///< of its calls
  Address address;
  std::string wanted;  ///< JSON of the planned attributes, null where unknown
  std::vector<std::string> dependencies{};
  bool creates_first = false;
  std::string region;
};

/// Creations that were begun and are not in the state yet: a file of lines beside the data directory's states. Written
/// before the first call of each, so that whoever is killed between a call and the state leaves a trace. No fsync: it
/// must outlive processes, not the host's power. Thread-safe; the holder of the state's lock is its only user.
class Journal {
 public:
  /// `place`: of the state whose creations these are.
  Journal(std::filesystem::path folder, std::string place) : folder_(std::move(folder)), place_(std::move(place)) {}
  std::filesystem::path path() const;
  Result<std::vector<Begun>> unfinished() const;
  Result<void> begin(const Begun& begun);
  void end(const std::string& token);  ///< in the state, or never made; the last one takes the file away

 private:
  Result<void> append(const std::string& line);

  std::filesystem::path folder_;
  std::string place_;
  std::mutex mutex_;
  Fd fd_;
  std::set<std::string> open_;
};

/// One creation under way. Each call that changes something has a token made of the creation's and of how many came
/// before it, so that it is carried out once however often this is run. Ids come from the token too: names that a type
/// invents are the same when it is run again.
class Attempt {
 public:
  Attempt(Journal& journal, Begun begun);
  /// One that an earlier process began: its first call asks only whether it was carried out.
  static Attempt again(Journal& journal, Begun begun);

  Result<aws::Once> next_call(std::string_view operation);
  void call_done() { ++calls_; }
  IdSource& ids() { return ids_; }
  /// Whether the creation can be forgotten after `error`: nothing was made.
  bool is_nothing_made(const Error& error) const;
  /// It is in the state, or nothing was made.
  void settle() {
    if (is_written_) journal_.end(begun_.token);
  }

 private:
  Attempt(Journal& journal, Begun begun, bool is_again);

  Journal& journal_;
  Begun begun_;
  IdSource ids_;
  bool is_again_, is_written_;
  int calls_ = 0;
};

}  // namespace landfall::terraform
