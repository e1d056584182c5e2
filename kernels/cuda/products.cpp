#include "kernels/cuda/products.h"

#include "kernels/cuda/operands.h"

namespace sparsight::cuda {
namespace {

constexpr std::size_t kFewRows = 8;  // up to here weights are read as they are stored; the library takes over above

DataType blas_type(DType type) {
  return type == DType::F32 ? DataType::F32 : type == DType::F16 ? DataType::F16 : DataType::BF16;
}

// Whether rows of both begin at multiples of 16 bytes.
bool in_chunks(TensorView x, const WeightView& weight) {
  const auto aligned = [](TensorView matrix) {
    return reinterpret_cast<std::uintptr_t>(BackendMemory::address(matrix)) % 16 == 0 &&
           matrix.cols() * size_of(matrix.dtype()) % 16 == 0;
  };
  return aligned(x) && (weight.quantised() ? weight.inputs() % 8 == 0 : aligned(weight.values()));
}

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
  if (rows <= kFewRows) return multiply_few(x.as(DType::F32), args, out);
  const DType type = factors_of(args.weight);
  Tensor room;
  const TensorView weight = stored_as(type, args.weight, room);
  blas_.product(at<std::byte>(x.as(type)), at<std::byte>(weight), blas_type(type), rows, inputs, outputs, at(out),
                args.accumulate);
  if (args.bias.empty() && args.activation == Activation::None) return;
  gpu_.launch_over<Kernel::finish>(out.shape().elements(), {.out = at(out),
                                                            .bias = at(args.bias),
                                                            .rows = rows,
                                                            .cols = narrow(outputs),
                                                            .function = function_of(args.activation)});
}

void Products::multiply_few(TensorView x, const LinearArgs& args, Tensor& out) {
  const WeightView& weight = args.weight;
  gpu_.launch<Kernel::row_products>({.x = at(x),
                                     .values = at<std::byte>(weight.values()),
                                     .scales = at(weight.scales()),
                                     .block_scales = at<std::int8_t>(weight.block_scales()),
                                     .bias = at(args.bias),
                                     .out = at(out),
                                     .rows = narrow(x.rows()),
                                     .inputs = narrow(weight.inputs()),
                                     .outputs = narrow(weight.outputs()),
                                     .type = weight.quantised() ? Type::F32 : type_of(weight.values().dtype()),
                                     .function = function_of(args.activation),
                                     .accumulate = args.accumulate ? 1u : 0u,
                                     .in_chunks = in_chunks(x, weight) ? 1u : 0u},
                                    {.x = divided_up(weight.outputs(), kProductOutputs),
                                     .y = divided_up(x.rows(), kProductRows),
                                     .threads = kProductThreads});
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
