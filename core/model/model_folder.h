// Recognises what a path is that was given as a model but is none, and says what to do.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// What a model's maker says about it (core/model_card.h reads it).
inline constexpr std::string_view kModelCardFile = "sparsight.json";

// Error{File} unless `path` is a folder with a config.json and weights that weights_in() finds, a folder with the
// decoder's GGUF file, or such a file. Recognises: a missing path, an id or address on the Hugging Face hub, a weight
// file, a pickled file, another file; a folder of models, Hugging Face's cache or a part of it (and which folder in it
// is the model), an adapter without its base model, several GGUF files, pickled weights alone, weights without
// config.json. Reads file names, no weights. Any thread.
void check_model_folder(const std::filesystem::path& path);

// The folder that is meant by `given`: of a model's name on the Hugging Face hub ("owner/name", or its address) that is
// no path here, its folder in hugging_face_cache() if it has been downloaded completely: that of the revision main,
// else the newest. Anything else stays as it is; check_model_folder() says what is wrong with it.
[[nodiscard]] std::filesystem::path model_folder(const std::filesystem::path& given);

// The models in a cache of Hugging Face's hub, or in one repository of it ("models--x--y"), each the folder of a
// snapshot that has a config.json; sorted. Empty if `path` is neither.
[[nodiscard]] std::vector<std::filesystem::path> models_in_cache(const std::filesystem::path& path);

enum class ModelOrigin { Demo, Folder, Cache };
struct FoundModel {
  std::filesystem::path path;
  ModelOrigin origin = ModelOrigin::Folder;
  std::filesystem::path folder{};  // of `folders` that it is in; empty: none

  // In a cache its name on the hub ("owner/name"), else the folder's name.
  [[nodiscard]] std::string name() const;
};
// Finds models: `demo`, then `folders` and the folders in them, then `caches` in the layout of the Hugging Face hub.
// Missing places are skipped, and each place counts once. One of `folders` is listed even without a model, so that a
// list can say what is missing; of one that is a cache, the models in it are listed. Any thread.
[[nodiscard]] std::vector<FoundModel> find_models(const std::filesystem::path& demo,
                                                  const std::vector<std::filesystem::path>& folders,
                                                  const std::vector<std::filesystem::path>& caches);
// model_type in its config.json; empty: it cannot be read.
[[nodiscard]] std::string model_type_of(const std::filesystem::path& model);

// The file to read a folder's weights from: model.safetensors or pytorch_model.bin, or the index of the shards of
// either; the order is transformers'; else the only GGUF file of a decoder. nullopt: none of them is there.
[[nodiscard]] std::optional<std::filesystem::path> weights_in(const std::filesystem::path& folder);
// The GGUF file of a model's decoder: `model` itself, or what weights_in() finds in it. nullopt: its weights are
// others.
[[nodiscard]] std::optional<std::filesystem::path> decoder_gguf(const std::filesystem::path& model);
// The only GGUF file of a vision tower ("mmproj") beside that of the decoder in a folder. nullopt: `model` is no such
// folder.
[[nodiscard]] std::optional<std::filesystem::path> tower_gguf(const std::filesystem::path& model);
// The only GGUF file of a decoder in a folder, whatever other weights it has.
[[nodiscard]] std::optional<std::filesystem::path> decoder_gguf_in(const std::filesystem::path& folder);
// By its name: a file of llama.cpp; a file that PyTorch pickled, or an index of such files.
[[nodiscard]] bool is_gguf(const std::filesystem::path& file);
[[nodiscard]] bool is_pickle(const std::filesystem::path& file);

// $HF_HUB_CACHE, else $HF_HOME/hub, else $XDG_CACHE_HOME or ~/.cache, in huggingface/hub.
[[nodiscard]] std::filesystem::path hugging_face_cache();

// Whether a file or folder of that name exists. A broken link counts, so that opening it reports the problem.
[[nodiscard]] bool is_there(const std::filesystem::path& path);

}  // namespace sparsight
