#include "app/chat/shown_text.h"

#include "app/format.h"

#include <QCoreApplication>
#include <QHash>
#include <QRegularExpression>
#include <QStringList>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextList>
#include <QTextTable>
#include <QUrl>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sparsight {
namespace {

// Marks in the text that Qt's reader passes on: private characters, which are taken out of the text first.
constexpr QChar kBreak(0xE000);   // the line ends here
constexpr QChar kNumber(0xE001);  // around the number of a list's item, as it is written
constexpr QChar kNoImage(0xE002);
constexpr QChar kTab(0xE003);  // in code, where the reader makes spaces of it

const QString kSeek = QStringLiteral("seek:");

bool blank(const QString& line) { return line.trimmed().isEmpty(); }

// A line that has a meaning to its end, where a mark would change it.
bool structural(const QString& line) {
  static const QRegularExpression shape(QStringLiteral(R"(^[ \t>]*(?:#|```|~~~|[-=*_+ \t]+$|\[[^\]]+\]:)|\|)"));
  return shape.match(line).hasMatch();
}

// Markdown joins lines and numbers lists anew; the marks say what was written.
QString marked(const QString& text) {
  static const QRegularExpression item(
      QStringLiteral(R"(^([ \t>]*(?:[-+*][ \t]+)*)(\d{1,9}[.)])([ \t]+)(?![-+*][ \t]|[#>]|```|~~~|\d{1,9}[.)]))"));
  QString clean = text;
  clean.remove(kBreak).remove(kNumber).remove(kNoImage).remove(kTab);
  clean.replace(QLatin1String("\r\n"), QLatin1String("\n")).replace(QLatin1Char('\r'), QLatin1Char('\n'));
  clean.replace(QLatin1String("!["), QLatin1Char('!') + QString(kNoImage) + QLatin1Char('['));
  QStringList lines = clean.split(QLatin1Char('\n'));
  QString fence;  // that the lines are within
  for (qsizetype i = 0; i < lines.size(); ++i) {
    QString& line = lines[i];
    if (const QString begin = line.trimmed().left(3); fence.isEmpty() && (begin == "```" || begin == "~~~"))
      fence = begin;
    else if (!fence.isEmpty() && begin == fence)
      fence.clear();
    else if (!fence.isEmpty())
      line.replace(QLatin1Char('\t'), kTab);
    const bool breaks = i + 1 < lines.size() && !blank(line) && !blank(lines[i + 1]) && !structural(line);
    if (const auto found = item.match(line); found.hasMatch())
      line.insert(found.capturedEnd(3), kNumber + found.captured(2) + kNumber + QLatin1Char(' '));
    if (breaks) line += QLatin1Char(' ') + QString(kBreak);
  }
  return lines.join(QLatin1Char('\n'));
}

QTextCursor range(QTextDocument& document, int begin, int end) {
  QTextCursor cursor(&document);
  cursor.setPosition(begin);
  cursor.setPosition(end, QTextCursor::KeepAnchor);
  return cursor;
}

QTextCharFormat format_at(QTextDocument& document, int at) {
  QTextCursor cursor(&document);
  cursor.setPosition(at + 1);
  return cursor.charFormat();
}

bool is_code(const QTextBlock& block) {
  return block.blockFormat().hasProperty(QTextFormat::BlockCodeFence) ||
         block.blockFormat().hasProperty(QTextFormat::BlockCodeLanguage) || block.blockFormat().nonBreakableLines();
}

// ---- The marks

const QRegularExpression& number_mark() {
  static const QRegularExpression mark(QStringLiteral(R"(^\x{E001}(\d+)([.)])\x{E001} ?)"));
  return mark;
}

// A list whose numbers are not those that were written becomes text with the written ones.
void keep_numbers(QTextDocument& document) {
  QHash<QTextList*, QList<QTextBlock>> items;
  QHash<QTextList*, int> counts;
  QHash<QTextList*, bool> differs;
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
    QTextList* list = block.textList();
    if (list == nullptr || list->format().style() != QTextListFormat::ListDecimal) continue;
    const int number = ++counts[list];
    const auto found = number_mark().match(block.text());
    if (!found.hasMatch()) continue;
    items[list] << block;
    differs[list] = differs[list] || found.captured(1).toLongLong() != number;
  }
  for (auto at = items.begin(); at != items.end(); ++at) {
    if (!differs[at.key()]) continue;
    for (const QTextBlock& block : std::as_const(at.value())) {
      const auto found = number_mark().match(block.text());
      const int begin = block.position();
      at.key()->remove(block);
      range(document, begin, begin + static_cast<int>(found.capturedLength()))
          .insertText(found.captured(1) + found.captured(2) + QLatin1Char(' '));
    }
  }
}

