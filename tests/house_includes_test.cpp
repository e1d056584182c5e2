// Who includes whom, checked by reading the tree.
#include <catch2/catch.hpp>

#include "tests/house.h"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>
#include <set>

namespace sparsight::house {
namespace {

// qml -> app -> core -> kernels, never back.
Complaints check_layers(const Tree& tree) {
  const std::array<std::pair<std::string, std::string>, 3> forbidden = {{
      {"kernels", "(core|app|qml|tests)/.*|sparsight_version\\.h"},
      {"core", "(app|qml|tests)/.*|sparsight_version\\.h"},
      {"app", "tests/.*"},
  }};
  Complaints complaints;
  for (const File& file : tree.files) {
    if (!is_cpp(file.path)) continue;
    for (const auto& [layer, above] : forbidden)
      for (const std::string& include : includes_of(file))
        if (top_of(file.path) == layer && matches(include, above))
          complaints.push_back(file.path + ": " + layer + " may not include " + include);
  }
  return complaints;
}

Complaints check_libraries(const Tree& tree) {
  Complaints complaints;
  for (const File& file : tree.files) {
    if (!is_cpp(file.path)) continue;
    for (const std::string& include : includes_of(file))
      for (const Library& library : libraries())
        if (matches(include, library.headers) && !matches(file.path, library.only_here))
          complaints.push_back(file.path + ": " + library.name + " (" + include + ") belongs in " + library.only_here);
  }
  return complaints;
}

// ---- Where tensors lie: nobody but their backend knows, and core computes on the one that it was given

Complaints check_backends(const Tree& tree) {
  struct Ban {
    std::string files, words, why;
  };
  static const std::vector<Ban> bans = {
      {"(core|app)/.*", R"(\bBackendMemory\b)", "looks where a tensor lies: Backend::read shows what it holds"},
      {"(core|app)/.*", R"re(#[ \t]*include[ \t]*[<"]kernels/(cpu|cuda)/)re", "includes what is inside a backend"},
      {"core/(?!base/machine\\.cpp).*", R"re(#[ \t]*include[ \t]*[<"]kernels/backends\.h)re",
       "includes kernels/backends.h: core is given its backend"},
      {"core/.*", R"(\b(make_cpu_backend|cpu_backend)\b)", "chooses a backend: core is given one"},
      {"core/pruning/(?!(run|states|attention_recorder)\\.).*", R"(\bBackend\b)",
       "names Backend: a strategy asks States"},
  };
  Complaints complaints;
  for (const File& file : tree.files)
    for (const Ban& ban : bans)
      if (is_cpp(file.path) && matches(file.path, ban.files) && std::regex_search(file.text, std::regex(ban.words)))
        complaints.push_back(file.path + ": " + ban.why);
  return complaints;
}

// ---- The wings of core

// Of core, in their order; those of one line do not know each other. "": the files of core/ itself.
const std::vector<std::vector<std::string>>& wings() {
  static const std::vector<std::vector<std::string>> all = {
      {"base"}, {"media"}, {"model"}, {"pruning"}, {""}, {"pictures", "chat", "hub"}, {"measure"}};
  return all;
}

// nullopt: no file of core.
std::optional<std::string> wing_of(const std::string& path) {
  if (top_of(path) != "core") return std::nullopt;
  const std::string below = path.substr(5);
  return below.find('/') == std::string::npos ? "" : top_of(below);
}

// A file includes what is of its own wing or of earlier ones.
Complaints check_wings(const Tree& tree) {
  const auto place = [](const std::string& wing) {
    return std::ranges::find_if(wings(), [&](const auto& line) { return std::ranges::count(line, wing) != 0; });
  };
  Complaints complaints;
  for (const File& file : tree.files) {
    const std::optional<std::string> own = wing_of(file.path);
    if (!own || !is_cpp(file.path)) continue;
    if (place(*own) == wings().end())
      complaints.push_back(file.path + ": core/" + *own + " is no wing that this test knows");
    for (const std::string& include : includes_of(file)) {
      const std::optional<std::string> other = wing_of(include);
      if (other && *other != *own && place(*other) >= place(*own))
        complaints.push_back(file.path + ": includes " + include + ", of a wing that is not before its own");
    }
  }
  return complaints;
}

