// Questions about clips with their right answers, read from disk, and how an answer is scored. docs/eval.md describes
// the forms. Files are not trusted: sizes are limited, and a name in them cannot lead out of the folder of the videos.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

struct EvalQuestion {
  std::string id;               // unique in its set
  bool id_is_number = false;    // the set writes it as one
  std::string clip;             // as the set names it
  std::filesystem::path video;  // the clip's file; empty: there is none
  std::string question;
  std::string answer;
  std::string kind;
};

enum class EvalForm {
  Lines,    // JSON lines: clip, question, answer; optional: kind, id
  QaPairs,  // test_q.json and test_a.json, as MSVD-QA, MSRVTT-QA, TGIF-QA and ActivityNet-QA come with Video-LLaVA
};

struct EvalData {
  EvalForm form = EvalForm::Lines;
  std::string name;                     // for people: the folder's or the file's
  std::vector<EvalQuestion> questions;  // those of a clip together, clips in the order in which they first appear
  std::string fingerprint{};            // of all that is asked and answered
};

struct EvalSource {
  std::filesystem::path data;     // questions.jsonl or a folder with it; test_q.json or a folder with it
  std::filesystem::path answers;  // empty: test_a.json beside test_q.json
  std::filesystem::path videos;   // empty: the folder of `data`
};

// Error{File} says which file, line or entry, and key, or that `data` is neither.
[[nodiscard]] EvalData read_eval_data(const EvalSource& source);

struct EvalScore {
  bool right = false;     // Lines: the whole answers are equal, ends trimmed. QaPairs: their words are
  bool contains = false;  // the right answer's words stand in the given one, together and in order
};

// Words are compared in lower case (ASCII), without punctuation and the articles a, an and the.
[[nodiscard]] EvalScore score_answer(EvalForm form, std::string_view given, std::string_view right);

}  // namespace sparsight
