#include "app/tokens/patch_item.h"

#include "app/tokens/heatmap_item.h"

#include <QPainter>

#include <algorithm>

namespace sparsight {

void PatchItem::setView(TraceView* view) {
  if (view == view_) return;
  if (view_) view_->disconnect(this);
  view_ = view;
  if (view_) connect(view_, &TraceView::tokenChanged, this, [this] { update(); });
  update();
  emit viewChanged();
}

void PatchItem::paint(QPainter* painter) {
  if (!view_ || !view_->shown() || view_->heatmap() == nullptr) return;
  constexpr double kAround = 0.5;  // surroundings on every side, in patches
  const TraceView::Spot spot = *view_->shown();
  const QImage& frame = view_->frame_image(spot.frame);
  const QRectF patch = view_->token_rect(spot), whole(frame.rect());
  const double aspect = view_->pixel_aspect(), around = kAround * std::max(patch.width(), patch.height());
  const QRectF seen = patch.isNull() ? whole : patch.adjusted(-around, -around, around, around);
  const double scale = std::min(width() / (aspect * seen.width()), height() / seen.height());
  QTransform place;
  place.translate(width() / 2, height() / 2);
  place.scale(scale * aspect, scale);
  place.translate(-seen.center().x(), -seen.center().y());
  // Padding beside the picture, where a patch lies on it.
  if (!patch.isNull() && !whole.contains(patch)) fill_unseen(*painter, place.mapRect(seen).toRect(), 1);
  painter->setTransform(place, true);
  painter->setClipRect(seen);
  painter->drawImage(QPointF(0, 0), frame);
  if (patch.isNull()) return;
  for (const auto& [colour, pen] : {std::pair{Qt::black, 3.0}, std::pair{Qt::white, 1.5}}) {
    QPen line(colour, pen);
    line.setCosmetic(true);
    painter->setPen(line);
    painter->drawRect(patch);
  }
}

}  // namespace sparsight
