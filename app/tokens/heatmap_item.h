// Paints the tokens of one sampled frame, over the frame itself or over whatever is below: the colours, a corner on
// marked tokens, a border around highlighted ones, stripes where the model saw nothing.
#pragma once

#include "app/tokens/trace_view.h"

#include <QPointer>
#include <QQuickPaintedItem>
#include <QRegion>

#include <vector>

namespace sparsight {

// Hatches what the model never saw; `strength` 0..1.
void fill_unseen(QPainter& painter, const QRegion& region, double strength);

class HeatmapItem : public QQuickPaintedItem {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(sparsight::TraceView* view READ view WRITE setView NOTIFY viewChanged)
  Q_PROPERTY(int frame READ frame WRITE setFrame NOTIFY frameChanged)
  Q_PROPERTY(bool showFrame READ showFrame WRITE setShowFrame NOTIFY showFrameChanged)  // the sampled frame below
  Q_PROPERTY(bool showTokens READ showTokens WRITE setShowTokens NOTIFY showTokensChanged)
  // From what was shown before (0) to what is shown (1), for tokens that leave or come back: covered little by little.
  // leaving() says that there is such a change, if anybody wants to know; without an animation nothing moves.
  Q_PROPERTY(bool animated MEMBER animated_ NOTIFY animatedChanged)
  Q_PROPERTY(double progress READ progress WRITE setProgress NOTIFY progressChanged)

 public:
  explicit HeatmapItem(QQuickItem* parent = nullptr);

  [[nodiscard]] TraceView* view() const { return view_; }
  void setView(TraceView* view);
  [[nodiscard]] int frame() const { return frame_; }
  void setFrame(int frame);
  [[nodiscard]] bool showFrame() const { return show_frame_; }
  void setShowFrame(bool show);
  [[nodiscard]] bool showTokens() const { return show_tokens_; }
  void setShowTokens(bool show);
  [[nodiscard]] double progress() const { return progress_; }
  void setProgress(double progress);

  void paint(QPainter* painter) override;

 signals:
  void viewChanged();
  void frameChanged();
  void showFrameChanged();
  void showTokensChanged();
  void animatedChanged();
  void progressChanged();
  void leaving();

 private:
  void take_heatmap();
  void paint_tokens(QPainter& painter, std::size_t frame) const;

  QPointer<TraceView> view_;
  int frame_ = 0;
  bool show_frame_ = false;
  bool show_tokens_ = true;
  bool animated_ = false;
  double progress_ = 1;
  std::vector<double> before_, covers_;  // how much each token is covered: in the heatmap before, and now
};

}  // namespace sparsight
