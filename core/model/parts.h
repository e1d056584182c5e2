// The layers of towers, projector and decoder, read from the weights. Internal to core/model.
#pragma once

#include "core/model/linear.h"
#include "core/model/weights.h"
#include "kernels/backend.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace sparsight {

struct Norm {
  Tensor weight, bias;
};

// Finds tensors under one prefix, checks their shape, and gives them to the backend. Error{Model, Memory}.
class Lookup {
 public:
  Lookup(const Weights& weights, Backend& backend, std::string prefix)
      : weights_(&weights),
        backend_(&backend),
        device_(std::make_shared<const BackendInfo>(backend.info())),
        prefix_(std::move(prefix)) {}

  [[nodiscard]] Lookup operator/(const std::string& name) const {
    Lookup inner = *this;
    inner.prefix_ += name + ".";
    return inner;
  }
  [[nodiscard]] Tensor stored(const std::string& name, const Shape& shape) const;  // in the file's dtype
  [[nodiscard]] Tensor floats(const std::string& name, const Shape& shape) const;
  // A matrix [out, in] of floats or quantised. Error{Model} also if the backend does not take its dtype.
  [[nodiscard]] Weight matrix(const std::string& name, std::size_t out, std::size_t in) const;
  [[nodiscard]] Linear linear(const std::string& name, std::size_t out, std::size_t in, bool bias = true) const;
  // Rows `rows.first` .. `rows.first + rows.count` of a layer that stands for several: outputs of a matrix [out, in].
  struct Rows {
    std::size_t first, count;
  };
  [[nodiscard]] Linear linear_rows(const std::string& name, Rows rows, std::size_t out, std::size_t in) const;
  [[nodiscard]] Norm norm(const std::string& name, std::size_t width) const;

 private:
  [[nodiscard]] HostWeight checked(const std::string& name, std::size_t out, std::size_t in) const;

  const Weights* weights_;
  Backend* backend_;
  std::shared_ptr<const BackendInfo> device_;
  std::string prefix_;
};

}  // namespace sparsight
