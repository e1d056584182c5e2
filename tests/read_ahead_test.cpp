// Weights are read ahead in the order in which a model uses them, and nothing computes before its own are there.
#include "core/model/read_ahead.h"

#include "core/engine.h"
#include "core/measure/bench.h"
#include "core/model/families/smolvlm.h"
#include "core/model/llama.h"
#include "core/model/vision.h"
#include "core/model/weights.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/safetensors_writer.h"
#include "tests/support.h"

#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <numeric>
#include <thread>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

Weights in_a_file(const Weights& from, const fs::path& path, TensorNames names = default_names()) {
  SafetensorsWriter file;
  for (const std::string& name : from.names()) {
    const HostView view = from.raw(name);
    std::vector<std::size_t> shape;
    for (std::size_t i = 0; i < view.shape().rank(); ++i) shape.push_back(view.shape()[i]);
    file.add(name, to_string(view.dtype()), shape, {static_cast<const char*>(view.data()), view.bytes()});
  }
  write_file(path, file.str());
  return Weights::open(path, names);
}

// Of all tensors whose name `counts`.
std::size_t bytes_where(const Weights& weights, const std::function<bool(const std::string&)>& counts) {
  std::size_t sum = 0;
  for (const std::string& name : weights.names())
    if (counts(name)) sum += weights.raw(name).bytes();
  return sum;
}

bool has(const std::string& name, const std::string& part) { return name.find(part) != std::string::npos; }

// Whether the name is one of the first `count` layers under `prefix`.
bool among_layers(const std::string& name, const std::string& prefix, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (has(name, prefix + std::to_string(i) + ".")) return true;
  return false;
}

// Reads a piece whenever somebody waits: no more is ever there than what was waited for.
struct LazyReader {
  explicit LazyReader(const Weights& weights) : ahead(weights.read_ahead()) {}
  [[nodiscard]] std::size_t done() const { return ahead.progress().done; }

  ReadAhead ahead;
  std::size_t waits = 0;
  std::function<void(const Progress&)> on_other{};
  Control control{[this](const Progress& now) {
                    if (now.stage != Stage::Read) return on_other ? on_other(now) : void();
                    ++waits;
                    CHECK(now.done == done());
                    CHECK(now.done < now.total);
                    CHECK(now.total == ahead.progress().total);
                    CHECK(ahead.next());
                  },
                  {}};
};

// Three tensors of these sizes, stored as a, b, c.
constexpr std::size_t kA = 1000, kB = 3 << 20, kC = 500;
Weights three_tensors(const TempDir& temp) {
  SafetensorsWriter file;
  for (const auto& [name, count] : {std::pair{"a", kA}, {"b", kB}, {"c", kC}})
    file.add(name, "F32", {count}, bytes_of(std::vector<float>(count, 1)));
  write_file(temp / "model.safetensors", file.str());
  return Weights::open(temp / "model.safetensors");
}

// Whether accesses to all of these bytes fault no more; nullopt: the system does not say.
std::optional<bool> in_page_table(HostView view) {
  std::ifstream pages("/proc/self/pagemap", std::ios::binary);
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = reinterpret_cast<std::uintptr_t>(view.data());
  for (std::uintptr_t at = first / page; at * page < first + view.bytes(); ++at) {
    std::uint64_t entry = 0;
    pages.seekg(static_cast<std::streamoff>(at * sizeof entry));
    if (!pages.read(reinterpret_cast<char*>(&entry), sizeof entry)) return std::nullopt;
    if (entry >> 63 == 0) return false;
  }
  return true;
}

