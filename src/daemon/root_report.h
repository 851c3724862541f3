#pragma once

#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "store/store.h"

namespace landfall::daemon {

/// Takes what the engine tells of a root after an operation (cli/root_report.h) into Origin and ApplyFailure records, and
/// forgets the reasons of refused calls that are no failures any more.
///
/// Errors: "RootReport.Malformed", and those of the store.
Result<void> take_root_report(store::Store& store, const std::string& body, WallTime now);

}  // namespace landfall::daemon