// What is in no FILE_SET HEADERS is its wing's own; in core/base, core's. One test looks inside: no file could hold
// every pixel format that a decoder may give.
Complaints check_private_headers(const Tree& tree) {
  const std::vector<std::string> list = public_headers(tree);
  const std::set<std::string> known(list.begin(), list.end());
  Complaints complaints;
  for (const File& file : tree.files) {
    if (!is_cpp(file.path)) continue;
    for (const std::string& include : includes_of(file)) {
      const std::optional<std::string> wing = wing_of(include), own = wing_of(file.path);
      if (!wing || known.contains(include) || wing == own || (own && wing == "base")) continue;
      if (file.path == "tests/video_formats_test.cpp" && include == "core/media/video_picture.h") continue;
      complaints.push_back(file.path + ": includes " + include + ", which no FILE_SET HEADERS names");
    }
  }
  return complaints;
}

}  // namespace

TEST_CASE("house: includes go app -> core -> kernels, never back", "[house]") {
  tells_apart(check_layers,
              {{"kernels/cpu/x.cpp", "#include \"core/model/config.h\"\n"},
               {"kernels/x.h", "  # include <app/x.h>\n"},
               {"core/x.cpp", "#include \"kernels/tensor.h\"\n#include \"app/view.h\"\n"},
               {"core/y.cpp", "#include \"sparsight_version.h\"\n"},
               {"app/x.cpp", "#include \"tests/support.h\"\n"}},
              {{"core/x.cpp", "#include \"kernels/tensor.h\"\n"},
               {"app/x.cpp", "#include \"core/engine.h\"\n#include \"sparsight_version.h\"\n"},
               {"kernels/x.cpp", "// as #include \"core/model/config.h\" would\n"}});
  holds_here(check_layers);
}

TEST_CASE("house: each library has its place", "[house]") {
  const std::string avformat = "#include <libavformat/avformat.h>\n";
  tells_apart(check_libraries,
              {{"core/engine.cpp", avformat},
               {"core/model/prompt.cpp", "extern \"C\" {\n#include \"libswscale/swscale.h\"\n}\n"},
               {"core/media/video.cpp", "#include <jpeglib.h>\n"},
               {"core/media/image_file.h", "#include <webp/decode.h>\n"},
               {"app/player/playback.cpp", avformat},
               {"core/engine.cpp", "#include <sqlite3.h>\n"},
               {"kernels/cpu/gemm.cpp", "#include <cuda_runtime.h>\n"},
               {"core/engine.cpp", "#include <QString>\n"},
               {"app/cli/main.cpp", "#include <QtCore/QString>\n"},
               {"core/model/llama.cpp", "#include <hwy/highway.h>\n"},
               {"core/model/llama.cpp", "#include <oneapi/dnnl/dnnl.hpp>\n"},
               {"kernels/tensor.cpp", "#include <nlohmann/json.hpp>\n"}},
              {{"core/media/video.cpp", avformat},
               {"core/media/video_decoder.cpp", avformat},
               {"core/media/image_file.cpp", avformat},
               {"core/media/image_jpeg.cpp", "#include <jpeglib.h>\n"},
               {"core/media/image_webp.cpp", "#include <webp/decode.h>\n#include <webp/demux.h>\n"},
               {"core/chat/store.cpp", "#include <sqlite3.h>\n"},
               {"kernels/cuda/gemm.cu", "#include <cublasLt.h>\n"},
               {"app/chat/session_list.h", "#include <QString>\n"},
               {"kernels/cpu/gemm.cpp", "#include <hwy/highway.h>\n#include <dnnl.hpp>\n"}});
  holds_here(check_libraries);
}

