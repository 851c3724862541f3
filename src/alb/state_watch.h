#pragma once

#include <filesystem>

#include "base/file.h"

namespace landfall::alb {

/// Tells when a worker replaced its `state.json`.
class StateWatch {
 public:
  StateWatch();
  void follow(const std::filesystem::path& folder);  ///< again is harmless; over when the folder goes
  bool wait();                                       ///< until some state was replaced; false: ended
  void end();                                        ///< from another thread

 private:
  Fd changes_, end_;
};

}  // namespace landfall::alb
