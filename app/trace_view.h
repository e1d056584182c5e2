// The current view of a trace: its depth, mode, word and token. It brings core/pictures/heatmap.h to QML; all data come
// from the trace. GUI thread.
//
// A trace is shown only over the frames that it was made of (TraceSource in core/pruning/trace.h). While another
// medium, or none, is open, there is no trace, and all properties about it are empty.
//
// Depth 0 is the video before pruning, 1 is before the decoder, 2 + i is after layer i. A view follows the trace to its
// end until the user chooses another depth.
#pragma once

#include "app/worker.h"
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
  // One entry for each text token, as in shown_pieces() (app/trace_text.h): {text, name, piece, weight 0..1, rater}.
  Q_PROPERTY(QVariantList words READ words NOTIFY wordsChanged)
  Q_PROPERTY(bool hasWords READ hasWords NOTIFY wordsChanged)  // the trace knows what words attend to
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
  Q_PROPERTY(int word READ word WRITE setWord NOTIFY heatmapChanged)  // whose attention mode Word shows; -1: none
  Q_PROPERTY(QString colours READ colours WRITE setColours NOTIFY heatmapChanged)    // viridis, inferno
  Q_PROPERTY(double strength READ strength WRITE setStrength NOTIFY heatmapChanged)  // 0..1
  Q_PROPERTY(QVariantMap counts READ counts NOTIFY heatmapChanged)                   // kept, recycled, dropped, merged
  Q_PROPERTY(QVariantMap scale READ scale NOTIFY heatmapChanged)  // ticks {at 0..1, text} and colours; empty: no scores
  Q_PROPERTY(QVariantMap token READ token NOTIFY tokenChanged)    // under the pointer, or pinned; empty: none

 public:
  enum Mode { Score, Fate, Clusters, Word };
  Q_ENUM(Mode)

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
  [[nodiscard]] QVariantList words() const;
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
  [[nodiscard]] int word() const { return word_ ? static_cast<int>(*word_) : -1; }
  void setWord(int word);  // the current word, or -1: back to the former mode
  [[nodiscard]] QString colours() const;
  void setColours(const QString& colours);
  [[nodiscard]] double strength() const { return strength_; }
  void setStrength(double strength);
  [[nodiscard]] QVariantMap counts() const;
  [[nodiscard]] QVariantMap scale() const;
  // frame, row, column (counted from 1), time (seconds), fate, story, together (number of others in the same merged
  // token), pinned, scores ({layer, score or undefined} for each step).
  [[nodiscard]] QVariantMap token() const;

  // The sampled frame nearest to a time.
  Q_INVOKABLE int frameAt(double seconds) const;
  // The token at a point of a frame (x and y 0..1) becomes current while the pointer is there, or pinned.
  Q_INVOKABLE void hover(int frame, double x, double y);
  Q_INVOKABLE void leave();
  Q_INVOKABLE void select(int frame, double x, double y);  // without a token there, nothing is pinned
  // Moves the pinned token within the grid and from frame to frame; without one, pins the middle of `frame`. Returns
  // the frame that it is in afterwards.
  Q_INVOKABLE int moveSelection(int frame, int columns, int rows, int frames);
  Q_INVOKABLE void clearSelection();  // clears the pinned token or, without one, the word

  // For items that paint, and for linked views.
  [[nodiscard]] const Heatmap* heatmap() const { return heatmap_ ? &*heatmap_ : nullptr; }
  [[nodiscard]] const std::shared_ptr<const OpenedMedia>& media() const { return media_; }
  [[nodiscard]] const std::shared_ptr<const Trace>& trace() const { return trace_; }  // null: none that fits
  [[nodiscard]] GridWindow window(std::size_t frame) const;  // the grid of tokens on a frame; needs a trace
  [[nodiscard]] const QImage& frame_image(std::size_t frame) const { return images_[frame]; }
  [[nodiscard]] std::optional<std::size_t> shown_token() const { return hovered_ ? hovered_ : pinned_; }
  [[nodiscard]] QRectF token_rect(std::size_t token) const;  // in its frame's pixels
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
  void remake();
  void highlight();
  [[nodiscard]] int last_depth() const;
  [[nodiscard]] std::optional<std::size_t> token_at(int frame, double x, double y) const;
  [[nodiscard]] QString story(std::size_t token) const;

  std::shared_ptr<const OpenedMedia> media_;
  std::shared_ptr<const Trace> trace_;  // of media_
  std::vector<QImage> images_;
  std::vector<std::vector<TokenState>> states_;  // for each number of steps done; empty until a token is current
  std::optional<Heatmap> heatmap_;
  std::size_t steps_done_ = 0;
  int depth_ = 0;
  bool follow_ = true;
  Mode mode_ = Fate;
  std::optional<std::size_t> word_;
  ColourMap colours_ = ColourMap::Inferno;
  double strength_ = 0.75;
  std::optional<std::size_t> hovered_, pinned_;
  std::vector<bool> highlighted_, marked_;
};

}  // namespace sparsight
