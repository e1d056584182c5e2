// The current view of a trace: its depth, mode, word and token. It brings core/pictures/heatmap.h to QML; all data come
// from the trace. GUI thread.
//
// A trace is shown only over the frames that it was made of (TraceSource in core/pruning/trace.h). While another
// medium, or none, is open, there is no trace, and all properties about it are empty.
//
// Depth 0 is the video before pruning, 1 is before the decoder, 2 + i is after layer i. A view follows the trace to its
// end until the user chooses another depth.
#pragma once

#include "app/models/worker.h"
#include "core/pictures/heatmap.h"

#include <QtQml/qqmlregistration.h>
#include <QImage>
#include <QObject>
#include <QRectF>
#include <QString>
#include <QVariantList>
#include <QVariantMap>

#include <memory>
#include <optional>
#include <vector>

namespace sparsight {

// Whether a trace was made of these frames, or may have been: older traces do not name their frames.
[[nodiscard]] bool fits(const Trace& trace, const OpenedMedia& media);

class TraceView : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(bool hasTrace READ hasTrace NOTIFY traceChanged)
  Q_PROPERTY(bool hasMedia READ hasMedia NOTIFY mediaChanged)
  Q_PROPERTY(bool still READ still NOTIFY mediaChanged)  // a picture, which has no time
  Q_PROPERTY(int frameCount READ frameCount NOTIFY mediaChanged)
  Q_PROPERTY(QVariantList frameTimes READ frameTimes NOTIFY mediaChanged)  // seconds
  Q_PROPERTY(double frameAspect READ frameAspect NOTIFY mediaChanged)
  Q_PROPERTY(QString strategy READ strategy NOTIFY traceChanged)
  Q_PROPERTY(QString model READ model NOTIFY traceChanged)  // the model that answered; empty: not known
  // Whole words of the questions (and earlier answers) that were asked; of an older trace, its tokens as in
  // shown_pieces() (app/tokens/trace_text.h). {text, name, piece, first and last token of the text from 1, weight 0..1
  // and rater: as the strategy used it, earlier: of a turn before the last, known: it can be shown what it attends to}
  Q_PROPERTY(QVariantList words READ words NOTIFY wordsChanged)
  Q_PROPERTY(QVariantList answerWords READ answerWords NOTIFY wordsChanged)  // {text, known}
  Q_PROPERTY(bool hasWords READ hasWords NOTIFY wordsChanged)                // the trace knows what words attend to
  Q_PROPERTY(
      QVariantList layers READ layers NOTIFY traceChanged)        // {tokensIn, tokensOut, ms} of the layers done so far
  Q_PROPERTY(int layerCount READ layerCount NOTIFY traceChanged)  // layers of the whole decoder
  Q_PROPERTY(int visualTokens READ visualTokens NOTIFY traceChanged)
  Q_PROPERTY(int stepCount READ stepCount NOTIFY traceChanged)
  Q_PROPERTY(int stepsDone READ stepsDone WRITE setStepsDone NOTIFY heatmapChanged)  // pruning steps shown as done
  Q_PROPERTY(int depth READ depth WRITE setDepth NOTIFY heatmapChanged)
  Q_PROPERTY(QString depthTitle READ depthTitle NOTIFY heatmapChanged)  // "after layer 5"
  Q_PROPERTY(QString stepTitle READ stepTitle NOTIFY heatmapChanged)    // the same, with the number of tokens left
  Q_PROPERTY(
      QString meanTitle READ meanTitle NOTIFY traceChanged)  // the mean over the layers; empty until all are done
  Q_PROPERTY(QString whyNoClusters READ whyNoClusters NOTIFY heatmapChanged)  // empty: there are clusters
  Q_PROPERTY(Mode mode READ mode WRITE setMode NOTIFY heatmapChanged)
  // Whose attention mode Word shows, in words or in answerWords; -1: none.
  Q_PROPERTY(int word READ word WRITE setWord NOTIFY heatmapChanged)
  Q_PROPERTY(int answerWord READ answerWord WRITE setAnswerWord NOTIFY heatmapChanged)
  Q_PROPERTY(QString wordText READ wordText NOTIFY heatmapChanged)
  // Layers of the decoder (from 0) whose attention the trace has; empty: only an older trace's steps have it. The one
  // that is shown follows the depth; to choose one is to go to the depth after it.
  Q_PROPERTY(QVariantList attentionLayers READ attentionLayers NOTIFY traceChanged)
  Q_PROPERTY(int attentionLayer READ attentionLayer WRITE setAttentionLayer NOTIFY heatmapChanged)  // -1: none
  Q_PROPERTY(int heads READ heads NOTIFY heatmapChanged)              // that this layer has one by one; 0: their mean
  Q_PROPERTY(int head READ head WRITE setHead NOTIFY heatmapChanged)  // from 0; -1: the mean
  Q_PROPERTY(QString attentionNote READ attentionNote NOTIFY traceChanged)           // what the trace had no room for
  Q_PROPERTY(QString colours READ colours WRITE setColours NOTIFY heatmapChanged)    // viridis, inferno
  Q_PROPERTY(double strength READ strength WRITE setStrength NOTIFY heatmapChanged)  // 0..1
  Q_PROPERTY(QVariantMap counts READ counts NOTIFY heatmapChanged)                   // kept, recycled, dropped, merged
  Q_PROPERTY(bool hasOverview READ hasOverview NOTIFY traceChanged)  // some frame has tiles and an overview
  Q_PROPERTY(bool overview READ overview WRITE setOverview NOTIFY heatmapChanged)  // shows it in place of the tiles
  Q_PROPERTY(bool hasBeside READ hasBeside NOTIFY traceChanged)  // some frame has newlines or words in beside()
  Q_PROPERTY(bool unseen READ unseen NOTIFY heatmapChanged)      // the model did not see all of the frames
  Q_PROPERTY(QVariantList spans READ spans NOTIFY traceChanged)  // of frames that share tokens: {first, last, from, to}
  Q_PROPERTY(QVariantMap scale READ scale NOTIFY heatmapChanged)  // ticks {at 0..1, text} and colours; empty: no scores
  // The merged tokens that are left, the largest first: {id, colour, tokens (the prompt's own in it)}.
  Q_PROPERTY(QVariantList clusters READ clusters NOTIFY heatmapChanged)
  // Only these tokens show, the others are covered: a fate, or the members of one merged token (`cluster`, an id of
  // `clusters`; -1: none). Choosing one clears the other; a cluster that is gone at another depth is let go.
  Q_PROPERTY(Only only READ only WRITE setOnly NOTIFY heatmapChanged)
  Q_PROPERTY(int cluster READ cluster WRITE setCluster NOTIFY heatmapChanged)
  Q_PROPERTY(QVariantMap token READ token NOTIFY tokenChanged)  // under the pointer, or pinned; empty: none

