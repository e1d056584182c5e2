#include "app/patch_item.h"

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
  const auto token = view_ ? view_->shown_token() : std::nullopt;
  if (!token || view_->heatmap() == nullptr) return;
  constexpr double kAround = 0.5;  // surroundings on every side, in patches
  const QRectF patch = view_->token_rect(*token);
  const double aspect = view_->pixel_aspect();
  const double around = kAround * std::max(patch.width(), patch.height());
  const double scale =
      std::min(width() / (aspect * (patch.width() + 2 * around)), height() / (patch.height() + 2 * around));
  painter->translate(width() / 2, height() / 2);
  painter->scale(scale * aspect, scale);
  painter->translate(-patch.center());
  painter->setClipRect(patch.adjusted(-around, -around, around, around));
  painter->drawImage(QPointF(0, 0), view_->frame_image(view_->heatmap()->layout.place(*token).frame));
  for (const auto& [colour, pen] : {std::pair{Qt::black, 3.0}, std::pair{Qt::white, 1.5}}) {
    QPen line(colour, pen);
    line.setCosmetic(true);
    painter->setPen(line);
    painter->drawRect(patch);
  }
}

}  // namespace sparsight
