#include "app/player/previews.h"

#include "app/player/media_player.h"
#include "app/player/picture_node.h"
#include "core/base/progress.h"
#include "core/media/video_reel.h"

#include <QQuickWindow>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sparsight {
namespace {

constexpr int kKept = 200;       // pictures
constexpr double kPlaces = 600;  // in a video

QImage small(const RgbImage& image, double pixel_aspect) {
  const QImage whole(image.pixels.data(), image.width, image.height, image.width * 3, QImage::Format_RGB888);
  const QSizeF shape(image.width * pixel_aspect, image.height);
  const QSize size = shape.scaled(Previews::kBox, Qt::KeepAspectRatio).toSize().expandedTo({1, 1});
  return whole.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).copy();
}

}  // namespace

Previews::Previews(QObject* parent) : QObject(parent), pictures_(kKept) {}

Previews::~Previews() = default;

void Previews::set_video(const std::filesystem::path& video, ToneMap tone_map, double duration_s, double frame_s) {
  ++generation_;
  thread_ = {};
  wanted_.reset();
  asked_ = -1;
  pictures_.clear();
  video_ = video;
  tone_map_ = tone_map;
  step_s_ = std::max({frame_s, duration_s / kPlaces, 1e-3});
}

QImage Previews::want(double time_s) {
  if (video_.empty() || !std::isfinite(time_s)) return {};
  const auto place = static_cast<qint64>(std::max(0.0, time_s) / step_s_);
  if (const QImage* there = pictures_.object(place)) return *there;
  if (std::exchange(asked_, place) == place) return {};
  {
    const std::lock_guard lock(mutex_);
    wanted_ = place;
  }
  if (!thread_.joinable())
    thread_ = std::jthread([this, video = video_, how = tone_map_, mine = generation_](const std::stop_token& stop) {
      run(stop, video, how, mine);
    });
  wake_.notify_all();
  return {};
}

void Previews::run(const std::stop_token& stop, const std::filesystem::path& video, ToneMap tone_map,
                   quint64 generation) {
  const double step_s = step_s_;
  try {
    Reel reel(video, tone_map, stop, nullptr, false);
    const double aspect = reel.info().pixel_aspect;
    while (!stop.stop_requested()) {
      std::optional<qint64> place;
      {
        std::unique_lock lock(mutex_);
        if (!wake_.wait(lock, stop, [this] { return wanted_.has_value(); })) return;
        place = std::exchange(wanted_, {});
      }
      const auto another = [this] {
        const std::lock_guard lock(mutex_);
        return wanted_.has_value();
      };
      const auto found = reel.at((static_cast<double>(*place) + 0.5) * step_s, another);
      if (!found) continue;
      QMetaObject::invokeMethod(
          this,
          [this, generation, place = *place, picture = small(found->image, aspect)] {
            if (generation != generation_) return;
            if (place == asked_) asked_ = -1;
            pictures_.insert(place, new QImage(picture));
            emit arrived();
          },
          Qt::QueuedConnection);
    }
  } catch (const Cancelled&) {
  } catch (const std::exception&) {  // there is no picture; the player says why
  }
}

PreviewItem::PreviewItem(QQuickItem* parent) : QQuickItem(parent) { setFlag(ItemHasContents); }

void PreviewItem::setPlayer(MediaPlayer* player) {
  if (player == player_) return;
  if (player_ != nullptr) player_->previews()->disconnect(this);
  player_ = player;
  if (player_ != nullptr) {
    connect(player_->previews(), &Previews::arrived, this, &PreviewItem::look);
    connect(player_, &MediaPlayer::sourceChanged, this, [this] {
      picture_ = {};
      ready_ = false;
      emit pictureChanged();
    });
  }
  emit playerChanged();
  look();
}

void PreviewItem::setTime(double time_s) {
  if (time_s == time_s_) return;
  time_s_ = time_s;
  emit timeChanged();
  look();
}

void PreviewItem::look() {
  if (player_ == nullptr || time_s_ < 0) return;
  const QImage there = player_->previews()->want(time_s_);
  ready_ = !there.isNull();
  if (ready_) {
    picture_ = there;
    fresh_ = true;
    update();
  }
  emit pictureChanged();
}

QSGNode* PreviewItem::updatePaintNode(QSGNode* node, UpdatePaintNodeData*) {
  return picture_node(node, *window(), picture_, boundingRect(), fresh_);
}

}  // namespace sparsight
