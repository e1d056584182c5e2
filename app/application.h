// Makes the parts of the app and gives them to QML. GUI thread.
#pragma once

#include "app/chat/answering.h"
#include "app/chat/batch.h"
#include "app/chat/conversation.h"
#include "app/desktop/desktop_motion.h"
#include "app/desktop/file_check.h"
#include "app/desktop/recent_files.h"
#include "app/models/devices.h"
#include "app/models/model_fetch.h"
#include "app/models/model_list.h"
#include "app/models/worker.h"
#include "app/player/media_player.h"
#include "app/sessions/session_list.h"
#include "app/sessions/store_thread.h"
#include "app/sessions/thumbnails.h"
#include "app/settings/about.h"
#include "app/settings/data_places.h"
#include "app/settings/settings.h"
#include "app/tokens/answer_times.h"
#include "app/tokens/comparison.h"
#include "app/tokens/exporter.h"
#include "app/tokens/trace_view.h"
#include "core/chat/store.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QTranslator>
#include <QVariant>

#include <chrono>
#include <filesystem>
#include <optional>

namespace sparsight {

struct AppOptions {
  std::filesystem::path model;         // empty: the one chosen last, else the demo model
  std::filesystem::path database;      // empty: ChatStore::default_file()
  std::filesystem::path settings{};    // empty: the user's own
  std::filesystem::path thumbnails{};  // their folder; empty: Thumbnails::default_folder()
  ComputeOptions compute{};
  std::chrono::milliseconds moment = StoreThread::kMoment;  // as StoreThread has it
};

class Application : public QObject {
  Q_OBJECT
  QML_NAMED_ELEMENT(SparsightApp)
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(sparsight::Conversation* chat READ chat CONSTANT)
  Q_PROPERTY(sparsight::Answering* answering READ answering CONSTANT)
  Q_PROPERTY(sparsight::SessionList* sessions READ sessions CONSTANT)
  Q_PROPERTY(sparsight::Batch* batch READ batch CONSTANT)
  Q_PROPERTY(sparsight::Thumbnails* thumbnails READ thumbnails CONSTANT)
  Q_PROPERTY(sparsight::TraceView* trace READ trace CONSTANT)
  Q_PROPERTY(sparsight::Comparison* comparison READ comparison CONSTANT)
  Q_PROPERTY(sparsight::Exporter* exporter READ exporter CONSTANT)
  Q_PROPERTY(sparsight::RecentFiles* recent READ recent CONSTANT)
  Q_PROPERTY(sparsight::MediaPlayer* player READ player CONSTANT)
  Q_PROPERTY(sparsight::Settings* settings READ settings CONSTANT)
  Q_PROPERTY(sparsight::ModelList* models READ models CONSTANT)
  Q_PROPERTY(sparsight::ModelFetch* fetch READ fetch CONSTANT)
  Q_PROPERTY(sparsight::Devices* devices READ devices CONSTANT)
  Q_PROPERTY(sparsight::DataPlaces* places READ places CONSTANT)
  Q_PROPERTY(sparsight::DesktopMotion* motion READ motion CONSTANT)
  Q_PROPERTY(sparsight::About* about READ about CONSTANT)
  Q_PROPERTY(sparsight::AnswerTimes* times READ times CONSTANT)
  Q_PROPERTY(QString model READ model NOTIFY modelChanged)  // "sparsight-demo · 4.7 M parameters"; empty: none
  Q_PROPERTY(QString modelPath READ modelPath NOTIFY modelChanged)
  Q_PROPERTY(bool loading READ loading NOTIFY modelChanged)
  Q_PROPERTY(QString reading READ reading NOTIFY readingChanged)  // how much of a large model's file; empty: all
  // The model's default pruning: as a text, and the strategy alone.
  Q_PROPERTY(QString ownBudget READ ownBudget NOTIFY modelChanged)
  Q_PROPERTY(QString ownStrategy READ ownStrategy NOTIFY modelChanged)
  // The system text that the model has without one of the user's; empty: none. takesSystem: it reads one at all.
  Q_PROPERTY(QString ownSystem READ ownSystem NOTIFY modelChanged)
  Q_PROPERTY(bool takesSystem READ takesSystem NOTIFY modelChanged)
  // The model was loaded on another device, or in another way, than the settings say now, or a GPU did not take it;
  // reloadModel() helps.
  Q_PROPERTY(bool reloadNeeded READ reloadNeeded NOTIFY reloadNeededChanged)
  // The only thing that the model knows, as a text, if the clip may show something else; empty: no such limit.
  Q_PROPERTY(QString beyond READ beyond NOTIFY beyondChanged)
  // The only languages that the model understands, as a text, if the window or a question is in another one; empty: no
  // such mismatch.
  Q_PROPERTY(QString understands READ understands NOTIFY understandsChanged)
  Q_PROPERTY(QString notice READ notice NOTIFY noticeChanged)  // the last problem, until it no longer applies
  // The notice is about a model that a GPU did not take, or what it could not compute: useProcessor() loads the model
  // on the processor.
  Q_PROPERTY(bool offersProcessor READ offersProcessor NOTIFY noticeChanged)
  Q_PROPERTY(QString checking READ checking NOTIFY checkingChanged)  // the file that is being checked; empty: none
  Q_PROPERTY(QStringList openable READ openable CONSTANT)  // patterns of files that can be opened, such as "*.mp4"
  Q_PROPERTY(
      QStringList choices READ choices NOTIFY choicesChanged)  // several dropped files (paths), one of which to open

