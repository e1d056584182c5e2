// Compares every stage with transformers: whole checkpoints with random weights, see data/golden/README.md.
// SPARSIGHT_GOLDEN: directories with config.json and expected.json, or directories of these, separated by colons.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/model/llama.h"
#include "core/model/preprocess.h"
#include "core/model/tokenizer/tokenizer.h"
#include "core/model/vision.h"
#include "core/model/weights.h"
#include "kernels/backends.h"
#include "tests/foreign_backend.h"
#include "tests/goldens.h"
#include "tests/models.h"
#include "tests/support.h"
#include "tests/tested_backend.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>
#include <set>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

// Largest absolute difference, relative to the largest expected magnitude (at least 1), for float32 arithmetic in
// another order. Measured on the repository's two goldens: up to 3e-6.
constexpr double kTolerance = 1e-4;
constexpr double kCosine = 0.99999;
constexpr double kPixelTolerance = 1e-5;  // normalised pixels; one 8-bit level is 0.0146
constexpr float kLevel = 1.0f / 255.0f / 0.26f;

std::vector<fs::path> goldens() {
  return golden_dirs("SPARSIGHT_GOLDEN", {shared_dir() / "golden", source_dir() / "tests/data/golden"});
}

void check_close(const std::string& what, std::span<const float> got, std::span<const float> expected,
                 double tolerance = kTolerance) {
  check_within(what, got, expected, tolerance);
  INFO(what);
  double product = 0, norm_got = 0, norm_expected = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double a = static_cast<double>(got[i]), b = static_cast<double>(expected[i]);
    product += a * b;
    norm_got += a * a;
    norm_expected += b * b;
  }
  CHECK(product >= kCosine * std::sqrt(norm_got * norm_expected));
}

MediaKind kind_of(const nlohmann::json& test_case) {
  const std::string kind = test_case["kind"];
  return kind == "video" ? MediaKind::Video : kind == "image" ? MediaKind::Image : MediaKind::None;
}

// A checkpoint, everything that the stages borrow, and the expected results.
struct Golden {
  Golden(const fs::path& where, const MakeBackend& make)
      : dir(where),
        expected(nlohmann::json::parse(read_file(where / "expected.json"))),
        tensors(Weights::open(where / "expected.safetensors")),
        config(read_config(where)),
        tokenizer(Tokenizer::open(where)),
        weights(Weights::open(where)),
        backend(make()),
        vision(config, weights, *backend),
        rounded(find_rounding()) {
    llama = std::make_unique<Llama>(config, weights, *backend);
  }

  // Finds out which of two references the file comes from: transformers' from_pretrained keeps the rotary frequencies
  // in float32; a model cast to half precision and back has them rounded (RopeConfig::frequencies). It is the one with
  // the nearer first layer; everything else must then agree with it. Sets `config` accordingly.
  bool find_rounding() {
    double error[2];
    for (const bool round : {false, true}) {
      config.text.rope.frequencies = round ? embedding_dtype(config, weights) : DType::F32;
      error[round] = first_layer_error();
    }
    const bool round = error[true] < error[false];
    if (!round) config.text.rope.frequencies = DType::F32;
    return round;
  }

  // Summed over the last positions of the first case, after layer 0; after the final norm if there is no other layer.
  double first_layer_error() {
    Llama decoder(config, weights, *backend);
    KvCache cache = decoder.make_cache();
    const Prompt prompt = prompt_of(0, decoder);
    const HostView hidden = tensors.raw("case0.hidden");
    const std::size_t tail = hidden.shape()[1], width = hidden.shape()[2];
    double error = 0;
    const auto add = [&](TensorView got, std::size_t from) {
      const float* wanted = hidden.f32() + (2 * tail - from) * width;
      const HostRead compared = backend->read(got.slice_rows(got.rows() - from, from));
      for (std::size_t i = 0; i < from * width; ++i)
        error += std::abs(static_cast<double>(compared.f32()[i] - wanted[i]));
    };
    ForwardOptions options;
    options.on_layer = [&](const LayerView& layer) {
      if (layer.layer == 0 && config.text.layers > 1) add(layer.hidden, tail);
    };
    const Tensor embeddings = backend->upload(prompt.embeddings);
    const TensorView last = decoder.forward(embeddings, prompt.positions, cache, options);
    if (config.text.layers == 1) add(last, 1);
    return error;
  }

