// The words of a view: what can be asked of them, and in which layer and head.
#include "app/tokens/trace_text.h"
#include "app/tokens/trace_view.h"

#include <algorithm>

namespace sparsight {
namespace {

// Of any of a word's tokens: the largest share of the largest weight.
double weight_of(const Trace& trace, std::size_t first, std::size_t count) {
  const auto& weights = trace.rater_weights;
  const float most = weights.empty() ? 0.0f : *std::ranges::max_element(weights);
  double found = 0;
  for (std::size_t i = first; i < std::min(first + count, weights.size()) && most > 0; ++i)
    found = std::max(found, static_cast<double>(weights[i] / most));
  return found;
}

bool rates(const Trace& trace, std::size_t first, std::size_t count) {
  return std::ranges::any_of(trace.raters,
                             [&](std::uint32_t token) { return token >= first && token < first + count; });
}

bool steps_have_attention(const Trace& trace) {
  return std::ranges::any_of(trace.steps, [](const TraceStep& step) { return !step.text_attention.empty(); });
}

}  // namespace

bool TraceView::hasWords() const {
  return trace_ && (trace_->attention.empty() ? steps_have_attention(*trace_) : trace_->attention.rows() != 0);
}

std::size_t TraceView::word_count() const {
  if (!trace_) return 0;
  return trace_->said.empty() ? std::min(trace_->text.size(), trace_->text_tokens) : trace_->said.size();
}

const QVariantList& TraceView::words() const {
  if (!words_) words_ = make_words();
  return *words_;
}

const QVariantList& TraceView::answerWords() const {
  if (!answer_words_) answer_words_ = make_answer_words();
  return *answer_words_;
}

void TraceView::tell_words() {
  words_.reset();
  answer_words_.reset();
  emit wordsChanged();
}

QVariantList TraceView::make_words() const {
  QVariantList words;
  if (!trace_) return words;
  const std::vector<ShownPiece> shown = trace_->said.empty() ? shown_pieces(trace_->text) : std::vector<ShownPiece>();
  const std::size_t turn = trace_->said.empty() ? 0 : trace_->said.back().turn;
  for (std::size_t i = 0; i < word_count(); ++i) {
    const TraceWord word = trace_->said.empty() ? TraceWord{.text = {}, .first = i, .count = 1} : trace_->said[i];
    QStringList pieces;
    for (std::size_t token = word.first; token < std::min(word.first + word.count, trace_->text.size()); ++token)
      pieces << QString::fromStdString(trace_->text[token]);
    words << QVariantMap{{"text", shown.empty() ? QString::fromStdString(word.text) : shown[i].text},
                         {"name", shown.empty() ? QString() : shown[i].name},
                         {"piece", pieces.join(QLatin1Char(' '))},
                         {"first", static_cast<int>(word.first) + 1},
                         {"last", static_cast<int>(word.first + word.count)},
                         {"weight", weight_of(*trace_, word.first, word.count)},
                         {"rater", rates(*trace_, word.first, word.count)},
                         {"earlier", word.turn != turn && !trace_->said.empty()},
                         {"known", can_show({false, i})}};
  }
  return words;
}

QVariantList TraceView::make_answer_words() const {
  QVariantList words;
  if (!trace_) return words;
  for (std::size_t i = 0; i < trace_->answer_words.size(); ++i)
    words << QVariantMap{{"text", QString::fromStdString(trace_->answer_words[i].text)},
                         {"known", can_show({true, i})}};
  return words;
}

std::vector<std::size_t> TraceView::rows_of(const AskedWord& word) const {
  const TraceAttention& attention = trace_->attention;
  if (word.of_answer) return attention.rows_of_answer(trace_->answer_words.at(word.index));
  if (trace_->said.empty()) return attention.rows_of({.text = {}, .first = word.index, .count = 1});
  return attention.rows_of(trace_->said.at(word.index));
}

bool TraceView::can_show(const AskedWord& word) const {
  if (!hasWords()) return false;
  if (word.index >= (word.of_answer ? trace_->answer_words.size() : word_count())) return false;
  return trace_->attention.empty() ? !word.of_answer : !rows_of(word).empty();
}

// Of the last question; without weights its last word.
std::optional<TraceView::AskedWord> TraceView::heaviest_word() const {
  std::optional<AskedWord> found;
  double most = -1;
  for (std::size_t i = 0; i < word_count(); ++i) {
    const AskedWord word{false, i};
    if (!can_show(word)) continue;
    const std::size_t first = trace_->said.empty() ? i : trace_->said[i].first,
                      count = trace_->said.empty() ? 1 : trace_->said[i].count;
    const double weight = weight_of(*trace_, first, count);
    if (weight < most || (weight == most && weight > 0)) continue;
    found = word;
    most = weight;
  }
  return found;
}

void TraceView::choose(const AskedWord& word, bool known) {
  const auto wanted = known && can_show(word) && word_ != word ? std::optional(word) : std::nullopt;
  if (wanted == word_) return;
  word_ = wanted;
  remake();
}

void TraceView::setWord(int word) { choose({false, static_cast<std::size_t>(std::max(0, word))}, word >= 0); }
void TraceView::setAnswerWord(int word) { choose({true, static_cast<std::size_t>(std::max(0, word))}, word >= 0); }

QString TraceView::wordText() const {
  if (!word_) return {};
  if (word_->of_answer) return QString::fromStdString(trace_->answer_words[word_->index].text);
  if (!trace_->said.empty()) return QString::fromStdString(trace_->said[word_->index].text);
  return shown_pieces(trace_->text)[word_->index].text.trimmed();
}

int TraceView::answerWordAt(int offset) const {
  if (!trace_) return -1;
  const auto units = [&](std::size_t bytes) {
    return QString::fromUtf8(trace_->answer.data(), static_cast<qsizetype>(bytes)).size();
  };
  for (std::size_t i = 0; i < trace_->answer_words.size(); ++i) {
    const TraceWord& word = trace_->answer_words[i];
    if (units(word.at) <= offset && offset < units(word.at + word.text.size())) return static_cast<int>(i);
  }
  return -1;
}

// ---- Layer and head

std::size_t TraceView::attention_at() const {
  return trace_->attention.nearest(static_cast<std::size_t>(std::max(0, depth_ - kDepthOfLayer)));
}

QVariantList TraceView::attentionLayers() const {
  QVariantList layers;
  if (!trace_) return layers;
  for (const TraceAttention::Layer& layer : trace_->attention.layers) layers << static_cast<int>(layer.layer);
  return layers;
}

int TraceView::attentionLayer() const {
  if (!trace_ || trace_->attention.empty()) return -1;
  return static_cast<int>(trace_->attention.layers[attention_at()].layer);
}

void TraceView::setAttentionLayer(int layer) {
  if (attentionLayers().contains(layer)) setDepth(layer + kDepthOfLayer);
}

int TraceView::heads() const {
  if (!trace_ || trace_->attention.empty()) return 0;
  return static_cast<int>(trace_->attention.layers[attention_at()].heads);
}

void TraceView::setHead(int head) {
  const int wanted = trace_ && head >= 0 && head < static_cast<int>(trace_->attention.heads) ? head : -1;
  if (wanted == head_) return;
  head_ = wanted;
  remake();
}

QString TraceView::attentionNote() const {
  if (!trace_) return {};
  const TraceAttention& attention = trace_->attention;
  const auto mib = static_cast<int>(TraceAttention::kMostBytes >> 20);
  const auto all = static_cast<int>(attention.layers.size() + attention.layers_left_out);
  const auto means = static_cast<int>(attention.mean_layers()), some = static_cast<int>(attention.layers.size());
  if (some == 0 && attention.left_out()) return tr("No attention: the trace would exceed %1 MiB.").arg(mib);
  QStringList notes;
  if (some < all) notes << tr("%1 of %2 layers: the trace would exceed %3 MiB.").arg(some).arg(all).arg(mib);
  if (means != 0 && means == some) notes << tr("The mean over the heads: the trace would exceed %1 MiB.").arg(mib);
  if (means != 0 && means < some)
    notes << tr("Each head in %1 of %2 layers, else their mean: the trace would exceed %3 MiB.")
                 .arg(some - means)
                 .arg(some)
                 .arg(mib);
  if (attention.text_left_out != 0)
    notes << tr("The text before the question is left out: the trace would exceed %1 MiB.").arg(mib);
  if (attention.answer_left_out != 0)
    notes << tr("The end of the answer is left out: the trace would exceed %1 MiB.").arg(mib);
  return notes.join(QLatin1Char(' '));
}

Heatmap TraceView::word_heatmap() const {
  if (trace_->attention.empty()) return make_word_heatmap(*trace_, steps_done_, word_->index, colours_);
  AskedAttention asked{.rows = rows_of(*word_), .at = attention_at()};
  if (head_ >= 0 && head_ < heads()) asked.head = static_cast<std::size_t>(head_);
  return make_attention_heatmap(*trace_, steps_done_, asked, colours_);
}

}  // namespace sparsight
