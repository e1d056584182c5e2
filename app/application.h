// Constructs what the app is made of and hands it to QML. GUI thread.
#pragma once

#include "app/comparison.h"
#include "app/conversation.h"
#include "app/exporter.h"
#include "app/player/media_player.h"
#include "app/recent_files.h"
#include "app/session_list.h"
#include "app/trace_view.h"
#include "app/worker.h"
#include "core/chat_store.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>

#include <filesystem>
#include <optional>

namespace sparsight {

struct AppOptions {
  std::filesystem::path model;     // empty: the demo model
  std::filesystem::path database;  // empty: ChatStore::default_file()
  std::size_t threads = 0;
};

class Application : public QObject {
  Q_OBJECT
  QML_NAMED_ELEMENT(SparsightApp)
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(sparsight::Conversation* chat READ chat CONSTANT)
  Q_PROPERTY(sparsight::SessionList* sessions READ sessions CONSTANT)
  Q_PROPERTY(sparsight::TraceView* trace READ trace CONSTANT)
  Q_PROPERTY(sparsight::Comparison* comparison READ comparison CONSTANT)
  Q_PROPERTY(sparsight::Exporter* exporter READ exporter CONSTANT)
  Q_PROPERTY(sparsight::RecentFiles* recent READ recent CONSTANT)
  Q_PROPERTY(sparsight::MediaPlayer* player READ player CONSTANT)
  Q_PROPERTY(QString model READ model NOTIFY modelChanged)     // "sparsight-demo · 4.7 M parameters"; empty: none yet
  Q_PROPERTY(QString notice READ notice NOTIFY noticeChanged)  // what went wrong last

 public:
  Application(EngineDoor door, const AppOptions& options, QObject* parent = nullptr);

  [[nodiscard]] Conversation* chat() { return &chat_; }
  [[nodiscard]] SessionList* sessions() { return &sessions_; }
  [[nodiscard]] TraceView* trace() { return &trace_; }
  [[nodiscard]] Comparison* comparison() { return &comparison_; }
  [[nodiscard]] Exporter* exporter() { return &exporter_; }
  [[nodiscard]] RecentFiles* recent() { return &recent_; }
  [[nodiscard]] MediaPlayer* player() { return &player_; }
  [[nodiscard]] QString model() const { return model_; }
  [[nodiscard]] QString notice() const { return notice_; }
  Q_INVOKABLE void open(const QString& path);  // a path or file: URL
  Q_INVOKABLE void openDemo();
  Q_INVOKABLE void dismissNotice() { tell({}); }
  Q_INVOKABLE static void copy(const QString& text);

 signals:
  void modelChanged();
  void noticeChanged();

 private:
  void tell(const QString& notice);
  [[nodiscard]] ChatStore* store() { return store_ ? &*store_ : nullptr; }

  QString notice_, model_;
  std::optional<ChatStore> store_;
  Worker worker_;
  Conversation chat_;
  SessionList sessions_;
  TraceView trace_;
  Comparison comparison_;
  Exporter exporter_;
  RecentFiles recent_;
  MediaPlayer player_;
};

}  // namespace sparsight