  struct Prompt {
    PromptLayout layout;
    HostTensor embeddings;  // with the expected visual tokens in place
    std::vector<std::int32_t> positions;
  };

  [[nodiscard]] Prompt prompt_of(std::size_t n, const Llama& decoder) const {
    const auto& test_case = expected["cases"][n];
    const MediaKind kind = kind_of(test_case);
    Prompt prompt;
    prompt.layout = lay_out(test_case["prompt_ids"].get<std::vector<std::int32_t>>(), config, kind,
                            test_case["visual_tokens"].get<std::size_t>());
    const std::vector<std::int32_t> ids = prompt.layout.expanded();
    Tensor embedded = backend->make(Shape{ids.size(), config.text.hidden});
    decoder.embed(ids, embedded);
    prompt.embeddings = HostTensor::copy_of(backend->read(embedded));
    if (kind != MediaKind::None) {
      const auto visual = values_of(visual_tokens(kind));
      REQUIRE(visual.size() == prompt.layout.visual_count() * prompt.embeddings.cols());
      std::copy(visual.begin(), visual.end(), prompt.embeddings.row(prompt.layout.visual_begin).begin());
    }
    prompt.positions.resize(prompt.layout.length);
    std::iota(prompt.positions.begin(), prompt.positions.end(), 0);
    return prompt;
  }

  [[nodiscard]] HostView visual_tokens(MediaKind kind) const {
    return tensors.raw(kind == MediaKind::Video ? "visual_tokens" : "image_visual_tokens");
  }

  fs::path dir;
  nlohmann::json expected;
  Weights tensors;
  ModelConfig config;
  Tokenizer tokenizer;
  Weights weights;
  std::unique_ptr<Backend> backend;
  VisionEncoder vision;
  bool rounded;
  std::unique_ptr<Llama> llama;
};

template <typename Body>
void for_each_golden(const Body& body, const MakeBackend& make = tested_backend()) {
  const std::vector<fs::path> dirs = goldens();
  if (dirs.empty()) return skip("no golden directory: see SPARSIGHT_GOLDEN");
  for (const fs::path& dir : dirs) {
    INFO(dir.string());
    Golden golden(dir, make);
    body(golden);
  }
}

MakeBackend any_backend() { return GENERATE(false, true) ? foreign_backend() : tested_backend(); }

}  // namespace

TEST_CASE("golden: sampled frames and their pixels", "[golden]") {
  bool any = false;
  for_each_golden([&](Golden& golden) {
    const auto clip_file = golden_clip(golden.dir, golden.expected.value("clip", ""));
    const auto image_file = golden_clip(golden.dir, golden.expected.value("image", ""));
    if (!clip_file || !image_file) return;
    any = true;
    const std::vector<std::int64_t> indices = golden.expected["frame_indices"];
    const Clip clip = read_clip(*clip_file, {.count = indices.size()});
    CHECK(clip.total_frames == golden.expected["total_frames"].get<std::int64_t>());
    REQUIRE(clip.frames.size() == indices.size());
    for (std::size_t i = 0; i < indices.size(); ++i) CHECK(clip.frames[i].index == indices[i]);

    const HostView rgb = golden.tensors.raw("frames_rgb");
    REQUIRE(rgb.shape() ==
            Shape{rgb.rows(), static_cast<std::size_t>(clip.height), static_cast<std::size_t>(clip.width), 3});
    for (std::size_t f = 0; f < rgb.rows(); ++f) {
      INFO("frame " << f);
      REQUIRE(clip.frames[f].image->pixels.size() == rgb.cols());
      CHECK(std::memcmp(clip.frames[f].image->pixels.data(), static_cast<const std::byte*>(rgb.data()) + f * rgb.cols(),
                        rgb.cols()) == 0);
    }
    check_close("pixel_values",
                values_of(preprocess(clip.frames, read_preprocess_config(golden.dir, golden.config, MediaKind::Video))),
                values_of(golden.tensors.raw("pixel_values")), kPixelTolerance);

    const Clip image = read_clip(*image_file);
    CHECK(image.is_image);
    const HostTensor pixels =
        preprocess(image.frames, read_preprocess_config(golden.dir, golden.config, MediaKind::Image));
    const auto got = values_of(pixels), wanted = values_of(golden.tensors.raw("image_pixel_values"));
    REQUIRE(got.size() == wanted.size());
    float worst = 0;
    for (std::size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - wanted[i]));
    CHECK(worst <= kLevel * 1.01f);
  });
  if (!any) skip("the clips of the goldens are not here (../shared/clips)");
}