// The description of an image is no link either.
void unlink_from(QTextDocument& document, int at, int end) {
  const QString address = format_at(document, at).anchorHref();
  int to = at;
  while (to < end && format_at(document, to).isAnchor() && format_at(document, to).anchorHref() == address) ++to;
  range(document, at, to).setCharFormat({});
}

void take_marks_out(QTextDocument& document) {
  static const QRegularExpression marks(
      QStringLiteral(R"(\x{E001}\d+[.)]\x{E001} ?| ?\x{E000} ?|!?\x{E002}|\x{E003})"));
  const QString raw = document.toRawText();
  std::vector<std::pair<int, QString>> found;
  for (auto at = marks.globalMatch(raw); at.hasNext();) {
    const auto match = at.next();
    found.emplace_back(static_cast<int>(match.capturedStart()), match.captured());
  }
  for (auto at = found.rbegin(); at != found.rend(); ++at) {
    const auto& [begin, mark] = *at;
    const int end = begin + static_cast<int>(mark.size());
    QTextCursor cursor = range(document, begin, end);
    if (mark.contains(kBreak) && mark.endsWith(QLatin1Char(' '))) {
      cursor.insertText(QString(QChar::LineSeparator));
    } else if (mark == QString(kTab)) {
      cursor.insertText(QStringLiteral("\t"));
    } else if (mark.contains(kNoImage)) {
      const int last = document.characterCount() - 1;
      const bool image = end < last && format_at(document, end).isAnchor();
      if (image) unlink_from(document, end, last);
      cursor.insertText(image || !mark.startsWith(QLatin1Char('!')) ? QString() : QStringLiteral("!"));
    } else {
      cursor.removeSelectedText();
    }
  }
}

// ---- The look

// Empty: the address is not one to open.
QString web_address(const QString& address) {
  const QUrl url(address, QUrl::StrictMode);
  const bool web = url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https");
  // With a name before the host, an address looks like another one.
  if (!url.isValid() || !web || url.host().isEmpty() || !url.userInfo().isEmpty()) return {};
  return QString::fromLatin1(url.toEncoded());
}

void link_to(QTextCharFormat& format, const QString& address, const TextLook& look) {
  format.setAnchor(true);
  format.setAnchorHref(address);
  format.setForeground(look.link);
  format.setFontUnderline(true);
}

QTextCharFormat looked(const QTextCharFormat& from, bool in_code, const TextLook& look) {
  QTextCharFormat format = from;
  if (from.fontFixedPitch()) {
    format = QTextCharFormat();
    format.setFontFamilies({QStringLiteral("monospace")});
    format.setFontFixedPitch(true);
    if (!in_code) format.setBackground(look.code);
  }
  if (from.isAnchor()) {
    format.clearProperty(QTextFormat::IsAnchor);
    format.clearProperty(QTextFormat::AnchorHref);
    format.clearForeground();
    if (const QString address = web_address(from.anchorHref()); !address.isEmpty()) link_to(format, address, look);
  }
  constexpr int kMostLarger = 1;
  if (const int larger = from.intProperty(QTextFormat::FontSizeAdjustment); larger > kMostLarger)
    format.setProperty(QTextFormat::FontSizeAdjustment, kMostLarger);
  return format;
}

