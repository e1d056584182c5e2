#include "core/model/parts.h"

namespace sparsight {

Tensor Lookup::stored(const std::string& name, const Shape& shape) const {
  return backend_->borrow(weights_->get(prefix_ + name, shape));
}

Tensor Lookup::floats(const std::string& name, const Shape& shape) const {
  return backend_->upload(to_f32(weights_->get(prefix_ + name, shape)));
}

Linear Lookup::linear(const std::string& name, std::size_t out, std::size_t in, bool bias) const {
  return {backend_->borrow(weights_->matrix(prefix_ + name + ".weight", Shape{out, in})),
          bias ? floats(name + ".bias", Shape{out}) : Tensor()};
}

Norm Lookup::norm(const std::string& name, std::size_t width) const {
  return {floats(name + ".weight", Shape{width}), floats(name + ".bias", Shape{width})};
}

}  // namespace sparsight
