// The trace of a conversation that is shown.
#include "app/chat/conversation.h"
#include "app/sessions/stored.h"
#include "app/tokens/trace_view.h"

#include <algorithm>
#include <utility>

namespace sparsight {

void Conversation::look_at(int row) {
  const auto shown = trace(row);
  if (!shown) return;
  const Entry& entry = entries_[static_cast<std::size_t>(row)];
  if (entry.range != range_) setRange(entry.range.start_s, entry.range.end_s);  // it has other frames
  show_trace(shown);
}

void Conversation::showTrace(int row) {
  const auto wanted = trace(row);
  if (!wanted) return;
  if (video_.isEmpty()) {
    emit errorOccurred(tr("The tokens cannot be shown: the video is missing. Locate it first."));
    return;
  }
  const std::shared_ptr<const OpenedMedia> media = clip_ ? clip_->media : nullptr;
  const bool as_trained = !media && (clip_ ? clip_->frames.as_trained : style_.as_trained);
  const std::size_t frames = wanted->layout.frames();  // as many as are open, if that is not known yet
  const std::size_t open = media        ? media->clip.frames.size()
                           : as_trained ? frames
                           : clip_      ? clip_->frames.count
                                        : style_.frames;
  const TimeRange range = entries_[static_cast<std::size_t>(row)].range;
  if (range != range_ || frames != open || (as_trained && !clip_)) {
    trace_frames_ = as_trained ? 0 : frames;
    range_ = range;
    leave_frames();
    open_clip();
    trace_wanted_ = true;
  } else if (media && !fits(*wanted, *media)) {
    emit errorOccurred(tr("These tokens belong to frames that are not open now."));
  }
  show_trace(wanted);
}

std::vector<Message> Conversation::versions(int row, std::size_t most) {
  std::vector<Message> found;
  stored(*this, [&] { found = store_.store().version_messages(message(row).id, most); });
  return found;
}

std::shared_ptr<const Trace> Conversation::trace_of(MessageId id) {
  if (const int row = row_of(id); row >= 0) return trace(row);
  std::shared_ptr<const Trace> found;
  stored(*this, [&] {
    if (auto trace = store_.store().trace(id)) found = std::make_shared<const Trace>(std::move(*trace));
  });
  return found;
}

std::shared_ptr<const Trace> Conversation::trace(int row) {
  if (row < 0 || row >= rowCount()) return nullptr;
  Entry& entry = entries_[static_cast<std::size_t>(row)];
  if (!entry.trace && entry.message.has_trace)
    stored(*this, [&] {
      if (auto trace = store_.store().trace(entry.message.id))
        entry.trace = std::make_shared<const Trace>(std::move(*trace));
    });
  return entry.trace;
}

void Conversation::show_trace(std::shared_ptr<const Trace> trace) {
  shown_ = std::move(trace);
  emit traceChanged(shown_);
}

void Conversation::show_last_trace() {
  for (int row = rowCount() - 1; row >= 0; --row)
    if (data(index(row), TraceRole).toBool()) return look_at(row);
  show_trace(nullptr);
}

// For the trace of the running answer, if that is about the open clip.
void Conversation::count_tokens(const Trace& trace) {
  if (trace.counted() == visual_tokens_) return;
  visual_tokens_ = trace.counted();
  emit clipChanged();
}

int Conversation::row_of_trace(const std::shared_ptr<const Trace>& trace) const {
  const auto at = std::ranges::find(entries_, trace, &Entry::trace);
  return !trace || at == entries_.end() ? -1 : static_cast<int>(at - entries_.begin());
}

std::pair<QString, QString> Conversation::told(const std::shared_ptr<const Trace>& trace) const {
  for (std::size_t i = 1; i < entries_.size(); ++i)
    if (entries_[i].trace == trace && trace)
      return {QString::fromStdString(entries_[i - 1].message.text), QString::fromStdString(entries_[i].message.text)};
  return {};
}

}  // namespace sparsight
