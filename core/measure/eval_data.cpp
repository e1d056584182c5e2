#include "core/measure/eval_data.h"

#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/base/text.h"

#include <array>
#include <map>
#include <optional>
#include <system_error>
#include <unordered_map>

namespace sparsight {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kMaxDataFile = std::size_t{1} << 29;
constexpr std::size_t kMaxLine = std::size_t{1} << 20;
constexpr std::size_t kMaxText = std::size_t{1} << 16;

constexpr std::array kExtensions{".mp4", ".avi", ".mov",  ".mkv", ".webm", ".gif",
                                 ".m4v", ".mpg", ".mpeg", ".wmv", ".flv"};

std::string contents_of(const fs::path& path) {
  const MappedFile file = MappedFile::open(path);
  const auto bytes = file.bytes();
  if (bytes.size() > kMaxDataFile)
    fail(ErrorKind::File, "{}: expected at most {} bytes, the file has {}", path.string(), kMaxDataFile, bytes.size());
  if (bytes.empty()) return "";
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  file.check();
  return text;
}

json parse(std::string_view text, const std::string& where) {
  try {
    return parse_json(text, where);
  } catch (const Error& error) {
    throw Error(ErrorKind::File, error.what());
  }
}

// One entry of a set. Its messages say where it stands.
class Entry {
 public:
  Entry(const json& value, std::string where) : value_(value), where_(std::move(where)) {
    if (!value.is_object()) fail(ErrorKind::File, "{}: expected an object, found {}", where_, describe(value));
  }

  [[nodiscard]] const json* find(const char* key) const {
    const auto at = value_.find(key);
    return at == value_.end() || at->is_null() ? nullptr : &*at;
  }
  [[nodiscard]] std::optional<std::string> text(const char* key) const {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) wrong(key, "a string", *value);
    const auto& text = value->get_ref<const std::string&>();
    if (text.size() > kMaxText)
      fail(ErrorKind::File, "{}: {}: expected at most {} bytes, found {}", where_, key, kMaxText, text.size());
    return text;
  }
  // A string that is not blank.
  [[nodiscard]] std::string needed(const char* key) const {
    std::optional<std::string> found = text(key);
    if (!found) fail(ErrorKind::File, "{}: {}: expected a string, found nothing", where_, key);
    if (trimmed(*found).empty())
      fail(ErrorKind::File, "{}: {}: expected a string that is not blank, found \"{}\"", where_, key, shown(*found));
    return *std::move(found);
  }
  // A string or an integer, as text.
  [[nodiscard]] std::optional<std::string> id(const char* key, bool& is_number) const {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    is_number = value->is_number_integer();
    if (is_number) return value->dump();
    if (!value->is_string()) wrong(key, "a string or an integer", *value);
    return needed(key);
  }
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  [[noreturn]] void wrong(const char* key, std::string_view expected, const json& found) const {
    fail(ErrorKind::File, "{}: {}: expected {}, found {}", where_, key, expected, describe(found));
  }

  const json& value_;
  std::string where_;
};

