#include "core/model/model_folder.h"

#include "core/base/json.h"
#include "core/base/os/os.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRepository = "models--";
constexpr std::size_t kMostNames = 10'000;  // read in one folder

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end && found.size() < kMostNames;
       at.increment(error))
    found.push_back(at->path());
  std::ranges::sort(found);
  return found;
}

// "LanguageBind/Video-LLaVA-7B-hf", alone or after the hub's address.
std::optional<std::string> hub_id(std::string text) {
  bool address = false;
  for (const std::string_view start : {"https://", "http://", "huggingface.co/", "hf.co/", "hf://"})
    if (text.starts_with(start)) {
      text.erase(0, start.size());
      address = true;
    }
  while (text.ends_with('/')) text.pop_back();
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos || slash == 0) return std::nullopt;
  std::size_t end = text.find('/', slash + 1);
  if (end != std::string::npos && !address) return std::nullopt;
  text.resize(std::min(end, text.size()));
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '/';
  };
  if (!address && is_folder(text.substr(0, slash))) return std::nullopt;  // a misspelled path
  if (text.front() == '.' || text.ends_with('/') || !std::ranges::all_of(text, plain)) return std::nullopt;
  return text;
}

std::string names_of(const std::vector<fs::path>& paths) {
  constexpr std::size_t kMost = 3;
  std::string out;
  for (std::size_t i = 0; i < std::min(kMost, paths.size()); ++i)
    out += fmt::format("{}{}", i == 0 ? "" : ", ", shown(paths[i].string()));
  return paths.size() > kMost ? out + ", ..." : out;
}

// A broken link among a model's files, which an unfinished download leaves in Hugging Face's cache.
std::optional<fs::path> broken_link(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::path& path : entries_of(folder))
    for (const char* ending : {".safetensors", ".json", ".model"})
      if (path.filename().string().ends_with(ending) && !fs::exists(path, ignored)) return path;
  return std::nullopt;
}

// "model-00001-of-00003.safetensors": 3; 0: no shard.
std::size_t shards_by(const std::string& name) {
  const std::size_t at = name.find("-of-"), digits = at == std::string::npos ? name.size() : at + 4;
  std::size_t count = 0;
  for (std::size_t i = digits; i < name.size() && i < digits + 6 && name[i] >= '0' && name[i] <= '9'; ++i)
    count = 10 * count + static_cast<std::size_t>(name[i] - '0');
  return count;
}

// Whether a download has brought all of a snapshot: its weights, and every shard of them.
bool is_whole(const fs::path& model) {
  if (!weights_in(model) || broken_link(model)) return false;
  std::map<std::size_t, std::size_t> found;  // by the number of shards that the names say
  for (const fs::path& path : entries_of(model))
    if (const std::size_t shards = shards_by(path.filename().string()); shards != 0) ++found[shards];
  return std::ranges::all_of(found, [](const auto& shards) { return shards.second >= shards.first; });
}

fs::path cached_repository(const std::string& id) {
  std::string folder(kRepository);
  for (const char c : id) folder += c == '/' ? std::string("--") : std::string(1, c);
  return hugging_face_cache() / folder;
}

