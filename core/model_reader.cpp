#include "core/model_reader.h"

#include "core/base/os/os.h"
#include "core/model/model_identity.h"
#include "core/model/weights.h"

#include <exception>
#include <optional>
#include <utility>

namespace sparsight {

ModelReader::ModelReader(const Weights& weights, const std::filesystem::path& dir, const OnProgress& on_read,
                         const std::function<void(const std::string&)>& on_hash) {
  // Begins here, so that the first question waits for it. Where memory cannot hold the model, reading ahead would push
  // out what was just read.
  std::optional<ReadAhead> begun;
  if (weights.bytes() < os::available_memory()) begun.emplace(weights.read_ahead());
  thread_ = std::jthread(
      [this, &weights, dir, on_read, on_hash, ahead = std::move(begun)](const std::stop_token& stop) mutable {
        try {
          if (ahead) ahead->read_all(on_read, stop);
          ahead.reset();
          const std::string found = model_hash(dir, weights, stop);
          hash_.set(found);
          if (on_hash) on_hash(found);
        } catch (...) {
          hash_.fail(std::current_exception());
        }
      });
}

}  // namespace sparsight
