// Whatever ran before, a prompt comes out as if it were the first; what it has in common with the one before is not
// computed again.
#include <catch2/catch.hpp>

#include "core/prompt_cache.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

#include <numeric>

namespace sparsight::test {
namespace {

constexpr std::size_t kPrefixRows = 5, kVisualRows = 12;

// The demo model's decoder, and prompts for it: a prefix, visual tokens, a text that differs.
struct PromptScene {
  std::filesystem::path dir = demo_model();
  ModelConfig config = read_config(dir);
  Weights weights = Weights::open(dir);
  std::unique_ptr<Backend> backend = make_cpu_backend({.threads = 2});
  Llama llama{config, weights, *backend};
  PromptCache cache{llama, *backend};
  std::shared_ptr<const VisualTokens> clip = std::make_shared<VisualTokens>();
  std::vector<SharedTensor> rows{};  // of the prompts that were made

  // `visual`: seed of the visual rows. Text that begins alike has the same ids, and rows, as far as it is alike.
  DecoderPrompt prompt(std::vector<std::int32_t> text, unsigned visual = 1) {
    DecoderPrompt out;
    out.spans = {kPrefixRows, kVisualRows, kPrefixRows + kVisualRows + text.size()};
    out.ids = {1, 20, 21, 22, 23};
    out.ids.resize(kPrefixRows + kVisualRows, 7);
    out.ids.insert(out.ids.end(), text.begin(), text.end());
    out.positions.resize(out.ids.size());
    std::iota(out.positions.begin(), out.positions.end(), 0);
    SharedTensor& all = rows.emplace_back(Shape{out.ids.size(), config.text.hidden});
    llama.embed(out.ids, all);
    std::ranges::copy(values_of(random_tensor(Shape{kVisualRows, config.text.hidden}, visual)),
                      all.row(kPrefixRows).begin());
    out.embeddings = all.view();
    out.clip = clip;
    return out;
  }

