#include "core/media/ass_text.h"

#include "core/base/text.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace sparsight {
namespace {

class AssReader {
 public:
  explicit AssReader(std::size_t most) : most_(most) {}

  void read(std::string_view text) {
    while (!text.empty() && size_ < most_) {
      if (const std::size_t override = override_at(text); override > 0) {
        obey(text.substr(1, override - 2));
        text.remove_prefix(override);
      } else if (const std::size_t tag = tag_at(text); tag > 0) {
        text.remove_prefix(tag);
      } else if (text.size() > 1 && text[0] == '\\' && (text[1] == 'N' || text[1] == 'n' || text[1] == 'h')) {
        add(text[1] == 'N' ? "\n" : " ");
        text.remove_prefix(2);
      } else {
        const std::size_t bytes = utf8_step(text).bytes;
        add(plain_text(text.substr(0, bytes), "", Lines::Keep));  // a byte that is no UTF-8 becomes three
        text.remove_prefix(bytes);
      }
    }
  }
  // Without blanks at the ends.
  [[nodiscard]] std::vector<SubtitleRun> runs() {
    while (!runs_.empty() && trimmed(runs_.front().text).empty()) runs_.erase(runs_.begin());
    while (!runs_.empty() && trimmed(runs_.back().text).empty()) runs_.pop_back();
    if (runs_.empty()) return {};
    std::string& first = runs_.front().text;
    first.erase(0, static_cast<std::size_t>(trimmed(first).data() - first.data()));
    runs_.back().text.resize(trimmed_end(runs_.back().text).size());
    return std::move(runs_);
  }

 private:
  // The length of "{...}"; 0: there is none.
  [[nodiscard]] static std::size_t override_at(std::string_view text) {
    if (text[0] != '{') return 0;
    const std::size_t end = text.find('}');
    return end == std::string_view::npos ? 0 : end + 1;
  }
  // The length of "<...>" that looks like a tag: `a < b` is text.
  [[nodiscard]] static std::size_t tag_at(std::string_view text) {
    constexpr std::size_t kLongestTag = 200;
    if (text[0] != '<' || text.size() < 3) return 0;
    const char first = text[1] == '/' ? text[2] : text[1];
    if (std::isalpha(static_cast<unsigned char>(first)) == 0) return 0;
    const std::size_t end = text.substr(0, kLongestTag).find('>');
    return end == std::string_view::npos ? 0 : end + 1;
  }
  void obey(std::string_view overrides) {
    while (!overrides.empty()) {
      const std::size_t next = std::min(overrides.find('\\', 1), overrides.size());
      const std::size_t begin = overrides[0] == '\\' ? 1 : 0;
      const std::string_view one = trimmed(overrides.substr(begin, next - begin));
      overrides.remove_prefix(next);
      if (one.empty()) continue;
      const std::string_view value = one.substr(1);
      if (one[0] == 'r') italic_ = bold_ = false;
      if (!value.empty() && std::isdigit(static_cast<unsigned char>(value[0])) == 0) continue;  // another word
      const bool on = !value.empty() && value != "0";
      if (one[0] == 'i') italic_ = on;
      if (one[0] == 'b') bold_ = on;
      if (one[0] == 'p') drawing_ = on;
    }
  }
  void add(std::string_view text) {
    if (drawing_) return;
    size_ += text.size();
    if (size_ > most_) return;
    if (runs_.empty() || runs_.back().italic != italic_ || runs_.back().bold != bold_)
      runs_.push_back({"", italic_, bold_});
    runs_.back().text += text;
  }

  std::size_t most_, size_ = 0;
  bool italic_ = false, bold_ = false, drawing_ = false;
  std::vector<SubtitleRun> runs_;
};

}  // namespace

std::vector<SubtitleRun> read_ass_text(std::string_view text, std::size_t most) {
  AssReader reader(most);
  reader.read(text);
  return reader.runs();
}

std::string_view text_of_ass_line(std::string_view line) {
  for (int commas = 0; commas < 8; ++commas) {
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos) return {};
    line.remove_prefix(comma + 1);
  }
  return line;
}

}  // namespace sparsight
