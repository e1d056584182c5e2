#include "app/heatmap_item.h"

#include <QPainter>
#include <QPen>

#include <algorithm>

namespace sparsight {
namespace {

constexpr int kSmallCell = 9;  // pixels: too small for a border inside
const Rgb kDiffers = palette::kPurple;

}  // namespace

HeatmapItem::HeatmapItem(QQuickItem* parent) : QQuickPaintedItem(parent) { setAntialiasing(false); }

void HeatmapItem::setView(TraceView* view) {
  if (view == view_) return;
  if (view_) view_->disconnect(this);
  view_ = view;
  if (view_) {
    connect(view_, &TraceView::heatmapChanged, this, [this] { update(); });
    connect(view_, &TraceView::tokenChanged, this, [this] { update(); });
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
  const double sx = width() / image.width(), sy = height() / image.height();
  std::vector<std::size_t> patches;
  for (const std::size_t block : map.layout.shown(frame))
    for (std::size_t token = map.layout.begin(block); token < map.layout.end(block); ++token)
      if (map.layout.place(token).is_patch()) patches.push_back(token);
  const auto holds = [](const std::vector<bool>& set, std::size_t token) { return token < set.size() && set[token]; };
  // Edges on whole pixels, so that there are no seams between tokens.
  const auto on_screen = [&](std::size_t token) {
    const QRectF rect = view_->token_rect(token);
    return QRect(QPoint(qRound(rect.left() * sx), qRound(rect.top() * sy)),
                 QPoint(qRound(rect.right() * sx) - 1, qRound(rect.bottom() * sy) - 1));
  };
  painter.setClipRect(boundingRect());
  for (const std::size_t token : patches) {
    const TokenPaint& paint = map.tokens[token];
    const QRect rect = on_screen(token);
    if (paint.cover > 0) {
      QColor colour(paint.colour.r, paint.colour.g, paint.colour.b);
      colour.setAlphaF(static_cast<float>(paint.cover * view_->strength()));
      painter.fillRect(rect, colour);
    }
    if (holds(view_->marked(), token)) {
      const int side = std::max(3, std::min(rect.width(), rect.height()) / 3);
      painter.fillRect(QRect(rect.topLeft(), QSize(side + 1, side + 1)), Qt::black);
      painter.fillRect(QRect(rect.topLeft(), QSize(side, side)), QColor(kDiffers.r, kDiffers.g, kDiffers.b));
    }
  }
  // Borders overlap the colours of neighbours.
  for (const std::size_t token : patches) {
    if (!holds(view_->highlighted(), token)) continue;
    const QRect cell = on_screen(token), rect = cell.adjusted(1, 1, -2, -2);
    if (std::min(cell.width(), cell.height()) < kSmallCell) {
      if (view_->shown_token() == token) painter.fillRect(cell.adjusted(-2, -2, 2, 2), Qt::black);
      painter.fillRect(cell, Qt::white);
      continue;
    }
    const int pen = view_->shown_token() == token ? 3 : 1;
    painter.setPen(QPen(Qt::black, pen + 2));
    painter.drawRect(rect);
    painter.setPen(QPen(Qt::white, pen));
    painter.drawRect(rect);
  }
}

}  // namespace sparsight
