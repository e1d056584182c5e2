// A table of answers as CSV (RFC 4180, UTF-8): one row for each question to each video. A spreadsheet runs nothing that
// is in it: a text that would begin a formula gets an apostrophe in front.
#pragma once

#include "core/base/os/os.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

struct AnswerRow {
  std::string video, question, answer;
  double seconds = 0;      // from question to answer, without reading the video
  std::size_t tokens = 0;  // visual tokens, on average over the layers after the first pruning
  std::string error{};     // why there is no answer; empty: there is one
  std::string model{}, strategy{}, budget{};
  std::string settings{};  // settings_of(); empty: as usual, or the table has no such column
  std::string notes{};     // what a reader must know about the video, such as that it is cut short

  // Whether it is about the same question, asked in the same way.
  [[nodiscard]] bool same_question(const AnswerRow& other) const {
    return video == other.video && question == other.question && model == other.model && strategy == other.strategy &&
           budget == other.budget && settings == other.settings;
  }
};

[[nodiscard]] std::string table_heading();  // with the line's end
[[nodiscard]] std::string table_row(const AnswerRow& row);

// Reads what was written, also by versions without the last two columns. A last row that was cut off is left out;
// `whole`, if given, becomes the length of what counts, 0 if rows cannot be appended as they are. Error{File}, which
// names `where`: it is another table.
[[nodiscard]] std::vector<AnswerRow> read_table(std::string_view text, std::string_view where,
                                                std::size_t* whole = nullptr);

// A table that grows row by row and is complete at any time, also if the program is killed. One owner, one thread.
class AnswerTableFile {
 public:
  // Goes on with a table that is there; its failures are left out, to be tried again. Error{File}: it cannot be read or
  // written, or is not such a table; Error{Usage}: another process is writing it.
  explicit AnswerTableFile(std::filesystem::path file);

  [[nodiscard]] const std::vector<AnswerRow>& rows() const { return rows_; }
  [[nodiscard]] bool has(const AnswerRow& question) const;
  void append(const AnswerRow& row);  // it is on disk when this returns. Error{File}

 private:
  void open();

  std::filesystem::path file_;
  os::File open_;
  std::vector<AnswerRow> rows_;
};

}  // namespace sparsight
