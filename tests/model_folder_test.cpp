// Things that users give as a model but that are none: the engine, the check that lists models and the command line all
// say what each is and what to do.
#include "core/model/model_folder.h"

#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/model/weights.h"
#include "core/model_check.h"
#include "kernels/backends.h"
#include "kernels/error.h"
#include "tests/models.h"
#include "tests/safetensors_writer.h"
#include "tests/support.h"

#include <filesystem>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

void put(const fs::path& file, const std::string& text = "x") {
  fs::create_directories(file.parent_path());
  write_file(file, text);
}

std::string refusal_of(const fs::path& path) {
  try {
    check_model_folder(path);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::File);
    return error.what();
  }
  return "accepted";
}

// The engine, the check and the command line say the same.
void check_refused(const fs::path& path, const std::vector<std::string>& words) {
  const std::string said = refusal_of(path);
  CAPTURE(path.string());
  for (const std::string& word : words) CHECK_THAT(said, Contains(word));
  CHECK(check_model(path, 8).problem == said);
  try {
    static_cast<void>(Engine::load({.model = path, .backend = cpu_backend()}));
    FAIL_CHECK("was loaded");
  } catch (const Error& error) {
    CHECK(error.what() == said);
  }
}

TEST_CASE("model folder: complete models are accepted, also through links", "[model_folder]") {
  const TempDir temp;
  CHECK(refusal_of(demo_model()) == "accepted");
  CHECK(refusal_of(demo_model().string() + "/") == "accepted");
  fs::create_directory_symlink(demo_model(), temp / "link");
  CHECK(refusal_of(temp / "link") == "accepted");
  // Shards, and files of other programs beside them.
  put(temp / "sharded" / "config.json", "{}");
  put(temp / "sharded" / "model.safetensors.index.json", "{}");
  for (const char* other : {"model-q4.gguf", "pytorch_model.bin", "adapter_config.json"}) put(temp / "sharded" / other);
  CHECK(refusal_of(temp / "sharded") == "accepted");
}

TEST_CASE("model folder: names, files and addresses that are not folders", "[model_folder]") {
  const TempDir temp;
  const Environment cache("HF_HUB_CACHE", (temp / "hub").string());
  check_refused(temp / "gone", {"gone: no such folder"});
  check_refused("LanguageBind/Video-LLaVA-7B-hf", {"Hugging Face hub", "not on this machine",
                                                   "sparsight-cli models pull LanguageBind/Video-LLaVA-7B-hf`"});
  check_refused("https://huggingface.co/LanguageBind/Video-LLaVA-7B-hf/tree/main",
                {"models pull LanguageBind/Video-LLaVA-7B-hf`"});
  check_refused("no/such/folder", {"no such folder"});
  fs::create_directories(temp / "models");
  {
    const fs::path before = fs::current_path();
    fs::current_path(temp.path());
    CHECK_THAT(refusal_of("models/video-lava"), Contains("models/video-lava: no such folder"));
    fs::current_path(before);
  }
  check_refused("../nothing", {"no such folder"});
  check_refused("", {"no such folder"});
  // One that has been downloaded.
  const fs::path snapshot = temp / "hub" / "models--LanguageBind--Video-LLaVA-7B-hf" / "snapshots" / "abc";
  put(snapshot / "config.json", "{}");
  check_refused("LanguageBind/Video-LLaVA-7B-hf",
                {"not been downloaded completely", "sparsight-cli models pull LanguageBind/Video-LLaVA-7B-hf"});

  for (const char* name : {"pytorch_model.bin", "model.pt", "model.pth", "model.ckpt"}) {
    put(temp / "m" / name);
    check_refused(temp / "m" / name, {"pickled", "any code", "save_pretrained"});
  }
  for (const char* name : {"model.safetensors", "config.json"}) {
    check_refused(demo_model() / name, {"this is a file of a model", "give its folder, " + demo_model().string()});
  }
  put(temp / "video.mp4");
  check_refused(temp / "video.mp4", {"this is a file; expected the folder of a model"});
  fs::create_symlink("nowhere", temp / "dangling");
  check_refused(temp / "dangling", {"broken symbolic link"});
  check_refused("/dev/null", {"this is a file"});
}

