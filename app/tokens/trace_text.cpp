#include "app/tokens/trace_text.h"

#include "app/format.h"
#include "core/base/text.h"

#include <QLocale>
#include <QVariantMap>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace sparsight {
namespace {

// 1, 2 or 5 times a power of ten, so that at most four steps cover `range`.
double round_step(double range) {
  const double power = std::pow(10.0, std::floor(std::log10(range / 4)));
  for (const double times : {1.0, 2.0, 5.0})
    if (range / (times * power) <= 4) return times * power;
  return 10 * power;
}

std::vector<double> round_numbers(const ScoreScale& scale) {
  std::vector<double> numbers;
  if (!scale.logarithmic) {
    const double step = round_step(scale.high - scale.low);
    for (double n = std::ceil(scale.low / step); n * step <= scale.high; ++n)
      numbers.push_back(n * step + 0.0);  // no -0
    return numbers;
  }
  const bool few_decades = scale.high < 100 * scale.low;
  const int every = std::max(1, static_cast<int>(std::ceil(std::log10(scale.high / scale.low) / 4)));
  for (int decade = static_cast<int>(std::floor(std::log10(scale.low))); std::pow(10.0, decade) <= scale.high; ++decade)
    for (const double times : {1.0, 2.0, 5.0}) {
      const double number = times * std::pow(10.0, decade);
      const bool wanted = few_decades || (times < 2 && decade % every == 0);
      if (wanted && number >= scale.low && number <= scale.high) numbers.push_back(number);
    }
  return numbers;
}

// The byte that a piece such as "<0xC3>" stands for.
std::optional<unsigned char> byte_of(const std::string& piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece.back() != '>') return std::nullopt;
  unsigned value = 0;
  const char* end = piece.data() + 5;
  if (std::from_chars(piece.data() + 3, end, value, 16).ptr != end) return std::nullopt;
  return static_cast<unsigned char>(value);
}

ShownPiece shown_character(const QString& character) {
  if (character == QLatin1String("\n")) return {QChar(0x21B5), tr("line break")};
  if (character == QLatin1String("\t")) return {QChar(0x21E5), tr("tab")};
  return {character, {}};
}

ShownPiece shown_piece(const std::string& piece) {
  if (piece == "<s>") return {tr("[start]"), tr("beginning of the text")};
  if (piece == "</s>") return {tr("[end]"), tr("end of an answer")};
  if (piece == "<unk>") return {tr("[unknown]"), tr("a character that the model does not know")};
  if (piece == "<pad>") return {tr("[padding]"), tr("padding")};
  QString text = QString::fromStdString(piece);
  text.replace(QChar(0x2581), QLatin1Char(' '));
  return shown_character(text);
}

}  // namespace

QString fate_name(Fate fate) {
  switch (fate) {
    case Fate::Kept: return tr("kept");
    case Fate::Recycled: return tr("recycled");
    case Fate::Dropped: return tr("dropped");
  }
  return {};
}

QString layer_title(std::int32_t layer) {
  if (layer == TraceStep::kTower) return tr("after the tower");
  if (layer < 0) return tr("before the decoder");
  return tr("after layer %1").arg(layer);
}

std::vector<ShownPiece> shown_pieces(const std::vector<std::string>& pieces) {
  std::vector<ShownPiece> shown(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string bytes;  // the bytes of one character
    std::size_t next = i;
    for (; next < pieces.size(); ++next) {
      const auto byte = byte_of(pieces[next]);
      if (!byte) break;
      const std::string longer = bytes + static_cast<char>(*byte);
      if (next > i && (utf8_of(bytes) != Utf8::Unfinished || utf8_of(longer) == Utf8::Invalid)) break;
      bytes = longer;
    }
    if (next == i) {
      shown[i] = shown_piece(pieces[i]);
      continue;
    }
    shown[i] = shown_character(QString::fromStdString(bytes));
    i = next - 1;
  }
  return shown;
}

QString trace_facts(const Trace& trace) {
  double ms = 0;
  for (const TraceLayer& layer : trace.layers) ms += layer.ms;
  return tr("%1 of %2 tokens enter a layer, on average over all · %3 GFLOPs · layers %4 ms, pruning %5 ms")
      .arg(number_text(trace.equivalent_by_input()), number_text(trace.counted()),
           number_text(trace.flops_true() / 1e9, 1), number_text(ms), number_text(trace.strategy_ms(), 1));
}

QVariantList ticks_of(const ScoreScale& scale) {
  const QLocale locale;
  std::vector<double> numbers;
  if (scale.high > scale.low) numbers = round_numbers(scale);
  if (numbers.size() < 2) numbers = {scale.low, scale.high};
  QVariantList ticks;
  for (const double number : numbers)
    ticks << QVariantMap{{"at", scale.at(number)}, {"text", locale.toString(number, 'g', 2)}};
  return ticks;
}

}  // namespace sparsight
