#include "tests/house.h"

#include <catch2/catch.hpp>

#include "tests/support.h"

#include <regex>
#include <set>

namespace sparsight::house {

namespace fs = std::filesystem;

bool matches(const std::string& text, const std::string& pattern) {
  return std::regex_match(text, std::regex(pattern, std::regex::ECMAScript));
}

std::vector<std::string> all_matches(const std::string& text, const std::string& pattern, std::size_t group) {
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

const std::vector<Library>& libraries() {
  static const std::vector<Library> all = {
      {"FFmpeg", "lib(av[a-z]+|sw[a-z]+)/.*", R"(core/media/(video\w*|image_file)\.(cpp|h))"},
      {"libjpeg", "j(peglib|config|morecfg|error|pegint)\\.h", R"(core/media/image_\w+\.cpp)"},
      {"libwebp", "webp/.*", R"(core/media/image_\w+\.cpp)"},
      {"libheif", "libheif/.*", R"(core/media/image_\w+\.cpp)"},
      {"Cairo", "(cairo/)?cairo.*", R"(core/pictures/(canvas|drawing)\.cpp)"},
      {"SQLite", "sqlite3.*", R"(core/chat/(sql|store\w*)\.(cpp|h))"},
      {"libcurl", "curl/.*", R"(core/hub/http\w*\.cpp)"},
      {"OpenSSL", "openssl/.*", R"(core/hub/checksum\.cpp|tests/hub_server\.cpp)"},
      {"Eigen", "(Eigen|unsupported)/.*", R"(core/pruning/ranking\.cpp)"},
      // The test compares NVIDIA's declarations with ours.
      {"CUDA", "(cuda|cublas|cudnn|cusparse|curand|nv[a-z]+|cub/|cooperative_groups).*",
       R"(kernels/cuda/.*|tests/cuda_headers_test\.cpp)"},
      {"Qt", "(Q[A-Z]|Qt[A-Z]).*", "app/(?!cli/).*|tests/qml/.*"},
      {"Highway", "hwy/.*", "kernels/cpu/.*|tests/kernels\\w*_test.cpp"},
      {"oneDNN", "(oneapi/dnnl/)?dnnl.*", "kernels/cpu/.*"},
      {"SentencePiece", "sentencepiece.*", R"(core/model/tokenizer/sentencepiece\.cpp|tests/.*)"},
      {"PCRE2", "pcre2.*", R"(core/model/tokenizer/pattern\w*\.cpp)"},
      {"utf8proc", "utf8proc.*", R"(core/model/tokenizer/unicode\.cpp|core/chat/store_tags\.cpp)"},
      {"nlohmann json", "nlohmann/.*", "(core|app|tests)/.*"},
  };
  return all;
}

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

const Tree& this_tree() {
  static const Tree tree = read_tree(test::source_dir());
  return tree;
}

void holds_here(Rule rule) {
  for (const std::string& complaint : rule(this_tree())) FAIL_CHECK(complaint);
  SUCCEED();
}

void tells_apart(Rule rule, const std::vector<File>& bad, const std::vector<File>& good,
                 const std::vector<File>& around) {
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

}  // namespace sparsight::house