 public:
  enum Mode { Score, Fate, Clusters, Word };
  Q_ENUM(Mode)
  enum Only { All, OnlyKept, OnlyRecycled, OnlyDropped };
  Q_ENUM(Only)
  static constexpr int kDepthOfLayer = 2;  // of layer 0

  explicit TraceView(QObject* parent = nullptr);

  void set_media(std::shared_ptr<const OpenedMedia> media);
  void set_trace(std::shared_ptr<const Trace> trace);

  [[nodiscard]] bool hasTrace() const { return heatmap_.has_value(); }
  [[nodiscard]] bool hasMedia() const { return media_ != nullptr; }
  [[nodiscard]] bool still() const { return media_ && media_->clip.is_image; }
  [[nodiscard]] int frameCount() const;
  [[nodiscard]] QVariantList frameTimes() const;
  [[nodiscard]] double frameAspect() const;
  [[nodiscard]] double pixel_aspect() const { return media_ ? media_->clip.pixel_aspect : 1; }
  [[nodiscard]] QString strategy() const;
  [[nodiscard]] QString model() const;
  [[nodiscard]] const QVariantList& words() const;
  [[nodiscard]] bool hasWords() const;
  [[nodiscard]] QVariantList layers() const;
  [[nodiscard]] int layerCount() const;
  [[nodiscard]] int visualTokens() const;
  [[nodiscard]] int stepCount() const;
  [[nodiscard]] int stepsDone() const { return static_cast<int>(steps_done_); }
  void setStepsDone(int steps);
  [[nodiscard]] int depth() const { return depth_; }
  void setDepth(int depth);
  [[nodiscard]] QString depthTitle() const;
  [[nodiscard]] QString stepTitle() const;
  [[nodiscard]] QString meanTitle() const;
  [[nodiscard]] QString whyNoClusters() const;
  [[nodiscard]] Mode mode() const { return word_ ? Word : mode_; }
  void setMode(Mode mode);  // Word: the word that rated most, if none was chosen
  [[nodiscard]] int word() const { return word_ && !word_->of_answer ? static_cast<int>(word_->index) : -1; }
  void setWord(int word);  // the current word, or -1: back to the former mode
  [[nodiscard]] const QVariantList& answerWords() const;
  [[nodiscard]] int answerWord() const { return word_ && word_->of_answer ? static_cast<int>(word_->index) : -1; }
  void setAnswerWord(int word);  // as setWord
  [[nodiscard]] QString wordText() const;
  [[nodiscard]] QVariantList attentionLayers() const;
  [[nodiscard]] int attentionLayer() const;
  void setAttentionLayer(int layer);
  [[nodiscard]] int heads() const;
  [[nodiscard]] int head() const { return head_; }
  void setHead(int head);
  [[nodiscard]] QString attentionNote() const;
  [[nodiscard]] QString colours() const;
  void setColours(const QString& colours);
  [[nodiscard]] double strength() const { return strength_; }
  void setStrength(double strength);
  [[nodiscard]] QVariantMap counts() const;
  [[nodiscard]] bool hasOverview() const { return trace_ && trace_->layout.has_overview(); }
  [[nodiscard]] bool overview() const { return view_ == FrameView::Overview; }
  void setOverview(bool overview);
  [[nodiscard]] bool hasBeside() const;
  [[nodiscard]] bool unseen() const;
  [[nodiscard]] QVariantList spans() const;
  [[nodiscard]] QVariantMap scale() const;
  [[nodiscard]] QVariantList clusters() const;
  [[nodiscard]] Only only() const { return only_; }
  void setOnly(Only only);
  [[nodiscard]] int cluster() const { return cluster_; }
  void setCluster(int cluster);
  // frame, lastFrame (counted from 1; the same unless it shows several), time, lastTime (seconds), what (its place in
  // words), row, column (counted from 1; of a patch), fate, story, together (number of others in the same merged
  // token), pinned, scores ({layer, score or undefined} for each step).
  [[nodiscard]] QVariantMap token() const;

