// Qwen2-VL's vision transformers: patches of several frames, rotary positions by row and column, and in Qwen2.5-VL
// attention in windows. Internal to core/model.
#pragma once

#include "core/model/config.h"
#include "core/model/parts.h"
#include "kernels/backend.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sparsight {

// A block is `frames_a_patch` frames, which become one grid of patches. Borrows config, weights and backend; one call
// at a time.
class QwenTower {
 public:
  QwenTower(const VisionConfig& config, const Weights& weights, const std::string& prefix, Backend& backend);

  // pixels [blocks, 3 * frames_a_patch, height, width], the frames of a channel one after another -> the last layer's
  // output [blocks * patches, hidden]: by blocks, then by tokens, the patches of a token side by side. Calls `on_layer`
  // before each layer, and then waits for its weights (Weights::needed): Cancelled.
  [[nodiscard]] Tensor run(HostView pixels, const std::function<void(std::size_t layer)>& on_layer,
                           const Control& control) const;

 private:
  struct Layer {
    Norm norm1, norm2;
    Linear q, k, v, out;
    Linear gate, up;  // `up` is empty without a gate
    Linear down;
    Needed needed;
  };
  struct Order;
  struct Scratch;

  [[nodiscard]] Order order_of(std::size_t blocks, std::size_t rows, std::size_t columns) const;
  void attend(const Order& order, bool whole, Scratch& scratch) const;
  void run_layer(const Layer& layer, const Order& order, bool whole, Scratch& scratch, Tensor& x) const;

  const VisionConfig* config_;
  Backend* backend_;
  Tensor patch_weight_;  // [hidden, 3 * frames_a_patch * patch * patch]
  Needed for_embedding_;
  std::vector<Layer> layers_;
};

}  // namespace sparsight