void look_at_words(QTextDocument& document, const TextLook& look) {
  struct Part {
    int begin, end;
    QTextCharFormat format;
  };
  std::vector<Part> parts;
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next())
    for (auto at = block.begin(); !at.atEnd(); ++at) {
      const QTextFragment part = at.fragment();
      QTextCharFormat format = looked(part.charFormat(), is_code(block), look);
      if (block.blockFormat().intProperty(QTextFormat::BlockQuoteLevel) > 0 && !format.isAnchor())
        format.setForeground(look.quote);
      if (format != part.charFormat()) parts.push_back({part.position(), part.position() + part.length(), format});
    }
  for (const Part& part : parts) range(document, part.begin, part.end).setCharFormat(part.format);
}

void look_at_blocks(QTextDocument& document, const TextLook& look) {
  const int gap = look.font_px / 2;
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
    QTextCursor cursor(block);
    QTextBlockFormat format = block.blockFormat();
    const QTextBlock before = block.previous();
    const bool code = is_code(block);
    const bool in_table = cursor.currentTable() != nullptr;
    const bool joined = before.isValid() && ((code && is_code(before)) || in_table);
    const bool item = block.textList() != nullptr && before.isValid() && before.textList() != nullptr;
    format.setTopMargin(!before.isValid() || joined ? 0 : item ? gap / 2 : gap);
    format.setBottomMargin(0);
    if (const int quoted = format.intProperty(QTextFormat::BlockQuoteLevel); quoted > 0) {
      format.setLeftMargin(quoted * look.font_px);
      format.setRightMargin(0);
    }
    if (code) {
      format.setLeftMargin(gap);
      format.setRightMargin(gap);
      format.setNonBreakableLines(false);  // code_in() knows it by its fence
      if (!format.hasProperty(QTextFormat::BlockCodeFence)) format.setProperty(QTextFormat::BlockCodeFence, QString());
    } else if (block.length() <= 1 && !in_table &&
               !format.hasProperty(QTextFormat::BlockTrailingHorizontalRulerWidth)) {
      format.setLineHeight(1, QTextBlockFormat::FixedHeight);  // what Qt puts around a table
    }
    cursor.setBlockFormat(format);
  }
}

void look_at_tables(QTextDocument& document, const TextLook& look) {
  for (QTextFrame* frame : document.rootFrame()->childFrames()) {
    auto* table = qobject_cast<QTextTable*>(frame);
    if (table == nullptr) continue;
    QTextTableFormat grid = table->format();
    grid.setBorder(1);
    grid.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
    grid.setBorderBrush(look.line);
    grid.setBorderCollapse(true);
    grid.setCellSpacing(0);
    grid.setCellPadding(look.font_px / 4.0);
    table->setFormat(grid);
    QTextCharFormat bold;
    bold.setFontWeight(QFont::Bold);
    for (int column = 0; column < table->columns(); ++column) {  // the reader leaves the first one as it is
      const QTextTableCell cell = table->cellAt(0, column);
      QTextCursor inside = cell.firstCursorPosition();
      if (inside.block().length() == 1 && inside.position() < cell.lastPosition())
        inside.deleteChar();  // an empty line
      range(document, cell.firstPosition(), cell.lastPosition()).mergeCharFormat(bold);
    }
  }
}

void link_times(QTextDocument& document, const TextLook& look, double last_s) {
  if (last_s <= 0) return;
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
    if (is_code(block)) continue;
    for (const ClockTime& time : clock_times(block.text(), last_s)) {
      const int begin = block.position() + time.begin;
      QTextCharFormat format = format_at(document, begin);
      if (format.isAnchor() || format.fontFixedPitch()) continue;
      link_to(format, kSeek + QString::number(time.seconds), look);
      range(document, begin, block.position() + time.end).setCharFormat(format);
    }
  }
}

void begin_document(QTextDocument& document, const TextLook& look) {
  document.setUndoRedoEnabled(false);
  document.setIndentWidth(1.4 * look.font_px);
}

}  // namespace

