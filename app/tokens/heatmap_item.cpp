#include "app/tokens/heatmap_item.h"

#include <QPainter>
#include <QPen>

#include <algorithm>

namespace sparsight {
namespace {

constexpr int kSmallCell = 9;  // pixels: too small for a border inside
constexpr int kTinyCell = 5;   // too small for any line
const Rgb kDiffers = palette::kPurple;
constexpr double kFilteredCover = 0.92;  // of tokens that a filter leaves out, at any strength

// A thin light line inside a cell, on a dark one, so that it stands out from any picture.
void outline(QPainter& painter, const QRect& cell) {
  painter.setBrush(Qt::NoBrush);
  if (std::min(cell.width(), cell.height()) < kSmallCell) {
    painter.setPen(QPen(QColor(255, 255, 255, 170), 1));
    painter.drawRect(cell.adjusted(0, 0, -1, -1));
    return;
  }
  const int round = std::min(cell.width(), cell.height()) >= 3 * kSmallCell ? 3 : 0;
  painter.setPen(QPen(QColor(0, 0, 0, 90), 1));
  painter.drawRoundedRect(cell.adjusted(0, 0, -1, -1), round, round);
  painter.setPen(QPen(QColor(255, 255, 255, 200), 1));
  painter.drawRoundedRect(cell.adjusted(1, 1, -2, -2), round, round);
}

}  // namespace

HeatmapItem::HeatmapItem(QQuickItem* parent) : QQuickPaintedItem(parent) { setAntialiasing(false); }

void HeatmapItem::setView(TraceView* view) {
  if (view == view_) return;
  if (view_) view_->disconnect(this);
  view_ = view;
  if (view_) {
    connect(view_, &TraceView::heatmapChanged, this, &HeatmapItem::take_heatmap);
    connect(view_, &TraceView::tokenChanged, this, [this] { update(); });
    connect(view_, &TraceView::mediaChanged, this, [this] { update(); });
  }
  update();
  emit viewChanged();
}

// Tokens move only between heatmaps of the same tokens.
void HeatmapItem::take_heatmap() {
  before_ = std::move(covers_);
  covers_.clear();
  if (animated_ && view_->heatmap() != nullptr)
    for (const TokenPaint& paint : view_->heatmap()->tokens) covers_.push_back(paint.cover);
  progress_ = 1;
  update();
  if (before_.size() == covers_.size() && before_ != covers_) emit leaving();
}

void HeatmapItem::setProgress(double progress) {
  if (progress == progress_) return;
  progress_ = progress;
  update();
  emit progressChanged();
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
  const int wide = std::max(1, qRound(width())), high = std::max(1, qRound(height()));
  const PatchAreas areas = view_->areas(frame, wide, high);
  const auto on_screen = [&](std::size_t token) {
    const PixelBox box = areas.pixels(token);
    return QRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  };
  const auto holds = [](const std::vector<bool>& set, std::size_t token) { return token < set.size() && set[token]; };
  painter.setClipRect(boundingRect());
  if (!areas.all_seen()) {
    QRegion unseen(0, 0, wide, high);
    for (const PixelBox& box : areas.covered())
      unseen -= QRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    fill_unseen(painter, unseen, view_->strength());
  }
  const bool filtered = view_->filtered(), pruned = map.recycled + map.dropped > 0;
  for (const std::size_t token : areas.tokens()) {
    const TokenPaint& paint = map.tokens[token];
    const bool moves = progress_ < 1 && token < before_.size() && token < covers_.size();
    const double cover = moves ? before_[token] + (paint.cover - before_[token]) * progress_ : paint.cover;
    const QRect rect = on_screen(token);
    if (rect.isEmpty()) continue;
    const bool passes = !filtered || view_->passes(token);
    if (!passes) {
      painter.fillRect(rect, QColor::fromRgbF(0.04f, 0.05f, 0.06f, static_cast<float>(kFilteredCover)));
    } else if (cover > 0 && !(filtered && view_->only() == TraceView::OnlyDropped)) {
      QColor colour(paint.colour.r, paint.colour.g, paint.colour.b);
      colour.setAlphaF(static_cast<float>(cover * view_->strength()));
      painter.fillRect(rect, colour);
    }
    const bool tiny = std::min(rect.width(), rect.height()) < kTinyCell;
    if (pruned && !tiny && passes && map.states[token].fate == Fate::Kept && !map.layout.is_word(token))
      outline(painter, rect);
    if (holds(view_->marked(), token)) {
      const int side = std::max(3, std::min(rect.width(), rect.height()) / 3);
      painter.fillRect(QRect(rect.topLeft(), QSize(side + 1, side + 1)), Qt::black);
      painter.fillRect(QRect(rect.topLeft(), QSize(side, side)), QColor(kDiffers.r, kDiffers.g, kDiffers.b));
    }
  }
  // Borders overlap the colours of neighbours.
  for (const std::size_t token : areas.tokens()) {
    if (!holds(view_->highlighted(), token)) continue;
    const QRect cell = on_screen(token), rect = cell.adjusted(1, 1, -2, -2);
    if (cell.isEmpty()) continue;
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

void fill_unseen(QPainter& painter, const QRegion& region, double strength) {
  const auto covering = [strength](Rgb colour, double cover) {
    QColor out(colour.r, colour.g, colour.b);
    out.setAlphaF(static_cast<float>(cover * strength));
    return out;
  };
  painter.save();
  painter.setClipRegion(region, Qt::IntersectClip);
  painter.fillRect(region.boundingRect(), covering(kUnseenColour, kUnseenCover));
  painter.fillRect(region.boundingRect(), QBrush(covering(kHatchColour, 0.9), Qt::BDiagPattern));
  painter.restore();
}

}  // namespace sparsight
