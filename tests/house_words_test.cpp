// What is written where: words, texts, paths, checked by reading the tree.
#include <catch2/catch.hpp>

#include "tests/house.h"

#include <algorithm>
#include <regex>

namespace sparsight::house {

namespace fs = std::filesystem;

namespace {

Complaints check_one_of_each(const Tree& tree) {
  struct One {
    std::string words, home, use;
  };
  static const std::vector<One> ones = {
      {R"re(find_last_not_of\(("|k[A-Z]))re", R"(core/base/text\.cpp)", "trims: core/base/text.h does"},
      {R"(& 0xC0u?\) [!=]= 0x80)", R"(core/base/text\.cpp)", "reads UTF-8: core/base/text.h does"},
      {R"(&(amp|lt);|%\{:02X\})", R"(core/base/text\.cpp)", "escapes: core/base/text.h does"},
      {R"(\b(steady_clock|system_clock|QElapsedTimer)\b)", R"(core/base/stopwatch\.h)",
       "has a clock of its own: core/base/stopwatch.h is there"},
      {R"re("data_offsets", \{)re", R"(core/model/safetensors\.cpp)",
       "writes safetensors: core/model/safetensors.h does"},
      {R"(1099511628211|14695981039346656037|QCryptographicHash)", "",
       "has a hash of its own: core/base/hash.h is there"},
      {R"(\brgb\(0x|\{0x[0-9a-fA-F]{2}, 0x[0-9a-fA-F]{2}, 0x)", R"(core/pictures/colour_map\.h)",
       "has colours of core/pictures/colour_map.h"},
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

// What a change touches, as ARCHITECTURE.md lists it: few files, which exist; of a new one, NAME, the folder does.
Complaints check_changes(const Tree& tree) {
  constexpr std::size_t kMost = 7;
  const std::string document = "ARCHITECTURE.md", title = "## Three changes";
  const File* file = tree.find(document);
  const std::size_t begin = file == nullptr ? std::string::npos : file->text.find(title);
  if (begin == std::string::npos) return {document + ": no \"" + title + "\""};
  const std::string section = file->text.substr(begin, file->text.find("\n## ", begin + 1) - begin);
  Complaints complaints;
  std::size_t lists = 0, files = 0;
  for (const std::string& line : all_matches(section, "(.*)\n")) {
    const std::vector<std::string> path = all_matches(line, "^    (\\S+)  ");
    if (path.empty()) {
      lists += files > 0 ? 1 : 0;
      files = 0;
      continue;
    }
    if (++files == kMost + 1)
      complaints.push_back(document + ": a change that touches more than " + std::to_string(kMost) + " files");
    std::string folder = path[0].substr(0, path[0].find("NAME"));
    if (folder != path[0]) folder = folder.substr(0, folder.rfind('/'));
    if (!tree.holds(folder)) complaints.push_back(document + ": " + path[0] + " does not exist");
  }
  lists += files > 0 ? 1 : 0;
  if (lists != 3) complaints.push_back(document + ": " + std::to_string(lists) + " changes are listed, not three");
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

}  // namespace

TEST_CASE("house: there is one of each", "[house]") {
  tells_apart(check_one_of_each,
              {{"core/x.cpp", "text.find_last_not_of(\" \")\n"},
               {"app/x.cpp", "if ((byte & 0xC0) == 0x80)\n"},
               {"core/x.cpp", "out += \"&lt;\";\n"},
               {"app/x.h", "QElapsedTimer clock_;\n"},
               {"core/pictures/canvas.h", "Rgb colour{0xe8, 0xea, 0xed};\n"},
               {"app/x.cpp", "QCryptographicHash::hash(key)\n"},
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

TEST_CASE("house: three changes are sketched, each in a few files that exist", "[house]") {
  const auto document = [](const std::string& first) {
    const std::string list = "\nA thing.\n\n    core/engine.h   it\n    core/NAME.h     new\n";
    return File{"ARCHITECTURE.md",
                "## Three changes\n" + first + list + list + "\n## Threads\n\n    core/not_read.h  x\n"};
  };
  std::string many = "\n";
  for (int i = 0; i < 7; ++i) many += "    core/engine.h  it\n";
  tells_apart(check_changes,
              {document(many + "    core/NAME.cpp  new\n"),
               document("\n    core/gone.h  it\n"),
               document("\n    cuda/NAME.cpp  new\n"),
               document(""),
               {"ARCHITECTURE.md", "# Architecture\n"}},
              {document(many)}, {{"core/engine.h", ""}});
  holds_here(check_changes);
}

TEST_CASE("house: links between documents lead somewhere", "[house]") {
  tells_apart(check_links, {{"README.md", "[x](docs/gone.md)\n"}, {"docs/a.md", "![x](core/engine.h \"title\")\n"}},
              {{"README.md", "[x](core/engine.h#L3) [y](https://example.org) [z](#here) [d](core)\n"},
               {"docs/a.md", "[x](../core/engine.h)\n"}},
              {{"core/engine.h", ""}});
  holds_here(check_links);
}

}  // namespace sparsight::house
