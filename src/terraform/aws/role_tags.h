#pragma once

#include <string>

#include "terraform/provider.h"

namespace landfall::terraform::aws_types {

/// TagRole and UntagRole, for what differs in tags_all.
Result<void> change_role_tags(const Cloud& cloud, const std::string& name, const Record& prior, const Record& planned);

}  // namespace landfall::terraform::aws_types
