// Reads a loaded model's files ahead, then takes their hash.
#pragma once

#include "core/base/awaited.h"
#include "core/base/progress.h"

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>

namespace sparsight {

class Weights;

// On a thread of its own, which stops with the object. Borrows the weights, whose tensors a model has asked for by now.
class ModelReader {
 public:
  // `dir`: the model's folder. The functions are called on the thread and may be empty, as EngineOptions has them.
  ModelReader(const Weights& weights, const std::filesystem::path& dir, const OnProgress& on_read,
              const std::function<void(const std::string&)>& on_hash);

  // core/model/model_identity.h. Waits for it: Error{File}; Cancelled.
  [[nodiscard]] std::string hash(const std::stop_token& stop) { return hash_.wait(stop); }
  [[nodiscard]] std::string known_hash() const { return hash_.known(); }  // empty: not yet

 private:
  Awaited hash_;
  std::jthread thread_;  // ends before the hash
};

}  // namespace sparsight
