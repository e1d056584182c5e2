#include "core/model/sampler.h"
#include "kernels/backends.h"
#include "kernels/error.h"

#include <catch2/catch.hpp>

#include "tests/foreign_backend.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

using namespace sparsight;
using Catch::Matchers::Contains;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// The ids that can be drawn.
std::vector<std::size_t> kept(const Sampling& sampling, const std::vector<float>& logits) {
  const std::vector<float> p = Sampler(sampling).probabilities(logits);
  std::vector<std::size_t> ids;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] > 0.0f) ids.push_back(i);
  return ids;
}

std::vector<float> logs(const std::vector<float>& probabilities) {
  std::vector<float> logits;
  for (const float p : probabilities) logits.push_back(std::log(p));
  return logits;
}

std::vector<std::int32_t> draws(const Sampling& sampling, const std::vector<float>& logits, int count) {
  Sampler sampler(sampling);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < count; ++i) ids.push_back(sampler.next(logits));
  return ids;
}

using Set = std::vector<std::size_t>;

}  // namespace

TEST_CASE("greedy takes the largest logit, the lowest id among equals", "[sampler]") {
  Sampler greedy{Sampling{}};
  CHECK(greedy.next(std::vector{1.0f, 3.0f, 2.0f, 3.0f}) == 1);
  CHECK(greedy.next(std::vector{-kInf, -kInf, -5.0f}) == 2);
  CHECK(greedy.next(std::vector{-0.0f, 0.0f}) == 0);
  CHECK(greedy.next(std::vector{7.0f}) == 0);
}

TEST_CASE("logits that are not numbers are an error of the model", "[sampler]") {
  for (const float temperature : {0.0f, 1.0f}) {
    Sampler sampler({.temperature = temperature});
    for (const std::vector<float>& logits : {std::vector{1.0f, kNan}, {kNan, 1.0f}, {1.0f, kInf}, {-kInf, -kInf}}) {
      try {
        (void)sampler.next(logits);
        FAIL("no error");
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Model);
        CHECK_THAT(error.what(), Contains("the model produced"));
      }
    }
  }
  CHECK_THROWS_WITH(Sampler(Sampling{}).next(std::vector{1.0f, kNan}), "the model produced NaN for token 1 of 2");
}

TEST_CASE("logits that a backend holds give the same tokens and the same errors", "[sampler]") {
  const auto cpu = make_cpu_backend({.threads = 1}), foreign = test::make_foreign_backend({.threads = 1});
  for (const float temperature : {0.0f, 0.7f}) {
    for (const std::vector<float>& logits :
         {std::vector{1.0f, 3.0f, 2.0f, 3.0f}, {-0.0f, 0.0f}, {1.0f, kNan, kNan}, {1.0f, kInf}, {-kInf, -kInf}}) {
      const auto outcome = [&](auto&&... given) {
        Sampler sampler({.temperature = temperature, .seed = 3});
        try {
          return std::to_string(sampler.next(given...));
        } catch (const Error& error) {
          return std::string(error.what());
        }
      };
      const std::string expected = outcome(logits);
      for (Backend* backend : {cpu.get(), foreign.get()}) {
        const Tensor there = backend->upload(HostView(logits.data(), DType::F32, Shape{1, logits.size()}));
        CHECK(outcome(*backend, there.view()) == expected);
      }
    }
  }
}

TEST_CASE("settings out of range are refused", "[sampler]") {
  const std::vector<Sampling> bad = {
      {.temperature = -0.1f}, {.temperature = kNan}, {.temperature = kInf}, {.top_p = 0.0f},
      {.top_p = 1.01f},       {.top_p = -1.0f},      {.top_p = kNan},       {.temperature = 1, .top_p = 2}};
  for (const Sampling& sampling : bad) {
    try {
      const Sampler sampler(sampling);
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Usage);
    }
  }
  CHECK_NOTHROW(validate({.temperature = 2.0f, .top_k = 1000000, .top_p = 1.0f, .seed = ~0ull}));
}