// `name` below `folder`, by its text alone: links inside the folder are up to its owner.
fs::path inside(const fs::path& folder, const std::string& name, const std::string& where, const char* key) {
  const fs::path path(name);
  bool good = !path.has_root_path() && name.find('\0') == std::string::npos && name.find('\\') == std::string::npos &&
              !path.filename().empty();
  for (const fs::path& part : path) good = good && part != ".." && part != ".";
  if (!good)
    fail(ErrorKind::File, "{}: {}: expected a path inside the folder of the videos, found \"{}\"", where, key,
         shown(name));
  return folder / path;
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

// The folder of a file, "." if it is named without one.
fs::path folder_of(const fs::path& file) {
  const fs::path folder = file.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

std::string name_of(const fs::path& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  const fs::path& at = error ? path : whole;
  return (at.has_filename() ? at.filename() : at.parent_path().filename()).string();
}

class Ids {
 public:
  void add(const std::string& id, const std::string& where) {
    const auto [at, fresh] = first_.emplace(id, where);
    if (!fresh) fail(ErrorKind::File, "{}: id \"{}\" is already used at {}", where, shown(id), at->second);
  }

 private:
  std::unordered_map<std::string, std::string> first_;
};

std::vector<EvalQuestion> read_lines(const fs::path& file, const fs::path& videos) {
  const std::string text = contents_of(file);
  std::vector<EvalQuestion> questions;
  std::map<std::string, std::size_t> of_clip;
  Ids ids;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (trimmed(line).empty()) continue;
    const std::string where = fmt::format("{}: line {}", file.string(), number);
    if (line.size() > kMaxLine)
      fail(ErrorKind::File, "{}: expected at most {} bytes, found {}", where, kMaxLine, line.size());
    const json value = parse(line, where);
    const Entry entry(value, where);
    EvalQuestion q{.id = {},
                   .clip = entry.needed("clip"),
                   .video = {},
                   .question = entry.needed("question"),
                   .answer = entry.needed("answer"),
                   .kind = entry.text("kind").value_or("")};
    q.video = inside(videos, q.clip, where, "clip");
    if (!is_file(q.video)) q.video.clear();
    const std::size_t nth = ++of_clip[q.clip];
    q.id = entry.id("id", q.id_is_number).value_or(fmt::format("{}#{}", q.clip, nth));
    ids.add(q.id, where);
    questions.push_back(std::move(q));
  }
  return questions;
}

const json& list_in(const json& value, const fs::path& file) {
  if (!value.is_array()) fail(ErrorKind::File, "{}: expected a list, found {}", file.string(), describe(value));
  return value;
}

fs::path find_video(const fs::path& videos, const std::string& name, const std::string& where) {
  const fs::path path = inside(videos, name, where, "video_name");
  if (is_file(path)) return path;
  for (const char* prefix : {"", "v_"}) {  // ActivityNet's files
    for (const char* extension : kExtensions) {
      const fs::path file = path.parent_path() / (prefix + path.filename().string() + extension);
      if (is_file(file)) return file;
    }
  }
  return {};
}

// The first word, by which MSVD-QA and MSRVTT-QA are divided.
std::string kind_of(const std::string& question) {
  std::string word = question.substr(0, question.find(' '));
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const char* kind : {"what", "who", "how", "when", "where"})
    if (word == kind) return word;
  return "other";
}

struct QaAnswer {
  std::string answer, kind;
};

std::string kind_of(const Entry& entry) {
  const json* type = entry.find("type");
  if (type == nullptr) return "";
  return type->is_number_integer() ? type->dump() : entry.text("type").value_or("");
}

std::vector<EvalQuestion> read_pairs(const fs::path& file, const fs::path& answers_file, const fs::path& videos) {
  const json questions_json = parse(contents_of(file), file.string());
  const json answers_json = parse(contents_of(answers_file), answers_file.string());
  const json &asked = list_in(questions_json, file), &answered = list_in(answers_json, answers_file);
  if (asked.size() != answered.size())
    fail(ErrorKind::File, "{}: expected {} answers, one for each question of {}, found {}", answers_file.string(),
         asked.size(), file.string(), answered.size());

  std::vector<QaAnswer> by_place;
  std::unordered_map<std::string, std::size_t> by_id;
  Ids ids_of_answers;
  for (const json& value : answered) {
    const Entry entry(value, fmt::format("{}: entry {}", answers_file.string(), by_place.size()));
    bool is_number = false;
    if (const auto id = entry.id("question_id", is_number)) {
      ids_of_answers.add(*id, entry.where());
      by_id.emplace(*id, by_place.size());
    }
    by_place.push_back({entry.needed("answer"), kind_of(entry)});
  }
  if (!by_id.empty() && by_id.size() != by_place.size())
    fail(ErrorKind::File, "{}: expected a question_id in every entry or in none", answers_file.string());

  std::vector<EvalQuestion> questions;
  std::unordered_map<std::string, fs::path> found;  // by video_name
  Ids ids;
  for (const json& value : asked) {
    const std::size_t place = questions.size();
    const Entry entry(value, fmt::format("{}: entry {}", file.string(), place));
    EvalQuestion q{.id = {},
                   .clip = entry.needed("video_name"),
                   .video = {},
                   .question = entry.needed("question"),
                   .answer = {},
                   .kind = {}};
    const auto id = entry.id("question_id", q.id_is_number);
    if (!id) fail(ErrorKind::File, "{}: question_id: expected a string or an integer, found nothing", entry.where());
    q.id = *id;
    ids.add(q.id, entry.where());
    const auto at = by_id.find(q.id);
    if (!by_id.empty() && at == by_id.end())
      fail(ErrorKind::File, "{}: no answer with question_id \"{}\", which {} asks", answers_file.string(), shown(q.id),
           entry.where());
    const QaAnswer& answer = by_place[by_id.empty() ? place : at->second];
    q.answer = answer.answer;
    q.kind = answer.kind.empty() ? kind_of(q.question) : answer.kind;
    auto video = found.find(q.clip);
    if (video == found.end()) video = found.emplace(q.clip, find_video(videos, q.clip, entry.where())).first;
    q.video = video->second;
    questions.push_back(std::move(q));
  }
  return questions;
}

