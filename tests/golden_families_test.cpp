// Compares every family with transformers: whole small checkpoints with random weights and what transformers computes
// with them. SPARSIGHT_FAMILIES: directories with config.json and expected.json, or directories of these, separated by
// colons; ../shared/families by default.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/model/families/family.h"
#include "core/model/llama.h"
#include "core/model/prompt.h"
#include "core/model/tokenizer/tokenizer.h"
#include "core/model/vision.h"
#include "core/model/weights.h"
#include "tests/goldens.h"
#include "tests/models.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;

// Of the largest expected value (at least 1): float32 arithmetic in another order.
constexpr double kFamilyTolerance = 1e-4;
// Of visual tokens from files: transformers' torchvision resizes a level apart from PIL here and there.
constexpr double kFromFileTolerance = 0.05;

// One folder: the model, and what it must compute.
struct FamilyGolden {
  explicit FamilyGolden(const fs::path& where)
      : dir(where),
        expected(nlohmann::json::parse(read_file(where / "expected.json"))),
        tensors(Weights::open(where / "expected.safetensors")),
        config(read_config(where)),
        rounded(find_rounding()),
        engine(Engine::load({.model = where, .backend = cpu_backend(), .round_frequencies = rounded})) {
    config = engine->info().config;
  }

  // The reference may be a model that was cast, with rotary frequencies rounded to the weights' dtype
  // (RopeConfig::frequencies): whichever first layer is nearer. All else must agree with it.
  [[nodiscard]] bool find_rounding() const {
    const std::size_t last = cases() - 1;
    const std::string name = "case" + std::to_string(last);
    if (!has(name + ".inputs_embeds")) return false;
    const auto backend = cpu_backend()();
    const Weights weights = Weights::open(dir, config.family->names);
    double error[2] = {0, 0};
    for (const bool round : {false, true}) {
      ModelConfig one = config;
      if (round) one.text.rope.frequencies = embedding_dtype(config, weights);
      Llama llama(one, weights, *backend);
      KvCache cache = llama.make_cache();
      const HostView embeds = tensors.raw(name + ".inputs_embeds"), hidden = tensors.raw(name + ".hidden");
      std::vector<std::int32_t> positions(embeds.rows());
      std::iota(positions.begin(), positions.end(), 0);
      const std::size_t tail = hidden.shape()[1], width = hidden.shape()[2];
      const Tensor uploaded = backend->upload(embeds);
      static_cast<void>(llama.forward(uploaded, positions, cache, {.on_layer = [&](const LayerView& view) {
                                        if (view.layer != 0) return;
                                        const HostRead got = backend->read(view.hidden);
                                        const auto rows = values_of(got).last(tail * width);
                                        const auto wanted = values_of(hidden).subspan(tail * width, tail * width);
                                        for (std::size_t i = 0; i < rows.size(); ++i)
                                          error[round] += std::abs(static_cast<double>(rows[i] - wanted[i]));
                                      }}));
    }
    return error[true] < error[false];
  }

  [[nodiscard]] bool has(const std::string& name) const { return std::ranges::count(tensors.names(), name) != 0; }
  [[nodiscard]] std::size_t cases() const { return expected["cases"].size(); }
  [[nodiscard]] const nlohmann::json& at(std::size_t n) const { return expected["cases"][n]; }
  [[nodiscard]] std::string kind(std::size_t n) const { return at(n)["kind"]; }
  [[nodiscard]] Ids ids(std::size_t n) const {
    return at(n).contains("input_ids") ? at(n)["input_ids"] : at(n)["prompt_ids"];
  }
  // The file of a case; nullopt: a text, or the clips are not here.
  [[nodiscard]] std::optional<fs::path> file(std::size_t n) const {
    if (kind(n) == "text") return std::nullopt;
    return golden_clip(dir, expected.value(kind(n) == "video" ? "clip" : "image", ""));
  }
  [[nodiscard]] std::shared_ptr<const EncodedMedia> media(std::size_t n) const {
    const auto path = file(n);
    if (!path) return nullptr;
    FrameRequest request = engine->trained_request({});
    if (expected.contains("frame_indices")) request = {.count = expected["frame_indices"].size()};
    return engine->open(*path, request).encoded;
  }
  [[nodiscard]] Question question(std::size_t n, std::shared_ptr<const EncodedMedia> media) const {
    Question out;
    out.media = std::move(media);
    out.turns = {{at(n)["question"], ""}};
    out.max_new_tokens = std::max<std::size_t>(1, at(n)["generated_ids"].size());
    return out;
  }

  fs::path dir;
  nlohmann::json expected;
  Weights tensors;
  ModelConfig config;
  bool rounded;
  std::unique_ptr<Engine> engine;
};

bool is_known(const fs::path& dir) {
  try {
    static_cast<void>(read_config(dir));
    return true;
  } catch (const Error& error) {
    skip(dir.filename().string() + ": " + error.what());
    return false;
  }
}

