// The text of a message as a document: Markdown as Qt reads it, and clock times as links. Pure functions.
//
// The text may come from a model or a file, so nothing in it is trusted: HTML stays text, an image becomes its
// description, a link goes to http or https or is text, and no document loads anything.
#pragma once

#include <QColor>
#include <QString>
#include <QTextDocument>

#include <optional>
#include <vector>

namespace sparsight {

struct TextLook {
  int font_px = 14;
  QColor link{}, code{}, quote{}, line{};  // `code`: behind words of code; behind whole blocks, the window draws it
};

// "0:12", "75:10", "1:02:03", "0:12.5" in a text: characters [begin, end).
struct ClockTime {
  int begin = 0, end = 0;
  double seconds = 0;
};
// Those up to `last_s`. What may be something else is none: "16:9", "1:02:03:04", "a0:12".
[[nodiscard]] std::vector<ClockTime> clock_times(const QString& text, double last_s);

// What is longer is shown up to here, as plain text: laying out millions of characters takes minutes.
constexpr qsizetype kMostShown = 50'000;

// Replace the contents of a document. `last_s`: the end of the clip that times are about; 0: no time is a link.
void show_markdown(QTextDocument& document, const QString& text, const TextLook& look, double last_s);
void show_plain(QTextDocument& document, const QString& text, const TextLook& look, double last_s);

struct ShownLink {
  QString address;  // what the document's anchor names
  int begin = 0, end = 0;
};
[[nodiscard]] std::vector<ShownLink> links_in(const QTextDocument& document);
// The time that a link goes to; nullopt: it goes to the web.
[[nodiscard]] std::optional<double> time_of_link(const QString& address);

// A block of code as it was written, and where it is in the document.
struct ShownCode {
  QString text;
  int begin = 0, end = 0;
};
[[nodiscard]] std::vector<ShownCode> code_in(const QTextDocument& document);

// Where a word of the document is in the text that it was made of; -1: there is no word, or it is not found.
[[nodiscard]] int source_of_word(const QString& source, const QString& shown, int at);

}  // namespace sparsight
