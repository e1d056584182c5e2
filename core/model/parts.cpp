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

HostWeight Lookup::checked(const std::string& name, std::size_t out, std::size_t in) const {
  const HostWeight weight = weights_->matrix(prefix_ + name, Shape{out, in});
  if (std::ranges::find(device_->weights, weight.values().dtype()) == device_->weights.end())
    fail(ErrorKind::Model, "{}: the backend {} takes no weights of type {}", prefix_ + name, device_->name,
         to_string(weight.values().dtype()));
  return weight;
}

Weight Lookup::matrix(const std::string& name, std::size_t out, std::size_t in) const {
  return backend_->borrow(checked(name, out, in));
}

Linear Lookup::linear(const std::string& name, std::size_t out, std::size_t in, bool bias) const {
  return {matrix(name + ".weight", out, in), bias ? floats(name + ".bias", Shape{out}) : Tensor()};
}

Linear Lookup::linear_rows(const std::string& name, Rows rows, std::size_t out, std::size_t in) const {
  const HostWeight all = checked(name + ".weight", out, in);
  const HostTensor biases = to_f32(weights_->get(prefix_ + name + ".bias", Shape{out}));
  HostTensor bias(Shape{rows.count});
  std::copy_n(biases.f32() + rows.first, rows.count, bias.f32());
  Linear made{{}, backend_->upload(bias)};
  if (!all.quantised()) {
    made.weight = backend_->borrow(HostWeight(all.values().slice_rows(rows.first, rows.count)));
  } else if (rows.first % kPanelOutputs == 0 && rows.count % kPanelOutputs == 0) {
    const auto panels = [&](HostView of) {
      if (of.empty()) return HostView();
      return of.slice_rows(rows.first / kPanelOutputs, rows.count / kPanelOutputs);
    };
    made.weight = backend_->borrow(
        HostWeight(panels(all.values()), panels(all.scales()), panels(all.block_scales()), rows.count, in));
  } else {  // a panel has outputs of two parts
    made.weight.values = backend_->upload(dequantise(all).view().slice_rows(rows.first, rows.count));
  }
  return made;
}

Norm Lookup::norm(const std::string& name, std::size_t width) const {
  return {floats(name + ".weight", Shape{width}), floats(name + ".bias", Shape{width})};
}

}  // namespace sparsight