TEST_CASE("house: wings of core include earlier wings only", "[house]") {
  tells_apart(check_wings,
              {{"core/base/x.h", "#include \"core/media/video.h\"\n"},
               {"core/media/x.cpp", "#include \"core/model/preprocess.h\"\n"},
               {"core/model/families/x.cpp", "#include \"core/pruning/registry.h\"\n"},
               {"core/pruning/run.cpp", "#include \"core/engine.h\"\n"},
               {"core/engine.cpp", "#include \"core/pictures/sheet.h\"\n"},
               {"core/chat/export.cpp", "#include \"core/pictures/heatmap.h\"\n"},
               {"core/pictures/sheet.cpp", "#include \"core/measure/eval.h\"\n"},
               {"core/more/x.cpp", ""}},
              {{"core/base/os/posix.cpp", "#include \"core/base/os/os.h\"\n"},
               {"core/media/video.cpp", "#include \"core/base/text.h\"\n#include \"kernels/error.h\"\n"},
               {"core/prompt_cache.cpp", "#include \"core/pruning/run.h\"\n#include \"core/encode_clip.h\"\n"},
               {"core/measure/eval.cpp", "#include \"core/engine.h\"\n#include \"core/chat/store.h\"\n"},
               {"tests/x_test.cpp", "#include \"core/measure/eval.h\"\n"}});
  holds_here(check_wings);
}

TEST_CASE("house: what is private to a wing is not included from outside it", "[house]") {
  const File lists{"core/media/CMakeLists.txt", "target_sources(x PUBLIC FILE_SET HEADERS FILES\n  video.h\n)\n"};
  const std::string inside = "#include \"core/media/video_scan.h\"\n", json = "#include \"core/base/json.h\"\n";
  tells_apart(check_private_headers,
              {{"app/player/playback.cpp", inside},
               {"core/measure/eval.cpp", inside},
               {"tests/video_test.cpp", inside},
               {"core/engine.cpp", inside},
               {"app/x.cpp", json},
               {"tests/x_test.cpp", json}},
              {{"core/media/video.cpp", inside},
               {"app/player/playback.cpp", "#include \"core/media/video.h\"\n"},
               {"core/measure/eval.cpp", json}},
              {lists});
  holds_here(check_private_headers);
}

TEST_CASE("house: tensors are seen through their backend, which core does not choose", "[house]") {
  tells_apart(check_backends,
              {{"core/model/llama.cpp", "float* x = address_of<BackendMemory>(view);\n"},
               {"app/bench/gemm.cpp", "BackendMemory::address(view)\n"},
               {"core/model/vision.cpp", "#include \"kernels/cpu/kernels.h\"\n"},
               {"core/engine.cpp", "#include \"kernels/backends.h\"\n"},
               {"core/engine.cpp", "auto backend = make_cpu_backend();\n"},
               {"core/base/machine.cpp", "#include \"kernels/backends.h\"\nauto make = cpu_backend({.threads = 2});\n"},
               {"core/pruning/fastv.cpp", "void rank(Backend& backend);\n"},
               {"core/pruning/scores.h", "const Backend* backend;\n"}},
              {{"core/model/llama.cpp", "#include \"kernels/backend.h\"\nBackend& backend;\n"},
               {"core/base/machine.cpp", "#include \"kernels/backends.h\"\nauto cores = cpu_cores();\n"},
               {"core/pruning/run.cpp", "Backend& backend;\n"},
               {"core/pruning/states.h", "Backend* backend_;\n"},
               {"core/pruning/fastv.cpp", "float rank(const States& states);\n"},
               {"app/cli/options.cpp", "#include \"kernels/backends.h\"\ncpu_backend({.threads = threads})\n"},
               {"kernels/cpu/kernels.h", "BackendMemory::address(view)\n"}});
  holds_here(check_backends);
}

}  // namespace sparsight::house