// Hashes all questions and answers, with a mark between the parts.
std::string fingerprint_of(const std::vector<EvalQuestion>& questions) {
  Digest digest;
  for (const EvalQuestion& q : questions)
    for (const std::string* part : {&q.id, &q.clip, &q.question, &q.answer, &q.kind}) digest.add(*part + '\0');
  return digest.hex();
}

std::vector<EvalQuestion> grouped_by_clip(std::vector<EvalQuestion> questions) {
  std::unordered_map<std::string, std::size_t> first;
  for (const EvalQuestion& q : questions) first.emplace(q.clip, first.size());
  std::ranges::stable_sort(questions, {}, [&](const EvalQuestion& q) { return first.at(q.clip); });
  return questions;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty() && word != "a" && word != "an" && word != "the") words.push_back(word);
    word.clear();
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || byte >= 0x80)
      word += upper ? static_cast<char>(c - 'A' + 'a') : c;
    else if (c != '\'')
      finish();
  }
  finish();
  return words;
}

}  // namespace

EvalData read_eval_data(const EvalSource& source) {
  EvalData data;
  fs::path file = source.data;
  std::error_code error;
  const bool folder = fs::is_directory(file, error);
  if (folder) {
    const fs::path lines = file / "questions.jsonl", pairs = file / "test_q.json";
    if (is_file(lines) && is_file(pairs))
      fail(ErrorKind::Usage, "{}: holds both questions.jsonl and test_q.json; name one of these files", file.string());
    if (!is_file(lines) && !is_file(pairs))
      fail(ErrorKind::File, "{}: expected questions.jsonl or test_q.json in this folder, found neither", file.string());
    file = is_file(lines) ? lines : pairs;
  }
  data.name = name_of(source.data);
  const fs::path videos = source.videos.empty() ? folder_of(file) : source.videos;
  if (!fs::is_directory(videos, error)) fail(ErrorKind::File, "{}: there is no such folder of videos", videos.string());
  if (file.extension() == ".jsonl") {
    if (!source.answers.empty())
      fail(ErrorKind::Usage, "{}: holds the answers too; expected no answers file, found {}", file.string(),
           source.answers.string());
    data.questions = read_lines(file, videos);
  } else if (file.extension() == ".json") {
    data.form = EvalForm::QaPairs;
    fs::path answers = source.answers;
    if (answers.empty()) {
      std::string stem = file.stem().string();
      if (!stem.ends_with("_q"))
        fail(ErrorKind::Usage, "{}: expected a name like test_q.json, or the answers file to be named too",
             file.string());
      stem.back() = 'a';
      answers = folder_of(file) / (stem + ".json");
    }
    data.questions = read_pairs(file, answers, videos);
  } else {
    if (!fs::exists(file, error)) fail(ErrorKind::File, "{}: there is no such file or folder", file.string());
    fail(ErrorKind::Usage, "{}: expected a .jsonl file, a test_q.json or a folder with either", file.string());
  }
  if (data.questions.empty()) fail(ErrorKind::File, "{}: expected questions, found none", file.string());
  data.fingerprint = fingerprint_of(data.questions);
  data.questions = grouped_by_clip(std::move(data.questions));
  return data;
}

EvalScore score_answer(EvalForm form, std::string_view given, std::string_view right) {
  const std::vector<std::string> all = words_of(given), wanted = words_of(right);
  const bool equal = trimmed(given) == trimmed(right);
  EvalScore score;
  score.right = equal || (form == EvalForm::QaPairs && !wanted.empty() && all == wanted);
  score.contains = score.right ||
                   (!wanted.empty() && std::search(all.begin(), all.end(), wanted.begin(), wanted.end()) != all.end());
  return score;
}

}  // namespace sparsight
