// Questions about clips with their right answers, read from disk, and how an answer is scored. docs/eval.md describes
// the formats. Files are not trusted: sizes are limited, and a name in them cannot lead out of the video folder.
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
  bool id_is_number = false;    // the set writes it as a number
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
  std::string name;                     // for users: name of the folder or file
  std::vector<EvalQuestion> questions;  // grouped by clip; clips in the order in which they first appear
  std::string fingerprint{};            // a hash of all questions and answers
};

struct EvalSource {
  std::filesystem::path data;     // questions.jsonl or a folder with it; test_q.json or a folder with it
  std::filesystem::path answers;  // empty: test_a.json beside test_q.json
  std::filesystem::path videos;   // empty: the folder of `data`
};

// Error{File} names the file, the line or entry, and the key, or says that `data` is of neither form.
[[nodiscard]] EvalData read_eval_data(const EvalSource& source);

struct EvalScore {
  bool right = false;     // Lines: the whole answers are equal, ends trimmed. QaPairs: their words are equal
  bool contains = false;  // the given answer contains the right one's words, together and in order
};

// Words are compared in lower case (ASCII), without punctuation and the articles a, an and the.
[[nodiscard]] EvalScore score_answer(EvalForm form, std::string_view given, std::string_view right);

}  // namespace sparsight
