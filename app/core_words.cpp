#include "app/core_words.h"

#include "app/translations/core_messages.h"
#include "kernels/out_of_memory.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace sparsight {
namespace {

constexpr qsizetype kLongest = 16 * 1024;  // longest message that is translated
constexpr int kDepth = 4;                  // how deep messages may contain messages

const QRegularExpression& blank() {
  static const QRegularExpression expression(QStringLiteral(R"(\{[^{}]*\})"));
  return expression;
}

struct Format {
  const char* text = nullptr;
  QStringList pieces;   // the texts between its placeholders
  qsizetype words = 0;  // number of characters in them
};

QStringList pieces_of(const QString& format) { return format.split(blank()); }

std::vector<Format> made_formats() {
  std::vector<Format> formats;
  for (const char* text : kCoreMessages) {
    Format format{text, pieces_of(QString::fromUtf8(text)), 0};
    for (const QString& piece : format.pieces) format.words += piece.size();
    formats.push_back(std::move(format));
  }
  // The most specific format comes first.
  std::ranges::stable_sort(formats, std::greater<>(), &Format::words);
  return formats;
}

// The values of the placeholders; nullopt: the message is not of this format. Of several matches, the earliest.
std::optional<QStringList> filled(const QString& message, const QStringList& pieces) {
  if (pieces.size() == 1) return message == pieces.first() ? std::optional(QStringList()) : std::nullopt;
  const qsizetype end = message.size() - pieces.last().size();
  qsizetype at = pieces.first().size();
  if (end < at || !message.startsWith(pieces.first()) || !message.endsWith(pieces.last())) return std::nullopt;
  QStringList found;
  for (qsizetype i = 1; i + 1 < pieces.size(); ++i) {
    const qsizetype next = message.indexOf(pieces[i], at);
    if (next < 0 || next + pieces[i].size() > end) return std::nullopt;
    found << message.mid(at, next - at);
    at = next + pieces[i].size();
  }
  return found << message.mid(at, end - at);
}

QString translated(const QString& message, int depth) {
  static const std::vector<Format> formats = made_formats();
  if (depth == 0 || message.size() > kLongest || !message.contains(QLatin1Char(' '))) return message;
  for (const Format& format : formats) {
    const std::optional<QStringList> holes = filled(message, format.pieces);
    if (!holes) continue;
    const QStringList pieces = pieces_of(QCoreApplication::translate("core", format.text));
    if (pieces.size() != format.pieces.size()) return message;
    QString result = pieces.first();
    for (qsizetype i = 0; i < holes->size(); ++i) result += translated(holes->at(i), depth - 1) + pieces[i + 1];
    return result;
  }
  return message;
}

}  // namespace

QString in_words(const QString& message) { return translated(message, kDepth); }

const char* message_of(const std::exception& error) {
  return lacks_memory(error) ? QT_TRANSLATE_NOOP("core", "There is not enough memory for this.") : error.what();
}

QString in_words(const std::exception& error) { return in_words(QString::fromUtf8(error.what())); }

}  // namespace sparsight
