#include "core/measure/eval_store.h"

#include "core/base/json.h"
#include "core/base/os/os.h"
#include "core/base/replace_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kIdentityFile = "run.json";
constexpr std::size_t kMaxFile = std::size_t{1} << 31;

std::string key_of(std::string_view id, std::string_view strategy, std::string_view budget) {
  return fmt::format("{}\n{}\n{}", id, strategy, budget);
}

std::string line_of(const EvalRecord& r) {
  ordered_json line = {{"id", r.id}, {"strategy", r.strategy}, {"budget", r.budget}};
  if (!r.error.empty()) {
    line["error"] = r.error;
  } else {
    line.update({{"clip_hash", r.clip_hash},
                 {"clip_stamp", r.clip_stamp},
                 {"given", r.given},
                 {"right", r.right},
                 {"contains", r.contains},
                 {"visual_tokens", r.visual_tokens},
                 {"kept", r.kept},
                 {"equivalent_tokens_by_output", r.equivalent_out},
                 {"equivalent_tokens_by_input", r.equivalent_in},
                 {"flops_formula", r.flops_formula},
                 {"flops_true", r.flops_true},
                 {"reused_tokens", r.reused_tokens},
                 {"generated_tokens", r.generated_tokens},
                 {"prefill_ms", r.prefill_ms},
                 {"generate_ms", r.generate_ms}});
  }
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

EvalRecord record_of(std::string_view line, const std::string& where) {
  EvalRecord r;
  try {
    const json value = parse_json(line, where);
    value.at("id").get_to(r.id);
    value.at("strategy").get_to(r.strategy);
    value.at("budget").get_to(r.budget);
    if (value.contains("error")) {
      value.at("error").get_to(r.error);
      if (r.error.empty()) r.error = "unknown";
      return r;
    }
    value.at("clip_hash").get_to(r.clip_hash);
    value.at("clip_stamp").get_to(r.clip_stamp);
    value.at("given").get_to(r.given);
    value.at("right").get_to(r.right);
    value.at("contains").get_to(r.contains);
    value.at("visual_tokens").get_to(r.visual_tokens);
    value.at("kept").get_to(r.kept);
    value.at("equivalent_tokens_by_output").get_to(r.equivalent_out);
    value.at("equivalent_tokens_by_input").get_to(r.equivalent_in);
    value.at("flops_formula").get_to(r.flops_formula);
    value.at("flops_true").get_to(r.flops_true);
    value.at("reused_tokens").get_to(r.reused_tokens);
    value.at("generated_tokens").get_to(r.generated_tokens);
    value.at("prefill_ms").get_to(r.prefill_ms);
    value.at("generate_ms").get_to(r.generate_ms);
  } catch (const json::exception& error) {
    fail(ErrorKind::File, "{}: this is no result: {}", where, shown(std::string_view(error.what())));
  } catch (const Error& error) {
    throw Error(ErrorKind::File, error.what());
  }
  return r;
}

// Reads without mapping: another process may cut its own file meanwhile.
std::string read_whole(const fs::path& path) {
  std::error_code error;
  std::ifstream in(path, std::ios::binary);
  if (!in || !fs::is_regular_file(path, error)) fail(ErrorKind::File, "{}: cannot be opened", path.string());
  std::string text;
  std::vector<char> block(std::size_t{1} << 16);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxFile) fail(ErrorKind::File, "{}: expected at most {} bytes", path.string(), kMaxFile);
  }
  return text;
}

// Error{Usage} if the file describes another evaluation.
void check_identity(const fs::path& file, const EvalIdentity& identity) {
  json found;
  try {
    found = parse_json(read_whole(file), file.string());
  } catch (const Error& error) {
    throw Error(ErrorKind::File, error.what());
  }
  if (!found.is_object()) fail(ErrorKind::File, "{}: expected an object, found {}", file.string(), describe(found));
  for (const auto& [name, value] : identity) {
    const auto at = found.find(name);
    if (at == found.end() || !at->is_string() || at->get_ref<const std::string&>() != value)
      fail(ErrorKind::Usage,
           "{}: the results there belong to another evaluation: {}: expected \"{}\", found {}. Name another folder",
           file.string(), name, value, at == found.end() ? "nothing" : describe(*at));
  }
}

// Writes the file once: if several processes start together, the first one's stays.
void make_identity(const fs::path& file, const EvalIdentity& identity) {
  ordered_json out = ordered_json::object();
  for (const auto& [name, value] : identity) out[name] = value;
  const fs::path mine = fmt::format("{}.{}", file.string(), os::process_id());
  replace_file(mine, out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
  std::error_code error, ignored;
  fs::create_hard_link(mine, file, error);
  if (error && !fs::exists(file, ignored)) fs::rename(mine, file, error);  // a file system without hard links
  fs::remove(mine, ignored);
}

std::vector<fs::path> result_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with("results-") && name.ends_with(".jsonl")) files.push_back(at->path());
  }
  if (error) fail(ErrorKind::File, "{}: the folder cannot be read: {}", folder.string(), error.message());
  std::ranges::sort(files);
  return files;
}

}  // namespace

EvalStore::EvalStore(fs::path folder, const EvalIdentity& identity, std::size_t shard, std::size_t shards)
    : folder_(std::move(folder)), file_(folder_ / fmt::format("results-{}-of-{}.jsonl", shard, shards)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (!fs::is_directory(folder_, error)) fail(ErrorKind::File, "{}: the folder cannot be made", folder_.string());
  const fs::path about = folder_ / kIdentityFile;
  if (!fs::exists(about, error)) make_identity(about, identity);
  check_identity(about, identity);

  lock_ = FileLock(fs::path(file_).replace_extension(".lock"), file_.string());
  results_ = os::File(file_, os::Access::Append, error);
  if (error) fail(ErrorKind::File, "{}: cannot be opened: {}", file_.string(), error.message());
  const std::string text = read_whole(file_);
  const std::size_t whole = text.find_last_of('\n') + 1;  // npos + 1 is 0
  if (whole != text.size()) results_.resize(whole, error);
  if (error) fail(ErrorKind::File, "{}: cannot be written: {}", file_.string(), error.message());
  refresh();
}

EvalStore EvalStore::read_only(const fs::path& folder, const EvalIdentity& identity) {
  check_identity(folder / kIdentityFile, identity);
  EvalStore store;
  store.folder_ = folder;
  store.refresh();
  return store;
}

EvalStore::~EvalStore() = default;
EvalStore::EvalStore(EvalStore&& other) noexcept = default;

const EvalRecord* EvalStore::find(std::string_view id, std::string_view strategy, std::string_view budget) const {
  const auto at = records_.find(key_of(id, strategy, budget));
  return at == records_.end() ? nullptr : &at->second;
}

void EvalStore::keep(EvalRecord record) {
  const auto [at, fresh] = records_.try_emplace(key_of(record.id, record.strategy, record.budget), record);
  if (!fresh && !at->second.error.empty()) at->second = std::move(record);
}

void EvalStore::append(const EvalRecord& record) {
  if (results_) {
    write_all(results_, line_of(record), file_);
    std::error_code error;
    results_.sync(error);
    if (error) fail(ErrorKind::File, "{}: cannot be written: {}", file_.string(), error.message());
  }
  keep(record);
}

void EvalStore::refresh() {
  if (folder_.empty()) return;
  for (const fs::path& file : result_files(folder_)) {
    const std::string text = read_whole(file);
    std::size_t number = 0;
    for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
      keep(record_of(std::string_view(text).substr(begin, end - begin),
                     fmt::format("{}: line {}", file.string(), ++number)));
  }
}

}  // namespace sparsight