 public:
  Application(EngineDoor door, const AppOptions& options, QObject* parent = nullptr);
  ~Application() override;

  [[nodiscard]] Conversation* chat() { return &chat_; }
  [[nodiscard]] Answering* answering() { return &answering_; }
  [[nodiscard]] SessionList* sessions() { return &sessions_; }
  [[nodiscard]] Batch* batch() { return &batch_; }
  [[nodiscard]] Thumbnails* thumbnails() { return &thumbnails_; }
  [[nodiscard]] TraceView* trace() { return &trace_; }
  [[nodiscard]] Comparison* comparison() { return &comparison_; }
  [[nodiscard]] Exporter* exporter() { return &exporter_; }
  [[nodiscard]] RecentFiles* recent() { return &recent_; }
  [[nodiscard]] MediaPlayer* player() { return &player_; }
  [[nodiscard]] Settings* settings() { return &settings_; }
  [[nodiscard]] ModelList* models() { return &models_; }
  [[nodiscard]] ModelFetch* fetch() { return &fetch_; }
  [[nodiscard]] Devices* devices() { return &devices_; }
  [[nodiscard]] DataPlaces* places() { return &places_; }
  [[nodiscard]] DesktopMotion* motion() { return &motion_; }
  [[nodiscard]] About* about() { return &about_; }
  [[nodiscard]] AnswerTimes* times() { return &times_; }
  [[nodiscard]] QString model() const;
  [[nodiscard]] QString modelPath() const { return QString::fromStdString(model_path_.string()); }
  [[nodiscard]] bool loading() const { return loading_ != 0; }
  [[nodiscard]] QString reading() const { return reading_; }
  [[nodiscard]] QString ownBudget() const { return QString::fromStdString(chat_.own_pruning().budget); }
  [[nodiscard]] QString ownStrategy() const { return QString::fromStdString(chat_.own_pruning().strategy); }
  [[nodiscard]] QString ownSystem() const;
  [[nodiscard]] bool takesSystem() const;
  [[nodiscard]] bool reloadNeeded() const;
  [[nodiscard]] QString beyond() const;
  [[nodiscard]] QString understands() const;
  [[nodiscard]] QString notice() const;
  [[nodiscard]] bool offersProcessor() const {
    return topic_ == Topic::Model && !notice_.isEmpty() && !refused_.empty();
  }
  [[nodiscard]] QString checking() const { return check_.path(); }
  [[nodiscard]] static QStringList openable();
  [[nodiscard]] QStringList choices() const { return choices_; }
  // A path or file: URL. It is checked in the background first; the open file stays unless the new one can be read.
  Q_INVOKABLE void open(const QString& file) { openFiles({file}); }
  // Dropped files: a single one is opened; several become choices() for the user. Folders and URLs of other machines
  // are named in notice().
  Q_INVOKABLE void openFiles(const QStringList& files);
  Q_INVOKABLE void check(const QString& path);  // one of the choices
  Q_INVOKABLE void openAllChoices();            // a session for each; then the first one is shown
  Q_INVOKABLE void dismissChoices();
  Q_INVOKABLE void openDemo();
  // Opens the session that was open when the program was used last, if the settings say so: else the newest one, or
  // without any session the last clip. Not if the program ended while it was being opened: notice() says it then.
  void reopenLast();
  // Replaces the model. The old one is unloaded first, and loaded again if the new one cannot be.
  // While answers are in progress, chooseModel() emits modelQuestion() instead; changeModel() gives them up.
  Q_INVOKABLE void chooseModel(const QString& directory);
  Q_INVOKABLE void changeModel(const QString& directory);
  // The same one again, or the one that a GPU did not take; for reloadNeeded().
  Q_INVOKABLE void reloadModel();
  Q_INVOKABLE void useProcessor();  // for the model that a GPU did not take, and from then on
  // The first time: measures how fast this machine is, behind all that is still to be answered; then models() and
  // fetch() say how long a question takes.
  Q_INVOKABLE void measureSpeed();
  Q_INVOKABLE void dismissNotice() { show_notice(Topic::None, {}); }
  Q_INVOKABLE static void copy(const QString& text);
  Q_INVOKABLE static QString pasted();  // the clipboard's text, up to a little more than a question can have
  Q_INVOKABLE static void copyImage(const QVariant& image);  // a QImage
  Q_INVOKABLE QString diagnosis(bool with_paths) const;      // for a report of a problem

