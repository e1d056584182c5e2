#include "core/measure/eval.h"

#include "core/base/file_stamp.h"
#include "core/base/os/os.h"
#include "core/base/stopwatch.h"
#include "core/chat/store.h"
#include "core/model/frame_limit.h"
#include "core/pruning/registry.h"

#include <optional>
#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

// Mean of the visual tokens that enter the layers after the first pruning.
double kept_behind_pruning(const Trace& trace) {
  std::size_t first = 0;
  if (!trace.steps.empty() && trace.steps.front().layer >= 0)
    first = static_cast<std::size_t>(trace.steps.front().layer) + 1;
  double sum = 0;
  for (std::size_t layer = first; layer < trace.layers.size(); ++layer)
    sum += static_cast<double>(trace.counted(trace.layers[layer].visual_in));
  return first < trace.layers.size() ? sum / static_cast<double>(trace.layers.size() - first)
                                     : static_cast<double>(trace.counted());
}

PruningOptions options_of(const EvalPlan& plan, const EvalSetting& setting) {
  PruningOptions out = plan.details;
  out.strategy = setting.strategy;
  out.budget = parse_budget(setting.budget);
  return out;
}

// A clip's content, and the stamp by which an unchanged file is recognised.
struct ClipContent {
  std::string hash, stamp;
};

EvalRecord answered(const EvalQuestion& question, const EvalSetting& setting, const ClipContent& clip,
                    const Answer& answer, EvalForm form) {
  const EvalScore score = score_answer(form, answer.text, question.answer);
  EvalRecord r{.id = question.id,
               .strategy = setting.strategy,
               .budget = setting.budget,
               .clip_hash = clip.hash,
               .clip_stamp = clip.stamp,
               .given = answer.text,
               .right = score.right,
               .contains = score.contains,
               .error = {},
               .visual_tokens = answer.visual_tokens,
               .reused_tokens = answer.reused_tokens,
               .generated_tokens = answer.generated_ids.size(),
               .prefill_ms = answer.timings.prefill,
               .generate_ms = answer.timings.generate};
  if (answer.trace) {
    r.kept = kept_behind_pruning(*answer.trace);
    r.equivalent_out = answer.trace->equivalent_by_output();
    r.equivalent_in = answer.trace->equivalent_by_input();
    r.flops_formula = answer.trace->flops_formula();
    r.flops_true = answer.trace->flops_true();
  }
  return r;
}

// All questions of one clip.
using ClipQuestions = std::span<const EvalQuestion>;

std::vector<ClipQuestions> clips_of(const EvalData& data, const EvalPlan& plan) {
  const std::span<const EvalQuestion> all = planned(data, plan);
  std::vector<ClipQuestions> clips;
  std::size_t nth = 0;
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    while (end < all.size() && all[end].clip == all[begin].clip) ++end;
    if (nth++ % plan.shards == plan.shard - 1) clips.push_back(all.subspan(begin, end - begin));
  }
  return clips;
}

// How many frames fit together with any one of the questions.
std::size_t most_frames(const Engine& engine, const EvalPlan& plan, std::span<const EvalQuestion> questions) {
  std::size_t most = 0;
  for (const EvalQuestion& q : questions) {
    Question asked{.media = nullptr, .system = plan.system, .turns = {{q.question, ""}}, .sampling = {}};
    most = std::max(most, engine.most_frames(asked));
  }
  return most;
}

class Run {
 public:
  Run(Engine& engine, const EvalData& data, const EvalPlan& plan, EvalStore& store,
      const std::function<void(const EvalProgress&)>& on_progress, const std::stop_token& stop)
      : engine_(engine), data_(data), plan_(plan), store_(store), on_progress_(on_progress), stop_(stop) {}

  void all() {
    check_clips(data_, plan_, store_, stop_);
    const std::vector<ClipQuestions> clips = clips_of(data_, plan_);
    for (const ClipQuestions& clip : clips) {
      total_ += clip.size() * plan_.settings.size();
      for (const EvalQuestion& question : clip)
        for (const EvalSetting& setting : plan_.settings) done_ += has_answer(question, setting);
    }
    to_do_ = total_ - done_;
    for (const ClipQuestions& clip : clips) {
      report(clip.front().clip);
      one_clip(clip);
    }
    report({});
  }

 private:
  [[nodiscard]] bool has_answer(const EvalQuestion& question, const EvalSetting& setting) const {
    const EvalRecord* record = store_.find(question.id, setting.strategy, setting.budget);
    return record != nullptr && record->error.empty();
  }