TEST_CASE("model folder: folders that hold something else", "[model_folder]") {
  const TempDir temp;
  const auto in = [&](const char* name) { return temp / name; };
  fs::create_directory(in("empty"));
  check_refused(in("empty"), {"no config.json here"});

  put(in("adapter") / "adapter_config.json", R"({"base_model_name_or_path": "LanguageBind/Video-LLaVA-7B-hf"})");
  put(in("adapter") / "adapter_model.safetensors");
  check_refused(in("adapter"), {"adapter (LoRA)", "LanguageBind/Video-LLaVA-7B-hf", "merge_and_unload"});
  put(in("adapter") / "config.json", "{}");
  CHECK_THAT(refusal_of(in("adapter")), Contains("adapter (LoRA)"));
  put(in("damaged") / "adapter_config.json", "{");
  put(in("damaged") / "adapter_model.bin");
  check_refused(in("damaged"), {"adapter (LoRA)", "its base model"});

  put(in("gguf") / "mmproj.gguf");
  check_refused(in("gguf"), {"expected the folder of one model, found the GGUF files", "mmproj.gguf"});

  put(in("pickled") / "pytorch_model-00001-of-00002.bin");
  put(in("pickled") / "pytorch_model.bin.index.json", "{}");
  check_refused(in("pickled"), {"only pickled weights", "pytorch_model-00001-of-00002.bin", "save_pretrained"});
  fs::copy_file(demo_model() / "config.json", in("pickled") / "config.json");
  CHECK_THAT(check_model(in("pickled"), 8).problem, Contains("weight_map"));  // they are read
  CHECK(check_model(in("pickled"), 8).info.config.text.layers != 0);
  put(in("other pickles") / "consolidated.00.pth");
  fs::copy_file(demo_model() / "config.json", in("other pickles") / "config.json");
  check_refused(in("other pickles"), {"only pickled weights here (consolidated.00.pth)", "save_pretrained"});

  put(in("weights") / "model.safetensors");
  check_refused(in("weights"), {"weights without config.json"});
  put(in("no index") / "model-00001-of-00003.safetensors");
  fs::copy_file(demo_model() / "config.json", in("no index") / "config.json");
  check_refused(in("no index"), {"neither model.safetensors nor", "model-00001-of-00003.safetensors"});
  fs::create_directory(in("no weights"));
  fs::copy_file(demo_model() / "config.json", in("no weights") / "config.json");
  check_refused(in("no weights"), {"neither model.safetensors nor", "download the weights"});

  // A model of another kind is reported as that first.
  put(in("mistral") / "config.json", R"({"model_type": "mistral"})");
  const std::string problem = check_model(in("mistral"), 8).problem;
  CHECK_THAT(problem, Contains("video_llava"));
  CHECK_THROWS_WITH(Engine::load({.model = in("mistral"), .backend = cpu_backend()}), Contains(problem));

  put(in("models") / "a" / "config.json", "{}");
  put(in("models") / "b" / "config.json", "{}");
  check_refused(in("models"), {"folder of models", (in("models") / "a").string(), (in("models") / "b").string()});
}

TEST_CASE("model folder: the cache of Hugging Face, and parts of it", "[model_folder]") {
  const TempDir temp;
  const fs::path repository = temp / "hub" / "models--Some--Model", snapshot = repository / "snapshots" / "abc";
  put(repository / "refs" / "main", "abc");
  check_refused(repository, {"not been downloaded"});
  put(snapshot / "config.json", "{}");
  put(temp / "hub" / "datasets--Some--Data" / "snapshots" / "abc" / "config.json", "{}");
  check_refused(temp / "hub", {"Hugging Face's cache", snapshot.string()});
  check_refused(repository, {"Hugging Face's cache", snapshot.string()});
  CHECK_THAT(refusal_of(repository / "snapshots"), Contains(snapshot.string()));
  CHECK(models_in_cache(temp / "hub") == std::vector<fs::path>{snapshot});
  CHECK(models_in_cache(repository) == std::vector<fs::path>{snapshot});
  CHECK(models_in_cache(snapshot).empty());
}

