// How work is handed out to threads: all of it, once, and with the same result to the bit for any number of threads and
// whatever their speed.
#include <catch2/catch.hpp>

#include "kernels/backends.h"
#include "kernels/thread_pool.h"
#include "tests/tensors.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace sparsight::test {

namespace {

using cpu::Piece, cpu::ThreadPool, cpu::Work;

std::vector<Piece> pieces_of(ThreadPool& pool, const Work& work) {
  std::vector<Piece> pieces;
  std::mutex mutex;
  pool.share(work, [&](const Piece& piece, std::size_t worker) {
    const std::lock_guard lock(mutex);
    if (worker >= pool.threads()) throw std::logic_error("a worker that does not exist");
    pieces.push_back(piece);
  });
  std::ranges::sort(pieces, [](const Piece& a, const Piece& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.number < b.number;
  });
  return pieces;
}

// Each unit and number once, in pieces of at most `most` units that grow no larger towards the end but for rounding.
bool complete(const std::vector<Piece>& pieces, const Work& work) {
  std::size_t begin = 0, end = 0, number = work.across;
  std::size_t before = work.most;
  for (const Piece& piece : pieces) {
    if (number == work.across) {
      before = begin == end ? work.most : end - begin;
      begin = end, end = piece.end, number = 0;
    }
    if (piece.begin != begin || piece.end != end || piece.number != number++) return false;
    if (end <= begin || end - begin > std::min(before + 1, work.most)) return false;
  }
  return end == work.units && (work.units == 0 || number == work.across);
}

struct Results {
  std::vector<SharedTensor> tensors;
  SharedTensor& add(Shape shape) { return tensors.emplace_back(shape); }
};

void add_products(Backend& backend, const WeightView& weight, const SharedTensor& bias, Results& results) {
  for (const std::size_t rows : {1, 5, 30, 560}) {
    const SharedTensor x = random_tensor(Shape{rows, weight.inputs()}, 1),
                       norm = random_tensor(Shape{weight.inputs()}, 2);
    const Shape shape{rows, weight.outputs()};
    backend.linear({.x = x, .weight = weight, .bias = bias, .activation = Activation::Silu}, results.add(shape));
    backend.gated({x, norm, 1e-5f}, {weight, weight, bias, {}, Activation::Gelu}, results.add(shape));
  }
}

void add_attention(Backend& backend, DType type, Results& results) {
  const SharedTensor q = random_tensor(Shape{200, 96}, 3), k = stored_as(type, random_tensor(Shape{400, 48}, 4)),
                     v = stored_as(type, random_tensor(Shape{400, 48}, 5));
  AttentionArgs args{.q = q, .k = k, .v = v, .heads = 6, .kv_heads = 3, .scale = 0.25f, .first_visible = 200};
  backend.attention(args, results.add(q.shape()));
  args.causal = false, args.sequences = 2;
  for (const bool rounded : {false, true}) {
    args.rounded = rounded;
    backend.attention(args, results.add(q.shape()));
  }
  const std::size_t asked[] = {0, 17, 199};
  Tensor scores, means;
  const ScoreRequest request{asked, &scores, asked, &means};
  args.causal = true, args.sequences = 1;
  backend.attention(args, results.add(q.shape()), &request);
  for (const Tensor* tensor : {&scores, &means}) {
    const HostView view = host(tensor->view());
    std::memcpy(results.add(view.shape()).data(), view.data(), view.bytes());
  }
  args.q = q.view().slice_rows(0, 2), args.first_visible = 398;
  backend.attention(args, results.add(Shape{2, 96}));
}

// What every kernel gives that shares its work.
Results all_results(Backend& backend) {
  Results results;
  const SharedTensor weight = random_tensor(Shape{420, 160}, 6), bias = random_tensor(Shape{420}, 7);
  for (const DType type : {DType::F32, DType::BF16}) {
    const SharedTensor stored = stored_as(type, weight);
    add_products(backend, stored, bias, results);
    add_attention(backend, type, results);
  }
  for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
    const QuantisedWeights integers = quantise(weight, to);
    add_products(backend, lent(integers.view()), bias, results);
  }
  const SharedTensor x = random_tensor(Shape{333, 160}, 8), norm = random_tensor(Shape{160}, 9);
  backend.rms_norm(x, norm, 1e-5f, results.add(x.shape()));
  backend.layer_norm(x, norm, norm, 1e-5f, results.add(x.shape()));
  return results;
}

}  // namespace

