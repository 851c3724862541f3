#pragma once

#include <filesystem>

#include "base/file.h"

namespace landfall::alb {

/// A worker holds the kernel's lock on `worker.pid` of its folder, which names it. Whoever starts it takes the lock and
/// hands it down, so there is no moment in which a worker lives and nobody can tell, whenever either is killed; and
/// never two workers of one folder.

/// Errors: "Worker.Lives" if a worker has it.
Result<Fd> take_worker_lock(const std::filesystem::path& folder);
/// The lock that this process was started with; empty: none.
Fd inherited_worker_lock(const std::filesystem::path& folder);
bool has_worker(const std::filesystem::path& folder);

/// 0: none, or it was started a moment ago and has not written it yet.
int worker_pid(const std::filesystem::path& folder);
/// Whether process `pid` runs the file that this process does; true if nobody can tell.
bool runs_this_program(int pid);
/// Between fork and exec, in the new worker: writes its number and keeps the lock over exec. Safe after fork.
void become_worker(const Fd& lock);

/// Kills the folder's worker, if there is one, and waits until it is gone. False: it lives after 2 s.
bool end_worker(const std::filesystem::path& folder);

}  // namespace landfall::alb
