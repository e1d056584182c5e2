// The tokens of a trace as a table for other programs.
#pragma once

#include "core/pruning/trace.h"

#include <string>

namespace sparsight {

// CSV (RFC 4180, UTF-8, "\r\n") with a header and a line for each visual token of the prompt, in their order:
// token, kind (patch, cls, extra, word), frame (from 0), time_s, row and column (from 0; of a patch), fate at the end
// (kept, recycled, dropped), left (where it was last itself, such as "after layer 2"; empty: it still is), as (the
// token that it is or is part of), and for each step its score, named by the step ("score after layer 2"). Numbers have
// a point and as many digits as give the same float again. A cell without a value is empty. Error{Model}: as
// check_layout(). Any thread.
[[nodiscard]] std::string token_table(const Trace& trace);

}  // namespace sparsight
