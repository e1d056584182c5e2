#include "core/measure/batch.h"

#include "core/base/stopwatch.h"
#include "core/base/text.h"
#include "kernels/error.h"
#include "kernels/out_of_memory.h"

#include <algorithm>
#include <cmath>

namespace sparsight {
namespace {

AnswerRow row_of(const Engine& engine, const BatchPlan& plan, const std::filesystem::path& video,
                 const std::string& question) {
  const std::filesystem::path& model = engine.info().path;
  return {.video = video.string(),
          .question = question,
          .answer = {},
          .model = (model.has_filename() ? model : model.parent_path()).filename().string(),
          .strategy = plan.how.pruning.strategy,
          .budget = to_string(plan.how.pruning.budget)};
}

// One question about one encoded video.
void answer_row(Engine& engine, const BatchPlan& plan, const std::shared_ptr<const EncodedMedia>& media, AnswerRow& row,
                const Control& control) {
  Question question = plan.how;
  question.media = media;
  question.turns = {{row.question, ""}};
  const Stopwatch clock;
  const Answer answer = engine.answer(question, {}, control);
  if (answer.stop == StopReason::Cancelled) throw Cancelled{};
  row.answer = answer.text;
  row.seconds = clock.seconds();
  row.tokens = tokens_of(answer);
}

// Runs `work`; what goes wrong with this video or question is returned. Other errors are passed on.
template <typename Work>
std::string tried(Work&& work) {
  try {
    std::forward<Work>(work)();
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception& error) {
    if (!lacks_memory(error)) throw;
    return "not enough memory";
  }
  return {};
}

}  // namespace

std::vector<std::string> lines_with_questions(std::string_view text) {
  std::vector<std::string> questions;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = valid_utf8(trimmed(text.substr(at, end - at)));
    if (!line.empty() && std::ranges::find(questions, line) == questions.end()) questions.push_back(std::move(line));
    at = end + 1;
  }
  return questions;
}

std::size_t tokens_of(const Answer& answer) {
  if (!answer.trace) return answer.visual_tokens;
  return static_cast<std::size_t>(std::lround(answer.trace->mean_behind_first_pruning()));
}

std::size_t run_batch(Engine& engine, const BatchPlan& plan, AnswerTableFile& table,
                      const std::function<void(const BatchProgress&)>& on_progress, const Control& control) {
  BatchProgress progress{.done = 0, .total = plan.videos.size() * plan.questions.size()};
  std::vector<std::vector<AnswerRow>> open;  // of each video
  for (const std::filesystem::path& video : plan.videos) {
    open.emplace_back();
    for (const std::string& question : plan.questions)
      if (AnswerRow row = row_of(engine, plan, video, question); !table.has(row)) open.back().push_back(std::move(row));
    progress.done += plan.questions.size() - open.back().size();
  }
  const Stopwatch clock;
  std::size_t answered = 0, failed = 0;
  for (std::vector<AnswerRow>& rows : open) {
    if (rows.empty()) continue;
    progress.video = rows.front().video;
    OpenedClip opened;
    const std::string unreadable = tried([&] { opened = engine.open(rows.front().video, plan.frames, control); });
    for (AnswerRow& row : rows) {
      stop_here_if_asked(control.stop);
      if (on_progress) on_progress(progress);
      row.error =
          unreadable.empty() ? tried([&] { answer_row(engine, plan, opened.encoded, row, control); }) : unreadable;
      if (!row.error.empty()) ++failed;
      table.append(row);
      ++progress.done;
      progress.seconds_left =
          clock.seconds() / static_cast<double>(++answered) * static_cast<double>(progress.total - progress.done);
    }
  }
  if (on_progress) on_progress(progress);
  return failed;
}

}  // namespace sparsight