TEST_CASE("golden: tower and projector", "[golden]") {
  const MakeBackend make = any_backend();
  const auto check = [](Golden& golden) {
    const auto close = [&](const std::string& what, TensorView got) {
      check_close(what, values_of(golden.backend->read(got)), values_of(golden.tensors.raw(what)));
    };
    const HostView pixels = golden.tensors.raw("pixel_values");
    close("tower_features", golden.vision.run_tower(pixels, MediaKind::Video).features);
    close("visual_tokens", golden.vision.encode(pixels, MediaKind::Video).embeddings);
    close("image_visual_tokens",
          golden.vision.encode(golden.tensors.raw("image_pixel_values"), MediaKind::Image).embeddings);
  };
  for_each_golden(check, make);
}

TEST_CASE("golden: hidden state of every layer, attention, logits and greedy ids", "[golden]") {
  const MakeBackend make = any_backend();
  const auto check = [](Golden& golden) {
    const auto& cases = golden.expected["cases"];
    for (std::size_t n = 0; n < cases.size(); ++n) {
      const std::string name = "case" + std::to_string(n);
      INFO(name);
      const auto& test_case = cases[n];
      CHECK(golden.tokenizer.encode(test_case["prompt"].get<std::string>()) ==
            test_case["prompt_ids"].get<std::vector<std::int32_t>>());
      const Golden::Prompt prompt = golden.prompt_of(n, *golden.llama);
      const Shape expected_shape = golden.tensors.raw(name + ".hidden").shape();
      const std::size_t tail = expected_shape[1], width = expected_shape[2];
      const auto hidden_at = [&](std::size_t state) {
        return values_of(golden.tensors.raw(name + ".hidden")).subspan(state * tail * width, tail * width);
      };
      const auto tail_of = [&](HostView rows) { return values_of(rows.slice_rows(rows.rows() - tail, tail)); };
      Backend& backend = *golden.backend;
      check_close("embeddings", tail_of(prompt.embeddings), hidden_at(0));

      KvCache cache = golden.llama->make_cache();
      const bool has_attention = n == 0 && [&] {
        const auto names = golden.tensors.names();
        return std::ranges::count(names, "case0.attention_last_row") != 0;
      }();
      ForwardOptions options;
      if (has_attention) options.score_rows = [&](std::size_t) { return std::vector{prompt.layout.length - 1}; };
      options.on_layer = [&](const LayerView& layer) {
        INFO("layer " << layer.layer);
        if (layer.layer + 1 < golden.config.text.layers)
          check_close("hidden", tail_of(backend.read(layer.hidden)), hidden_at(layer.layer + 1));
        if (has_attention) {
          const HostView rows = golden.tensors.raw("case0.attention_last_row");
          check_close("attention", values_of(backend.read(layer.scores)), rows.row(layer.layer));
        }
      };
      const Tensor embeddings = backend.upload(prompt.embeddings);
      const TensorView last = golden.llama->forward(embeddings, prompt.positions, cache, options);
      check_close("final norm", values_of(backend.read(last)), hidden_at(golden.config.text.layers).last(width));
      check_close("logits", values_of(backend.read(golden.llama->logits(last))),
                  values_of(golden.tensors.raw(name + ".logits")));

      const std::vector<std::int32_t> wanted = test_case["generated_ids"];
      CHECK(greedy_ids(*golden.llama, backend, golden.config, last, cache, prompt.layout.length, wanted.size()) ==
            wanted);
    }
  };
  for_each_golden(check, make);
}

