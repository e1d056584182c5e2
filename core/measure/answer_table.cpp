#include "core/measure/answer_table.h"

#include "core/base/replace_file.h"
#include "core/base/text.h"
#include "kernels/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

namespace sparsight {
namespace {

constexpr std::size_t kColumns = 11, kFormerColumns = 9, kMostBytes = std::size_t{1} << 30;
constexpr std::string_view kHeading =
    "video,question,answer,seconds,visual_tokens,error,model,strategy,budget,settings,notes\r\n";
constexpr std::string_view kFormerHeading =
    "video,question,answer,seconds,visual_tokens,error,model,strategy,budget\r\n";

// Whether a spreadsheet would take it for a formula, or it is such a text with apostrophes in front.
bool needs_guard(std::string_view text) {
  const std::size_t at = text.find_first_not_of('\'');
  return at != std::string_view::npos && std::string_view("=+-@\t\r").find(text[at]) != std::string_view::npos;
}

std::string field(std::string_view text) {
  std::string plain = valid_utf8(text);
  if (needs_guard(plain)) plain.insert(plain.begin(), '\'');
  return escaped(plain, Format::CsvField);
}

std::string without_guard(std::string_view text) {
  return std::string(text.substr(text.starts_with('\'') && needs_guard(text) ? 1 : 0));
}

// Reads one record and moves `at` behind it; nullopt: it is cut off.
std::optional<std::vector<std::string>> read_record(std::string_view text, std::size_t& at) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"')
        fields.back() += c;
      else if (i + 1 < text.size() && text[i + 1] == '"')
        fields.back() += text[++i];
      else
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else if (c == '\n') {
      if (fields.back().ends_with('\r')) fields.back().pop_back();
      at = i + 1;
      return fields;
    } else {
      fields.back() += c;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string table_heading() { return std::string(kHeading); }

std::string table_row(const AnswerRow& row) {
  return fmt::format("{},{},{},{:.3f},{},{},{},{},{},{},{}\r\n", field(row.video), field(row.question),
                     field(row.answer), row.seconds, row.tokens, field(row.error), field(row.model),
                     field(row.strategy), field(row.budget), field(row.settings), field(row.notes));
}

std::vector<AnswerRow> read_table(std::string_view text, std::string_view where, std::size_t* whole) {
  const auto refuse = [&](std::size_t line) {
    fail(ErrorKind::File, "{}: expected a table of answers that Sparsight wrote, found something else in record {}",
         where, line);
  };
  std::vector<AnswerRow> rows;
  const bool former = text.starts_with(kFormerHeading);
  const std::string_view heading = former ? kFormerHeading : kHeading;
  if (!text.starts_with(heading)) {
    if (!kHeading.starts_with(text) && !kFormerHeading.starts_with(text)) refuse(1);
    if (whole != nullptr) *whole = 0;
    return rows;
  }
  std::size_t at = heading.size();
  while (auto record = read_record(text, at)) {
    if (record->size() != (former ? kFormerColumns : kColumns)) refuse(rows.size() + 2);
    const std::vector<std::string>& f = *record;
    AnswerRow row;
    const auto number = [&](const std::string& digits, auto& to) {
      const auto end = digits.data() + digits.size();
      if (const auto read = std::from_chars(digits.data(), end, to); read.ec != std::errc() || read.ptr != end)
        refuse(rows.size() + 2);
    };
    number(f[3], row.seconds);
    number(f[4], row.tokens);
    row.video = without_guard(f[0]);
    row.question = without_guard(f[1]);
    row.answer = without_guard(f[2]);
    row.error = without_guard(f[5]);
    row.model = without_guard(f[6]);
    row.strategy = without_guard(f[7]);
    row.budget = without_guard(f[8]);
    if (!former) {
      row.settings = without_guard(f[9]);
      row.notes = without_guard(f[10]);
    }
    rows.push_back(std::move(row));
  }
  if (whole != nullptr) *whole = former ? 0 : at;
  return rows;
}

AnswerTableFile::AnswerTableFile(std::filesystem::path file) : file_(std::move(file)) {
  open();
  std::error_code error;
  const std::uint64_t size = open_.size(error);
  if (error) fail(ErrorKind::File, "{}: {}", file_.string(), error.message());
  if (size > kMostBytes) fail(ErrorKind::File, "{}: expected at most {} bytes", file_.string(), kMostBytes);
  std::string text(size, '\0');
  text.resize(open_.read_at(0, std::as_writable_bytes(std::span(text))));
  std::size_t whole = 0;
  rows_ = read_table(text, file_.string(), &whole);
  const bool failures = std::erase_if(rows_, [](const AnswerRow& row) { return !row.error.empty(); }) > 0;
  if (!failures && whole == text.size() && whole > 0) return;
  text = table_heading();
  for (const AnswerRow& row : rows_) text += table_row(row);
  replace_file(file_, text);
  open();
}

void AnswerTableFile::open() {
  std::error_code error;
  open_ = os::File(file_, os::Access::Append, error);
  if (error) fail(ErrorKind::File, "{}: {}", file_.string(), error.message());
  if (!open_.is_regular()) fail(ErrorKind::File, "{}: expected a file", file_.string());
  if (!open_.try_lock()) fail(ErrorKind::Usage, "{}: another process is writing to it", file_.string());
}

bool AnswerTableFile::has(const AnswerRow& question) const {
  return std::ranges::any_of(rows_, [&](const AnswerRow& row) { return row.same_question(question); });
}

void AnswerTableFile::append(const AnswerRow& row) {
  write_all(open_, table_row(row), file_);
  std::error_code error;
  open_.sync(error);
  if (error) fail(ErrorKind::File, "{}: {}", file_.string(), error.message());
  rows_.push_back(row);
}

}  // namespace sparsight