// The commit that the revision main was when it was downloaded; empty: not known.
std::string main_of(const fs::path& repository) {
  constexpr std::size_t kCommit = 40;
  std::error_code absent;
  const os::File file(repository / "refs" / "main", os::Access::Read, absent);
  if (absent || !file.is_regular()) return {};
  std::array<char, kCommit> text{};
  const std::size_t got = file.read_at(0, std::as_writable_bytes(std::span(text)));
  const std::string commit(text.data(), got);
  return commit.find('/') == std::string::npos && commit.find('.') == std::string::npos ? commit : std::string();
}
// The only GGUF file of towers or of decoders in a folder. llama.cpp calls those of towers "mmproj".
std::optional<fs::path> only_gguf(const fs::path& folder, bool of_tower) {
  std::vector<fs::path> found;
  for (const fs::path& path : entries_of(folder))
    if (is_gguf(path) && (path.filename().string().find("mmproj") != std::string::npos) == of_tower)
      found.push_back(path);
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

[[noreturn]] void refuse_missing_path(const fs::path& path) {
  const std::optional<std::string> id = hub_id(path.string());
  if (!id) fail(ErrorKind::File, "{}: no such folder; expected the folder of a model", path.string());
  if (!models_in_cache(cached_repository(*id)).empty())
    fail(
        ErrorKind::File,
        "{}: this model of the Hugging Face hub has not been downloaded completely; run `sparsight-cli models pull {}`",
        path.string(), *id);
  fail(ErrorKind::File,
       "{}: this is a model's name on the Hugging Face hub, and the model is not on this machine; run `sparsight-cli "
       "models pull {}`",
       path.string(), *id);
}

[[noreturn]] void refuse_file(const fs::path& file) {
  const fs::path folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
  const bool of_model = is_there(folder / "config.json") && weights_in(folder);
  if (is_pickle(file) && !of_model)
    fail(ErrorKind::File,
         "{}: these are pickled weights, which could run any code; expected a folder with *.safetensors; convert the "
         "checkpoint with transformers' save_pretrained",
         file.string());
  if (is_there(folder / "config.json"))
    fail(ErrorKind::File, "{}: this is a file of a model; give its folder, {}", file.string(), folder.string());
  fail(ErrorKind::File, "{}: this is a file; expected the folder of a model", file.string());
}

// What a folder that is no model contains.
struct Contents {
  std::vector<fs::path> safetensors, gguf, pickles, models;
  bool config = false, adapter = false;

  explicit Contents(const fs::path& folder)
      : config(is_there(folder / "config.json")), adapter(is_there(folder / "adapter_config.json")) {
    for (const fs::path& path : entries_of(folder)) {
      const std::string name = path.filename().string();
      if (name.ends_with(".safetensors") && !name.starts_with("adapter_")) safetensors.push_back(path);
      if (is_gguf(path)) gguf.push_back(path);
      if (is_pickle(path) && !name.starts_with("adapter_")) pickles.push_back(path);
      if (is_folder(path) && is_there(path / "config.json")) models.push_back(path);
    }
  }
};

[[noreturn]] void refuse_adapter(const fs::path& folder) {
  std::string base = "its base model";
  try {
    if (const std::optional<std::string> text = read_json_file(folder / "adapter_config.json")) {
      const nlohmann::json document = parse_json(*text, "");
      const JsonObject top(document, "");
      if (const auto name = top.string("base_model_name_or_path")) base = shown(*name);
    }
  } catch (const Error&) {
    // Still an adapter: only the name of its base model is unknown.
  }
  fail(ErrorKind::File,
       "{}: this is an adapter (LoRA), not a whole model; merge it into {} with peft's merge_and_unload, save the "
       "result with save_pretrained, and give that folder",
       folder.string(), base);
}

}  // namespace

fs::path model_folder(const fs::path& given) {
  std::error_code absent;
  if (fs::exists(fs::symlink_status(given, absent))) return given;
  const std::optional<std::string> id = hub_id(given.string());
  if (!id) return given;
  const fs::path repository = cached_repository(*id);
  std::vector<fs::path> snapshots = models_in_cache(repository);
  std::erase_if(snapshots, [](const fs::path& model) { return !is_whole(model); });
  if (snapshots.empty()) return given;
  const auto main =
      std::ranges::find(snapshots, main_of(repository), [](const fs::path& at) { return at.filename().string(); });
  if (main != snapshots.end()) return *main;
  return *std::ranges::max_element(snapshots, {}, [&](const fs::path& at) { return fs::last_write_time(at, absent); });
}

bool is_gguf(const fs::path& file) { return file.extension() == ".gguf" || file.extension() == ".ggml"; }

bool is_pickle(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const char* ending : {".bin", ".bin.index.json", ".pt", ".pth", ".ckpt"})
    if (name.ends_with(ending) && name != "training_args.bin") return true;
  return false;
}

