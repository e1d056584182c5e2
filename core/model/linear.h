// A linear layer of a checkpoint. Internal to core.
#pragma once

#include "kernels/backend.h"

namespace sparsight {

struct Linear {
  Weight weight;
  Tensor bias;  // may be empty

  [[nodiscard]] LinearArgs of(TensorView x, Activation activation = Activation::None) const {
    return {.x = x, .weight = weight, .bias = bias, .activation = activation};
  }
  [[nodiscard]] LinearArgs added(TensorView x) const {  // adds to the output: the residual stream
    return {.x = x, .weight = weight, .bias = bias, .accumulate = true};
  }
  [[nodiscard]] Projection to(Tensor& out) const { return {weight, bias, &out}; }
};

}  // namespace sparsight