std::vector<ClockTime> clock_times(const QString& text, double last_s) {
  static const QRegularExpression clock(QStringLiteral(
      R"((?<![\w:/])(?<!\d\.)(?:(\d{1,2}):(?=\d\d:))?(\d{1,2}):([0-5]\d)([.,]\d{1,3})?(?![\w:])(?![./]\d))"));
  std::vector<ClockTime> times;
  for (auto at = clock.globalMatch(text); at.hasNext();) {
    const auto match = at.next();
    const double hours = match.captured(1).toDouble(), minutes = match.captured(2).toDouble();
    if (match.hasCaptured(1) && !match.captured(1).isEmpty() && minutes > 59) continue;
    const double part = QString(match.captured(4)).replace(QLatin1Char(','), QLatin1Char('.')).toDouble();
    const double seconds = 3600 * hours + 60 * minutes + match.captured(3).toDouble() + part;
    if (seconds <= last_s)
      times.push_back({static_cast<int>(match.capturedStart()), static_cast<int>(match.capturedEnd()), seconds});
  }
  return times;
}

void show_markdown(QTextDocument& document, const QString& text, const TextLook& look, double last_s) {
  if (text.size() > kMostShown) return show_plain(document, text, look, last_s);
  begin_document(document, look);
  QTextCursor all(&document);
  all.beginEditBlock();
  document.setMarkdown(marked(text), QTextDocument::MarkdownFeatures(QTextDocument::MarkdownDialectGitHub) |
                                         QTextDocument::MarkdownNoHTML);
  keep_numbers(document);
  take_marks_out(document);
  look_at_words(document, look);
  link_times(document, look, last_s);
  all.endEditBlock();
  all.beginEditBlock();  // before the end of an edit, no cell knows its table
  look_at_blocks(document, look);
  look_at_tables(document, look);
  all.endEditBlock();
}

void show_plain(QTextDocument& document, const QString& text, const TextLook& look, double last_s) {
  begin_document(document, look);
  QTextCursor all(&document);
  all.beginEditBlock();
  document.setPlainText(text.size() <= kMostShown
                            ? text
                            : QCoreApplication::translate("ShownText", "%1 … and %2 more characters")
                                  .arg(text.left(kMostShown), number_text(text.size() - kMostShown)));
  link_times(document, look, last_s);
  all.endEditBlock();
}

std::vector<ShownLink> links_in(const QTextDocument& document) {
  std::vector<ShownLink> links;
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next())
    for (auto at = block.begin(); !at.atEnd(); ++at) {
      const QTextFragment part = at.fragment();
      const QString address = part.charFormat().anchorHref();
      if (address.isEmpty()) continue;
      const int end = part.position() + part.length();
      if (!links.empty() && links.back().end == part.position() && links.back().address == address)
        links.back().end = end;  // one link of several formats
      else
        links.push_back({address, part.position(), end});
    }
  return links;
}

std::optional<double> time_of_link(const QString& address) {
  if (!address.startsWith(kSeek)) return std::nullopt;
  return address.mid(kSeek.size()).toDouble();
}

std::vector<ShownCode> code_in(const QTextDocument& document) {
  std::vector<ShownCode> blocks;
  bool goes_on = false;
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
    const bool code = is_code(block);
    if (code && goes_on)
      blocks.back().text += QLatin1Char('\n') + block.text();
    else if (code)
      blocks.push_back({block.text(), block.position(), 0});
    if (code) blocks.back().end = block.position() + block.length() - 1;
    goes_on = code;
  }
  return blocks;
}

int source_of_word(const QString& source, const QString& shown, int at) {
  const auto letter = [&](qsizetype i) { return i >= 0 && i < shown.size() && shown.at(i).isLetterOrNumber(); };
  if (!letter(at)) return -1;
  qsizetype begin = at, end = at;
  while (letter(begin - 1)) --begin;
  while (letter(end)) ++end;
  const QString word = shown.mid(begin, end - begin);
  // As many of the same before it in one as in the other.
  const qsizetype before = shown.left(begin).count(word);
  qsizetype place = source.indexOf(word);
  for (qsizetype i = 0; i < before && place >= 0; ++i) place = source.indexOf(word, place + word.size());
  return static_cast<int>(place);
}

}  // namespace sparsight