  struct Came {
    std::size_t reused, computed;  // rows
    HostTensor hidden;
  };
  Came run(PromptCache& with, const DecoderPrompt& prompt) {
    Came out{};
    const TensorView hidden = with.prefill(prompt, 8, [&](std::size_t first_row) {
      out.reused = first_row;
      ForwardOptions options;
      options.on_layer = [&](const LayerView& view) {
        if (view.layer == 0) out.computed = view.hidden.rows();
      };
      options.reduce = [&](const LayerView& view) {
        return view.layer == prompt.pruned_after ? std::optional(half(view, prompt.spans)) : std::nullopt;
      };
      return options;
    });
    out.hidden = HostTensor::copy_of(host(hidden));
    return out;
  }
  // Without every second visual token.
  Sequence half(const LayerView& view, const PromptSpans& spans) const {
    std::vector<std::size_t> left;
    for (std::size_t row = 0; row < spans.length; ++row)
      if (row < kPrefixRows || row >= kPrefixRows + kVisualRows || row % 2 == 0) left.push_back(row);
    Sequence out{backend->make(Shape{left.size(), view.hidden.cols()}), {}, left};
    backend->gather_rows(view.hidden, left, out.hidden, 0);
    for (const std::size_t row : left) out.positions.push_back(view.positions[row]);
    return out;
  }
  // Runs the prompt behind whatever ran before; returns the rows that were reused.
  std::size_t check(const DecoderPrompt& prompt) {
    const Came got = run(cache, prompt);
    PromptCache fresh(llama, *backend);
    const Came wanted = run(fresh, prompt);
    CHECK(wanted.reused == 0);
    CHECK(wanted.computed == prompt.spans.length);
    CHECK(got.computed == prompt.spans.length - got.reused);
    check_within("hidden", values_of(got.hidden), values_of(wanted.hidden), 1e-5);
    return got.reused;
  }
};

DecoderPrompt pruned_prompt(DecoderPrompt prompt, std::size_t after) {
  prompt.pruned_after = after;
  return prompt;
}

}  // namespace

TEST_CASE("a prompt goes on from where it parts from the one before", "[prompt_cache]") {
  PromptScene scene;
  CHECK(scene.check(scene.prompt({30, 31, 32, 33})) == 0);
  CHECK(scene.check(scene.prompt({30, 31, 40, 41, 42})) == kPrefixRows + kVisualRows + 2);
  CHECK(scene.check(scene.prompt({30})) == kPrefixRows + kVisualRows);  // the last row is always computed
  DecoderPrompt moved = scene.prompt({30, 31});
  for (std::size_t i = kPrefixRows + kVisualRows; i < moved.positions.size(); ++i) ++moved.positions[i];
  CHECK(scene.check(moved) == kPrefixRows + kVisualRows);
  scene.cache.forget();
  CHECK(scene.check(moved) == 0);
}

TEST_CASE("of another clip's prompt only the prefix is reused", "[prompt_cache]") {
  PromptScene scene;
  CHECK(scene.check(scene.prompt({30, 31})) == 0);
  scene.clip = std::make_shared<VisualTokens>();
  CHECK(scene.check(scene.prompt({30, 31}, 2)) == kPrefixRows);
  // Visual tokens that a strategy changed are told apart by their values.
  const auto changed = [&](unsigned visual) {
    DecoderPrompt out = scene.prompt({30, 31}, visual);
    out.changed = out.embeddings.slice_rows(kPrefixRows, kVisualRows);
    return out;
  };
  CHECK(scene.check(changed(3)) == kPrefixRows);
  CHECK(scene.check(changed(3)) == kPrefixRows + kVisualRows + 1);
  CHECK(scene.check(changed(4)) == kPrefixRows);
  CHECK(scene.check(scene.prompt({30, 31}, 2)) == kPrefixRows);
}

TEST_CASE("a prompt that is pruned in the decoder reuses what went through the layers before", "[prompt_cache]") {
  PromptScene scene;
  CHECK(scene.check(pruned_prompt(scene.prompt({30, 31}), 1)) == 0);
  CHECK(scene.check(pruned_prompt(scene.prompt({30, 40, 41}), 1)) == kPrefixRows + kVisualRows);
  CHECK(scene.check(pruned_prompt(scene.prompt({50}), 1)) == kPrefixRows + kVisualRows);
  CHECK(scene.check(pruned_prompt(scene.prompt({50}), 2)) == 0);
  CHECK(scene.check(scene.prompt({50})) == 0);
  CHECK(scene.check(pruned_prompt(scene.prompt({50}), 2)) == 0);
  CHECK(scene.check(pruned_prompt(scene.prompt({50, 51}), 2)) == kPrefixRows + kVisualRows);
}

TEST_CASE("an answer's tokens are reused where they saw the whole prompt", "[prompt_cache]") {
  PromptScene scene;
  const std::vector<std::int32_t> answer{60, 61, 62};
  const auto then = [&](const DecoderPrompt& prompt, const ForwardOptions& options) {
    (void)scene.check(prompt);
    auto position = static_cast<std::int32_t>(prompt.spans.length);
    for (const std::int32_t id : answer) (void)scene.cache.next(id, position++, options);
  };
  const std::size_t asked = kPrefixRows + kVisualRows + 2;
  then(scene.prompt({30, 31}), {.stage = Stage::Generate});
  CHECK(scene.check(scene.prompt({30, 31, 60, 61, 70})) == asked + 2);

  const auto few = [](std::size_t, std::size_t cached) {
    std::vector<std::size_t> keys(cached / 2);
    std::iota(keys.begin(), keys.end(), std::size_t{0});
    return std::optional(keys);
  };
  then(scene.prompt({30, 31}), {.stage = Stage::Generate, .cached_keys = few});
  CHECK(scene.check(scene.prompt({30, 31, 60, 61, 70})) == asked);

  then(pruned_prompt(scene.prompt({30, 31}), 1), {.stage = Stage::Generate, .positions_follow_cache = true});
  CHECK(scene.check(pruned_prompt(scene.prompt({30, 31, 60, 61, 70}), 1)) == kPrefixRows + kVisualRows);
}

TEST_CASE("a stop in the middle of a prompt leaves nothing of it behind", "[prompt_cache]") {
  PromptScene scene;
  const std::optional<std::size_t> after = GENERATE(std::optional<std::size_t>{}, std::optional<std::size_t>{1});
  const auto prompt = [&](std::vector<std::int32_t> text) {
    DecoderPrompt out = scene.prompt(std::move(text));
    out.pruned_after = after;
    return out;
  };
  (void)scene.check(prompt({30, 31}));
  std::stop_source stop;
  const auto stopping = [&](std::size_t) {
    ForwardOptions options{.control = {{}, stop.get_token()}};
    options.on_layer = [&](const LayerView& view) {
      if (view.layer == 2) stop.request_stop();
    };
    return options;
  };
  CHECK_THROWS_AS(scene.cache.prefill(prompt({30, 40, 41}), 8, stopping), Cancelled);
  CHECK(scene.check(prompt({30, 40, 41})) == kPrefixRows + kVisualRows + (after ? 0 : 1));
}

}  // namespace sparsight::test
