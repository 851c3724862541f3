#pragma once

#include "why/question.h"

namespace landfall::why {

/// What keeps the services that are asked about from being as large as their scaling wants them. Adds the findings.
void judge_scaling(const store::Store& store, const Ground& ground, Question& question);

}  // namespace landfall::why