namespace {

using GoldenStates = std::vector<std::vector<float>>;

// Results of a prompt: the last `tail` rows after each layer but the last, the last row after the final norm, its
// logits.
GoldenStates states_of(Llama& llama, Backend& backend, const Golden::Prompt& prompt, std::size_t tail) {
  GoldenStates out;
  const auto keep = [&](TensorView rows) {
    const HostRead read = backend.read(rows);
    out.emplace_back(values_of(read).begin(), values_of(read).end());
  };
  KvCache cache = llama.make_cache();
  const Tensor embeddings = backend.upload(prompt.embeddings);
  const TensorView last = llama.forward(embeddings, prompt.positions, cache, {.on_layer = [&](const LayerView& layer) {
                                          if (layer.layer + 1 < cache.layers())
                                            keep(layer.hidden.slice_rows(layer.hidden.rows() - tail, tail));
                                        }});
  keep(last);
  keep(llama.logits(last));
  return out;
}

GoldenStates golden_states(const Golden& golden, const std::string& name) {
  const HostView hidden = golden.tensors.raw(name + ".hidden");
  const std::size_t layers = golden.config.text.layers, rows = hidden.shape()[1] * hidden.shape()[2];
  GoldenStates out;
  for (std::size_t i = 1; i < layers; ++i) {
    const auto state = values_of(hidden).subspan(i * rows, rows);
    out.emplace_back(state.begin(), state.end());
  }
  const auto last = values_of(hidden).last(hidden.shape()[2]), logits = values_of(golden.tensors.raw(name + ".logits"));
  out.emplace_back(last.begin(), last.end());
  out.emplace_back(logits.begin(), logits.end());
  return out;
}

// How far the expected logit of the token that `got` would choose is below the largest one, in units of their root mean
// square.
double regret(std::span<const float> got, std::span<const float> expected) {
  double square = 0;
  for (const float x : expected) square += static_cast<double>(x) * static_cast<double>(x);
  const auto said = static_cast<std::size_t>(std::ranges::max_element(got) - got.begin());
  return static_cast<double>(*std::ranges::max_element(expected) - expected[said]) /
         std::sqrt(square / static_cast<double>(expected.size()));
}

}  // namespace

TEST_CASE("golden: every format of weights, on every target and number of threads", "[golden][formats]") {
  std::set<std::string> done;  // ../shared has those of the repository too
  for_each_golden([&](Golden& golden) {
    if (!done.insert(golden.dir.filename().string()).second) return;
    for (const WeightFormat format : {WeightFormat::F16, WeightFormat::BF16, WeightFormat::Int8, WeightFormat::Int4}) {
      INFO(to_string(format));
      const Weights weights = in_format(golden.weights, format), floats = as_floats(golden.weights, format);
      Llama exact(golden.config, floats, *golden.backend);
      const auto alone = make_cpu_backend({.threads = 1});
      for (std::size_t n = 0; n < golden.expected["cases"].size(); ++n) {
        const std::string name = "case" + std::to_string(n);
        const Golden::Prompt prompt = golden.prompt_of(n, *golden.llama);
        const std::size_t tail = golden.tensors.raw(name + ".hidden").shape()[1];
        const GoldenStates published = golden_states(golden, name),
                           rounded = states_of(exact, *golden.backend, prompt, tail);
        std::optional<GoldenStates> best;
        on_every_target([&](Backend& backend) {
          Llama decoder(golden.config, weights, backend);
          const GoldenStates got = states_of(decoder, backend, prompt, tail);
          for (std::size_t i = 0; i < got.size(); ++i) {
            CAPTURE(name, i);
            CHECK(relative_rms(got[i], published[i]) < format_tolerance(format, i + 1));
            CHECK(relative_rms(got[i], rounded[i]) < arithmetic_tolerance(format, i + 1));
          }
          CHECK(regret(got.back(), rounded.back()) < 4 * arithmetic_tolerance(format, got.size()));
          if (!best) best = got;
        });
        Llama decoder(golden.config, weights, *alone);
        CHECK(states_of(decoder, *alone, prompt, tail) == *best);
      }
    }
  });
}

