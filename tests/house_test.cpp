// The rules of the tree, checked by reading it: what is registered, what is public, how long things are. Beside it:
// house_includes_test.cpp and house_words_test.cpp.
#include <catch2/catch.hpp>

#include "tests/house.h"
#include "tests/support.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>
#include <string_view>

namespace sparsight::house {

namespace fs = std::filesystem;

namespace {

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

Complaints check_lengths(const Tree& tree) {
  constexpr std::string_view kMade = "app/translations/core_messages.h";  // by tools/core_messages.py
  Complaints complaints;
  for (const File& file : tree.files) {
    if (file.path == kMade) continue;
    const std::ptrdiff_t lines = std::count(file.text.begin(), file.text.end(), '\n');
    const std::ptrdiff_t limit = file.path.ends_with(".qml")                       ? 300
                                 : is_cpp(file.path) || file.path.ends_with(".py") ? 600
                                                                                   : lines;
    if (lines > limit)
      complaints.push_back(file.path + ": " + std::to_string(lines) + " lines, the limit is " + std::to_string(limit));
  }
  return complaints;
}

// C++ without comments, directives and what stands in quotes; lines stay.
std::string code_of(const std::string& text) {
  std::string code;
  for (std::size_t at = 0; at < text.size();) {
    const auto starts = [&](std::string_view word) { return std::string_view(text).substr(at).starts_with(word); };
    const bool line_begins = at == 0 || text[at - 1] == '\n';
    std::size_t end = at;  // of what is left out
    if (starts("//") || (line_begins && starts("#"))) {
      end = std::min(text.find('\n', at), text.size());
    } else if (starts("/*")) {
      end = std::min(text.find("*/", at + 2), text.size() - 2) + 2;
    } else if (starts("R\"")) {
      const std::string closing = ")" + text.substr(at + 2, text.find('(', at) - at - 2) + "\"";
      end = std::min(text.find(closing, at), text.size() - closing.size()) + closing.size();
    } else if (starts("\"") ||
               (starts("'") && (at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0))) {
      for (end = at + 1; end < text.size() && text[end] != text[at]; ++end) end += text[end] == '\\' ? 1 : 0;
      end = std::min(end + 1, text.size());
    }
    if (end == at) {
      code += text[at++];
      continue;
    }
    code.append(static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                                                    text.begin() + static_cast<std::ptrdiff_t>(end), '\n')),
                '\n');
    at = end;
  }
  return code;
}

// A block is of a function, or in one, where a parenthesis stands before its brace: types, namespaces and tables have
// none.
Complaints check_functions(const Tree& tree) {
  constexpr std::size_t kMost = 80;
  struct Block {
    std::size_t line;
    bool function;
  };
  Complaints complaints;
  for (const File& file : tree.files) {
    if (!is_cpp(file.path) || file.path.starts_with("kernels/")) continue;
    std::vector<Block> blocks;
    std::string head;  // of a block: what stands since the last statement
    std::size_t line = 1, head_line = 1;
    for (const char c : code_of(file.text)) {
      line += c == '\n' ? 1 : 0;
      if (head.empty() && std::isspace(static_cast<unsigned char>(c)) != 0) continue;
      if (head.empty()) head_line = line;
      if (c == '{') blocks.push_back({head_line, head.find('(') != std::string::npos});
      if (c == '}' && !blocks.empty()) {
        const auto [first, function] = blocks.back();
        blocks.pop_back();
        const std::size_t lines = line - first + 1;
        const bool inside = std::ranges::any_of(blocks, &Block::function);
        if (function && !inside && lines > kMost)
          complaints.push_back(file.path + ": a function of " + std::to_string(lines) + " lines from line " +
                               std::to_string(first) + " on, the limit is " + std::to_string(kMost));
      }
      head = c == '{' || c == '}' || c == ';' ? "" : head + c;
    }
  }
  return complaints;
}

}  // namespace

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

TEST_CASE("house: functions stay short", "[house]") {
  const auto lines = [](std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += "  x();\n";
    return out;
  };
  const std::string begin = "// {\nvoid f(int a,\n       int b) {\n", braces = "  g(\"{\", '{', R\"({\"{)\", 1'000);\n";
  tells_apart(check_functions,
              {{"core/x.cpp", begin + lines(78) + "}\n"},
               {"tests/x.cpp", "TEST_CASE(\"x\") {\n" + lines(40) + braces + lines(40) + "}\n"},
               {"app/x.h", "struct A {\n  A() : a{1}, b(2) {\n" + lines(80) + "  }\n};\n"}},
              {{"core/x.cpp", begin + lines(77) + "}\n"},
               {"core/y.cpp", "namespace {\n\nvoid f() {\n" + lines(70) + "}\n\nvoid g() {\n" + lines(70) + "}\n\n}\n"},
               {"core/x.h", "class A : public B {\n" + lines(90) + "};\n"},
               {"core/z.cpp", "const std::vector<int> all = {\n" + lines(90) + "};\n"},
               {"kernels/x.cpp", begin + lines(90) + "}\n"}});
  holds_here(check_functions);
}

}  // namespace sparsight::house
