#include "app/player/subtitles.h"

#include "app/core_words.h"
#include "core/base/progress.h"

#include <QCoreApplication>
#include <QFont>
#include <QLocale>
#include <QPainter>
#include <QTextCharFormat>
#include <QTextLayout>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace sparsight {
namespace {

constexpr std::size_t kMostAtOnce = 8;  // cues

QString joined(const std::vector<SubtitleRun>& runs) {
  QString text;
  for (const SubtitleRun& run : runs) text += QString::fromStdString(run.text);
  return text;
}

// The text in lines, as many as there is room for; returns their height. `outline`: its width, 0: none.
double lay_out(QTextLayout& layout, const std::vector<SubtitleRun>& runs, QSizeF room, double outline) {
  QString text;
  QList<QTextLayout::FormatRange> formats;
  for (const SubtitleRun& run : runs) {
    const QString part = QString::fromStdString(run.text);
    QTextCharFormat format;
    format.setFontItalic(run.italic);
    format.setFontWeight(run.bold ? QFont::Bold : QFont::Medium);
    if (outline > 0)
      format.setTextOutline(QPen(QColor(0, 0, 0, 220), outline, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    formats.push_back({static_cast<int>(text.size()), static_cast<int>(part.size()), format});
    text += part;
  }
  text.replace('\n', QChar::LineSeparator);
  layout.setText(text);
  QTextOption option(Qt::AlignHCenter);
  option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  layout.setTextOption(option);
  layout.setFormats(formats);
  double down = 0;
  layout.beginLayout();
  for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
    line.setLineWidth(room.width());
    line.setPosition({0, down});
    down += line.height();
    if (down + line.height() > room.height()) break;
  }
  layout.endLayout();
  return down;
}

}  // namespace

QString track_name(const std::string& language, const std::string& title, const QString& detail) {
  QStringList parts;
  if (!language.empty() && language != "und") {
    const QString code = QString::fromStdString(language);
    const QLocale::Language known = QLocale::codeToLanguage(code.section('-', 0, 0).section('_', 0, 0));
    const QString native =
        known == QLocale::AnyLanguage ? QString() : QLocale(known, QLocale::World).nativeLanguageName();
    parts << (native.isEmpty() ? code : native);
  }
  if (!title.empty()) parts << QString::fromStdString(title);
  if (!detail.isEmpty()) parts << detail;
  return parts.join(QStringLiteral(" · "));
}

Subtitles::~Subtitles() = default;

template <typename Function>
void Subtitles::on_gui(quint64 generation, Function&& function) {
  QMetaObject::invokeMethod(
      this,
      [this, generation, function = std::forward<Function>(function)]() mutable {
        if (generation == generation_) function();
      },
      Qt::QueuedConnection);
}

void Subtitles::set_video(const std::filesystem::path& video) {
  video_ = video;
  const quint64 mine = ++generation_;
  thread_ = {};
  tracks_.clear();
  track_ = -1;
  error_.clear();
  forget_cues();
  emit tracksChanged();
  emit trackChanged();
  if (video.empty()) return;
  thread_ = std::jthread([this, mine, video](const std::stop_token& stop) {
    try {
      on_gui(mine, [this, tracks = subtitle_tracks(video, stop)]() mutable { take_tracks(std::move(tracks)); });
    } catch (const Cancelled&) {
    } catch (const std::exception&) {  // there is no memory
    }
  });
}

void Subtitles::take_tracks(std::vector<SubtitleTrack> tracks) {
  tracks_ = std::move(tracks);
  emit tracksChanged();
  const auto usual = std::ranges::find_if(tracks_, [](const SubtitleTrack& track) {
    return track.readable && (track.forced || (!track.file.empty() && track.language.empty()));
  });
  if (usual != tracks_.end()) setTrack(static_cast<int>(usual - tracks_.begin()));
}

QStringList Subtitles::names() const {
  QStringList names;
  for (const SubtitleTrack& track : tracks_) {
    const QString kind = QString::fromStdString(track.codec).toUpper();
    const QString detail = !track.readable      ? tr("%1: not shown").arg(kind)
                           : track.file.empty() ? (track.forced ? tr("forced") : QString())
                                                : QString::fromStdString(track.file.filename().string());
    const QString name = track_name(track.language, track.title, detail);
    names << (name.isEmpty() ? tr("Track %1").arg(names.size() + 1) : name);
  }
  return names;
}

bool Subtitles::canShow(int track) const {
  return track >= 0 && track < static_cast<int>(tracks_.size()) && tracks_[static_cast<std::size_t>(track)].readable;
}

void Subtitles::setTrack(int track) {
  if (!canShow(track)) track = -1;
  if (track == track_) return;
  track_ = track;
  error_.clear();
  const quint64 mine = ++generation_;
  thread_ = {};
  forget_cues();
  emit trackChanged();
  if (track < 0) return;
  thread_ = std::jthread(
      [this, mine, video = video_, chosen = tracks_[static_cast<std::size_t>(track)]](const std::stop_token& stop) {
        try {
          read_subtitles(
              video, chosen,
              [&](std::vector<SubtitleCue> cues) {
                on_gui(mine, [this, cues = std::move(cues)]() mutable { take_cues(std::move(cues)); });
              },
              stop);
        } catch (const Cancelled&) {
        } catch (const std::exception& error) {
          on_gui(mine, [this, why = QString::fromUtf8(error.what())] {
            error_ = in_words(why);
            emit trackChanged();
          });
        }
      });
}

void Subtitles::next() {
  for (int track = track_ + 1; track < static_cast<int>(tracks_.size()); ++track)
    if (canShow(track)) return setTrack(track);
  setTrack(-1);
}

void Subtitles::forget_cues() {
  cues_.clear();
  ends_.clear();
  const bool had = !shown_.empty() || !pictures_.empty();
  shown_.clear();
  pictures_.clear();
  if (had) emit shownChanged();
}

void Subtitles::take_cues(std::vector<SubtitleCue> cues) {
  std::ranges::move(cues, std::back_inserter(cues_));
  std::ranges::stable_sort(cues_, {}, &SubtitleCue::start_s);
  ends_.clear();
  for (const SubtitleCue& cue : cues_) ends_.push_back(std::max(cue.end_s, ends_.empty() ? 0 : ends_.back()));
  show_at(time_s_);
}

void Subtitles::show_at(double time_s) {
  time_s_ = time_s;
  const auto later = std::ranges::upper_bound(cues_, time_s, {}, &SubtitleCue::start_s);
  std::vector<const SubtitleCue*> now;
  for (auto i = static_cast<std::size_t>(later - cues_.begin()); i > 0 && ends_[i - 1] > time_s; --i)
    if (cues_[i - 1].end_s > time_s && now.size() < kMostAtOnce) now.push_back(&cues_[i - 1]);
  std::vector<SubtitleRun> runs;
  std::vector<SubtitlePicture> pictures;
  for (auto cue = now.rbegin(); cue != now.rend(); ++cue) {
    pictures.insert(pictures.end(), (*cue)->pictures.begin(), (*cue)->pictures.end());
    if ((*cue)->runs.empty()) continue;
    if (!runs.empty()) runs.push_back({"\n"});
    runs.insert(runs.end(), (*cue)->runs.begin(), (*cue)->runs.end());
  }
  if (runs == shown_ && pictures == pictures_) return;
  shown_ = std::move(runs);
  pictures_ = std::move(pictures);
  emit shownChanged();
}

QString Subtitles::text() const { return joined(shown_); }

QRectF canvas_place(QSizeF canvas, QSizeF stored, const QRectF& content) {
  if (canvas.isEmpty() || content.isEmpty()) return {};
  const auto shape = [](QSizeF size) { return size.width() / size.height(); };
  const auto alike = [](double a, double b) { return std::abs(a / b - 1) < 0.05; };
  if (alike(shape(canvas), shape(content.size())) || (!stored.isEmpty() && alike(shape(canvas), shape(stored))))
    return content;
  QRectF place(0, 0, content.width(), content.width() / shape(canvas));
  place.moveCenter(content.center());
  return place;
}

SubtitlePictureItem::SubtitlePictureItem(QQuickItem* parent) : QQuickPaintedItem(parent) {}

void SubtitlePictureItem::setSubtitles(Subtitles* subtitles) {
  if (subtitles == subtitles_) return;
  if (subtitles_ != nullptr) subtitles_->disconnect(this);
  subtitles_ = subtitles;
  if (subtitles_ != nullptr) connect(subtitles_, &Subtitles::shownChanged, this, &SubtitlePictureItem::read);
  read();
  emit subtitlesChanged();
}

void SubtitlePictureItem::setStored(QSizeF stored) {
  if (stored == stored_) return;
  stored_ = stored;
  update();
  emit storedChanged();
}

void SubtitlePictureItem::read() {
  drawn_.clear();
  if (subtitles_ != nullptr)
    for (const SubtitlePicture& picture : subtitles_->pictures()) {
      const std::vector<std::uint8_t> pixels = unpack_picture(picture);
      const QImage image(pixels.data(), picture.width, picture.height, picture.width * 4,
                         QImage::Format_RGBA8888_Premultiplied);
      drawn_.emplace_back(picture, image.copy());
    }
  update();
}

void SubtitlePictureItem::paint(QPainter* painter) {
  painter->setRenderHint(QPainter::SmoothPixmapTransform);
  for (const auto& [picture, image] : drawn_) {
    const QSizeF canvas(picture.canvas_width, picture.canvas_height);
    const QRectF whole = canvas_place(canvas, stored_, boundingRect());
    const double x = whole.width() / canvas.width(), y = whole.height() / canvas.height();
    QRectF place(whole.x() + picture.x * x, whole.y() + picture.y * y, picture.width * x, picture.height * y);
    // What would lie in the bars that were cut off moves to the edge.
    place.moveTop(std::clamp(place.top(), 0.0, std::max(0.0, height() - place.height())));
    painter->drawImage(place, image);
  }
}

SubtitleItem::SubtitleItem(QQuickItem* parent) : QQuickPaintedItem(parent) { setAntialiasing(true); }

void SubtitleItem::setSubtitles(Subtitles* subtitles) {
  if (subtitles == subtitles_) return;
  if (subtitles_ != nullptr) subtitles_->disconnect(this);
  subtitles_ = subtitles;
  if (subtitles_ != nullptr) connect(subtitles_, &Subtitles::shownChanged, this, [this] { update(); });
  update();
  emit subtitlesChanged();
}

void SubtitleItem::setFontSize(int pixels) {
  if (pixels == font_size_) return;
  font_size_ = pixels;
  update();
  emit fontSizeChanged();
}

void SubtitleItem::paint(QPainter* painter) {
  if (subtitles_ == nullptr || subtitles_->shown().empty()) return;
  QFont font;
  font.setPixelSize(font_size_);
  const double outline = std::max(2.0, font_size_ / 7.0);
  const QSizeF room = size() - QSizeF(2 * outline, outline);
  painter->setRenderHint(QPainter::Antialiasing);
  // The outline first, so that it does not thin the letters.
  for (const double wide : {outline, 0.0}) {
    QTextLayout layout;
    layout.setFont(font);
    const double high = lay_out(layout, subtitles_->shown(), room, wide);
    painter->setPen(wide > 0 ? Qt::black : Qt::white);
    layout.draw(painter, {outline, std::max(0.0, room.height() - high)});
  }
}

}  // namespace sparsight