TEST_CASE("golden: bf16 arithmetic is as accurate as rounding the weights", "[golden][formats]") {
  if (cpu_arithmetic(Arithmetic::Bf16) == Arithmetic::Float32) {
    skip("this CPU has no AVX-512 BF16");
    return;
  }
  std::set<std::string> done;
  for_each_golden([&](Golden& golden) {
    if (!done.insert(golden.dir.filename().string()).second) return;
    const Weights weights = in_format(golden.weights, WeightFormat::BF16);
    const auto backend = make_cpu_backend({.threads = 2, .arithmetic = Arithmetic::Bf16}),
               alone = make_cpu_backend({.threads = 1, .arithmetic = Arithmetic::Bf16});
    Llama exact(golden.config, weights, *golden.backend), rounding(golden.config, weights, *backend),
        single(golden.config, weights, *alone);
    for (std::size_t n = 0; n < golden.expected["cases"].size(); ++n) {
      const std::string name = "case" + std::to_string(n);
      const Golden::Prompt prompt = golden.prompt_of(n, *golden.llama);
      const std::size_t tail = golden.tensors.raw(name + ".hidden").shape()[1];
      const GoldenStates wanted = states_of(exact, *golden.backend, prompt, tail),
                         got = states_of(rounding, *backend, prompt, tail);
      CHECK(got != wanted);  // it did round
      for (std::size_t i = 0; i < got.size(); ++i) {
        CAPTURE(name, i);
        CHECK(relative_rms(got[i], wanted[i]) < format_tolerance(WeightFormat::BF16, i + 1));
      }
      CHECK(regret(got.back(), wanted.back()) < 4 * format_tolerance(WeightFormat::BF16, got.size()));
      CHECK(states_of(single, *alone, prompt, tail) == got);
    }
  });
}

TEST_CASE("golden: the engine from file to ids", "[golden]") {
  const MakeBackend make = any_backend();
  bool any = false;
  const auto check = [&](Golden& golden) {
    const auto engine = Engine::load({.model = golden.dir, .backend = make, .round_frequencies = golden.rounded});
    for (const auto& test_case : golden.expected["cases"]) {
      const MediaKind kind = kind_of(test_case);
      const std::string prompt = test_case["prompt"];
      INFO(prompt);
      const std::string opening = kind == MediaKind::Video   ? "USER: <video>\n"
                                  : kind == MediaKind::Image ? "USER: <image>\n"
                                                             : "USER: ";
      const std::string closing = " ASSISTANT:";
      if (!prompt.starts_with(opening) || !prompt.ends_with(closing)) continue;
      Question question;
      question.turns = {{prompt.substr(opening.size(), prompt.size() - opening.size() - closing.size()), ""}};
      std::vector<std::int32_t> wanted = test_case["generated_ids"];
      question.max_new_tokens = wanted.size();
      if (!wanted.empty() && std::ranges::count(golden.config.eos, wanted.back()) != 0) wanted.pop_back();
      if (kind != MediaKind::None) {
        const auto file =
            golden_clip(golden.dir, golden.expected.value(kind == MediaKind::Video ? "clip" : "image", ""));
        if (!file) continue;
        question.media = engine->encode(read_clip(*file, {.count = golden.expected["frame_indices"].size()}));
        CHECK(question.media->visual_tokens() == test_case["visual_tokens"].get<std::size_t>());
      }
      any = true;
      std::string streamed;
      const Answer answer = engine->answer(question, [&](std::string_view text) { streamed += text; });
      CHECK(answer.prompt_ids == test_case["prompt_ids"].get<std::vector<std::int32_t>>());
      CHECK(answer.generated_ids == wanted);
      CHECK(streamed.starts_with(answer.text));
    }
  };
  for_each_golden(check, make);
  if (!any) skip("no golden prompt of the chat template");
}

}  // namespace sparsight::test
