// The rules of the tree, checked by reading it: who includes whom, what is registered, what is written where.
#include <catch2/catch.hpp>

#include "tests/support.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

struct File {
  std::string path;  // from the root of the tree, with '/'
  std::string text;  // empty for binary files
};

struct Tree {
  std::vector<File> files;

  [[nodiscard]] const File* find(std::string_view path) const {
    const auto at = std::find_if(files.begin(), files.end(), [&](const File& file) { return file.path == path; });
    return at == files.end() ? nullptr : &*at;
  }
  // A file, or a folder that holds one.
  [[nodiscard]] bool holds(std::string path) const {
    while (path.ends_with('/')) path.pop_back();
    return path.empty() || path == "." || std::any_of(files.begin(), files.end(), [&](const File& file) {
             return file.path == path || file.path.starts_with(path + "/");
           });
  }
};

using Complaints = std::vector<std::string>;

bool matches(const std::string& text, const std::string& pattern) {
  return std::regex_match(text, std::regex(pattern, std::regex::ECMAScript));
}

std::vector<std::string> all_matches(const std::string& text, const std::string& pattern, std::size_t group = 1) {
  const std::regex regex(pattern, std::regex::ECMAScript | std::regex::multiline);
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) found.push_back((*at)[group]);
  return found;
}

bool is_cpp(const std::string& path) { return matches(path, R"(.*\.(h|hpp|cpp|cu|cuh))"); }
std::string folder_of(const std::string& path) { return fs::path(path).parent_path().generic_string(); }
std::string top_of(const std::string& path) { return path.substr(0, path.find('/')); }

std::vector<std::string> includes_of(const File& file) {
  return all_matches(file.text, R"re(^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"])re");
}

// ---- The list of files

Tree read_tree(const fs::path& root) {
  std::vector<std::string> paths;
  try {
    const test::Ran git = test::run({"git", "-C", root.string(), "ls-files", "-z"});
    for (std::size_t at = 0; git.exit_code == 0 && at < git.out.size();) {
      paths.emplace_back(git.out.c_str() + at);
      at += paths.back().size() + 1;
    }
  } catch (const std::runtime_error&) {
    paths.clear();  // no git on this machine
  }
  if (paths.empty()) {
    const std::set<std::string> not_ours = {".git", ".cache", ".venv", "__pycache__", "build", "out"};
    for (fs::recursive_directory_iterator at(root), end; at != end; ++at) {
      if (not_ours.contains(at->path().filename().string()))
        at.disable_recursion_pending();
      else if (at->is_regular_file())
        paths.push_back(at->path().lexically_relative(root).generic_string());
    }
  }
  Tree tree;
  for (const std::string& path : paths) {
    std::error_code absent;
    if (!fs::is_regular_file(root / path, absent)) continue;
    std::string text = fs::file_size(root / path) > 4'000'000 ? "" : test::read_file(root / path);
    if (text.find('\0') != std::string::npos) text.clear();
    tree.files.push_back({path, std::move(text)});
  }
  return tree;
}

// ---- Includes

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

