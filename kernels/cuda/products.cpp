#include "kernels/cuda/products.h"

#include "kernels/cuda/operands.h"

#include <algorithm>
#include <vector>

namespace sparsight::cuda {
namespace {

constexpr std::size_t kFewRows = 8;  // up to here weights are read as they are stored; the library takes over above

DataType blas_type(DType type) {
  return type == DType::F32 ? DataType::F32 : type == DType::F16 ? DataType::F16 : DataType::BF16;
}

// The epilogue that leaves nothing to do after a product. Default if there is none: then `finish` does bias and
// function, because a pass over the output that applies the function takes as long without the bias, which the caches
// hold, and a product without an epilogue has the choice of all algorithms. A product that accumulates has no function:
// an epilogue would apply it to the sum.
//
// cublasLt.h defines GELU(x) no further, neither by erf or tanh nor how exactly it is computed. NVIDIA's TensorRT-LLM
// (tensorrt_llm/_torch/modules/mlp.py, pull request 17693) and PyTorch (aten/src/ATen/native/cuda/Blas.cpp) use it as
// the tanh approximation, the former for layers in 16 bits. So do only such layers here; float32 is exact, and applies
// its own.
Epilogue epilogue_of(bool bias, Activation activation, DType factors) {
  switch (activation) {
    case Activation::None: return bias ? Epilogue::Bias : Epilogue::Default;
    case Activation::Relu: return bias ? Epilogue::ReluBias : Epilogue::Relu;
    case Activation::GeluTanh:
      if (factors == DType::F32) return Epilogue::Default;
      return bias ? Epilogue::GeluBias : Epilogue::Gelu;
    case Activation::Gelu:
    case Activation::QuickGelu:
    case Activation::Silu: break;
  }
  return Epilogue::Default;
}

// Whether rows of both begin at multiples of 16 bytes.
bool in_chunks(TensorView x, const WeightView& weight) {
  const auto aligned = [](TensorView matrix) {
    return reinterpret_cast<std::uintptr_t>(BackendMemory::address(matrix)) % 16 == 0 &&
           matrix.cols() * size_of(matrix.dtype()) % 16 == 0;
  };
  return aligned(x) && (weight.quantised() ? weight.inputs() % 8 == 0 : aligned(weight.values()));
}

ProductRows rows_of(TensorView x) { return {.x = at(x), .rows = narrow(x.rows()), .inputs = narrow(x.cols())}; }

ProductPart part_of(TensorView x, const Projection& part) {
  const WeightView& weight = part.weight;
  return {.values = at<std::byte>(weight.values()),
          .scales = at(weight.scales()),
          .block_scales = at<std::int8_t>(weight.block_scales()),
          .bias = at(part.bias),
          .out = at(*part.out),
          .outputs = narrow(weight.outputs()),
          .type = weight.quantised() ? Type::F32 : type_of(weight.values().dtype()),
          .in_chunks = in_chunks(x, weight) ? 1u : 0u};
}

Grid product_grid(TensorView x, std::size_t blocks) {
  return {.x = blocks, .y = divided_up(x.rows(), kProductRows), .threads = kProductThreads};
}

// The GPU's copies of what a product reads from the host's memory. They exist as long as this object.
class Brought {
 public:
  explicit Brought(Gpu& gpu) : gpu_(gpu) {}
  [[nodiscard]] TensorView operator()(TensorView tensor) {  // itself if it is on the GPU
    if (tensor.empty() || !BackendMemory::on_host(tensor)) return tensor;
    Tensor copy = gpu_.make(tensor.shape(), tensor.dtype());
    gpu_.write(BackendMemory::address(copy), BackendMemory::address(tensor), tensor.bytes());
    copies_.push_back(std::move(copy));
    return copies_.back();
  }
  [[nodiscard]] WeightView operator()(const WeightView& weight) {
    if (!weight.quantised()) return (*this)(weight.values());
    return {(*this)(weight.values()), (*this)(weight.scales()), (*this)(weight.block_scales()), weight.outputs(),
            weight.inputs()};
  }