  // The word of the answer at a place in its text, in UTF-16 units; -1: none is there.
  Q_INVOKABLE int answerWordAt(int offset) const;
  // The sampled frame nearest to a time.
  Q_INVOKABLE int frameAt(double seconds) const;
  // The token at a point of a frame (x and y 0..1) becomes current while the pointer is there, or pinned.
  Q_INVOKABLE void hover(int frame, double x, double y);
  Q_INVOKABLE void leave();
  Q_INVOKABLE void select(int frame, double x, double y);  // without a token there, nothing is pinned
  // Tokens of a frame that have no area, in the order of the prompt: {token, kind "cls", "extra" or "word", text, what,
  // colour, clear (the colour covers nothing)}.
  Q_INVOKABLE QVariantList beside(int frame) const;
  Q_INVOKABLE void pin(int frame, int token);
  // Moves the pinned token over the picture, from tile to tile, and from frame to frame; without one, pins the middle
  // of `frame`, the frame that is looked at. Returns the frame that it is in afterwards.
  Q_INVOKABLE int moveSelection(int frame, int columns, int rows, int frames);
  Q_INVOKABLE void clearSelection();  // clears the pinned token or, without one, the word

  // For items that paint, and for linked views.
  [[nodiscard]] bool filtered() const { return only_ != All || cluster_ >= 0; }
  [[nodiscard]] bool passes(std::size_t token) const;  // the filter; needs a trace
  [[nodiscard]] const Heatmap* heatmap() const { return heatmap_ ? &*heatmap_ : nullptr; }
  [[nodiscard]] const std::shared_ptr<const OpenedMedia>& media() const { return media_; }
  [[nodiscard]] const std::shared_ptr<const Trace>& trace() const { return trace_; }  // null: none that fits
  [[nodiscard]] GridWindow window(std::size_t frame) const;  // the grid of tokens on a frame; needs a trace
  [[nodiscard]] const QImage& frame_image(std::size_t frame) const { return images_[frame]; }
  // A token, and the frame on which it is looked at.
  struct Spot {
    std::size_t token = 0, frame = 0;
    friend bool operator==(const Spot&, const Spot&) = default;
  };
  [[nodiscard]] const std::optional<Spot>& shown() const { return hovered_ ? hovered_ : pinned_; }
  [[nodiscard]] std::optional<std::size_t> shown_token() const {
    return shown() ? std::optional(shown()->token) : std::nullopt;
  }
  [[nodiscard]] FrameView view() const { return view_; }
  // Of a frame's tokens on a picture of `width` x `height` pixels; needs a trace.
  [[nodiscard]] PatchAreas areas(std::size_t frame, int width, int height) const;
  // In the frame's pixels; it may extend beyond them. Null if the token is no patch of the frame.
  [[nodiscard]] QRectF token_rect(const Spot& spot) const;
  // For each token of the prompt (or empty): the current token and those merged with it.
  [[nodiscard]] const std::vector<bool>& highlighted() const { return highlighted_; }
  [[nodiscard]] const std::vector<bool>& marked() const { return marked_; }
  void set_marked(std::vector<bool> marked);
  void retranslate();                      // announces all texts again, after a change of language
  void look_like(const TraceView& other);  // takes over depth, mode, colours, strength and current token

