// The tree of sources as the tests of its rules read it, and what a rule is.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight::house {

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

// The files that git knows; without git those that are there, less what is built.
[[nodiscard]] Tree read_tree(const std::filesystem::path& root);
[[nodiscard]] const Tree& this_tree();

// Regular expressions as ECMAScript has them. All of the text matches; each match's `group`, where ^ and $ are ends of
// lines.
[[nodiscard]] bool matches(const std::string& text, const std::string& pattern);
[[nodiscard]] std::vector<std::string> all_matches(const std::string& text, const std::string& pattern,
                                                   std::size_t group = 1);

[[nodiscard]] bool is_cpp(const std::string& path);
[[nodiscard]] std::string folder_of(const std::string& path);
[[nodiscard]] std::string top_of(const std::string& path);  // the first folder
[[nodiscard]] std::vector<std::string> includes_of(const File& file);
// Those in a FILE_SET HEADERS.
[[nodiscard]] std::vector<std::string> public_headers(const Tree& tree);

struct Library {
  std::string name;
  std::string headers;    // pattern of what is included
  std::string only_here;  // pattern of the files that may
};
[[nodiscard]] const std::vector<Library>& libraries();

// A rule says what is wrong with a tree, each time beginning with the file's path.
using Complaints = std::vector<std::string>;
using Rule = Complaints (*)(const Tree&);
// Checks that the rule does not complain about this tree.
void holds_here(Rule rule);
// Checks that the rule complains once about each of `bad` and not about `good`, the rest of the tree being `around`.
void tells_apart(Rule rule, const std::vector<File>& bad, const std::vector<File>& good,
                 const std::vector<File>& around = {});

}  // namespace sparsight::house