TEST_CASE("weights are read in the order in which they were asked for", "[read-ahead]") {
  const TempDir temp;
  Weights weights = three_tensors(temp);
  CHECK(weights.needed().bytes() == 0);
  (void)weights.get("c", Shape{kC});
  const Needed for_c = weights.needed();
  const HostView b = weights.get("b", Shape{kB});
  (void)weights.get("c", Shape{kC});  // is there before
  const Needed for_b = weights.needed();
  CHECK(for_c.bytes() == 4 * kC);
  CHECK(for_b.bytes() == 4 * (kC + kB));

  const Control refuses{[](const Progress&) { FAIL("waits"); }, {}};
  Needed().wait(refuses);
  for_b.wait(refuses);  // nobody reads
  {
    LazyReader reader(weights);
    const Weights moved = std::move(weights);
    for_c.wait(reader.control);
    CHECK(reader.waits == 1);
    CHECK(reader.done() == 4 * kC);
    CHECK(in_page_table(b).value_or(false) == false);
    for_b.wait(reader.control);
    for_c.wait(refuses);
    CHECK(reader.waits == 2);
    CHECK(reader.done() == 4 * (kC + kB));
    CHECK(in_page_table(b).value_or(true));
    (void)moved.get("a", Shape{kA});
    moved.needed().wait(refuses);  // asked for after the order was fixed: it is one of the rest
    while (reader.ahead.next()) {
    }
    CHECK(reader.done() == 4 * (kC + kB));
    moved.check();
  }
  for_b.wait(refuses);  // the weights are gone
}

TEST_CASE("large tensors are read in pieces", "[read-ahead]") {
  const TempDir temp;
  const std::size_t count = (std::size_t{64} << 20) / 4 + 10;
  SafetensorsWriter file;
  file.add("a", "F32", {count}, bytes_of(std::vector<float>(count, 1)));
  write_file(temp / "model.safetensors", file.str());
  const Weights weights = Weights::open(temp / "model.safetensors");
  (void)weights.get("a", Shape{count});
  LazyReader reader(weights);
  weights.needed().wait(reader.control);
  CHECK(reader.waits == 2);
  CHECK(reader.done() == 4 * count);
}

TEST_CASE("who waits for weights can be stopped", "[read-ahead]") {
  const TempDir temp;
  const Weights weights = three_tensors(temp);
  (void)weights.get("a", Shape{kA});
  const ReadAhead reader = weights.read_ahead();
  std::stop_source source;
  SECTION("while it says what it waits for") {
    const Control control{[&](const Progress&) { source.request_stop(); }, source.get_token()};
    CHECK_THROWS_AS(weights.needed().wait(control), Cancelled);
  }
  SECTION("from another thread") {
    std::atomic<bool> waits = false;
    const Control control{[&](const Progress&) { waits = true; }, source.get_token()};
    const std::jthread other([&] {
      while (!waits) std::this_thread::yield();
      source.request_stop();
    });
    CHECK_THROWS_AS(weights.needed().wait(control), Cancelled);
  }
  SECTION("before") {
    source.request_stop();
    CHECK_THROWS_AS(weights.needed().wait({{}, source.get_token()}), Cancelled);
  }
}

TEST_CASE("nobody waits for a reader that has ended", "[read-ahead]") {
  const TempDir temp;
  const Weights weights = three_tensors(temp);
  (void)weights.get("a", Shape{kA});
  std::optional<ReadAhead> reader(weights.read_ahead());
  std::atomic<bool> waits = false;
  const Control control{[&](const Progress&) { waits = true; }, {}};
  SECTION("it ends while somebody waits") {
    const std::jthread other([&] {
      while (!waits) std::this_thread::yield();
      reader.reset();
    });
    weights.needed().wait(control);
    CHECK(waits);
  }
  SECTION("it was stopped before it had read anything") {
    std::stop_source source;
    source.request_stop();
    std::size_t heard = 0;
    reader->read_all([&](const Progress& now) { heard += now.done == 0 ? 1 : 100; }, source.get_token());
    CHECK(heard == 1);
    reader.reset();
    weights.needed().wait(control);
    CHECK_FALSE(waits);
  }
  SECTION("it has been moved") {
    { const ReadAhead moved = std::move(*reader); }
    weights.needed().wait(control);
    CHECK_FALSE(waits);
  }
  SECTION("the next one begins anew") {
    reader.reset();
    LazyReader again(weights);
    weights.needed().wait(again.control);
    CHECK(again.waits == 1);
  }
}

