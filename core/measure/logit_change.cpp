#include "core/measure/logit_change.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace sparsight {
namespace {

std::vector<double> without_mean(std::span<const float> values) {
  std::vector<double> out(values.begin(), values.end());
  const double mean = std::accumulate(out.begin(), out.end(), 0.0) / static_cast<double>(out.size());
  for (double& value : out) value -= mean;
  return out;
}

}  // namespace

Answer answer_to_compare(Engine& engine, const std::string& question, const std::filesystem::path& about,
                         const Control& control) {
  Question asked{.media = nullptr, .system = {}, .turns = {{question, ""}}, .sampling = {}, .max_new_tokens = 24};
  asked.first_logits = true;
  OpenedClip opened;
  if (!about.empty()) {
    FrameRequest frames;
    frames.most = engine.most_frames(asked);
    opened = engine.open(about, frames, control);
    asked.media = opened.encoded;
  }
  Answer answer = engine.answer(asked, {}, control);
  if (answer.stop == StopReason::Cancelled) throw Cancelled{};
  return answer;
}

LogitChange logit_change(const Answer& was, const Answer& is) {
  SPARSIGHT_CHECK(was.first_log_probs.size() == is.first_log_probs.size());
  LogitChange out{.words = was.generated_ids.size(), .before = was.text, .after = is.text};
  const auto differs = std::ranges::mismatch(was.generated_ids, is.generated_ids);
  out.same = static_cast<std::size_t>(differs.in1 - was.generated_ids.begin());
  const std::vector<double> old = without_mean(was.first_log_probs), now = without_mean(is.first_log_probs);
  double lost = 0, all = 0;
  for (std::size_t i = 0; i < old.size(); ++i) {
    lost += (now[i] - old[i]) * (now[i] - old[i]);
    all += old[i] * old[i];
    const auto p = static_cast<double>(was.first_log_probs[i]), q = static_cast<double>(is.first_log_probs[i]);
    if (const double share = std::exp(p); share > 0) out.divergence += share * (p - q);
  }
  out.logits = all == 0 ? 0 : std::sqrt(lost / all);
  return out;
}

}  // namespace sparsight