 private:
  Gpu& gpu_;
  std::vector<Tensor> copies_;
};

}  // namespace

Products::Products(Gpu& gpu, Arithmetic arithmetic, std::span<const std::filesystem::path> folders)
    : gpu_(gpu), arithmetic_(gpu.multiplies_bf16() ? arithmetic : Arithmetic::Float32), blas_(gpu, folders) {}

void normalise(Gpu& gpu, const NormedInput& in, Tensor& out) {
  gpu.launch<Kernel::rms_norm>({.x = at(in.x),
                                .weight = at(in.norm),
                                .out = at<std::byte>(out),
                                .cols = narrow(in.x.cols()),
                                .eps = in.norm_eps,
                                .type = type_of(out.dtype())},
                               {.x = in.x.rows()});
}

TensorView Products::Rows::as(DType type) {
  if (type == DType::F32 && in_.norm.empty()) return in_.x;
  Tensor& made = type == DType::F32 ? f32_ : type == DType::BF16 ? bf16_ : f16_;
  if (!made.empty()) return made;
  made = gpu_.make(Shape{in_.x.rows(), in_.x.cols()}, type);
  if (in_.norm.empty())
    gpu_.launch_over<Kernel::store>(
        in_.x.shape().elements(),
        {.x = at(in_.x), .out = at<std::byte>(made), .count = in_.x.shape().elements(), .type = type_of(type)});
  else
    normalise(gpu_, in_, made);
  return made;
}

// The type of both factors of a product of many rows.
DType Products::factors_of(const WeightView& weight) const {
  if (arithmetic_ == Arithmetic::Float32) return DType::F32;
  return weight.quantised() ? DType::BF16 : weight.values().dtype();
}

void Products::multiply(Rows& x, const LinearArgs& args, Tensor& out) {
  const std::size_t rows = x.count(), inputs = args.weight.inputs(), outputs = args.weight.outputs();
  const Projection part{.weight = args.weight, .bias = args.bias, .out = &out};
  if (rows <= kFewRows) return multiply_few(x.as(DType::F32), {&part, 1}, args.activation, args.accumulate);
  Brought brought(gpu_);
  const DType type = factors_of(args.weight);
  Tensor room;
  const TensorView weight = stored_as(type, brought(args.weight), room), bias = brought(args.bias);
  BlasProduct product{.x = at<std::byte>(x.as(type)),
                      .weight = at<std::byte>(weight),
                      .type = blas_type(type),
                      .rows = rows,
                      .inputs = inputs,
                      .outputs = outputs,
                      .out = at(out),
                      .accumulate = args.accumulate,
                      .epilogue = epilogue_of(!bias.empty(), args.activation, type),
                      .bias = at(bias)};
  if (product.epilogue != Epilogue::Default && blas_.product(product)) return;
  product.epilogue = Epilogue::Default;
  blas_.product(product);
  if (bias.empty() && args.activation == Activation::None) return;
  gpu_.launch_over<Kernel::finish>(out.shape().elements(), {.out = at(out),
                                                            .bias = at(bias),
                                                            .rows = rows,
                                                            .cols = narrow(outputs),
                                                            .function = function_of(args.activation)});
}

void Products::multiply_few(TensorView x, std::span<const Projection> parts, Activation activation, bool accumulate) {
  while (!parts.empty()) {
    RowProducts some{.in = rows_of(x),
                     .parts = {},
                     .first_block = {~0u, ~0u, ~0u},
                     .function = function_of(activation),
                     .accumulate = accumulate ? 1u : 0u};
    const std::size_t count = std::min<std::size_t>(parts.size(), kProductParts);
    std::size_t blocks = 0;
    for (std::size_t i = 0; i < count; ++i) {
      some.parts[i] = part_of(x, parts[i]);
      some.first_block[i] = narrow(blocks);
      blocks += divided_up(parts[i].weight.outputs(), kProductOutputs);
    }
    gpu_.launch<Kernel::row_products>(some, product_grid(x, blocks));
    parts = parts.subspan(count);
  }
}

void Products::project(Rows& x, std::span<const Projection> parts) {
  if (x.count() <= kFewRows) return multiply_few(x.as(DType::F32), parts, Activation::None, false);
  for (const Projection& part : parts) multiply(x, {.x = {}, .weight = part.weight, .bias = part.bias}, *part.out);
}

void Products::gated(Rows& x, const GatedArgs& args, Tensor& out) {
  if (x.count() <= kFewRows) {
    const TensorView rows = x.as(DType::F32);
    return gpu_.launch<Kernel::gated_products>(
        {.in = rows_of(rows),
         .gate = part_of(rows, {.weight = args.gate, .bias = args.gate_bias, .out = &out}),
         .up = part_of(rows, {.weight = args.up, .bias = args.up_bias, .out = &out}),
         .function = function_of(args.activation)},
        product_grid(rows, divided_up(out.cols(), kProductOutputs)));
  }
  Brought brought(gpu_);
  const TensorView gate_bias = brought(args.gate_bias), up_bias = brought(args.up_bias);
  Tensor up = gpu_.make(out.shape(), DType::F32);
  multiply(x, {.x = {}, .weight = args.gate, .bias = {}}, out);
  multiply(x, {.x = {}, .weight = args.up, .bias = {}}, up);
  gpu_.launch_over<Kernel::gate>(out.shape().elements(), {.gate = at(out),
                                                          .up = at(up),
                                                          .gate_bias = at(gate_bias),
                                                          .up_bias = at(up_bias),
                                                          .out = at(out),
                                                          .rows = out.rows(),
                                                          .cols = narrow(out.cols()),
                                                          .function = function_of(args.activation)});
}

// The weights as a matrix of this type; `room` owns the result unless they are one.
TensorView Products::stored_as(DType type, const WeightView& weight, Tensor& room) {
  if (!weight.quantised() && weight.values().dtype() == type) return weight.values();
  room = gpu_.make(Shape{weight.outputs(), weight.inputs()}, type);
  const std::size_t count = room.shape().elements();
  if (weight.quantised()) {
    gpu_.launch_over<Kernel::dequantise>(count, {.values = at<std::uint8_t>(weight.values()),
                                                 .scales = at(weight.scales()),
                                                 .block_scales = at<std::int8_t>(weight.block_scales()),
                                                 .to = at<std::byte>(room),
                                                 .outputs = narrow(weight.outputs()),
                                                 .inputs = narrow(weight.inputs()),
                                                 .type = type_of(type)});
    return room;
  }
  SPARSIGHT_CHECK(type == DType::F32);
  gpu_.launch_over<Kernel::widen>(count, {.from = at<std::byte>(weight.values()),
                                          .to = at(room),
                                          .count = count,
                                          .type = type_of(weight.values().dtype())});
  return room;
}

}  // namespace sparsight::cuda
