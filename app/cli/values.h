// Options whose value is checked as it is read. A wrong value ends the program with exit code 2 and a message that
// names the option, what it expects and what it found. No value may be empty.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace sparsight::cli {

// Stores the value of `text` and returns "", or returns what it expected instead.
using ReadValue = std::function<std::string(const std::string& text)>;
// `name` begins with dashes, or is that of a positional argument. --help shows `type` after it.
CLI::Option* add_value(CLI::App& command, const std::string& name, const std::string& type, const std::string& help,
                       ReadValue read);

CLI::Option* add_text(CLI::App& command, const std::string& name, const std::string& type, const std::string& help,
                      std::string& to);
CLI::Option* add_path(CLI::App& command, const std::string& name, const std::string& type, const std::string& help,
                      std::filesystem::path& to);

// Words joined by blanks, so that a question needs no quotes.
CLI::Option* add_words(CLI::App& command, const std::string& name, const std::string& help,
                       std::vector<std::string>& to);

// Parts separated by commas, none of them empty.
CLI::Option* add_list(CLI::App& command, const std::string& name, const std::string& type, const std::string& help,
                      std::function<std::string(const std::vector<std::string>& parts)> read);

// A switch without a value: --name.
CLI::Option* add_switch(CLI::App& command, const std::string& name, const std::string& help, bool& to);

struct WholeRange {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
};
// Decimal digits only: no sign, point or exponent. Returns what was expected; "" if `text` is a number in the range.
[[nodiscard]] std::string read_whole(const std::string& text, WholeRange range, std::uint64_t& to);

template <typename Whole>
CLI::Option* add_whole(CLI::App& command, const std::string& name, const std::string& type, const std::string& help,
                       Whole& to, WholeRange range = {}) {
  range.most = std::min<std::uint64_t>(range.most, std::numeric_limits<Whole>::max());
  return add_value(command, name, type, help, [&to, range](const std::string& text) {
    std::uint64_t value = 0;
    std::string expected = read_whole(text, range, value);
    if (expected.empty()) to = static_cast<Whole>(value);
    return expected;
  });
}

struct NumberRange {
  double least;
  double most;
  bool or_zero = false;  // 0 is allowed too, although it is below `least`
};
// Decimal, finite.
[[nodiscard]] std::string read_number(const std::string& text, NumberRange range, double& to);

template <typename Number>
CLI::Option* add_number(CLI::App& command, const std::string& name, const std::string& type, const std::string& help,
                        Number& to, NumberRange range) {
  return add_value(command, name, type, help, [&to, range](const std::string& text) {
    double value = 0;
    std::string expected = read_number(text, range, value);
    if (expected.empty()) to = static_cast<Number>(value);
    return expected;
  });
}

// "one of a, b, c"
[[nodiscard]] std::string one_of(const std::vector<std::string>& names);

// One of several words, which the type shows as a|b|c.
template <typename To, typename Choice>
CLI::Option* add_choice(CLI::App& command, const std::string& name, const std::string& help, To& to,
                        const std::vector<std::pair<std::string, Choice>>& choices) {
  std::string type;
  for (const auto& choice : choices) type += (type.empty() ? "" : "|") + choice.first;
  return add_value(command, name, type, help, [&to, choices](const std::string& text) {
    std::vector<std::string> names;
    for (const auto& [word, choice] : choices) {
      if (word == text) {
        to = choice;
        return std::string();
      }
      names.push_back(word);
    }
    return one_of(names);
  });
}

}  // namespace sparsight::cli
