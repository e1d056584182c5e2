// Numbers and facts as text, in the language of the interface.
#pragma once

#include "core/answer_notes.h"
#include "core/engine.h"
#include "core/measure/question_time.h"

#include <QString>

#include <concepts>
#include <cstdint>
#include <optional>

namespace sparsight {

// Translates a text of a function outside of classes; lupdate files these under the namespace.
[[nodiscard]] QString tr(const char* text);

// "2,056", "0.25": a number with `decimals` decimals.
[[nodiscard]] QString number_text(double number, int decimals = 0);
[[nodiscard]] QString number_text(std::integral auto count) { return number_text(static_cast<double>(count)); }
// "28 Nov 2026, 08:05" in local time; `ms` since 1970.
[[nodiscard]] QString date_text(std::int64_t ms);

// The part of a video that a question is about, in seconds.
struct TimeRange {
  double start_s = 0;
  double end_s = 0;  // 0: to the end
  [[nodiscard]] bool whole() const { return start_s <= 0 && end_s <= 0; }
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

// How an answer was made, as a JSON object for the chat store.
[[nodiscard]] std::string answer_details(const Answer& answer, const TimeRange& range = {});
// "sparsevlm-plus · 2,056 tokens → 514 on average after the first pruning, 330 in the last layer · 41 % fewer FLOPs ·
// first word after 0.21 s · 88 tokens/s"; an answer of an older version may have fewer parts.
[[nodiscard]] QString line_of_details(const std::string& details);
[[nodiscard]] TimeRange range_of_details(const std::string& details);

// "89.4 % of 282 test questions right; 87.6 % with all tokens"; empty if the card has no measurement.
[[nodiscard]] QString accuracy_text(const ModelCard& card, const QString& strategy, const QString& budget,
                                    std::size_t visual_tokens);
// The note as text.
[[nodiscard]] QString note_text(AnswerNote note);

// The notes of an answer alone, as text; empty: it has none.
[[nodiscard]] QString notes_of_details(const std::string& details);

// "4.7 M", "7.1 G": a number of bytes or parameters, in the language of the interface.
[[nodiscard]] QString short_number(double value);
// "1.2 GB".
[[nodiscard]] QString bytes_text(std::uint64_t bytes);

// "Reading the question, layer 3 of 32, about 12 s left"; `left_s` if it is known.
[[nodiscard]] QString progress_text(const Progress& progress, std::optional<double> left_s = {});
// The two parts of it: "Reading the question, layer 3 of 32"; "12 s left", empty if it is not known or less than a
// second.
[[nodiscard]] QString step_text(const Progress& progress);
[[nodiscard]] QString left_text(const Progress& progress, std::optional<double> left_s);
[[nodiscard]] QString stage_name(Stage stage);

// "A question about 8 frames: about 4 s to the first word, then about 20 tokens a second (estimate for this machine)".
[[nodiscard]] QString question_time_text(const QuestionTime& time);
// The same for a model as it is and made smaller: "... about 12 s to the first word (int8: about 4 s, int4: about 5 s),
// then about 8 tokens a second (int8: 20, int4: 30) ...".
[[nodiscard]] QString question_time_text(const QuestionTime& whole, const QuestionTime& int8, const QuestionTime& int4);

// The path of a file: URL, as dialogs and drops give it; a path stays as it is.
[[nodiscard]] QString local_path(const QString& file);

}  // namespace sparsight