 signals:
  void traceChanged();
  void wordsChanged();
  void mediaChanged();
  void heatmapChanged();
  void tokenChanged();  // also for highlighted() and marked()

 private:
  struct AskedWord {
    bool of_answer = false;
    std::size_t index = 0;
    friend bool operator==(const AskedWord&, const AskedWord&) = default;
  };
  [[nodiscard]] std::size_t word_count() const;  // of words()
  [[nodiscard]] QVariantList make_words() const;
  [[nodiscard]] QVariantList make_answer_words() const;
  void tell_words();
  [[nodiscard]] bool can_show(const AskedWord& word) const;
  [[nodiscard]] std::vector<std::size_t> rows_of(const AskedWord& word) const;  // of Trace::attention
  [[nodiscard]] std::optional<AskedWord> heaviest_word() const;
  void choose(const AskedWord& word, bool known);
  [[nodiscard]] std::size_t attention_at() const;  // in Trace::attention.layers, which has some
  [[nodiscard]] Heatmap word_heatmap() const;
  // Kept until they change: QML reads a list anew for every element that it looks at.
  mutable std::optional<QVariantList> words_, answer_words_;
  void remake();
  void keep_filter();
  void highlight();
  [[nodiscard]] int last_depth() const;
  [[nodiscard]] std::optional<Spot> spot_at(int frame, double x, double y) const;
  [[nodiscard]] QString story(std::size_t token) const;
  [[nodiscard]] QString what(const Spot& spot) const;
  [[nodiscard]] QString phrase_with(std::size_t word) const;
  [[nodiscard]] QString word_text(std::size_t word) const;
  [[nodiscard]] bool on_padding(const Spot& spot) const;

  std::shared_ptr<const OpenedMedia> media_;
  std::shared_ptr<const Trace> trace_;  // of media_
  std::vector<QImage> images_;
  std::vector<std::vector<TokenState>> states_;  // for each number of steps done; empty until a token is current
  std::optional<Heatmap> heatmap_;
  std::size_t steps_done_ = 0;
  int depth_ = 0;
  bool follow_ = true;
  Mode mode_ = Fate;
  std::optional<AskedWord> word_;
  int head_ = -1;
  ColourMap colours_ = ColourMap::Inferno;
  double strength_ = kOverlayOpacity;
  Only only_ = All;
  int cluster_ = -1;
  std::optional<Spot> hovered_, pinned_;
  FrameView view_ = FrameView::Tiles;
  std::vector<bool> highlighted_, marked_;
};

}  // namespace sparsight