std::optional<fs::path> weights_in(const fs::path& folder) {
  for (const char* name :
       {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"})
    if (is_there(folder / name)) return folder / name;
  return decoder_gguf_in(folder);
}

std::optional<fs::path> decoder_gguf_in(const fs::path& folder) { return only_gguf(folder, false); }

std::optional<fs::path> tower_gguf(const fs::path& model) {
  return is_folder(model) && decoder_gguf(model) ? only_gguf(model, true) : std::nullopt;
}

std::optional<fs::path> decoder_gguf(const fs::path& model) {
  if (!is_folder(model)) return is_gguf(model) ? std::optional(model) : std::nullopt;
  const std::optional<fs::path> weights = weights_in(model);
  return weights && is_gguf(*weights) ? weights : std::nullopt;
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

fs::path hugging_face_cache() {
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return fs::path(text == nullptr ? "" : text);
  };
  if (const fs::path cache = value("HF_HUB_CACHE"); !cache.empty()) return cache;
  if (const fs::path home = value("HF_HOME"); !home.empty()) return home / "hub";
  const fs::path cache = value("XDG_CACHE_HOME");
  return (cache.empty() ? os::home_folder() / ".cache" : cache) / "huggingface" / "hub";
}

std::vector<fs::path> models_in_cache(const fs::path& path) {
  std::vector<fs::path> found;
  const auto look_into = [&](const fs::path& repository) {
    for (const fs::path& snapshot : entries_of(repository / "snapshots"))
      if (is_there(snapshot / "config.json")) found.push_back(snapshot);
  };
  look_into(path);
  for (const fs::path& repository : entries_of(path))
    if (repository.filename().string().starts_with(kRepository)) look_into(repository);
  return found;
}

std::string FoundModel::name() const {
  if (origin != ModelOrigin::Cache) return path.filename().string();
  std::string id = path.parent_path().parent_path().filename().string();
  if (id.starts_with(kRepository)) id = id.substr(kRepository.size());
  const std::size_t at = id.find("--");
  return at == std::string::npos ? id : id.substr(0, at) + "/" + id.substr(at + 2);
}

std::vector<FoundModel> find_models(const fs::path& demo, const std::vector<fs::path>& folders,
                                    const std::vector<fs::path>& caches) {
  std::vector<FoundModel> found;
  std::set<fs::path> seen;
  const auto add = [&](const fs::path& path, ModelOrigin origin, const fs::path& folder = {}) {
    std::error_code absent;
    const fs::path real = fs::weakly_canonical(path, absent);
    if (seen.insert(absent ? path : real).second) found.push_back({path, origin, folder});
  };
  const auto is_model = [](const fs::path& folder) {
    std::error_code absent;
    return fs::exists(folder / "config.json", absent) || decoder_gguf(folder);
  };
  if (!demo.empty()) add(demo, ModelOrigin::Demo);
  for (const fs::path& folder : folders) {
    const std::size_t before = found.size();
    if (!is_model(folder)) {
      for (const fs::path& inner : entries_of(folder))
        if (is_folder(inner) && is_model(inner)) add(inner, ModelOrigin::Folder, folder);
      for (const fs::path& snapshot : models_in_cache(folder)) add(snapshot, ModelOrigin::Cache, folder);
    }
    if (found.size() == before) add(folder, ModelOrigin::Folder, folder);
  }
  for (const fs::path& cache : caches)
    for (const fs::path& snapshot : models_in_cache(cache)) add(snapshot, ModelOrigin::Cache);
  return found;
}

std::string model_type_of(const fs::path& model) {
  try {
    const std::optional<std::string> text = read_json_file(model / "config.json");
    const nlohmann::json document = parse_json(text.value_or("{}"), "config.json");
    return shown(JsonObject(document, "config.json").string("model_type").value_or(""));
  } catch (const Error&) {
    return {};
  }
}

void check_model_folder(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    if (is_there(path)) fail(ErrorKind::File, "{}: a broken symbolic link", path.string());
    if (error && status.type() == fs::file_type::none)
      fail(ErrorKind::File, "{}: cannot be examined: {}", path.string(), error.message());
    refuse_missing_path(path);
  }
  if (fs::is_regular_file(status) && is_gguf(path)) return;
  if (!fs::is_directory(status)) refuse_file(path);
  if (const auto lost = broken_link(path))
    fail(ErrorKind::File, "{}: a broken symbolic link: the model has not been downloaded completely; download it again",
         lost->string());
  if (decoder_gguf(path) || (is_there(path / "config.json") && weights_in(path))) return;

  if (const std::vector<fs::path> cached = models_in_cache(path); !cached.empty())
    fail(ErrorKind::File, "{}: this is Hugging Face's cache, or a part of it; give the folder of one model in it: {}",
         path.string(), names_of(cached));
  const fs::path snapshots = fs::absolute(path, error).lexically_normal().parent_path();
  const bool snapshot = !is_there(path / "config.json") && snapshots.filename() == "snapshots" &&
                        snapshots.parent_path().filename().string().starts_with(kRepository);
  if (snapshot || (path.filename().string().starts_with(kRepository) && is_there(path / "refs")))
    fail(ErrorKind::File,
         "{}: this model in Hugging Face's cache has not been downloaded completely; download it again", path.string());
  const Contents in(path);
  if (in.adapter && in.safetensors.empty() && in.pickles.empty()) refuse_adapter(path);
  if (!in.config && !in.models.empty())
    fail(ErrorKind::File, "{}: this is a folder of models; give one of them: {}", path.string(), names_of(in.models));
  if (in.safetensors.empty() && !in.gguf.empty())
    fail(ErrorKind::File,
         "{}: expected the folder of one model, found the GGUF files {}; give one that holds a decoder", path.string(),
         names_of(in.gguf));
  if (in.safetensors.empty() && !in.pickles.empty())
    fail(ErrorKind::File,
         "{}: only pickled weights here ({}), which could run any code; convert the checkpoint to safetensors with "
         "transformers' save_pretrained",
         path.string(), shown(in.pickles.front().filename().string()));
  if (!in.config && !in.safetensors.empty())
    fail(ErrorKind::File, "{}: weights without config.json; download the model's other files, too", path.string());
  if (!in.config) fail(ErrorKind::File, "{}: no config.json here; is this a model's folder?", path.string());
  if (!in.safetensors.empty())
    fail(ErrorKind::File,
         "{}: neither model.safetensors nor model.safetensors.index.json here, only {}; download the model's other "
         "files, too",
         path.string(), shown(in.safetensors.front().filename().string()));
  fail(ErrorKind::File,
       "{}: neither model.safetensors nor model.safetensors.index.json here; download the weights, too", path.string());
}

}  // namespace sparsight