struct Library {
  std::string name;
  std::string headers;    // pattern of what is included
  std::string only_here;  // pattern of the files that may
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> all = {
      {"FFmpeg", "lib(av[a-z]+|sw[a-z]+)/.*", R"(core/media/(video\w*|image_file)\.(cpp|h)|app/player/.*)"},
      {"libjpeg", "j(peglib|config|morecfg|error|pegint)\\.h", R"(core/media/image_\w+\.cpp)"},
      {"libwebp", "webp/.*", R"(core/media/image_\w+\.cpp)"},
      {"libheif", "libheif/.*", R"(core/media/image_\w+\.cpp)"},
      {"Cairo", "(cairo/)?cairo.*", R"(core/pictures/(canvas|drawing)\.cpp)"},
      {"SQLite", "sqlite3.*", R"(core/chat/(sql|store\w*)\.(cpp|h))"},
      {"Eigen", "(Eigen|unsupported)/.*", R"(core/pruning/ranking\.cpp)"},
      {"CUDA", "(cuda|cublas|cudnn|cusparse|curand|nv[a-z]+|cub/|cooperative_groups).*", "kernels/cuda/.*"},
      {"Qt", "(Q[A-Z]|Qt[A-Z]).*", "app/(?!cli/).*|tests/qml/.*"},
      {"Highway", "hwy/.*", "kernels/cpu/.*|tests/kernels\\w*_test.cpp"},
      {"oneDNN", "(oneapi/dnnl/)?dnnl.*", "kernels/cpu/.*"},
      {"SentencePiece", "sentencepiece.*", R"(core/model/tokenizer/tokenizer\w*\.(cpp|h)|tests/.*)"},
      {"nlohmann json", "nlohmann/.*", "(core|app|tests)/.*"},
  };
  return all;
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
      {"core/pruning/(?!(run|states)\\.).*", R"(\bBackend\b)", "names Backend: a strategy asks States"},
  };
  Complaints complaints;
  for (const File& file : tree.files)
    for (const Ban& ban : bans)
      if (is_cpp(file.path) && matches(file.path, ban.files) && std::regex_search(file.text, std::regex(ban.words)))
        complaints.push_back(file.path + ": " + ban.why);
  return complaints;
}

// ---- What core and app have one of

Complaints check_one_of_each(const Tree& tree) {
  struct One {
    std::string words, home, use;
  };
  static const std::vector<One> ones = {
      {R"re(find_last_not_of\(("|k[A-Z]))re", R"(core/base/text\.cpp)", "trims: core/base/text.h does"},
      {R"(& 0xC0u?\) [!=]= 0x80)", R"(core/base/text\.cpp)", "reads UTF-8: core/base/text.h does"},
      {R"(&(amp|lt);|%\{:02X\})", R"(core/base/text\.cpp)", "escapes: core/base/text.h does"},
      {R"(\b(steady_clock|system_clock|QElapsedTimer)\b)", R"(core/base/stopwatch\.h|app/player/playback\.cpp)",
       "has a clock of its own: core/base/stopwatch.h is there"},
      {R"re("data_offsets", \{)re", R"(core/model/safetensors\.cpp)",
       "writes safetensors: core/model/safetensors.h does"},
      {R"(1099511628211|14695981039346656037)", "", "hashes by FNV: core/base/hash.h is there"},
      {R"(0x(56B4E9|E69F00|CC79A7))", R"(core/pictures/colour_map\.h)", "has colours of core/pictures/colour_map.h"},
      {R"(\bmodel\.(language_model|multi_modal_projector|video_tower|image_tower)\b)", R"(core/model/families/.*)",
       "names tensors: core/model/families/names.h and the family do"},
      {R"re("<(video|image)>")re", R"(core/model/families/.*)",
       "has words of a template: a family's ChatTemplate has them"},
      {R"(\bvideo_llava\b)", R"(core/model/families/.*)", "asks which family it is: Family says what it is asked for"},
      {R"(\bstruct Linear\b)", R"(core/model/linear\.h)", "has a Linear: core/model/linear.h is there"},
  };
  Complaints complaints;
  for (const File& file : tree.files)
    for (const One& one : ones)
      if (is_cpp(file.path) && matches(file.path, "(core|app)/.*") && !matches(file.path, one.home) &&
          std::regex_search(file.text, std::regex(one.words)))
        complaints.push_back(file.path + ": " + one.use);
  return complaints;
}

// ---- Public headers: those in a FILE_SET HEADERS

std::vector<std::string> public_headers(const Tree& tree) {
  std::vector<std::string> headers;
  for (const File& file : tree.files) {
    if (fs::path(file.path).filename() != "CMakeLists.txt") continue;
    for (const std::string& list : all_matches(file.text, R"(FILE_SET\s+HEADERS\b[^)]*\bFILES\s+([^)]*)\))"))
      for (const std::string& name : all_matches(list, R"(([^\s#]+\.h)\b)"))
        headers.push_back((fs::path(folder_of(file.path)) / name).generic_string());
  }
  return headers;
}

