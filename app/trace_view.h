// What is looked at of a trace: behind which step, in which mode, which token. QML's side of core/heatmap.h; everything
// comes from the trace. GUI thread.
#pragma once

#include "app/worker.h"
#include "core/heatmap.h"

#include <QtQml/qqmlregistration.h>
#include <QImage>
#include <QObject>
#include <QPointF>
#include <QString>
#include <QVariantList>
#include <QVariantMap>

#include <memory>
#include <optional>
#include <vector>

namespace sparsight {

class TraceView : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(bool hasTrace READ hasTrace NOTIFY traceChanged)
  Q_PROPERTY(bool hasMedia READ hasMedia NOTIFY mediaChanged)
  Q_PROPERTY(int frameCount READ frameCount NOTIFY mediaChanged)
  Q_PROPERTY(QVariantList frameTimes READ frameTimes NOTIFY mediaChanged)  // seconds
  Q_PROPERTY(double frameAspect READ frameAspect NOTIFY mediaChanged)
  Q_PROPERTY(QString strategy READ strategy NOTIFY traceChanged)
  Q_PROPERTY(QVariantList words READ words NOTIFY traceChanged)    // {text, weight 0..1, rater}
  Q_PROPERTY(QVariantList layers READ layers NOTIFY traceChanged)  // {layer, tokens in, tokens out, ms}
  Q_PROPERTY(int visualTokens READ visualTokens NOTIFY traceChanged)
  Q_PROPERTY(int stepCount READ stepCount NOTIFY traceChanged)
  Q_PROPERTY(int behind READ behind WRITE setBehind NOTIFY heatmapChanged)  // steps carried out
  Q_PROPERTY(QString stepTitle READ stepTitle NOTIFY heatmapChanged)
  Q_PROPERTY(Mode mode READ mode WRITE setMode NOTIFY heatmapChanged)
  Q_PROPERTY(QString colours READ colours WRITE setColours NOTIFY heatmapChanged)
  Q_PROPERTY(double strength READ strength WRITE setStrength NOTIFY heatmapChanged)  // 0..1
  Q_PROPERTY(QVariantMap counts READ counts NOTIFY heatmapChanged)                   // kept, recycled, dropped, merged
  Q_PROPERTY(QVariantMap scale READ scale NOTIFY heatmapChanged)  // low, high as text, colours; empty: no scores
  Q_PROPERTY(QVariantMap token READ token NOTIFY tokenChanged)    // the one that is looked at; empty: none

 public:
  enum Mode { Score, Fate, Clusters };
  Q_ENUM(Mode)

  explicit TraceView(QObject* parent = nullptr);

  void set_media(std::shared_ptr<const OpenedMedia> media);
  void set_trace(std::shared_ptr<const Trace> trace);

  [[nodiscard]] bool hasTrace() const { return heatmap_.has_value(); }
  [[nodiscard]] bool hasMedia() const { return media_ != nullptr; }
  [[nodiscard]] int frameCount() const;
  [[nodiscard]] QVariantList frameTimes() const;
  [[nodiscard]] double frameAspect() const;
  [[nodiscard]] QString strategy() const;
  [[nodiscard]] QVariantList words() const;
  [[nodiscard]] QVariantList layers() const;
  [[nodiscard]] int visualTokens() const;
  [[nodiscard]] int stepCount() const;
  [[nodiscard]] int behind() const { return static_cast<int>(behind_); }
  void setBehind(int behind);
  [[nodiscard]] QString stepTitle() const;
  [[nodiscard]] Mode mode() const { return mode_; }
  void setMode(Mode mode);
  [[nodiscard]] QString colours() const;
  void setColours(const QString& colours);
  [[nodiscard]] double strength() const { return strength_; }
  void setStrength(double strength);
  [[nodiscard]] QVariantMap counts() const;
  [[nodiscard]] QVariantMap scale() const;
  [[nodiscard]] QVariantMap token() const;

  // Steps carried out once `layer` is done, for a slider over layers.
  Q_INVOKABLE int stepsBehindLayer(int layer) const;
  // The sampled frame nearest to a time.
  Q_INVOKABLE int frameAt(double seconds) const;
  // The token under a point of a frame, both 0..1; nothing is selected where there is none.
  Q_INVOKABLE void select(int frame, double x, double y);
  Q_INVOKABLE void clearSelection();

  // For the items that paint.
  [[nodiscard]] const Heatmap* heatmap() const { return heatmap_ ? &*heatmap_ : nullptr; }
  [[nodiscard]] const OpenedMedia* media() const { return media_.get(); }
  [[nodiscard]] const QImage& frame_image(std::size_t frame) const { return images_[frame]; }
  [[nodiscard]] const std::vector<bool>& highlighted() const { return highlighted_; }

 signals:
  void traceChanged();
  void mediaChanged();
  void heatmapChanged();
  void tokenChanged();

 private:
  void remake();
  void highlight();

  std::shared_ptr<const OpenedMedia> media_;
  std::shared_ptr<const Trace> trace_;
  std::vector<QImage> images_;
  std::optional<Heatmap> heatmap_;
  std::size_t behind_ = 0;
  bool follow_ = true;  // the last step there is
  Mode mode_ = Fate;
  ColourMap colours_ = ColourMap::Inferno;
  double strength_ = 0.75;
  std::optional<std::size_t> token_;
  std::vector<bool> highlighted_;  // by token of the prompt: the selected one and those it is merged with
};

}  // namespace sparsight