TEST_CASE("model folder: a download to Hugging Face's cache that was not finished", "[model_folder]") {
  const TempDir temp;
  const Environment cache("HF_HUB_CACHE", temp / "hub");
  const fs::path repository = temp / "hub" / "models--Some--Model", snapshot = repository / "snapshots" / "abc";
  fs::create_directories(snapshot);
  check_refused(snapshot, {"not been downloaded", "download it again"});
  fs::create_directories(repository / "blobs");
  for (const auto& file : fs::directory_iterator(demo_model())) {
    fs::copy_file(file.path(), repository / "blobs" / file.path().filename());
    fs::create_symlink(fs::path("../../blobs") / file.path().filename(), snapshot / file.path().filename());
  }
  CHECK(check_model(snapshot, 8).problem.empty());
  CHECK(model_folder("Some/Model") == snapshot);
  CHECK(check_model("Some/Model", 8).info.path == snapshot);
  CHECK(Engine::load({.model = "Some/Model", .backend = cpu_backend()})->info().path == snapshot);
  for (const char* name : {"model.safetensors", "config.json", "tokenizer.model"}) {
    const fs::path blob = repository / "blobs" / name;
    fs::rename(blob, blob.string() + ".incomplete");
    check_refused(snapshot, {(snapshot / name).string(), "broken symbolic link", "download it again"});
    check_refused("Some/Model", {"not been downloaded completely", "sparsight-cli models pull Some/Model"});
    fs::rename(blob.string() + ".incomplete", blob);
  }
  // Next to a complete snapshot, an incomplete one does not count.
  fs::create_directories(repository / "snapshots" / "new");
  fs::create_symlink("../../blobs/config.json", repository / "snapshots" / "new" / "config.json");
  put(repository / "refs" / "main", "new");
  CHECK(model_folder("Some/Model") == snapshot);
  // Of two whole ones, the revision main, else the newest.
  fs::create_symlink("../../blobs/model.safetensors", repository / "snapshots" / "new" / "model.safetensors");
  CHECK(model_folder("Some/Model") == repository / "snapshots" / "new");
  put(repository / "refs" / "main", "abc");
  CHECK(model_folder("https://huggingface.co/Some/Model") == snapshot);
  put(repository / "refs" / "main", "../..");
  fs::last_write_time(snapshot, fs::last_write_time(snapshot) - std::chrono::hours(1));
  CHECK(model_folder("Some/Model") == repository / "snapshots" / "new");
  // Shards of which one is missing.
  fs::rename(repository / "snapshots" / "new" / "model.safetensors",
             repository / "snapshots" / "new" / "model-00001-of-00002.safetensors");
  put(repository / "snapshots" / "new" / "model.safetensors.index.json", "{}");
  CHECK(model_folder("Some/Model") == snapshot);
  // A path that is there is that path.
  CHECK(model_folder(snapshot) == snapshot);
  CHECK(model_folder("no/such/folder") == "no/such/folder");
}

TEST_CASE("model folder: weights that were saved from inside another object", "[model_folder]") {
  const TempDir temp;
  const auto refused = [&](const std::string& prefix, const std::string& named = {}) {
    fs::remove_all(temp / "model");
    fs::copy(demo_model(), temp / "model");
    SafetensorsWriter weights;
    weights.add(prefix + "model.language_model.embed_tokens.weight", "F32", {1}, "abcd");
    write_file(temp / "model" / "model.safetensors", weights.str());
    const std::string problem = check_model(temp / "model", 8).problem;
    try {
      static_cast<void>(Engine::load({.model = temp / "model", .backend = cpu_backend()}));
      FAIL_CHECK("was loaded");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Model);
      CHECK_THAT(error.what(), Contains("\"" + (named.empty() ? prefix : named) + "\""));
    }
    return problem;
  };
  CHECK_THAT(refused("module."), Contains("DataParallel") && Contains("model.safetensors"));
  CHECK_THAT(refused("_orig_mod."), Contains("torch.compile"));
  CHECK_THAT(refused("base_model.model."), Contains("peft"));
  // Wrapped as part of another object, and more than once: the outermost one is named.
  CHECK_THAT(refused("model.module."), Contains("DataParallel"));
  CHECK_THAT(refused("model.language_model._orig_mod."), Contains("torch.compile"));
  CHECK_THAT(refused("student.base_model.model."), Contains("peft"));
  CHECK_THAT(refused("module._orig_mod.", "module."), Contains("DataParallel"));
  CHECK_THAT(refused("_orig_mod.module.", "_orig_mod."), Contains("torch.compile"));
}

TEST_CASE("model folder: on the command line", "[model_folder]") {
  const TempDir temp;
  put(temp / "m" / "mmproj.gguf");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"info", "--model"},
                                                {"ask", demo_clip().string(), "What is there?", "--model"},
                                                {"quantize", "--to", "int8", "--out", (temp / "out").string()}})
    for (const auto& [path, expected] :
         {std::pair<std::string, std::string>{(temp / "m").string(), "GGUF"},
          {"Some/Model-of-the-hub", "sparsight-cli models pull Some/Model-of-the-hub"}}) {
      std::vector<std::string> command{SPARSIGHT_CLI};
      command.insert(command.end(), words.begin(), words.end());
      command.push_back(path);
      const Ran ran = run(command);
      CHECK(ran.exit_code == 3);
      CHECK_THAT(ran.err, Contains(expected));
    }
  CHECK_FALSE(fs::exists(temp / "out.part"));
}

}  // namespace
}  // namespace sparsight::test
