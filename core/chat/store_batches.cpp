// Batches of questions and their cells.
#include "core/chat/store_impl.h"

#include <algorithm>

namespace sparsight {
namespace {

template <typename T>
std::vector<T> each_once(const std::vector<T>& all) {
  std::vector<T> kept;
  for (const T& one : all)
    if (std::ranges::find(kept, one) == kept.end()) kept.push_back(one);
  return kept;
}

}  // namespace

std::string_view to_string(CellState state) {
  switch (state) {
    case CellState::Waiting: return "waiting";
    case CellState::Done: return "done";
    case CellState::Failed: return "failed";
  }
  return "";
}

QuestionBatchId ChatStore::add_question_batch(std::string_view settings,
                                              const std::vector<std::filesystem::path>& all_videos,
                                              const std::vector<std::string>& all_questions) {
  const std::vector<std::filesystem::path> videos = each_once(all_videos);
  const std::vector<std::string> questions = each_once(all_questions);
  if (videos.empty() || questions.empty())
    fail(ErrorKind::Usage, "a batch needs a video and a question, found {} and {}", videos.size(), questions.size());
  if (videos.size() > kMostCells / questions.size())
    fail(ErrorKind::Usage, "a batch has at most {} answers, {} videos and {} questions are more", kMostCells,
         videos.size(), questions.size());
  const SqlDatabase& sql = impl_->sql;
  SqlTransaction transaction(sql);
  SqlStatement batch = sql.prepare("INSERT INTO batches (created_ms, settings) VALUES (?, ?) RETURNING id");
  batch.bind(now_ms()).bind(settings);
  SPARSIGHT_CHECK(batch.step());
  const QuestionBatchId id = batch.integer(0);
  batch.run();
  std::int64_t place = 0;
  for (const std::filesystem::path& video : videos)
    for (const std::string& question : questions)
      sql.prepare("INSERT INTO batch_cells (batch_id, place, path, question) VALUES (?, ?, ?, ?)")
          .bind(id)
          .bind(place++)
          .bind(video.string())
          .bind(question)
          .run();
  transaction.commit();
  return id;
}

std::optional<QuestionBatch> ChatStore::last_question_batch() const {
  SqlStatement row = impl_->sql.prepare("SELECT id, created_ms, settings FROM batches ORDER BY id DESC LIMIT 1");
  if (!row.step()) return std::nullopt;
  return QuestionBatch{row.integer(0), row.integer(1), row.text(2)};
}

std::vector<BatchCell> ChatStore::batch_cells(QuestionBatchId id) const {
  SqlStatement row = impl_->sql.prepare(
      "SELECT place, path, question, state, answer, ms, tokens, session_id, notes "
      "FROM batch_cells WHERE batch_id = ? ORDER BY place");
  row.bind(id);
  std::vector<BatchCell> cells;
  while (row.step())
    cells.push_back({.place = static_cast<std::size_t>(row.integer(0)),
                     .video = row.text(1),
                     .question = row.text(2),
                     .state = parse_name(row.text(3), chat_text::kCellStates, file()),
                     .answer = row.text(4),
                     .seconds = static_cast<double>(row.integer(5)) / 1000,
                     .tokens = static_cast<std::size_t>(std::max<std::int64_t>(0, row.integer(6))),
                     .session = row.is_null(7) ? std::nullopt : std::optional(row.integer(7)),
                     .notes = row.text(8)});
  return cells;
}

void ChatStore::set_cell(QuestionBatchId id, const BatchCell& cell) {
  SqlStatement change = impl_->sql.prepare(
      "UPDATE batch_cells SET state = ?, answer = ?, ms = ?, tokens = ?, session_id = ?, notes = ? "
      "WHERE batch_id = ? AND place = ?");
  change.bind(to_string(cell.state))
      .bind(cell.answer)
      .bind(static_cast<std::int64_t>(cell.seconds * 1000 + 0.5))
      .bind(static_cast<std::int64_t>(cell.tokens))
      .bind(cell.session)
      .bind(cell.notes)
      .bind(id)
      .bind(static_cast<std::int64_t>(cell.place));
  impl_->write(std::move(change), "cell of a batch", static_cast<std::int64_t>(cell.place));
}

void ChatStore::remove_waiting_cells(QuestionBatchId id) {
  impl_->sql.prepare("DELETE FROM batch_cells WHERE batch_id = ? AND state = 'waiting'").bind(id).run();
}

void ChatStore::retry_failed_cells(QuestionBatchId id) {
  impl_->sql
      .prepare(
          "UPDATE batch_cells SET state = 'waiting', answer = '', notes = '', ms = 0, tokens = 0 WHERE batch_id = ? "
          "AND "
          "state = 'failed'")
      .bind(id)
      .run();
}

void ChatStore::remove_question_batch(QuestionBatchId id) {
  impl_->sql.prepare("DELETE FROM batches WHERE id = ?").bind(id).run();
}

}  // namespace sparsight
