#pragma once

#include "terraform/session.h"

namespace landfall::terraform {

/// One instance of an ephemeral block: read, and marked, so that only what is kept nowhere can hold it. What is not known yet,
/// or not `now`, is unknown.
void open_ephemeral(const Engine::Impl& impl, const ResourceConfig& resource, const ModuleInstance& in, const Cloud& cloud, const Address& address, const Repetition& repetition, Evaluation& evaluation, bool now,
                    hcl::Diagnostics& diagnostics);

/// The variables that are declared ephemeral: no saved plan has them.
bool is_ephemeral_variable(const Module& root, const std::string& name);

}  // namespace landfall::terraform