TEST_CASE("a file that is cut while it is read ahead ends no wait in vain, and is reported", "[read-ahead]") {
  const TempDir temp;
  const Weights weights = three_tensors(temp);
  (void)weights.get("a", Shape{kA});
  const HostView b = weights.get("b", Shape{kB});
  LazyReader reader(weights);
  CHECK(reader.ahead.next());
  fs::resize_file(temp / "model.safetensors", 2000);
  weights.needed().wait(reader.control);
  CHECK(b.f32()[kB - 1] == 0);
  CHECK_THROWS_WITH(weights.check(), Catch::Contains("became shorter"));
}

TEST_CASE("a decoder's layer computes once its weights are read, not those after it", "[read-ahead]") {
  const TempDir temp;
  const ModelConfig config = small_config();
  const Weights weights = in_a_file(random_weights(config, DType::F32, 1), temp / "model.safetensors");
  const auto backend = make_cpu_backend({.threads = 2});
  Llama llama(config, weights, *backend);
  LazyReader reader(weights);
  const auto up_to_layer = [&](std::size_t count) {
    return bytes_where(weights, [&](const std::string& name) {
      return has(name, "embed_tokens") || among_layers(name, "language_model.layers.", count);
    });
  };
  const std::vector<std::int32_t> ids{3, 1, 4, 1, 5}, positions{0, 1, 2, 3, 4};
  Tensor embedded = backend->make(Shape{ids.size(), config.text.hidden});
  llama.embed(ids, embedded, reader.control);
  CHECK(reader.done() == up_to_layer(0));

  const bool looks_ahead = GENERATE(false, true);
  CAPTURE(looks_ahead);
  KvCache cache = llama.make_cache();
  std::size_t computed = 0;
  ForwardOptions options{.control = reader.control};
  options.score_rows = [&](std::size_t layer) {  // just before the layer computes
    CHECK(reader.done() == up_to_layer(layer + 1));
    for (const std::string& name : weights.names())
      if (has(name, "layers." + std::to_string(layer) + ".")) CHECK(in_page_table(weights.raw(name)).value_or(true));
    return std::vector<std::size_t>{};
  };
  options.reduce = [&](const LayerView& view) {
    CHECK(reader.done() == up_to_layer(view.layer + 1));
    ++computed;
    if (!looks_ahead || view.layer != 1) return std::optional<Sequence>();
    const std::vector<std::size_t> rows{4};
    (void)llama.attention_ahead(view, rows, {}, reader.control);
    CHECK(reader.done() == up_to_layer(view.layer + 2));
    return std::optional<Sequence>();
  };
  const TensorView hidden = llama.forward(embedded, positions, cache, options);
  CHECK(computed == config.text.layers);
  CHECK(reader.done() == reader.ahead.progress().total);
  CHECK(reader.done() == weights.bytes());
  const std::size_t waits = reader.waits;
  (void)llama.logits(hidden);
  (void)llama.forward(embedded, positions, cache, {.control = reader.control});
  CHECK(reader.waits == waits);
}

TEST_CASE("a decoder that waits for its weights can be stopped, and its cache is as before", "[read-ahead]") {
  const TempDir temp;
  const ModelConfig config = small_config();
  const Weights weights = in_a_file(random_weights(config, DType::F32, 1), temp / "model.safetensors");
  const auto backend = make_cpu_backend({.threads = 2});
  Llama llama(config, weights, *backend);
  LazyReader reader(weights);
  Tensor embedded = backend->make(Shape{1, config.text.hidden});
  const std::int32_t id = 3, position = 0;
  llama.embed({&id, 1}, embedded, reader.control);
  const std::size_t stopped_in = GENERATE(0U, 2U, 4U);  // 4: the head
  std::stop_source source;
  KvCache cache = llama.make_cache();
  std::size_t comes = 0;
  const Control control{[&](const Progress& now) {
                          if (now.stage == Stage::Prefill) comes = now.done;
                          if (now.stage != Stage::Read) return;
                          if (comes == stopped_in) source.request_stop();
                          reader.ahead.next();
                        },
                        source.get_token()};
  CHECK_THROWS_AS(llama.forward(embedded, {&position, 1}, cache, {.control = control}), Cancelled);
  CHECK(comes == stopped_in);
  CHECK(cache.lengths() == std::vector<std::size_t>(config.text.layers, 0));
}

