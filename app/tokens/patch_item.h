// Paints the patch of the sampled frame that the current token stands for, enlarged, with a little of its surroundings;
// of a token without a patch, the whole frame.
#pragma once

#include "app/tokens/trace_view.h"

#include <QPointer>
#include <QQuickPaintedItem>

namespace sparsight {

class PatchItem : public QQuickPaintedItem {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(sparsight::TraceView* view READ view WRITE setView NOTIFY viewChanged)

 public:
  explicit PatchItem(QQuickItem* parent = nullptr) : QQuickPaintedItem(parent) {}

  [[nodiscard]] TraceView* view() const { return view_; }
  void setView(TraceView* view);
  void paint(QPainter* painter) override;

 signals:
  void viewChanged();

 private:
  QPointer<TraceView> view_;
};

}  // namespace sparsight
