#include "app/heatmap_item.h"

#include <QPainter>
#include <QPen>

namespace sparsight {

HeatmapItem::HeatmapItem(QQuickItem* parent) : QQuickPaintedItem(parent) { setAntialiasing(false); }

void HeatmapItem::setView(TraceView* view) {
  if (view == view_) return;
  if (view_) view_->disconnect(this);
  view_ = view;
  if (view_) {
    connect(view_, &TraceView::heatmapChanged, this, [this] { update(); });
    connect(view_, &TraceView::mediaChanged, this, [this] { update(); });
  }
  update();
  emit viewChanged();
}

void HeatmapItem::setFrame(int frame) {
  if (frame == frame_) return;
  frame_ = frame;
  update();
  emit frameChanged();
}

void HeatmapItem::setShowFrame(bool show) {
  if (show == show_frame_) return;
  show_frame_ = show;
  update();
  emit showFrameChanged();
}

void HeatmapItem::setShowTokens(bool show) {
  if (show == show_tokens_) return;
  show_tokens_ = show;
  update();
  emit showTokensChanged();
}

void HeatmapItem::paint(QPainter* painter) {
  if (!view_ || frame_ < 0 || frame_ >= view_->frameCount()) return;
  const auto frame = static_cast<std::size_t>(frame_);
  if (show_frame_) {
    painter->setRenderHint(QPainter::SmoothPixmapTransform);
    painter->drawImage(boundingRect(), view_->frame_image(frame));
  }
  if (show_tokens_ && view_->heatmap() != nullptr) paint_tokens(*painter, frame);
}

void HeatmapItem::paint_tokens(QPainter& painter, std::size_t frame) const {
  const Heatmap& map = *view_->heatmap();
  const QImage& image = view_->frame_image(frame);
  const GridWindow& window = view_->media()->encoded->window(frame);
  const double sx = width() / image.width(), sy = height() / image.height();
  const std::size_t grid = map.layout.grid, first = map.layout.has_cls ? 1 : 0;
  const double cell_x = window.width / static_cast<double>(grid) * sx;
  const double cell_y = window.height / static_cast<double>(grid) * sy;
  // Edges on whole pixels: no seams between tokens.
  const auto edge = [](double from, double size, std::size_t i) {
    return qRound(from + size * static_cast<double>(i));
  };
  const auto& marked = view_->highlighted();
  painter.setClipRect(boundingRect());
  for (std::size_t row = 0; row < grid; ++row) {
    for (std::size_t column = 0; column < grid; ++column) {
      const std::size_t token = frame * map.layout.tokens_per_frame + first + row * grid + column;
      const TokenPaint& paint = map.tokens[token];
      const int left = edge(window.left * sx, cell_x, column), right = edge(window.left * sx, cell_x, column + 1);
      const int top = edge(window.top * sy, cell_y, row), bottom = edge(window.top * sy, cell_y, row + 1);
      const QRect rect(left, top, right - left, bottom - top);
      if (paint.cover > 0) {
        QColor colour(paint.colour.r, paint.colour.g, paint.colour.b);
        colour.setAlphaF(static_cast<float>(paint.cover * view_->strength()));
        painter.fillRect(rect, colour);
      }
      if (token < marked.size() && marked[token]) {
        painter.setPen(QPen(Qt::black, 3));
        painter.drawRect(rect.adjusted(1, 1, -2, -2));
        painter.setPen(QPen(Qt::white, 1));
        painter.drawRect(rect.adjusted(1, 1, -2, -2));
      }
    }
  }
}

}  // namespace sparsight