Complaints check_public_headers(const Tree& tree) {
  const std::vector<std::string> list = public_headers(tree);
  const std::set<std::string> known(list.begin(), list.end());
  Complaints complaints;
  for (const std::string& path : known) {
    const File* file = tree.find(path);
    if (file == nullptr) continue;  // CMake refuses that by itself
    if (!file->text.starts_with("//")) complaints.push_back(path + ": starts without its contract in a comment");
    if (all_matches(file->text, "^#pragma once$", 0).empty()) complaints.push_back(path + ": no #pragma once");
    for (const std::string& include : includes_of(*file)) {
      for (const Library& library : libraries())
        if (matches(include, library.headers) && library.name != "Qt")
          complaints.push_back(path + ": " + library.name + " in a public header");
      if (matches(include, "(kernels|core)/.*") && !known.contains(include))
        complaints.push_back(path + ": a public header includes " + include + ", which is private");
    }
  }
  return complaints;
}

// ---- Registered with CMake

// Every source stands in the CMakeLists.txt of its folder or of one above, by its path from there.
Complaints check_registered(const Tree& tree) {
  Complaints complaints;
  for (const File& file : tree.files) {
    if (!matches(file.path, R"((kernels|core|app)/.*\.(cpp|cu)|tests/[^/]*\.cpp)")) continue;
    bool listed = false;
    for (std::string folder = folder_of(file.path); !folder.empty() && !listed; folder = folder_of(folder)) {
      const File* list = tree.find(folder + "/CMakeLists.txt");
      if (list == nullptr) continue;
      const std::string name = std::regex_replace(file.path.substr(folder.size() + 1), std::regex(R"([.+])"), "\\$&");
      listed = std::regex_search(list->text, std::regex("(^|[\\s(])" + name + "($|[\\s)])"));
    }
    if (!listed) complaints.push_back(file.path + ": no CMakeLists.txt names it");
  }
  return complaints;
}

// ---- What is written

Complaints check_lengths(const Tree& tree) {
  Complaints complaints;
  for (const File& file : tree.files) {
    const std::ptrdiff_t lines = std::count(file.text.begin(), file.text.end(), '\n');
    const std::ptrdiff_t limit = file.path.ends_with(".qml")                       ? 300
                                 : is_cpp(file.path) || file.path.ends_with(".py") ? 600
                                                                                   : lines;
    if (lines > limit)
      complaints.push_back(file.path + ": " + std::to_string(lines) + " lines, the limit is " + std::to_string(limit));
  }
  return complaints;
}

// What a text shows may come from a file: it is shown as it is, and loads nothing that it names.
Complaints check_plain_text(const Tree& tree) {
  static const std::regex begin(R"((^|[\s:])(Text|Label) \{)");
  Complaints complaints;
  for (const File& file : tree.files)
    for (std::sregex_iterator at(file.text.begin(), file.text.end(), begin), end; at != end; ++at) {
      std::string own = at->suffix();
      int depth = 1;
      own.erase(std::ranges::find_if(own, [&](char c) { return (depth += (c == '{') - (c == '}')) == 0; }), own.end());
      if (file.path.ends_with(".qml") && own.find("textFormat: Text.PlainText") == std::string::npos)
        complaints.push_back(file.path + ": a Text whose textFormat is not Text.PlainText");
    }
  return complaints;
}

