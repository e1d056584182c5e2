#include "app/cli/values.h"

#include "core/base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

namespace sparsight::cli {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& expected, const std::string& found) {
  throw CLI::ValidationError(name, fmt::format("expected {}, found \"{}\"", expected, one_line(found)));
}

bool is_blank(const std::string& text) { return trimmed(text).empty(); }

}  // namespace

CLI::Option* add_value(CLI::App& command, const std::string& name, const std::string& type, const std::string& help,
                       ReadValue read) {
  const auto take = [name, read = std::move(read)](const std::string& text) {
    if (is_blank(text)) refuse(name, "a value", text);
    if (const std::string expected = read(text); !expected.empty()) refuse(name, expected, text);
  };
  return command.add_option_function<std::string>(name, take, help)->type_name(type);
}

CLI::Option* add_text(CLI::App& command, const std::string& name, const std::string& type, const std::string& help,
                      std::string& to) {
  return add_value(command, name, type, help, [&to](const std::string& text) {
    to = text;
    return std::string();
  });
}

CLI::Option* add_path(CLI::App& command, const std::string& name, const std::string& type, const std::string& help,
                      std::filesystem::path& to) {
  return add_value(command, name, type, help, [&to](const std::string& text) {
    to = text;
    return std::string();
  });
}

CLI::Option* add_words(CLI::App& command, const std::string& name, const std::string& help,
                       std::vector<std::string>& to) {
  const auto take = [name, &to](const std::vector<std::string>& words) {
    if (is_blank(fmt::format("{}", fmt::join(words, "")))) refuse(name, "words, not an empty text", "");
    to = words;
  };
  return command.add_option_function<std::vector<std::string>>(name, take, help)->type_name("TEXT");
}

CLI::Option* add_list(CLI::App& command, const std::string& name, const std::string& type, const std::string& help,
                      std::function<std::string(const std::vector<std::string>&)> read) {
  return add_value(command, name, type, help, [read = std::move(read)](const std::string& text) -> std::string {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(',', at), text.size());
      parts.push_back(text.substr(at, end - at));
      if (is_blank(parts.back())) return "a value between any two commas";
      at = end + 1;
    }
    return read(parts);
  });
}

CLI::Option* add_switch(CLI::App& command, const std::string& name, const std::string& help, bool& to) {
  return command.add_flag(name, to, help)->disable_flag_override();
}

std::string read_whole(const std::string& text, WholeRange range, std::uint64_t& to) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  if (error == std::errc() && stop == text.data() + text.size() && to >= range.least && to <= range.most) return "";
  if (range.most == std::numeric_limits<std::uint64_t>::max())
    return fmt::format("a whole number from {} to 2^64 - 1", range.least);
  return fmt::format("a whole number from {} to {}", range.least, range.most);
}

std::string read_number(const std::string& text, NumberRange range, double& to) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  const bool inside = (to >= range.least && to <= range.most) || (range.or_zero && to == 0);
  if (error == std::errc() && stop == text.data() + text.size() && inside) return "";
  return fmt::format("{}a number from {} to {}", range.or_zero ? "0, or " : "", range.least, range.most);
}

std::string one_of(const std::vector<std::string>& names) { return fmt::format("one of {}", fmt::join(names, ", ")); }

}  // namespace sparsight::cli