template <typename Body>
void for_each_family(const Body& body) {
  const std::vector<fs::path> dirs = golden_dirs("SPARSIGHT_FAMILIES", {shared_dir() / "families"});
  if (dirs.empty()) return skip("no golden directory: see SPARSIGHT_FAMILIES");
  for (const fs::path& dir : dirs) {
    if (!is_known(dir)) continue;
    INFO(dir.string());
    const FamilyGolden golden(dir);
    for (std::size_t n = 0; n < golden.cases(); ++n) {
      INFO("case " << n << ": " << golden.kind(n));
      if (golden.kind(n) != "text" && !golden.file(n))
        skip("the clips of the goldens are not here (../shared/clips)");
      else
        body(golden, n);
    }
  }
}

// The embeddings that enter the decoder, and what comes of them.
Ids check_decoder(const FamilyGolden& golden, std::size_t n, const std::vector<RotaryPlace>& places) {
  const std::string name = "case" + std::to_string(n);
  const auto backend = cpu_backend()();
  const Weights weights = Weights::open(golden.dir, golden.config.family->names);
  Llama llama(golden.config, weights, *backend);
  const HostView embeds = golden.tensors.raw(name + ".inputs_embeds");
  const std::size_t length = embeds.rows(), layers = golden.config.text.layers;
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);
  const HostView hidden = golden.tensors.raw(name + ".hidden");
  const std::size_t tail = hidden.shape()[1], width = hidden.shape()[2];
  const auto state = [&](std::size_t i) { return values_of(hidden).subspan(i * tail * width, tail * width); };

  KvCache cache = llama.make_cache();
  ForwardOptions options;
  options.score_rows = [&](std::size_t) { return std::vector{length - 1}; };
  options.on_layer = [&](const LayerView& view) {
    INFO("layer " << view.layer);
    const HostRead rows = backend->read(view.hidden);
    if (view.layer + 1 < layers)
      check_within("hidden", values_of(rows.view().slice_rows(length - tail, tail)), state(view.layer + 1),
                   kFamilyTolerance);
    check_within("attention", values_of(backend->read(view.scores)),
                 golden.tensors.raw(name + ".attention_last_row").row(view.layer), kFamilyTolerance);
  };
  llama.set_places(places);
  const Tensor uploaded = backend->upload(embeds);
  const TensorView last = llama.forward(uploaded, positions, cache, options);
  check_within("final norm", values_of(backend->read(last)), state(layers).last(width), kFamilyTolerance);
  check_within("logits", values_of(backend->read(llama.logits(last))), values_of(golden.tensors.raw(name + ".logits")),
               kFamilyTolerance);
  return greedy_ids(llama, *backend, golden.config, last, cache, length, golden.at(n)["generated_ids"].size());
}

// The places of a whole prompt, as position_ids [3, length] has them.
std::vector<RotaryPlace> expected_places(const FamilyGolden& golden, std::size_t n) {
  const std::string name = "case" + std::to_string(n) + ".position_ids";
  std::vector<RotaryPlace> out;
  if (!golden.has(name)) return out;
  const std::vector<std::int64_t> ids = whole_numbers(golden.tensors, name);
  const std::size_t length = ids.size() / 3;
  for (std::size_t i = 0; i < length; ++i)
    out.push_back({static_cast<std::int32_t>(ids[i]), static_cast<std::int32_t>(ids[length + i]),
                   static_cast<std::int32_t>(ids[2 * length + i])});
  return out;
}

}  // namespace

TEST_CASE("golden families: prompt ids and places", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    const auto media = golden.media(n);
    const PromptLayout layout = golden.engine->lay_out(golden.question(n, media));
    CHECK((golden.at(n).contains("input_ids") ? layout.expanded() : layout.ids) == golden.ids(n));
    const std::vector<RotaryPlace> wanted = expected_places(golden, n);
    if (wanted.empty() || !media) return;
    std::vector<RotaryPlace> got = golden.engine->places(golden.question(n, media));
    REQUIRE(got.size() == layout.visual_end);
    CHECK(std::equal(got.begin(), got.end(), wanted.begin()));
  });
}

TEST_CASE("golden families: visual tokens from the file", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    const auto media = golden.media(n);
    const std::string name = "case" + std::to_string(n) + ".inputs_embeds";
    if (!media || !golden.has(name)) return;
    const PromptLayout layout = golden.engine->lay_out(golden.question(n, media));
    const HostView wanted = golden.tensors.raw(name);
    const auto backend = cpu_backend()();
    const HostRead got = backend->read(media->tokens().embeddings);
    std::size_t row = 0;
    for (std::size_t i = 0; i < layout.visual.tokens(); ++i) {
      if (layout.visual.is_word(i)) continue;
      INFO("token " << i);
      check_within("visual token", got.row(row++), wanted.row(layout.visual_begin + i), kFromFileTolerance);
    }
    CHECK(row == got.view().rows());
  });
}

TEST_CASE("golden families: the decoder's states, attention, logits and greedy ids", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    if (!golden.has("case" + std::to_string(n) + ".inputs_embeds")) return;
    CHECK(check_decoder(golden, n, expected_places(golden, n)) == golden.at(n)["generated_ids"].get<Ids>());
  });
}

TEST_CASE("golden families: answers from the file", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    const Answer answer = golden.engine->answer(golden.question(n, golden.media(n)));
    Ids wanted = golden.at(n)["generated_ids"];
    if (answer.stop == StopReason::EndOfAnswer) wanted.pop_back();  // the list holds the end token
    CHECK(answer.generated_ids == wanted);
  });
}

}  // namespace sparsight::test