TEST_CASE("all work is handed out once, by any number of threads, also if one is slow", "[kernels][threads]") {
  for (const std::size_t threads : {1, 2, 3, 5}) {
    for (const double slow_down : {1.0, 3.0}) {
      ThreadPool pool(threads, slow_down);
      for (const std::size_t left : {0, 1, 100}) {
        pool.leave_idle(left);
        for (const std::size_t units : {0, 1, 2, 7, 100, 1000})
          for (const std::size_t most : {1, 5, 64, 5000})
            for (const std::size_t across : {1, 3, 40})
              for (const bool small : {false, true}) {
                CAPTURE(threads, slow_down, left, units, most, across, small);
                const Work work{units, most, across, small};
                REQUIRE(complete(pieces_of(pool, work), work));
              }
      }
    }
  }
}

TEST_CASE("pieces become small at the end, so that a slow thread holds nobody", "[kernels][threads]") {
  ThreadPool pool(2, 2.5);
  for (const Work& work : {Work{.units = 1000, .most = 1000}, Work{.units = 1000, .most = 200, .across = 2}}) {
    const std::vector<Piece> pieces = pieces_of(pool, work);
    CHECK(pieces.front().end <= 500 / work.across);
    const std::size_t last = pieces.back().end - pieces.back().begin;
    CHECK(static_cast<double>(last) <= 0.04 * static_cast<double>(work.units * work.across));
    // Yet they are few: small ones cost more.
    CHECK(pieces.size() <= 24);
  }
  ThreadPool alone(1);
  CHECK(pieces_of(alone, {.units = 1000, .most = 1000}).size() == 1);
}

TEST_CASE("an exception of a piece reaches the caller when all pieces have ended", "[kernels][threads]") {
  ThreadPool pool(3, 2.0);
  for (int i = 0; i < 20; ++i) {
    std::atomic<std::size_t> done{0};
    CHECK_THROWS_AS(pool.share({.units = 200, .most = 10},
                               [&](const Piece& piece, std::size_t) {
                                 done += piece.end - piece.begin;
                                 if (piece.begin <= 50 && 50 < piece.end) throw std::runtime_error("piece");
                               }),
                    std::runtime_error);
    CHECK(done == 200);
    done = 0;
    pool.run(77, [&](std::size_t, std::size_t) { ++done; });
    CHECK(done == 77);
  }
}

TEST_CASE("the number of threads and their speed change no bit", "[kernels][threads]") {
  for (const std::string& target : cpu_targets()) {
    CAPTURE(target);
    REQUIRE(choose_cpu_target(target));
    const Results expected = all_results(*make_cpu_backend({.threads = 1}));
    for (const std::size_t threads : {2, 3, 5})
      for (const double slow_thread : {1.0, 2.5}) {
        CAPTURE(threads, slow_thread);
        const auto backend = make_cpu_backend({.threads = threads, .slow_thread = slow_thread});
        CHECK_THAT(backend->info().details, Catch::VectorContains("threads " + std::to_string(threads)));
        const Results got = all_results(*backend);
        REQUIRE(got.tensors.size() == expected.tensors.size());
        for (std::size_t i = 0; i < got.tensors.size(); ++i) {
          CAPTURE(i);
          CHECK(std::memcmp(expected.tensors[i].data(), got.tensors[i].data(), got.tensors[i].view().bytes()) == 0);
        }
      }
  }
  REQUIRE(choose_cpu_target(""));
}

}  // namespace sparsight::test