struct TowerCase {
  const char* name;
  ModelConfig config;
  std::string layers;  // what comes before a layer's number in names
  Shape pixels;
};

std::vector<TowerCase> towers() {
  std::vector<TowerCase> out;
  ModelConfig clip = small_config();
  clip.vision.hidden = 32;
  clip.vision.intermediate = 40;
  clip.vision.layers = 3;
  clip.vision.heads = 2;
  clip.feature_layers = {2};
  out.push_back({"CLIP", clip, "layers.", Shape{2, 3, 56, 56}});
  for (const bool gated : {false, true}) {
    ModelConfig qwen = small_qwen(gated);
    qwen.vision.layers = 3;
    out.push_back({gated ? "Qwen2.5-VL" : "Qwen2-VL", qwen, "blocks.", Shape{2, 3, 16, 16}});
  }
  ModelConfig smolvlm;
  smolvlm.family = &sparsight::smolvlm();
  smolvlm.text.hidden = 24;
  VisionConfig& c = smolvlm.vision;
  c.hidden = 16;
  c.intermediate = 20;
  c.layers = 3;
  c.heads = 2;
  c.patch_size = 4;
  c.merge = 2;
  c.image_height = c.image_width = 16;
  c.has_cls = false;
  c.pre_norm = false;
  c.patch_bias = true;
  out.push_back({"SmolVLM", smolvlm, "layers.", Shape{2, 3, 16, 16}});
  return out;
}

TEST_CASE("a tower's layer computes once its weights are read, not those after it", "[read-ahead]") {
  for (const TowerCase& tower : towers()) {
    CAPTURE(tower.name);
    const TempDir temp;
    const auto backend = make_cpu_backend({.threads = 2});
    const Weights weights = in_a_file(random_towers(tower.config, *backend, DType::F32, 1), temp / "model.safetensors",
                                      tower.config.family->names);
    const VisionEncoder vision(tower.config, weights, *backend);
    const std::string prefix(tower.config.family->tower_prefix(MediaKind::Video));
    LazyReader reader(weights);
    std::size_t last = 0;
    const auto in_layers = [&](std::size_t count) {
      return bytes_where(weights, [&](const std::string& name) {
        return name.starts_with(prefix) && among_layers(name, tower.layers, count);
      });
    };
    std::size_t before = 0;  // of what comes before the layers
    reader.on_other = [&](const Progress& now) {
      CHECK(now.stage == Stage::Vision);
      if (now.done == 0) before = reader.done();
      CHECK(before > 0);
      if (now.done < tower.config.vision.layers) CHECK(reader.done() == before + in_layers(now.done));
      last = now.done;
    };
    const HostTensor pixels = random_tensor(tower.pixels, 1);
    const TowerStates states = vision.run_tower(pixels, MediaKind::Video, reader.control);
    const bool feature_layer_ends = tower.config.family->vision == nullptr;
    CHECK(last == (feature_layer_ends ? tower.config.feature_layers.front() : tower.config.vision.layers));
    // The projector's as well, and not those of a tower for images alone.
    const std::size_t all = bytes_where(weights, [&](const std::string& name) {
      return name.starts_with(prefix) || !name.starts_with(tower.config.family->image_tower);
    });
    CHECK(reader.done() == all);
    const std::size_t waits = reader.waits;
    const bool joined = states.features.cols() == tower.config.text.hidden;  // by the projector already
    if (!joined) (void)vision.project(states.features);
    CHECK(reader.waits == waits);
  }
}

// An engine whose files are not read before release().
class HeldEngine {
 public:
  explicit HeldEngine(const fs::path& model = demo_model()) {
    engine_ = Engine::load({.model = model, .backend = cpu_backend(), .on_read = [this](const Progress& now) {
                              held_.wait();
                              heard_.push_back(now);
                            }});
  }
  ~HeldEngine() { release(); }
  HeldEngine(const HeldEngine&) = delete;
  HeldEngine& operator=(const HeldEngine&) = delete;
  Engine* operator->() { return engine_.get(); }
  void release() {
    if (!std::exchange(released_, true)) release_.set_value();
  }
  // Once all was read.
  [[nodiscard]] const std::vector<Progress>& heard() {
    (void)engine_->model_hash();
    return heard_;
  }

