// What a hub says about a model: its answer, in JSON, as the facts and the files that Sparsight needs.
#pragma once

#include "core/hub/fetch.h"

#include <string_view>

namespace sparsight {

// Fills in all but id, revision and host of `model`, which name the source in messages. Files in folders are left out,
// and `files` is empty if there are no weights. Error{Model} names the key: what no hub says, such as a file outside of
// the model's folder.
void read_listing(std::string_view text, HubModel& model);

}  // namespace sparsight