 signals:
  void modelChanged();
  void readingChanged();
  void modelQuestion(const QString& directory);
  void noticeChanged();
  void checkingChanged();
  void choicesChanged();
  void beyondChanged();
  void understandsChanged();
  void reloadNeededChanged();
  void languageChanged();  // translated texts must be translated again

 private:
  enum class Topic { None, Store, File, Drop, Chat, Model, Sessions, Saving };  // what a notice is about
  void show_notice(Topic topic, const QString& notice);
  void clear_notice(Topic topic);
  void listen();
  [[nodiscard]] bool is_demo() const;
  void keep_settings();
  void apply_settings();
  void keep_session();
  [[nodiscard]] std::optional<SessionId> last_stored() const;
  void take_model(std::shared_ptr<const ModelInfo> model);
  [[nodiscard]] CardPruning usual_pruning() const;
  void apply_language();
  void load(const std::filesystem::path& model, const std::vector<std::string>& warnings = {});
  void on_loaded(quint64 job, const std::shared_ptr<const ModelInfo>& info);
  void on_load_failed(quint64 job, const QString& message, ErrorKind kind);
  void on_work_failed(quint64 job, const QString& message, ErrorKind kind);
  void on_read(quint64 job, const Progress& progress);

  QString notice_, language_;
  Topic topic_ = Topic::Store;
  QStringList choices_;
  std::filesystem::path resources_;           // empty: not found
  std::filesystem::path model_path_;          // of the loaded model
  std::filesystem::path wanted_;              // of the model that is being loaded
  std::filesystem::path former_;              // loaded again if that fails
  std::filesystem::path refused_;             // what a GPU failed with, so that the processor is offered; empty: none
  std::size_t parameters_ = 0;                // 0: nothing is loaded
  std::shared_ptr<const OpenedMedia> media_;  // null: none is open
  CardPruning usual_;                         // as the chat knows it
  QString asked_in_;                          // the language of the last question if the model does not know it
  bool asked_well_ = false;                   // the last question was in a language that the model knows
  quint64 loading_ = 0;
  quint64 read_for_ = 0;  // the job that loads, or has loaded, the model
  QString reading_;
  quint64 measuring_ = 0;  // 0: it has not begun
  QString used_;           // what computed the last model
  bool chosen_ = false;    // chosen by the user, so to be saved
  bool applying_ = false;  // the settings change something, not the user
  bool reopening_ = false;
  Settings settings_;
  Devices devices_;
  QTranslator words_, words_of_qt_;
  ChatStore store_;
  StoreThread writes_;
  Worker worker_;
  Answering answering_;
  Conversation chat_;
  SessionList sessions_;
  Batch batch_;
  Thumbnails thumbnails_;
  ModelList models_;
  ModelFetch fetch_;
  TraceView trace_;
  Comparison comparison_;
  Exporter exporter_;
  RecentFiles recent_;
  MediaPlayer player_;
  FileCheck check_;
  DataPlaces places_;
  DesktopMotion motion_;
  About about_;
  AnswerTimes times_;
};

}  // namespace sparsight
