// The clip that a conversation is about: opening it, a part of it, finding it again.
#include "app/conversation.h"
#include "app/format.h"

#include <utility>

namespace sparsight {

void Conversation::newSession() {
  again_.stop();
  before_.reset();
  // What still comes of these jobs is not waited for.
  if (opening_ != 0) worker_.stop(std::exchange(opening_, 0));
  give_up_answer();
  session_.reset();
  expected_.reset();
  missing_.clear();
  pending_.reset();
  title_.clear();
  remove_from(0);
  show_trace(nullptr);
  emit clipChanged();
  emit sessionChanged();
}

void Conversation::openVideo(const QString& path) {
  // While one is being opened, what was open before it counts.
  std::optional<Place> before = before_;
  if (!before && (session_ || clip_there_)) before = Place{.session = session_, .video = video_, .range = range_};
  newSession();
  before_ = std::move(before);
  open_file(local_path(path).toStdString(), {});
}

void Conversation::go_back() {
  const Place place = *std::exchange(before_, std::nullopt);
  close_clip();
  if (place.session)
    openSession(*place.session);
  else
    open_file(place.video.toStdString(), place.range);
}

// What was made of the clip is not shown any longer than it is true.
void Conversation::leave_frames() {
  clip_there_ = false;
  visual_tokens_ = 0;
  pending_.reset();
  show_trace(nullptr);
  emit mediaOpened(nullptr);
  emit clipChanged();
}

void Conversation::open_file(const std::filesystem::path& file, const TimeRange& range) {
  video_ = QString::fromStdString(file.string());
  missing_.clear();
  media_.reset();
  range_ = range;
  leave_frames();
  open_clip();
  emit sessionChanged();
}

void Conversation::open_clip() {
  reopen_.stop();
  if (video_.isEmpty()) return;
  if (opening_ != 0) worker_.stop(opening_);
  if (asking_ != 0) worker_.stop(asking_);
  FrameRequest request{.count = frames_};
  if (range_.start_s > 0) request.start_s = range_.start_s;
  if (range_.end_s > 0) request.end_s = range_.end_s;
  pending_.reset();
  clip_there_ = false;
  opening_ = worker_.open(video_.toStdString(), request);
  show_progress(stage_name(Stage::Open), -1);
  emit busyChanged();
  emit clipChanged();
}

void Conversation::leave_model() {
  stop();
  leave_frames();
}

void Conversation::reopen() {
  if (opening_ == 0) open_clip();
}

void Conversation::set_limits(std::size_t frames, std::size_t max_new_tokens) {
  frames_ = frames;
  max_new_tokens_ = max_new_tokens;
}

void Conversation::close_clip() {
  reopen_.stop();
  video_.clear();
  media_.reset();
  range_ = {};
  worker_.close();
  leave_frames();
  emit sessionChanged();
}

void Conversation::setRange(double start_s, double end_s) {
  const TimeRange range{std::max(0.0, start_s), std::max(0.0, end_s)};
  if (range == range_ || video_.isEmpty() || (range.end_s > 0 && range.end_s <= range.start_s)) return;
  range_ = range;
  leave_frames();
  reopen_.start();
}

void Conversation::openSession(qint64 id) {
  if (store_ == nullptr) return;
  stored([&] {
    const auto session = store_->session(id);
    if (!session) return;
    newSession();
    session_ = id;
    title_ = QString::fromStdString(session->title);
    for (Message& message : store_->messages(id)) append(std::move(message));
    TimeRange range;
    for (const Entry& entry : entries_)
      if (entry.message.role == MessageRole::Answer) range = entry.range;
    expected_ = session->media;
    if (expected_) {
      std::error_code ignored;
      std::filesystem::path file = expected_->path;
      if (!std::filesystem::exists(file, ignored))
        if (const auto moved = store_->find_by_hash(expected_->hash)) file = *moved;
      if (!std::filesystem::exists(file, ignored)) {
        missing_ = QString::fromStdString(file.string());
        close_clip();
      } else if (!media_ || file != media_->path || media_->hash != expected_->hash || range != range_) {
        open_file(file, range);
      }
    } else {
      close_clip();
    }
    emit clipChanged();
    emit sessionChanged();
    for (int row = rowCount() - 1; row >= 0; --row)
      if (entries_[static_cast<std::size_t>(row)].message.has_trace) return showTrace(row);
  });
}

void Conversation::findFile(const QString& path) {
  if (expected_) open_file(local_path(path).toStdString(), range_);
}

void Conversation::useAnyway() {
  if (!pending_) return;
  expected_.reset();
  accept(std::exchange(pending_, nullptr));
}

void Conversation::on_opened(quint64 job, const std::shared_ptr<const OpenedMedia>& media) {
  if (job != opening_) return;
  opening_ = 0;
  show_progress({}, -1);
  if (expected_ && !expected_->hash.empty() && expected_->hash != media->source.hash) {
    pending_ = media;
    emit clipChanged();
  } else {
    accept(media);
  }
  emit busyChanged();
}

void Conversation::accept(const std::shared_ptr<const OpenedMedia>& media) {
  media_ = media->source;
  before_.reset();
  clip_there_ = true;
  visual_tokens_ = media->encoded ? media->encoded->visual_tokens() : 0;
  // A question that was asked meanwhile has a session already.
  stored([&] {
    if (session_) store_->set_media(*session_, *media_);
  });
  emit mediaOpened(media);
  if (shown_) show_trace(shown_);
  emit clipChanged();
  emit pruningChanged();
}

void Conversation::on_not_opened(MessageState state, const QString& message) {
  opening_ = 0;
  show_progress({}, -1);
  if (state == MessageState::Failed) {
    if (!range_.whole()) {
      range_ = {};
      open_clip();  // a part without frames: the whole again
    } else if (before_ && entries_.empty()) {
      go_back();
    } else {
      if (expected_) missing_ = QString::fromStdString(expected_->path.string());
      close_clip();
    }
  }
  emit busyChanged();
  if (state == MessageState::Failed) emit notOpened(message);
}

}  // namespace sparsight