  void one_clip(const ClipQuestions& questions) {
    std::shared_ptr<const EncodedMedia> media;
    ClipContent content;
    std::optional<std::string> broken;  // why the clip cannot be used
    for (const EvalSetting& setting : plan_.settings) {
      for (const EvalQuestion& question : questions) {
        if (has_answer(question, setting)) continue;
        stop_here_if_asked(stop_);
        if (!media && !broken) media = encode(questions, content, broken);
        store_.append(broken ? failed(question, setting, *broken) : ask(question, setting, content, media));
        ++done_;
        ++done_now_;
        report(question.clip);
      }
    }
  }

  [[nodiscard]] std::shared_ptr<const EncodedMedia> encode(const ClipQuestions& questions, ClipContent& content,
                                                           std::optional<std::string>& broken) {
    const EvalQuestion& question = questions.front();
    try {
      const std::optional<FileStamp> stamp = os::stamp_of(question.video);
      if (!stamp) fail(ErrorKind::File, "{}: there is no such video", question.clip);
      const Control control{{}, stop_};
      content = {content_hash(question.video, stop_), stamp->str()};
      FrameRequest frames = plan_.frames;
      frames.most = most_frames(engine_, plan_, questions);
      auto encoded = engine_.open(question.video, frames, control).encoded;
      if (os::stamp_of(question.video) != stamp)
        fail(ErrorKind::File, "{}: the file changed while it was read", question.video.string());
      return encoded;
    } catch (const Error& error) {
      rethrow_if_fatal(error);
      broken = error.what();
      return nullptr;
    }
  }

  [[nodiscard]] EvalRecord ask(const EvalQuestion& question, const EvalSetting& setting, const ClipContent& content,
                               const std::shared_ptr<const EncodedMedia>& media) {
    try {
      const Answer answer = engine_.answer({.media = media,
                                            .system = plan_.system,
                                            .turns = {{question.question, ""}},
                                            .sampling = {},
                                            .max_new_tokens = plan_.max_new_tokens,
                                            .pruning = options_of(plan_, setting)},
                                           {}, {{}, stop_});
      if (answer.stop == StopReason::Cancelled) throw Cancelled{};
      return answered(question, setting, content, answer, data_.form);
    } catch (const Error& error) {
      rethrow_if_fatal(error);
      return failed(question, setting, error.what());
    }
  }

  // Throws if the next question would fail as well: the model changed, or memory ran out. The next run asks the rest.
  void rethrow_if_fatal(const Error& error) const {
    engine_.check_model();
    if (error.kind() == ErrorKind::Memory) throw error;
  }

  static EvalRecord failed(const EvalQuestion& question, const EvalSetting& setting, const std::string& why) {
    EvalRecord record;
    record.id = question.id;
    record.strategy = setting.strategy;
    record.budget = setting.budget;
    record.error = why;
    return record;
  }

  void report(std::string_view clip) const {
    if (!on_progress_) return;
    const double each = done_now_ == 0 ? 0 : clock_.seconds() / static_cast<double>(done_now_);
    on_progress_({done_, total_, each * static_cast<double>(to_do_ - done_now_), clip});
  }

  Engine& engine_;
  const EvalData& data_;
  const EvalPlan& plan_;
  EvalStore& store_;
  const std::function<void(const EvalProgress&)>& on_progress_;
  std::stop_token stop_;
  Stopwatch clock_;
  std::size_t done_ = 0, total_ = 0, to_do_ = 0, done_now_ = 0;
};

std::string details_of(const PruningOptions& o) {
  std::string layers;
  for (const std::size_t layer : o.layers) layers += fmt::format("{}{}", layers.empty() ? "" : ",", layer);
  const auto recycle = [](Recycle r) { return r == Recycle::Mean ? "mean" : r == Recycle::Sum ? "sum" : "off"; };
  std::string out = fmt::format("layers {}; recycle {}; positions {}; keep-cls {}",
                                layers.empty() ? "published" : layers, o.recycle ? recycle(*o.recycle) : "published",
                                !o.positions                          ? "published"
                                : *o.positions == Positions::Original ? "original"
                                                                      : "repacked",
                                o.keep_cls);
  for (const Knob& knob : knobs())
    std::visit([&](auto value) { out += fmt::format("; {} {}", knob.name, o.*value); }, knob.value);
  return out;
}

}  // namespace

std::vector<EvalSetting> eval_settings(std::span<const std::string> names, std::span<const std::string> budgets) {
  const Budget everything = parse_budget("100%");
  std::vector<EvalSetting> settings;
  for (const std::string& name : names) {
    static_cast<void>(make_strategy({.strategy = name, .budget = everything}, {}));  // the name is there
    for (const std::string& text : budgets) {
      const Budget budget = parse_budget(text);
      EvalSetting setting{name, to_string(budget)};
      if (name == "none" || budget.everything()) setting = {"none", "100%"};
      if (std::ranges::find(settings, setting) == settings.end()) settings.push_back(std::move(setting));
    }
  }
  if (settings.empty()) fail(ErrorKind::Usage, "expected at least one strategy and one budget");
  std::stable_partition(settings.begin(), settings.end(), [](const EvalSetting& s) { return s.unpruned(); });
  return settings;
}

