#include "core/chat/store_excerpt.h"

#include "core/base/text.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {
namespace {

constexpr int kWordsBefore = 3;          // the hit, if the piece begins inside the text
constexpr std::size_t kMostHits = 64;    // of each word, that are considered
constexpr std::size_t kMostBytes = 400;  // of a piece, since words may be long
constexpr std::string_view kEllipsis = "…";

struct Hit {
  int column, begin, end;  // words
  int phrase;
};

struct Word {
  std::size_t begin, end;  // bytes
};

// Reads the words of a text from `first` to `last` only.
struct WordReader {
  int first, last;
  int next = 0;
  std::vector<Word> words{};

  static int take(void* self, int flags, const char*, int, int begin, int end) {
    auto& reader = *static_cast<WordReader*>(self);
    if ((flags & FTS5_TOKEN_COLOCATED) != 0) return SQLITE_OK;
    const int at = reader.next++;
    if (at >= reader.first) reader.words.push_back({static_cast<std::size_t>(begin), static_cast<std::size_t>(end)});
    return at < reader.last ? SQLITE_OK : SQLITE_DONE;
  }
};

std::vector<Hit> first_hits(const Fts5ExtensionApi& api, Fts5Context* context) {
  std::vector<Hit> hits;
  for (int phrase = 0; phrase < api.xPhraseCount(context); ++phrase) {
    Fts5PhraseIter iterator{};
    int column = 0, offset = 0;
    std::size_t count = 0;
    if (api.xPhraseFirst(context, phrase, &iterator, &column, &offset) != SQLITE_OK) continue;
    for (; column >= 0 && count < kMostHits; ++count) {
      hits.push_back({column, offset, offset + api.xPhraseSize(context, phrase), phrase});
      api.xPhraseNext(context, &iterator, &column, &offset);
    }
  }
  std::sort(hits.begin(), hits.end(),
            [](const Hit& a, const Hit& b) { return std::pair(a.column, a.begin) < std::pair(b.column, b.begin); });
  return hits;
}

// The hit at which a piece of `words` words should begin to hold the most different words of the search.
std::size_t best_begin(const std::vector<Hit>& hits, int words) {
  std::size_t best = 0, most = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    std::vector<int> phrases;
    for (std::size_t j = i; j < hits.size() && hits[j].column == hits[i].column && hits[j].end <= hits[i].begin + words;
         ++j)
      if (std::find(phrases.begin(), phrases.end(), hits[j].phrase) == phrases.end()) phrases.push_back(hits[j].phrase);
    if (phrases.size() > most) best = i, most = phrases.size();
  }
  return best;
}

void excerpt(const Fts5ExtensionApi* api, Fts5Context* context, sqlite3_context* result, int count,
             sqlite3_value** values) {
  const int words = std::clamp(count == 1 ? sqlite3_value_int(values[0]) : 0, kWordsBefore + 1, 64);
  auto& budget = *static_cast<ExcerptBudget*>(api->xUserData(context));
  const std::vector<Hit> hits = first_hits(*api, context);
  const std::size_t best = best_begin(hits, words - kWordsBefore);
  const char* data = nullptr;
  int bytes = 0;
  const int column = hits.empty() ? 0 : hits[best].column;
  if (const int failed = api->xColumnText(context, column, &data, &bytes); failed != SQLITE_OK)
    return sqlite3_result_error_code(result, failed);
  const std::string_view text(data == nullptr ? "" : data, static_cast<std::size_t>(bytes));

  // A piece that would begin near the beginning of the text begins there.
  int first = hits.empty() ? 0 : std::max(0, hits[best].begin - kWordsBefore);
  if (first <= kWordsBefore) first = 0;
  WordReader reader{.first = first, .last = first + words};
  const std::size_t most = std::min(text.size(), budget.bytes);
  const int code = api->xTokenize(context, text.data(), static_cast<int>(most), &reader, WordReader::take);
  if (code != SQLITE_OK && code != SQLITE_DONE) return sqlite3_result_error_code(result, code);
  budget.bytes -= reader.words.empty() ? most : std::min(most, reader.words.back().end);
  const bool all = static_cast<int>(reader.words.size()) <= words;  // the piece is the whole text
  const std::size_t begin = first == 0 || reader.words.empty() ? 0 : reader.words.front().begin;
  std::size_t end = reader.words.empty() || all ? text.size() : reader.words[static_cast<std::size_t>(words) - 1].end;
  end = std::max(begin, whole_characters(text, std::min(end, begin + kMostBytes)));

  std::string out(begin > 0 ? kEllipsis : "");
  std::size_t at = begin;
  const auto copy_to = [&](std::size_t to) {
    for (; at < std::min(to, end); ++at) out += static_cast<unsigned char>(text[at]) < 0x20 ? ' ' : text[at];
  };
  for (const Hit& hit : hits) {
    if (hit.column != column || hit.begin < first || hit.end <= hit.begin) continue;
    const auto from = static_cast<std::size_t>(hit.begin - first), last = static_cast<std::size_t>(hit.end - 1 - first);
    if (last >= reader.words.size() || reader.words[last].end > end || reader.words[from].begin < at) continue;
    copy_to(reader.words[from].begin);
    out += '\x02';
    copy_to(reader.words[last].end);
    out += '\x03';
  }
  copy_to(end);
  if (end < text.size()) out += kEllipsis;
  sqlite3_result_text64(result, out.data(), out.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

}  // namespace

int add_excerpt_function(sqlite3* database, ExcerptBudget* budget) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
    code = sqlite3_finalize(statement);
  }
  if (code == SQLITE_OK && api == nullptr) code = SQLITE_ERROR;
  return code != SQLITE_OK ? code : api->xCreateFunction(api, "excerpt", budget, excerpt, nullptr);
}

}  // namespace sparsight
