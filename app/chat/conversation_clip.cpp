// The clip of a conversation: opening it or a part of it, and finding it again.
#include "app/chat/conversation.h"
#include "app/core_words.h"
#include "app/format.h"
#include "app/sessions/stored.h"
#include "app/tokens/trace_view.h"

#include <utility>

namespace sparsight {

void Conversation::leave_session() {
  again_.stop();
  keep_pruning();
  before_.reset();
  undo_.clear();
  if (std::exchange(new_, nullptr))
    unsaved_drafts_[std::nullopt] = draft_;  // written once the question is on disk
  else
    keepDraft();
  set_session({});
  find_draft();
  expected_.reset();
  missing_.clear();
  refused_.reset();
  stop_seeking();
  title_.clear();
  remove_from(0);
  show_trace(nullptr);
  prune_as_usual();
  tell_waiting();
  emit clipChanged();
  emit sessionChanged();
}

void Conversation::newSession() {
  leave_session();
  // It begins with the whole clip, whatever file the former session expected.
  const bool part = !range_.whole() || trace_frames_ != 0;
  range_ = {};
  trace_frames_ = 0;
  if (part || (clip_ && !clip_->expected.empty() && (opening() || differs()))) {
    leave_frames();
    open_clip();
  }
  tell_busy();
}

void Conversation::openVideo(const QString& path) {
  // If another video is still being opened, remember what was open before that one.
  std::optional<Place> before = before_;
  if (!before && (session_ || media_)) before = Place{session_, video_, range_, pruning()};
  leave_session();
  before_ = std::move(before);
  open_file(local_path(path).toStdString(), {});
}

void Conversation::go_back() {
  const Place place = *std::exchange(before_, std::nullopt);
  const QString typed = draft_;  // moves along
  setDraft({});
  close_clip();
  if (place.session)
    openSession(*place.session);
  else
    open_file(place.video.toStdString(), place.range);
  take_pruning(place.pruning);
  if (!typed.isEmpty()) setDraft(draft_.isEmpty() ? typed : typed + '\n' + draft_);
}

// Drops everything that was computed for the former frames.
void Conversation::leave_frames() {
  answering_.let_go(std::exchange(clip_, nullptr));
  visual_tokens_ = 0;
  trace_wanted_ = false;
  show_trace(nullptr);
  emit mediaOpened(nullptr);
  emit clipChanged();
}

void Conversation::open_file(const std::filesystem::path& file, const TimeRange& range) {
  stop_seeking();
  video_ = QString::fromStdString(file.string());
  missing_.clear();
  refused_.reset();
  failed_range_.reset();
  media_.reset();
  range_ = range;
  trace_frames_ = 0;
  leave_frames();
  open_clip();
  emit sessionChanged();
}

void Conversation::open_clip() {
  reopen_.stop();
  if (video_.isEmpty()) return;
  answering_.let_go(clip_);
  opening_progress_.reset();
  time_left_.reset();
  const std::size_t count = trace_frames_ != 0 ? trace_frames_ : style_.frames;
  const FrameRequest frames{
      .count = count, .as_trained = style_.as_trained && trace_frames_ == 0, .tone_map = style_.tone_map};
  clip_ = answering_.open(video_.toStdString(), frames, range_, expected_ ? expected_->hash : "");
  emit clipChanged();
  tell_busy();
}

void Conversation::adopt(std::shared_ptr<AskedClip> clip) {
  video_ = QString::fromStdString(clip->file.string());
  media_.reset();
  range_ = clip->range;
  trace_frames_ = 0;
  leave_frames();
  clip_ = std::move(clip);
  opening_progress_.reset();
  emit sessionChanged();
  if (clip_->media) accept();
}

void Conversation::leave_model() { leave_frames(); }

void Conversation::reopen() {
  if (refused_) {
    const Refused again = *refused_;
    open_file(again.file.toStdString(), again.range);
  } else if (!clip_) {
    open_clip();
  }
}

void Conversation::set_style(const AskingStyle& style) {
  style_ = style;
  count_.start();
}

void Conversation::close_clip() {
  stop_seeking();
  reopen_.stop();
  video_.clear();
  media_.reset();
  refused_.reset();
  range_ = {};
  trace_frames_ = 0;
  leave_frames();
  emit sessionChanged();
}

void Conversation::setRange(double start_s, double end_s) {
  const TimeRange range{std::max(0.0, start_s), std::max(0.0, end_s)};
  if (range == range_ || video_.isEmpty() || (range.end_s > 0 && range.end_s <= range.start_s)) return;
  range_ = range;
  leave_frames();
  reopen_.start();
  tell_busy();
}

void Conversation::openSession(qint64 id, qint64 message) {
  stored(*this, [&] {
    const auto session = store_.store().session(id);
    if (!session) {
      emit errorOccurred(tr("This session was deleted. Bring it back in the list, or begin a new one (Ctrl+N)."));
      return;
    }
    const bool another = session_ != id;
    if (another) {
      leave_session();
      set_session(id);
      find_draft();
      title_ = QString::fromStdString(session->title);
    }
    reload();
    const auto show = [this, another, message, session = *session] {
      if (another) {
        take_pruning_of_session();
        find_clip(session);
      }
      if (another || message != 0) show_last_trace();
      if (message != 0 && row_of(message) >= 0) emit messageWanted(row_of(message));
    };
    if (message == 0 || row_of(message) >= 0) return show();
    remember();
    choose(message, [show](bool) { show(); });
  });
  tell_waiting();
  emit busyChanged();
  tell_busy();
}

// Finds the session's clip at its place of today.
void Conversation::find_clip(const Session& session) {
  TimeRange range;
  for (const Entry& entry : entries_)
    if (entry.message.role == MessageRole::Answer) range = entry.range;
  expected_ = session.media;
  if (auto clip = answering_.clip_of(session.id)) {
    adopt(std::move(clip));
  } else if (expected_) {
    std::error_code ignored;
    std::filesystem::path file = expected_->path;
    if (!std::filesystem::exists(file, ignored)) {
      close_clip();
      missing_ = QString::fromStdString(file.string());
      seek(store_.store().places_of(expected_->hash), range);
    } else if (!media_ || file != media_->path || media_->hash != expected_->hash || range != range_) {
      open_file(file, range);
    }
  } else {
    close_clip();
  }
  emit clipChanged();
  emit sessionChanged();
}

// The file counts as missing until one of the places turns out to hold the same content.
void Conversation::seek(std::vector<std::filesystem::path> places, const TimeRange& range) {
  if (places.empty()) return;
  sought_range_ = range;
  seeking_ = worker_.carry_out([places = std::move(places), hash = expected_->hash](const Control& control) {
    for (const std::filesystem::path& place : places) {
      try {
        if (content_hash(place, control.stop) == hash) return QString::fromStdString(place.string());
      } catch (const Error&) {
        // It cannot be read, so it is not the one.
      }
    }
    return QString();
  });
}

void Conversation::stop_seeking() {
  if (seeking_ != 0) worker_.stop(std::exchange(seeking_, 0));
}

void Conversation::on_found(quint64 job, const QString& file) {
  if (job != seeking_) return;
  seeking_ = 0;
  if (!file.isEmpty()) open_file(file.toStdString(), sought_range_);
  emit clipChanged();
}

void Conversation::findFile(const QString& path) {
  if (expected_) open_file(local_path(path).toStdString(), range_);
}

void Conversation::useAnyway() {
  if (!differs()) return;
  expected_.reset();
  clip_->expected.clear();
  accept();
}

void Conversation::on_opened(const std::shared_ptr<AskedClip>& clip) {
  if (clip != clip_) return;
  if (differs())
    emit clipChanged();
  else
    accept();
  tell_busy();
}

void Conversation::accept() {
  const std::shared_ptr<const OpenedMedia> media = clip_->media;
  media_ = media->source;
  before_.reset();
  failed_range_.reset();
  visual_tokens_ = media->encoded ? media->encoded->visual_tokens() : 0;
  // There is a session if a question was asked meanwhile.
  if (session_)
    store_.add(
        this, [session = *session_, media = *media_](ChatStore& store) { store.set_media(session, media); }, {},
        tells(*this));
  emit mediaOpened(media);
  if (!media->clip.warnings.empty())  // such as that the file is cut short
    emit errorOccurred(QStringLiteral("%1: %2").arg(QString::fromStdString(media_->path.filename().string()),
                                                    in_words(QString::fromStdString(media->clip.warnings.front()))));
  if (shown_) show_trace(shown_);
  if (std::exchange(trace_wanted_, false) && shown_ && !fits(*shown_, *media))
    emit errorOccurred(tr("These tokens belong to frames that are not open now."));
  emit clipChanged();
  emit pruningChanged();
}

void Conversation::on_not_opened(const std::shared_ptr<AskedClip>& clip, MessageState state, const QString& message) {
  if (clip != clip_) return;
  clip_.reset();
  if (state == MessageState::Failed) {
    if (!range_.whole()) {
      failed_range_ = std::exchange(range_, {});
      open_clip();  // the part has no frames: open the whole clip
    } else if (before_ && entries_.empty()) {
      go_back();
    } else {
      std::optional<Refused> refused;
      if (clip->error != ErrorKind::File && clip->error != ErrorKind::Decode)
        refused = Refused{video_, failed_range_.value_or(TimeRange()), clip->error == ErrorKind::Usage};
      else if (expected_)
        missing_ = QString::fromStdString(expected_->path.string());
      close_clip();
      refused_ = refused;
      emit clipChanged();
    }
  }
  tell_busy();
  if (state == MessageState::Failed) emit notOpened(message);
}

}  // namespace sparsight