std::span<const EvalQuestion> planned(const EvalData& data, const EvalPlan& plan) {
  const std::span<const EvalQuestion> all = data.questions;
  return plan.limit == 0 ? all : all.first(std::min(plan.limit, all.size()));
}

namespace {

std::string which_frames(const ModelConfig& config, const FrameRequest& frames) {
  if (by_own_rule(config, frames)) return "as trained";
  return fmt::format("{} {}", frames.count, frames.choice == FrameChoice::Linspace ? "linspace" : "arange");
}

}  // namespace

EvalIdentity eval_identity(const EvalData& data, const EvalPlan& plan, const Engine& engine,
                           const std::stop_token& stop) {
  const ModelInfo& model = engine.info();
  return {{"format", "sparsight-eval 2"},
          {"questions", fmt::format("{} ({} of them, {})", data.name, data.questions.size(), data.fingerprint)},
          {"model", fmt::format("{} parameters, {} bytes, {}, content {}", model.parameters, model.weight_bytes,
                                model.dtype, engine.model_hash(stop))},
          {"arithmetic",
           fmt::format("{}, keys and values {}, frequencies {}", model.arithmetic == Arithmetic::Bf16 ? "bf16" : "f32",
                       to_string(model.kv_dtype), to_string(model.config.text.rope.frequencies))},
          {"frames", fmt::format("{}, {} to {} s{}{}", which_frames(model.config, plan.frames),
                                 plan.frames.start_s ? fmt::format("{}", *plan.frames.start_s) : "begin",
                                 plan.frames.end_s ? fmt::format("{}", *plan.frames.end_s) : "end",
                                 plan.frames.tone_map == ToneMap::Off ? ", HDR as stored" : "",
                                 plan.frames.square_pixels ? ", square pixels" : "")},
          {"system", plan.system},
          {"max_new_tokens", fmt::format("{}", plan.max_new_tokens)},
          {"pruning", details_of(plan.details)}};
}

void check_clips(const EvalData& data, const EvalPlan& plan, const EvalStore& store, const std::stop_token& stop) {
  const fs::path* video = nullptr;  // the video that `hash` is of
  std::string hash;
  for (const EvalQuestion& question : planned(data, plan)) {
    const std::optional<FileStamp> stamp = os::stamp_of(question.video);
    if (!stamp) continue;
    for (const EvalSetting& setting : plan.settings) {
      const EvalRecord* record = store.find(question.id, setting.strategy, setting.budget);
      if (record == nullptr || !record->error.empty() || record->clip_stamp == stamp->str()) continue;
      stop_here_if_asked(stop);
      if (video == nullptr || *video != question.video) hash = content_hash(question.video, stop);
      video = &question.video;
      if (record->clip_hash != hash)
        fail(ErrorKind::Usage,
             "{}: the video has changed since it was asked about: expected content {}, found {}. Name another folder "
             "for the results, or restore the former video",
             question.video.string(), record->clip_hash, hash);
    }
  }
}

void run_eval(Engine& engine, const EvalData& data, const EvalPlan& plan, EvalStore& store,
              const std::function<void(const EvalProgress&)>& on_progress, const std::stop_token& stop) {
  if (plan.shard < 1 || plan.shard > plan.shards)
    fail(ErrorKind::Usage, "shard {}/{}: expected a number from 1 to the number of shards", plan.shard, plan.shards);
  // Reports what the model cannot take, and budgets that a strategy does not support, before anything is computed.
  const std::span<const EvalQuestion> questions = planned(data, plan);
  if (const std::size_t most = most_frames(engine, plan, questions);
      !questions.empty() && !by_own_rule(engine.info().config, plan.frames) && plan.frames.count > most)
    fail(ErrorKind::Usage, "{} frames do not fit into the model's context beside a question: at most {} fit",
         plan.frames.count, most);
  const ModelConfig& config = engine.info().config;
  const MediaKind media = config.main_medium();
  const VisualLayout layout = config.layout(media, frames_at_most(config, plan.frames));
  for (const EvalSetting& setting : plan.settings)
    static_cast<void>(make_strategy(options_of(plan, setting), setting_of(config, media, layout)));
  Run(engine, data, plan, store, on_progress, stop).all();
}

}  // namespace sparsight