// A layout of Qt 6.4 may arrange an item once more after a Repeater has destroyed it; Row, Column and Flow do not.
Complaints check_repeaters(const Tree& tree) {
  Complaints complaints;
  const std::regex brace(R"(([\w.]+)?\s*\{|\})"), quoted(R"re("[^"\n]*"|//[^\n]*)re");
  for (const File& file : tree.files) {
    if (!file.path.ends_with(".qml")) continue;
    const std::string text = std::regex_replace(file.text, quoted, "");
    std::vector<std::string> around;
    for (std::sregex_iterator at(text.begin(), text.end(), brace), end; at != end; ++at) {
      const std::string found = at->str(), type = (*at)[1];
      if (found == "}") {
        if (!around.empty()) around.pop_back();
        continue;
      }
      if (type == "Repeater" && !around.empty() && around.back().ends_with("Layout"))
        complaints.push_back(file.path + ": a Repeater in a " + around.back() + "; put a Row or Column between them");
      around.push_back(type);
    }
  }
  return complaints;
}

// A path that exists on one developer's machine only.
Complaints check_machine_paths(const Tree& tree) {
  // In brackets, so that this file does not complain about itself.
  const std::regex machine(
      R"((^|[\s"'`(=:,]|file://)(/([h]ome|[r]oot|[U]sers|[w]ork|[w]orkspace)/[^\s"']*|/(tmp|var/tmp)/[h]f[^\s"']*|)"
      R"([A-Za-z]:\\+[U]sers))");
  Complaints complaints;
  for (const File& file : tree.files) {
    if (file.path.starts_with("resources/models/")) continue;  // vocabularies hold any word
    std::smatch found;
    if (std::regex_search(file.text, found, machine))
      complaints.push_back(file.path + ": a machine's path, " + found.str(2));
  }
  return complaints;
}

std::string without_code_blocks(const std::string& text) {
  std::string kept;
  bool inside = false;
  for (const std::string& line : all_matches(text, "([^\n]*\n?)")) {
    const bool fence = line.starts_with("```");
    if (!fence && !inside) kept += line;
    if (fence) inside = !inside;
  }
  return kept;
}

// Words in backticks that look like a path of this tree, in the documents that describe it.
Complaints check_paths_in_documents(const Tree& tree) {
  Complaints complaints;
  for (const File& file : tree.files) {
    if (!matches(file.path, "[^/]*\\.md")) continue;
    for (std::string path : all_matches(without_code_blocks(file.text), "`(\\.?[A-Za-z0-9_][A-Za-z0-9_.+/-]*)`")) {
      const bool has_folder = path.find('/') != std::string::npos;
      const bool of_source = matches(path, R"(.*\.(h|cpp|cu|py|qml|sh|md|cmake|txt))");
      const bool ours =
          has_folder && matches(top_of(path), "kernels|core|app|qml|resources|tests|packaging|tools|cmake|docs|\\.ci");
      if ((ours || (has_folder && of_source) || matches(path, ".*\\.md")) && !tree.holds(path))
        complaints.push_back(file.path + ": `" + path + "` does not exist");
    }
  }
  return complaints;
}

Complaints check_links(const Tree& tree) {
  Complaints complaints;
  for (const File& file : tree.files) {
    if (!file.path.ends_with(".md")) continue;
    for (const std::string& link : all_matches(without_code_blocks(file.text), R"(\]\(([^)\s]+)[^)]*\))")) {
      if (matches(link, "[a-z]+:.*|#.*")) continue;
      const fs::path target = fs::path(folder_of(file.path)) / link.substr(0, link.find('#'));
      if (!tree.holds(target.lexically_normal().generic_string()))
        complaints.push_back(file.path + ": the link to " + link + " leads nowhere");
    }
  }
  return complaints;
}

// ---- The rules, on this tree and on made-up ones that break them

using Rule = Complaints (*)(const Tree&);

const Tree& this_tree() {
  static const Tree tree = read_tree(test::source_dir());
  return tree;
}

void holds_here(Rule rule) {
  for (const std::string& complaint : rule(this_tree())) FAIL_CHECK(complaint);
  SUCCEED();
}

// The rule complains once about each of `bad` and not about `good`, the rest of the tree being `around`.
void tells_apart(Rule rule, const std::vector<File>& bad, const std::vector<File>& good,
                 const std::vector<File>& around = {}) {
  const auto judge = [&](const File& file) {
    Tree tree{around};
    tree.files.push_back(file);
    return rule(tree);
  };
  for (const File& file : bad) {
    INFO(file.path << ": " << file.text);
    const Complaints complaints = judge(file);
    CHECK(complaints.size() == 1);
    for (const std::string& complaint : complaints) CHECK(complaint.starts_with(file.path));
  }
  for (const File& file : good) {
    INFO(file.path << ": " << file.text);
    CHECK(judge(file) == Complaints{});
  }
}

TEST_CASE("house: the tree is read", "[house]") {
  for (const char* path : {"core/engine.h", "tests/house_test.cpp", "tools/run"}) {
    INFO(path);
    REQUIRE(this_tree().find(path) != nullptr);
    CHECK_FALSE(this_tree().find(path)->text.empty());
  }
  CHECK(this_tree().holds("core/"));
  CHECK_FALSE(this_tree().holds("cor"));
}

TEST_CASE("house: a tree without git is walked, leaving out what is built", "[house]") {
  const test::TempDir temp;
  for (const char* folder : {"core", "build", ".git"}) {
    fs::create_directory(temp / folder);
    test::write_file(temp / folder / "x.h", "// x\n");
  }
  const Tree tree = read_tree(temp.path());
  REQUIRE(tree.files.size() == 1);
  CHECK(tree.files[0].path == "core/x.h");
}

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

TEST_CASE("house: there is one of each", "[house]") {
  tells_apart(check_one_of_each,
              {{"core/x.cpp", "text.find_last_not_of(\" \")\n"},
               {"app/x.cpp", "if ((byte & 0xC0) == 0x80)\n"},
               {"core/x.cpp", "out += \"&lt;\";\n"},
               {"app/x.h", "QElapsedTimer clock_;\n"},
               {"core/pruning/trace.cpp", "{{\"data_offsets\", {0, 4}}}\n"},
               {"core/x.cpp", "hash * 1099511628211ULL\n"},
               {"core/pictures/plot.cpp", "kBlue = rgb(0x56B4E9)\n"},
               {"core/model/llama.cpp", "struct Linear {\n"},
               {"core/model/llama.cpp", "get(\"model.language_model.norm.weight\")\n"},
               {"core/model/prompt.cpp", "spans.push_back({\"<video>\"});\n"},
               {"core/model/vision.cpp", "if (family == &video_llava())\n"}},
              {{"core/base/text.cpp", "text.find_last_not_of(\" \")\n"},
               {"core/x.cpp", "text.find_last_not_of('0')\n"},
               {"core/base/stopwatch.h", "std::chrono::steady_clock::now()\n"},
               {"kernels/x.cpp", "std::chrono::steady_clock::now()\n"}});
  holds_here(check_one_of_each);
}

TEST_CASE("house: public headers state a contract and show no library", "[house]") {
  const File lists{
      "core/CMakeLists.txt",
      "target_sources(x PUBLIC FILE_SET HEADERS BASE_DIRS ${DIR} FILES\n  a.h\n  sub/b.h\n)\nother(c.h)\n"};
  CHECK(public_headers({{lists}}) == std::vector<std::string>{"core/a.h", "core/sub/b.h"});
  const std::string good = "// A contract.\n#pragma once\n";
  tells_apart(check_public_headers,
              {{"core/a.h", "#pragma once\n// Too late.\n"},
               {"core/a.h", "// No guard.\n// #pragma once would do\n"},
               {"core/a.h", good + "#include <nlohmann/json.hpp>\n"},
               {"core/sub/b.h", good + "#include <libavutil/frame.h>\n"},
               {"core/a.h", good + "#include \"core/base/json.h\"\n"}},
              {{"core/a.h", good + "#include \"core/sub/b.h\"\n#include <vector>\n"},
               {"core/private.h", "#include <nlohmann/json.hpp>\n"}},
              {lists});
  CHECK(public_headers(this_tree()).size() > 10);
  holds_here(check_public_headers);
}

TEST_CASE("house: every source and every test is registered with CMake", "[house]") {
  const std::vector<File> lists = {{"tests/CMakeLists.txt", "add_executable(t\n  a_test.cpp\n  ab_test.cpp)\n"},
                                   {"kernels/CMakeLists.txt", "add_library(k cpu/gemm.cpp)"},
                                   {"core/CMakeLists.txt", "add_library(c\n  pruning/budget.cpp\n)"}};
  tells_apart(
      check_registered,
      {{"tests/b_test.cpp", ""}, {"kernels/gemm.cpp", ""}, {"core/budget.cpp", ""}, {"core/cpu/gemm.cpp", ""}},
      {{"tests/a_test.cpp", ""}, {"kernels/cpu/gemm.cpp", ""}, {"core/pruning/budget.cpp", ""}, {"core/x.h", ""}},
      lists);
  holds_here(check_registered);
}

TEST_CASE("house: files stay short", "[house]") {
  const std::string lines_301(301, '\n'), lines_601(601, '\n');
  tells_apart(check_lengths, {{"core/x.cpp", lines_601}, {"tools/x.py", lines_601}, {"qml/X.qml", lines_301}},
              {{"core/x.cpp", lines_601.substr(1)}, {"qml/X.qml", lines_301.substr(1)}, {"LICENSE", lines_601}});
  holds_here(check_lengths);
}

TEST_CASE("house: no Repeater in a layout", "[house]") {
  tells_apart(check_repeaters,
              {{"qml/A.qml", "Item {\n  ColumnLayout {\n    Text { text: \"{\" }\n    Repeater {\n    }\n  }\n}\n"},
               {"qml/B.qml", "RowLayout { // {\n  Repeater { model: 3 }\n}\n"}},
              {{"qml/A.qml", "ColumnLayout {\n  Column {\n    Repeater {\n    }\n  }\n}\n"},
               {"qml/B.qml", "Item {\n  RowLayout { Text {} }\n  Repeater {}\n}\n"}});
  holds_here(check_repeaters);
}

TEST_CASE("house: texts are shown as they are", "[house]") {
  tells_apart(check_plain_text, {{"qml/A.qml", "Text {}"}}, {{"qml/A.qml", "Text { textFormat: Text.PlainText }"}});
  holds_here(check_plain_text);
}

TEST_CASE("house: no path of somebody's machine", "[house]") {
  tells_apart(check_machine_paths,
              {{"core/x.cpp",
                "open(\"/ho"
                "me/ann/model\");\n"},
               {"tools/x.py",
                "cache = '/tmp/h"
                "f/models'\n"},
               {"README.md",
                "Put it in `/ro"
                "ot/models`.\n"},
               {"core/x.cpp",
                "\"C:\\\\Us"
                "ers\\\\ann\""}},
              {{"core/x.cpp",
                "open(\"/proc/self/exe\"), \"a/ho"
                "me/b\"\n"},
               {"README.md",
                "See https://example.org/wo"
                "rk/x and ~/videos.\n"}});
  holds_here(check_machine_paths);
}

TEST_CASE("house: paths named in the documents exist", "[house]") {
  tells_apart(check_paths_in_documents,
              {{"README.md", "See `core/gone.h`.\n"},
               {"ARCHITECTURE.md", "`tests/nowhere/`\n"},
               {"README.md", "`GONE.md`\n"},
               {"README.md", "`cor/engine.h`\n"}},
              {{"README.md", "`core/engine.h`, `core/`, `config.json`, `lmsys/vicuna-7b`, `README.md`, `a -> b/c.h`\n"},
               {"README.md", "```\n`core/gone.h`\n```\n"},
               {"docs/note.md", "`core/gone.h`\n"}},
              {{"core/engine.h", ""}});
  holds_here(check_paths_in_documents);
}

TEST_CASE("house: links between documents lead somewhere", "[house]") {
  tells_apart(check_links, {{"README.md", "[x](docs/gone.md)\n"}, {"docs/a.md", "![x](core/engine.h \"title\")\n"}},
              {{"README.md", "[x](core/engine.h#L3) [y](https://example.org) [z](#here) [d](core)\n"},
               {"docs/a.md", "[x](../core/engine.h)\n"}},
              {{"core/engine.h", ""}});
  holds_here(check_links);
}

}  // namespace
}  // namespace sparsight
