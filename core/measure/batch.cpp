#include "core/measure/batch.h"

#include "core/answer_notes.h"
#include "core/base/os/os.h"
#include "core/base/stopwatch.h"
#include "core/base/text.h"
#include "kernels/error.h"
#include "kernels/out_of_memory.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace sparsight {
namespace {

constexpr std::uintmax_t kMostQuestionBytes = std::uintmax_t{1} << 24;

AnswerRow row_of(const Engine& engine, const BatchPlan& plan, const std::filesystem::path& video,
                 const std::string& question) {
  const std::filesystem::path& model = engine.info().path;
  return {.video = video.string(),
          .question = question,
          .answer = {},
          .model = (model.has_filename() ? model : model.parent_path()).filename().string(),
          .strategy = plan.how.pruning.strategy,
          .budget = to_string(plan.how.pruning.budget),
          .settings = settings_of(plan.how)};
}

// One question about one encoded video.
void answer_row(Engine& engine, const BatchPlan& plan, const OpenedClip& opened, AnswerRow& row,
                const Control& control) {
  Question question = plan.how;
  question.media = opened.encoded;
  question.turns = {{row.question, ""}};
  const Stopwatch clock;
  const Answer answer = engine.answer(question, {}, control);
  if (answer.stop == StopReason::Cancelled) throw Cancelled{};
  row.answer = answer.text;
  row.seconds = clock.seconds();
  row.tokens = tokens_of(answer);
  row.notes = fmt::format("{}", fmt::join(notes_about(opened.clip.warnings, answer), "; "));
}

// Runs `work`; what goes wrong with this video or question is returned. Other errors are passed on.
template <typename Work>
std::optional<Error> tried(Work&& work) {
  try {
    std::forward<Work>(work)();
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    if (!lacks_memory(error)) throw;
    return Error(ErrorKind::Memory, "not enough memory");
  }
  return std::nullopt;
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

std::vector<std::string> read_questions(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    fail(ErrorKind::File, "{}: expected a text file with a question in each line, found a folder", name);
  const os::File open(file, os::Access::Read, error);
  if (error) fail(ErrorKind::File, "{}: cannot be read: {}", name, error.message());
  const std::uint64_t size = open.is_regular() ? open.size(error) : 0;
  if (error || !open.is_regular()) fail(ErrorKind::File, "{}: expected a text file", name);
  if (size > kMostQuestionBytes)
    fail(ErrorKind::File, "{}: expected at most {} bytes, the file has {}", name, kMostQuestionBytes, size);
  std::string text(size, '\0');
  text.resize(open.read_at(0, std::as_writable_bytes(std::span(text))));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // the mark that some editors write
  std::size_t line = 1, begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(std::string_view(text).substr(at));
    if (step.kind != Utf8Step::Kind::Character || step.code == 0)
      fail(ErrorKind::File, "{}: line {}, byte {}: expected text in UTF-8, found the byte 0x{:02X}", name, line,
           at - begin + 1, static_cast<unsigned char>(text[at]));
    at += step.bytes;
    if (step.code == '\n') {
      ++line;
      begin = at;
    }
  }
  std::vector<std::string> questions = lines_with_questions(text);
  if (questions.empty()) fail(ErrorKind::Usage, "{}: expected questions, one in each line", name);
  return questions;
}

std::vector<std::string> notes_about(const std::vector<std::string>& warnings, const Answer& answer) {
  std::vector<std::string> notes = warnings;
  for (const AnswerNote note : notes_of(answer)) notes.emplace_back(sentence_of(note));
  return notes;
}

std::string settings_of(const Question& question) {
  const Question usual;
  const Sampling& sampling = question.sampling;
  std::vector<std::string> parts;
  if (sampling.temperature > 0) {
    parts.push_back(fmt::format("temperature {}", sampling.temperature));
    if (sampling.top_k != usual.sampling.top_k) parts.push_back(fmt::format("top-k {}", sampling.top_k));
    if (sampling.top_p != usual.sampling.top_p) parts.push_back(fmt::format("top-p {}", sampling.top_p));
    parts.push_back(fmt::format("seed {}", sampling.seed));
  }
  if (question.max_new_tokens != usual.max_new_tokens)
    parts.push_back(fmt::format("{} new tokens", question.max_new_tokens));
  if (!question.system.empty()) parts.push_back("system prompt: " + one_line(question.system));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::size_t tokens_of(const Answer& answer) {
  if (!answer.trace) return answer.visual_tokens;
  return static_cast<std::size_t>(std::lround(answer.trace->mean_behind_first_pruning()));
}

BatchProgress run_batch(Engine& engine, const BatchPlan& plan, AnswerTableFile& table,
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
  std::size_t answered = 0;
  for (std::vector<AnswerRow>& rows : open) {
    if (rows.empty()) continue;
    progress.video = rows.front().video;
    OpenedClip opened;
    progress.notes.clear();
    const std::optional<Error> unreadable =
        tried([&] { opened = engine.open(rows.front().video, plan.frames, control); });
    if (!unreadable) progress.notes = opened.clip.warnings;
    for (AnswerRow& row : rows) {
      stop_here_if_asked(control.stop);
      if (on_progress) on_progress(progress);
      const std::optional<Error> error =
          unreadable ? unreadable : tried([&] { answer_row(engine, plan, opened, row, control); });
      if (error) row.error = error->what();
      if (error && progress.failed++ == 0) progress.failure = error;
      table.append(row);
      ++progress.done;
      progress.seconds_left =
          clock.seconds() / static_cast<double>(++answered) * static_cast<double>(progress.total - progress.done);
    }
  }
  if (on_progress) on_progress(progress);
  return progress;
}

}  // namespace sparsight
