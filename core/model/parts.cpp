#include "core/model/parts.h"

#include "kernels/error.h"

#include <algorithm>

namespace sparsight {

Tensor Lookup::stored(const std::string& name, const Shape& shape) const {
  return backend_->borrow(weights_->get(prefix_ + name, shape));
}

Tensor Lookup::floats(const std::string& name, const Shape& shape) const {
  return backend_->upload(to_f32(weights_->get(prefix_ + name, shape)));
}

Weight Lookup::matrix(const std::string& name, std::size_t out, std::size_t in) const {
  const HostWeight weight = weights_->matrix(prefix_ + name, Shape{out, in});
  if (std::ranges::find(device_->weights, weight.values().dtype()) == device_->weights.end())
    fail(ErrorKind::Model, "{}: the backend {} takes no weights of type {}", prefix_ + name, device_->name,
         to_string(weight.values().dtype()));
  return backend_->borrow(weight);
}

Linear Lookup::linear(const std::string& name, std::size_t out, std::size_t in, bool bias) const {
  return {matrix(name + ".weight", out, in), bias ? floats(name + ".bias", Shape{out}) : Tensor()};
}

Norm Lookup::norm(const std::string& name, std::size_t width) const {
  return {floats(name + ".weight", Shape{width}), floats(name + ".bias", Shape{width})};
}

}  // namespace sparsight