TEST_CASE("temperature divides the logits", "[sampler]") {
  const std::vector<float> p = Sampler({.temperature = 2.0f}).probabilities(std::vector{1.0f, 3.0f, -kInf});
  CHECK(p[0] == Approx(1.0 / (1.0 + std::exp(1.0))));
  CHECK(p[1] == Approx(1.0 - 1.0 / (1.0 + std::exp(1.0))));
  CHECK(p[2] == 0.0f);

  SECTION("one near 0 is greedy, not an overflow") {
    CHECK(kept({.temperature = 1e-40f}, {-1e30f, 1.0f, 1e30f, 2.0f}) == Set{2});
  }
  SECTION("a huge one makes all equal") {
    const std::vector<float> even = Sampler({.temperature = 1e30f}).probabilities(std::vector{-9.0f, 3.0f});
    CHECK(even[0] == Approx(0.5));
  }
}

TEST_CASE("top-k keeps the k largest and what equals the last of them", "[sampler]") {
  const std::vector<float> logits{0.5f, 4.0f, 1.0f, 3.0f, 1.0f, -2.0f};
  CHECK(kept({.temperature = 1, .top_k = 1}, logits) == Set{1});
  CHECK(kept({.temperature = 1, .top_k = 2}, logits) == Set{1, 3});
  CHECK(kept({.temperature = 1, .top_k = 3}, logits) == Set{1, 2, 3, 4});
  CHECK(kept({.temperature = 1, .top_k = 5}, logits) == Set{0, 1, 2, 3, 4});
  CHECK(kept({.temperature = 1, .top_k = 6}, logits).size() == 6);
  CHECK(kept({.temperature = 1, .top_k = 100}, logits).size() == 6);
  CHECK(kept({.temperature = 1, .top_k = 0}, logits).size() == 6);
}

TEST_CASE("top-p keeps the fewest that hold enough, at least one", "[sampler]") {
  const std::vector<float> logits = logs({0.1f, 0.5f, 0.05f, 0.3f, 0.05f});
  CHECK(kept({.temperature = 1, .top_p = 1e-6f}, logits) == Set{1});
  CHECK(kept({.temperature = 1, .top_p = 0.49f}, logits) == Set{1});
  CHECK(kept({.temperature = 1, .top_p = 0.6f}, logits) == Set{1, 3});
  CHECK(kept({.temperature = 1, .top_p = 0.85f}, logits) == Set{0, 1, 3});
  CHECK(kept({.temperature = 1, .top_p = 0.93f}, logits) == Set{0, 1, 2, 3});  // among equals the lower id
  CHECK(kept({.temperature = 1, .top_p = 1.0f}, logits).size() == 5);

  SECTION("on what top-k left, normalised again") {
    const Sampling both{.temperature = 1, .top_k = 2, .top_p = 0.62f};
    CHECK(kept(both, logits) == Set{1});  // 0.5 of 0.8
    CHECK(Sampler(both).probabilities(logits)[1] == 1.0f);
  }
  SECTION("after temperature") { CHECK(kept({.temperature = 0.25f, .top_p = 0.85f}, logits) == Set{1}); }
}

TEST_CASE("draws follow the probabilities", "[sampler]") {
  const std::vector<float> p{0.02f, 0.4f, 0.08f, 0.2f, 0.3f};
  const int count = 50000;
  std::vector<int> seen(p.size() + 1, 0);
  std::vector<float> logits = logs(p);
  logits.push_back(-kInf);
  for (const std::int32_t id : draws({.temperature = 1, .seed = 11}, logits, count))
    ++seen[static_cast<std::size_t>(id)];
  double chi2 = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double expected = static_cast<double>(p[i]) * count;
    chi2 += (seen[i] - expected) * (seen[i] - expected) / expected;
  }
  CHECK(chi2 < 18.47);  // 4 degrees of freedom: exceeded once in a thousand runs
  CHECK(seen.back() == 0);
}

TEST_CASE("the seed decides, the same everywhere", "[sampler]") {
  const std::vector<float> logits(10, 0.0f);
  const Sampling seven{.temperature = 1, .seed = 7};
  const auto first = draws(seven, logits, 12);
  CHECK(first == draws(seven, logits, 12));
  CHECK(first != draws({.temperature = 1, .seed = 8}, logits, 12));
  // floor(10 u) for the numbers that the C++ standard prescribes for mt19937_64.
  std::mt19937_64 random(7);
  for (const std::int32_t id : first)
    CHECK(id == static_cast<std::int32_t>(static_cast<double>(random() >> 11) * 0x1p-53 * 10));
}
