// Exports the current view: pictures, a film, the trace, a page, the chat. Files are drawn and written on the worker's
// thread, with progress and a way to stop. GUI thread.
#pragma once

#include "app/chat/conversation.h"
#include "app/models/worker.h"
#include "app/tokens/trace_view.h"
#include "core/base/stopwatch.h"
#include "core/base/time_left.h"
#include "core/chat/store.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>

#include <functional>
#include <memory>

namespace sparsight {

class Exporter : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(bool hasTokens READ hasTokens NOTIFY contentChanged)  // there is a trace over its clip
  Q_PROPERTY(bool hasFilm READ hasFilm NOTIFY contentChanged)      // the clip is not a still picture
  Q_PROPERTY(bool hasChat READ hasChat NOTIFY contentChanged)
  Q_PROPERTY(bool busy READ busy NOTIFY progressChanged)
  Q_PROPERTY(QString stage READ stage NOTIFY progressChanged)
  Q_PROPERTY(double progress READ progress NOTIFY progressChanged)  // 0..1; -1: not known
  Q_PROPERTY(QString saved READ saved NOTIFY savedChanged)          // the file that was written last; empty: none

 public:
  enum Kind { Picture, Svg, Sheet, Film, TraceFile, Report, Markdown, Json, Tokens };
  Q_ENUM(Kind)

  // Borrows all of them.
  Exporter(Worker& worker, ChatStore* store, Conversation& chat, TraceView& trace, QObject* parent = nullptr);

  [[nodiscard]] bool hasTokens() const { return trace_.hasTrace(); }
  [[nodiscard]] bool hasFilm() const { return hasTokens() && !trace_.media()->clip.is_image; }
  [[nodiscard]] bool hasChat() const { return store_ != nullptr && chat_.session().has_value(); }
  [[nodiscard]] bool busy() const { return job_ != 0; }
  [[nodiscard]] QString stage() const { return stage_; }
  [[nodiscard]] double progress() const { return progress_; }
  [[nodiscard]] QString saved() const { return saved_; }
  Q_INVOKABLE QString nameFor(Kind kind) const;  // a suggestion: "crossing-overlay.mp4"
  // `file`: a path or file: URL; an existing file is replaced. `frame`: the sampled frame, for pictures of one.
  Q_INVOKABLE void save(Kind kind, const QString& file, int frame);
  Q_INVOKABLE static bool isThere(const QString& file);
  Q_INVOKABLE void stop();
  Q_INVOKABLE void openFolder() const;
  Q_INVOKABLE void forget();  // clears saved()

 signals:
  void contentChanged();
  void progressChanged();
  void savedChanged();
  void errorOccurred(const QString& message);

 private:
  using Write = std::function<void(const std::filesystem::path&, const Control&)>;
  [[nodiscard]] Write writer(Kind kind, std::size_t frame) const;
  void set_saved(const QString& saved);
  void end(quint64 job);

  Worker& worker_;
  ChatStore* store_;
  Conversation& chat_;
  TraceView& trace_;
  quint64 job_ = 0;
  QString stage_, saved_, model_;
  double progress_ = -1;
  TimeLeft time_left_;
  Stopwatch clock_;
};

}  // namespace sparsight