 private:
  std::promise<void> release_;
  std::shared_future<void> held_ = release_.get_future().share();
  bool released_ = false;
  std::vector<Progress> heard_;
  std::unique_ptr<Engine> engine_;
};

Question short_question() {
  Question question;
  question.turns = {{"Which color does the star have?", ""}};
  question.max_new_tokens = 16;
  return question;
}

TEST_CASE("the first question says that the model is read", "[read-ahead][engine]") {
  HeldEngine engine;
  std::vector<Progress> reported;
  const Control control{[&](const Progress& now) {
                          reported.push_back(now);
                          if (now.stage == Stage::Read) engine.release();
                        },
                        {}};
  SECTION("about a clip that is decoded meanwhile") {
    const OpenedClip opened = engine->open(demo_clip("crossing.mp4"), {}, control);
    Question question = short_question();
    question.media = opened.encoded;
    CHECK(engine->answer(question, {}, control).text == "The star is red.");
  }
  SECTION("about frames") {
    Question question = short_question();
    question.media = engine->encode(read_clip(demo_clip("crossing.mp4")), control);
    CHECK(engine->answer(question, {}, control).text == "The star is red.");
  }
  SECTION("without a video") { CHECK_FALSE(engine->answer(short_question(), {}, control).generated_ids.empty()); }
  SECTION("the likelihood of a text") { CHECK(engine->log_probabilities("The star is red.", 100, control).size() > 3); }

  const auto first = std::ranges::find(reported, Stage::Read, &Progress::stage);
  REQUIRE(first != reported.end());
  CHECK(first->done == 0);
  CHECK(first->total > 1'000'000);
  CHECK(first->total <= engine->info().weight_bytes);
  for (const Progress& now : reported) CHECK(now.done <= now.total);

  const std::vector<Progress>& heard = engine.heard();
  CHECK(std::ranges::is_sorted(heard, {}, &Progress::done));
  CHECK(heard.front().done == 0);
  CHECK(heard.back().done == first->total);
  CHECK(heard.back().total == first->total);
}

TEST_CASE("a stop while the model is read", "[read-ahead][engine]") {
  HeldEngine engine;
  const Clip clip = read_clip(demo_clip("crossing.mp4"));
  const bool from_another_thread = GENERATE(false, true);
  for (const bool asks : {false, true}) {
    std::stop_source source;
    std::atomic<bool> waits = false;
    std::jthread other;
    if (from_another_thread)
      other = std::jthread([&](const std::stop_token& over) {
        while (!waits && !over.stop_requested()) std::this_thread::yield();
        source.request_stop();
      });
    const Control control{[&](const Progress& now) {
                            if (now.stage != Stage::Read) return;
                            waits = true;
                            if (!from_another_thread) source.request_stop();
                          },
                          source.get_token()};
    if (asks) {
      const Answer answer = engine->answer(short_question(), {}, control);
      CHECK(answer.stop == StopReason::Cancelled);
      CHECK(answer.text.empty());
    } else {
      CHECK_THROWS_AS(engine->encode(clip, control), Cancelled);
    }
    CHECK(waits);
  }
  engine.release();
  Question question = short_question();
  question.media = engine->encode(clip);
  CHECK(engine->answer(question).text == "The star is red.");
}

TEST_CASE("a model's file that is cut while it is read is an error", "[read-ahead][engine]") {
  const TempDir temp;
  copy_demo_model(temp.path());
  HeldEngine engine(temp.path());
  const Control control{[&](const Progress& now) {
                          if (now.stage != Stage::Read) return;
                          fs::resize_file(temp / "model.safetensors", 4096);
                          engine.release();
                        },
                        {}};
  CHECK_THROWS_WITH(engine->answer(short_question(), {}, control),
                    Catch::Contains("model.safetensors") && Catch::Contains("became shorter"));
}

}  // namespace
}  // namespace sparsight::test
