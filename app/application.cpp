#include "app/application.h"

#include "app/chat/question_language.h"
#include "app/core_words.h"
#include "app/format.h"
#include "core/base/resources.h"
#include "core/model/families/family.h"
#include "core/model/model_folder.h"

#include <QClipboard>
#include <QFile>
#include <QFileInfo>
#include <QGuiApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QScopedValueRollback>
#include <QUrl>

#include <algorithm>
#include <utility>

namespace sparsight {
namespace {

constexpr std::int64_t kBinMs =
    std::int64_t{30} * 24 * 3600 * 1000;  // deleted sessions can be brought back for a month

constexpr qsizetype kMostNames = 5;  // in one notice

constexpr const char* kInMemory = ":memory:";

QString some_names(const QStringList& names) {
  return names.mid(0, kMostNames).join(QLatin1String(", ")) +
         (names.size() > kMostNames ? QStringLiteral(", …") : QString());
}

// In memory if the file cannot be opened: the chats can be read as long as the program runs.
ChatStore open_store(const std::filesystem::path& file, QString& notice) {
  try {
    return ChatStore::open(file.empty() ? ChatStore::default_file() : file);
  } catch (const Error& error) {
    notice = QCoreApplication::translate("Application", "Chats will not be saved: %1").arg(in_words(error));
    return ChatStore::open(kInMemory);
  }
}

std::vector<DataPlaces::Place> places_of(const ChatStore& store, const Settings& settings) {
  const std::string chats = store.file().string();
  std::vector<DataPlaces::Place> places;
  if (chats != kInMemory)
    places.push_back({.key = "chats", .path = chats, .parts = {chats, chats + "-wal", chats + "-shm"}});
  places.push_back({.key = "settings", .path = settings.file().toStdString()});
  places.push_back({.key = "cache", .path = hugging_face_cache()});
  places.push_back({.key = "made", .path = made_models()});
  try {
    places.push_back({.key = "demo", .path = resource_dir() / "models" / "sparsight-demo"});
  } catch (const Error&) {
    // There is none, as the notice about the model says.
  }
  return places;
}

}  // namespace

Application::Application(EngineDoor door, const AppOptions& options, QObject* parent)
    : QObject(parent),
      settings_(options.settings),
      devices_(settings_, options.compute),
      store_(open_store(options.database, notice_)),
      writes_(store_, options.moment),
      worker_(std::move(door)),
      answering_(worker_, writes_),
      chat_(worker_, writes_, answering_),
      sessions_(writes_),
      batch_(worker_, writes_),
      thumbnails_(options.thumbnails.empty() ? Thumbnails::default_folder() : options.thumbnails),
      models_(settings_),
      fetch_(settings_),
      comparison_(worker_, chat_),
      exporter_(worker_, &store_, chat_, trace_),
      recent_(&writes_),
      places_(places_of(store_, settings_)),
      times_(chat_) {
  apply_language();
  keep_settings();
  keep_session();
  listen();
  if (!store_.read_only())
    writes_.add(
        this, [](ChatStore& store) { store.purge_deleted(kBinMs); }, {},
        [this](const QString& why) { show_notice(Topic::Store, why); });
  connect(&chat_, &Conversation::sessionsChanged, &sessions_, &SessionList::refresh);
  connect(&chat_, &Conversation::sessionChanged, &sessions_,
          [this] { sessions_.setOpen(chat_.session().value_or(0)); });
  connect(&sessions_, &SessionList::removed, this, [this](const QVariantList& ids) {
    for (const QVariant& id : ids) answering_.give_up(id.toLongLong());
  });
  connect(&batch_, &Batch::sessionWritten, this, [this](qint64 id) {
    sessions_.refresh();
    if (chat_.session() == id) emit answering_.detailsChanged();  // its messages are read anew
  });
  connect(&chat_, &Conversation::mediaOpened, this, [this](const std::shared_ptr<const OpenedMedia>& media) {
    media_ = media;
    emit beyondChanged();
    trace_.set_media(media);
    comparison_.set_media(media);
    if (media) recent_.add(QString::fromStdString(media->source.path.string()));
  });
  connect(&chat_, &Conversation::traceChanged, this,
          [this](const std::shared_ptr<const Trace>& trace) { trace_.set_trace(trace); });
  connect(&chat_, &Conversation::sessionChanged, this, [this] { player_.setSource(chat_.video()); });
  connect(&chat_, &Conversation::clipChanged, this, [this] { player_.setRange(chat_.rangeStart(), chat_.rangeEnd()); });
  connect(this, &Application::languageChanged, this, [this] {
    chat_.retranslate();
    batch_.retranslate();
    trace_.retranslate();
    comparison_.retranslate();
    times_.retranslate();
    models_.retranslate();
    devices_.retranslate();
    fetch_.retranslate(language_);
    sessions_.refresh();
  });
  fetch_.retranslate(language_);
  connect(&fetch_, &ModelFetch::arrived, &models_, &ModelList::search);
  connect(&worker_, &Worker::loaded, this,
          [this](quint64 job, const std::shared_ptr<const ModelInfo>& info) { on_loaded(job, info); });
  connect(&worker_, &Worker::failed, this, &Application::on_load_failed);
  connect(&worker_, &Worker::failed, this, &Application::on_work_failed);
  connect(&worker_, &Worker::measured, this, [this](quint64, const MachineSpeed& speed) {
    models_.set_speed(speed);
    fetch_.set_speed(speed);
  });
  try {
    const std::filesystem::path chosen = settings_.model().toStdString();
    resources_ = resource_dir();
    former_ = resources_ / "models" / "sparsight-demo";
    load(!options.model.empty() ? options.model : !chosen.empty() ? chosen : former_);
  } catch (const Error& error) {
    show_notice(Topic::Model, QString::fromUtf8(error.what()));
  }
}

// Problems become notices, which go when they no longer apply.
void Application::listen() {
  const auto tells = [this](Topic topic) {
    return [this, topic](const QString& message) { show_notice(topic, message); };
  };
  const auto ends = [this](Topic topic) { return [this, topic] { clear_notice(topic); }; };
  connect(&worker_, &Worker::read, this, &Application::on_read);
  connect(&chat_, &Conversation::errorOccurred, this, tells(Topic::Chat));
  connect(&chat_, &Conversation::pruningChanged, this, ends(Topic::Chat));
  connect(&answering_, &Answering::caughtUp, this, ends(Topic::Chat));
  connect(&chat_, &Conversation::busyChanged, this, [this] {
    if (chat_.busy()) clear_notice(Topic::Chat);
  });
  connect(&chat_, &Conversation::sessionChanged, this, [this] {
    clear_notice(Topic::Chat);
    clear_notice(Topic::File);
  });
  connect(&chat_, &Conversation::asked, this, [this](const QString& question) {
    const auto model = chat_.model();
    if (!model || !model->card || model->card->languages.empty()) return;
    const QString language = language_of(question);
    const std::vector<std::string>& known = model->card->languages;
    const bool strange = !language.isEmpty() && std::ranges::find(known, language.toStdString()) == known.end();
    asked_in_ = strange ? language : QString();
    asked_well_ = !language.isEmpty() && !strange;
    emit understandsChanged();
  });
  connect(&settings_, &Settings::changed, this, &Application::understandsChanged);
  connect(&chat_, &Conversation::notOpened, this, tells(Topic::File));
  connect(&check_, &FileCheck::pathChanged, this, &Application::checkingChanged);
  connect(&check_, &FileCheck::unreadable, this,
          [this](const QString&, const QString& message) { show_notice(Topic::File, message); });
  connect(&check_, &FileCheck::readable, this, [this](const QString& path) {
    dismissChoices();
    chat_.openVideo(path);
  });
  connect(&sessions_, &SessionList::errorOccurred, this, tells(Topic::Sessions));
  connect(&recent_, &RecentFiles::errorOccurred, this, tells(Topic::Sessions));
  connect(&batch_, &Batch::errorOccurred, this, tells(Topic::Sessions));
  connect(&sessions_, &SessionList::videosAdded, this, [this](int, qint64 first, const QStringList& unreadable) {
    if (first != 0) chat_.openSession(first);
    if (!unreadable.isEmpty())
      show_notice(Topic::Drop, tr("These files cannot be read as a video or picture: %1.").arg(some_names(unreadable)));
  });
  connect(&sessions_, &SessionList::imported, this, ends(Topic::Sessions));
  connect(&chat_, &Conversation::sessionsChanged, this, ends(Topic::Sessions));
  connect(&exporter_, &Exporter::errorOccurred, this, tells(Topic::Saving));
  connect(&exporter_, &Exporter::progressChanged, this, [this] {
    if (exporter_.busy()) clear_notice(Topic::Saving);
  });
}

QStringList Application::openable() {
  QStringList patterns;
  for (const QString& ending :
       Batch::videoEndings() + QStringList{"png", "jpg", "jpeg", "webp", "bmp", "heic", "heif", "avif", "tif", "tiff"})
    patterns << "*." + ending;
  return patterns;
}

// Changes made while working are saved as settings, except the pruning of the open session.
void Application::keep_settings() {
  usual_ = usual_pruning();
  chat_.set_usual_pruning(usual_);
  batch_.pruned()->set_usual(usual_);
  apply_settings();
  connect(&settings_, &Settings::changed, this, &Application::apply_settings);
  connect(&devices_, &Devices::changed, this, &Application::reloadNeededChanged);
  connect(this, &Application::modelChanged, this, &Application::reloadNeededChanged);
  connect(&settings_, &Settings::changed, this, &Application::apply_language);
  connect(&trace_, &TraceView::heatmapChanged, this, [this] {
    if (applying_) return;
    const double strength = trace_.strength();
    settings_.setColours(trace_.colours());
    settings_.setStrength(strength);
  });
  connect(&player_, &MediaPlayer::volumeChanged, this, [this] {
    if (!applying_) settings_.setVolume(player_.volume());
  });
}

void Application::apply_settings() {
  const QScopedValueRollback applying(applying_, true);
  if (const CardPruning usual = usual_pruning(); usual != usual_) {
    usual_ = usual;
    chat_.set_usual_pruning(usual);
    chat_.prune_as_usual();
    batch_.pruned()->set_usual(usual);
  }
  const AskingStyle style{.frames = static_cast<std::size_t>(settings_.frames()),
                          .as_trained = settings_.framesAsTrained(),
                          .tone_map = settings_.toneMap() ? ToneMap::Auto : ToneMap::Off,
                          .system = settings_.system().toStdString(),
                          .sampling = {.temperature = static_cast<float>(settings_.temperature()),
                                       .top_k = static_cast<std::size_t>(settings_.topK()),
                                       .top_p = static_cast<float>(settings_.topP()),
                                       .seed = static_cast<std::uint64_t>(settings_.seed())},
                          .new_seed = settings_.newSeed(),
                          .max_new_tokens = static_cast<std::size_t>(settings_.maxNewTokens())};
  chat_.set_style(style);
  batch_.set_style(style);
  trace_.setColours(settings_.colours());
  trace_.setStrength(settings_.strength());
  player_.setToneMap(settings_.toneMap());
  if (player_.volume() != settings_.volume()) player_.setVolume(settings_.volume());  // it unmutes
}

// The open session, for the next start. A clip that is being opened again may end the program; see reopenLast().
void Application::keep_session() {
  if (store_.file() == kInMemory) return;
  // A session without a question is not stored: the one before stays the last.
  connect(&chat_, &Conversation::sessionChanged, this, [this] {
    if (chat_.session() && settings_.last_session(store_.file()) != chat_.session())
      settings_.set_last_session(store_.file(), chat_.session());
  });
  connect(&chat_, &Conversation::mediaOpened, this, [this](const std::shared_ptr<const OpenedMedia>& media) {
    if (media) settings_.set_last_clip(store_.file(), QString::fromStdString(media->source.path.string()));
  });
  connect(&chat_, &Conversation::busyChanged, this, [this] {
    if (reopening_ && !chat_.busy()) {
      reopening_ = false;
      settings_.set_opening({});
    }
  });
}

Application::~Application() {
  if (reopening_) settings_.set_opening({});
}

std::optional<SessionId> Application::last_stored() const {
  const auto last = settings_.last_session(store_.file());
  if (last && store_.session(*last)) return last;
  const std::vector<Session> all = store_.sessions();  // pinned ones first
  const auto newest = std::ranges::max_element(all, {}, &Session::updated_ms);
  return newest == all.end() ? std::nullopt : std::optional(newest->id);
}

void Application::reopenLast() {
  if (!settings_.reopenLast() || store_.file() == kInMemory || chat_.session() || !chat_.video().isEmpty()) return;
  std::optional<SessionId> session;
  try {
    session = last_stored();
  } catch (const Error& error) {
    return show_notice(Topic::Sessions, QString::fromUtf8(error.what()));
  }
  const QString clip = session ? QString() : settings_.last_clip(store_.file());
  const bool failed = settings_.opening().has_value();
  settings_.set_opening({});
  if (!session && !QFileInfo::exists(clip)) return;
  if (failed)
    return show_notice(Topic::Sessions, session ? tr("The last session was not opened: the program ended while it was "
                                                     "being opened the last time. It is in the list.")
                                                : tr("The last video was not opened: the program ended while it was "
                                                     "being opened the last time."));
  settings_.set_opening(session.value_or(0));
  reopening_ = true;
  if (session)
    chat_.openSession(*session);
  else
    chat_.openVideo(clip);
  if (!chat_.busy()) settings_.set_opening({});
  reopening_ = chat_.busy();
}

// The user's choice or, without one, the model's own pruning.
CardPruning Application::usual_pruning() const {
  if (settings_.strategy().isEmpty()) return chat_.own_pruning();
  return {settings_.strategy().toStdString(), settings_.budget().toStdString()};
}

// The new model's own pruning replaces that of the old one; this does not count as the user's choice.
void Application::take_model(std::shared_ptr<const ModelInfo> model) {
  batch_.pruned()->set_model(model);
  chat_.set_model(std::move(model));
  usual_ = usual_pruning();
  chat_.set_usual_pruning(usual_);
  batch_.pruned()->set_usual(usual_);
  asked_in_.clear();
  asked_well_ = false;
  emit understandsChanged();
}

void Application::apply_language() {
  const QString chosen = settings_.language();
  QLocale locale = chosen == QLatin1String("system") ? QLocale::system() : QLocale(chosen);
  // Numbers and dates follow the texts: English if there is no translation for the language.
  const bool known = QFile::exists(QStringLiteral(":/i18n/sparsight_%1.qm").arg(locale.name().section('_', 0, 0)));
  if (!known && locale.language() != QLocale::English) locale = QLocale(QLocale::English);
  const QString language = locale.name().section('_', 0, 0);
  if (std::exchange(language_, language) == language) return;
  asked_well_ = false;
  QLocale::setDefault(locale);
  const auto change = [](QTranslator& words, const QString& file, const QString& folder) {
    QCoreApplication::removeTranslator(&words);
    if (words.load(file, folder)) QCoreApplication::installTranslator(&words);
  };
  change(words_, QStringLiteral("sparsight_") + language, QStringLiteral(":/i18n"));
  change(words_of_qt_, QStringLiteral("qtbase_") + language, QLibraryInfo::path(QLibraryInfo::TranslationsPath));
  emit languageChanged();
  emit modelChanged();
  emit beyondChanged();
  emit understandsChanged();
  emit noticeChanged();
}

// ---- The model

void Application::load(const std::filesystem::path& model, const std::vector<std::string>& warnings) {
  wanted_ = model.has_filename() ? model : model.parent_path();
  read_for_ = loading_ = worker_.load({.model = model, .backend = devices_.for_loading(), .warnings = warnings});
  if (!std::exchange(reading_, {}).isEmpty()) emit readingChanged();
  emit modelChanged();
}

// A small model is there before anybody could read it.
void Application::on_read(quint64 job, const Progress& progress) {
  constexpr std::size_t kLarge = 1'000'000'000;
  if (job != read_for_) return;
  const QString text = progress.total < kLarge || progress.done == progress.total ? QString() : step_text(progress);
  if (std::exchange(reading_, text) != text) emit readingChanged();
}

void Application::measureSpeed() {
  if (measuring_ == 0) measuring_ = worker_.measure(devices_.for_measuring());
}

bool Application::reloadNeeded() const {
  return !loading() && (parameters_ != 0 ? devices_.differs() : !refused_.empty());
}

void Application::reloadModel() {
  chooseModel(parameters_ != 0 ? modelPath() : QString::fromStdString(refused_.string()));
}

void Application::useProcessor() {
  if (loading() || refused_.empty()) return;
  devices_.use_processor();
  chooseModel(QString::fromStdString(refused_.string()));
}

void Application::chooseModel(const QString& directory) {
  if (loading()) return;
  if (answering_.pending() > 0)
    emit modelQuestion(directory);
  else
    changeModel(directory);
}

void Application::changeModel(const QString& directory) {
  if (loading()) return;
  for (const Topic topic : {Topic::Model, Topic::File, Topic::Chat}) clear_notice(topic);
  refused_.clear();
  answering_.give_up();
  batch_.leave_model();
  chat_.leave_model();
  former_ = std::exchange(model_path_, {});
  parameters_ = 0;
  chosen_ = directory.toStdString() != former_.string();  // else it is only loaded anew
  load(directory.toStdString());
}

void Application::on_loaded(quint64 job, const std::shared_ptr<const ModelInfo>& info) {
  if (job != loading_) return;
  loading_ = 0;
  model_path_ = wanted_;
  devices_.loaded(true);
  if (const QString before = std::exchange(used_, devices_.used()); !before.isEmpty() && before != used_)
    measuring_ = 0;  // another device is not as fast
  parameters_ = info->parameters;
  settings_.set_most_frames(info->frames_to_offer, info->config.family->frames != nullptr);
  take_model(info);
  models_.set_loaded(modelPath());
  if (std::exchange(chosen_, false)) settings_.set_model(is_demo() ? QString() : modelPath());
  emit modelChanged();
  emit beyondChanged();
  if (!info->warnings.empty() && (topic_ != Topic::Model || notice_.isEmpty()))
    show_notice(Topic::Model, QString::fromStdString(info->warnings.front()));
  chat_.reopen();
}

void Application::on_load_failed(quint64 job, const QString& message, ErrorKind kind) {
  if (job != loading_) return;
  loading_ = 0;
  if (const auto warning = devices_.fall_back(kind, message)) return load(std::filesystem::path(wanted_), {*warning});
  chosen_ = false;
  const bool refused = devices_.tried() && may_be_of_gpu(kind);
  refused_ = refused ? wanted_ : std::filesystem::path();
  if (former_.empty() || former_ == wanted_) {
    show_notice(Topic::Model,
                (refused ? tr("No model is loaded: %1") : tr("No model is loaded. %1")).arg(in_words(message)));
    take_model(nullptr);
    emit modelChanged();
    emit beyondChanged();
    return;
  }
  show_notice(Topic::Model, tr("%1 cannot be loaded; %2 is used instead. %3")
                                .arg(QString::fromStdString(wanted_.filename().string()),
                                     QString::fromStdString(former_.filename().string()), in_words(message)));
  load(former_);
}

// A GPU that lacks memory for a video or a question, or whose driver has failed.
void Application::on_work_failed(quint64 job, const QString& message, ErrorKind kind) {
  if (job == measuring_) {
    measuring_ = 0;  // no memory for it; perhaps later
    return;
  }
  if (loading() || model_path_.empty() || !devices_.on_gpu() || !may_be_of_gpu(kind)) return;
  refused_ = model_path_;
  show_notice(Topic::Model, message);
}

QString Application::model() const {
  if (parameters_ == 0) return {};
  const QLocale locale;
  return tr("%1 · %2 M parameters")
      .arg(QString::fromStdString(model_path_.filename().string()),
           locale.toString(static_cast<double>(parameters_) / 1e6, 'f', 1));
}

QString Application::ownSystem() const {
  const auto model = chat_.model();
  const Family* family = model ? model->config.family : nullptr;
  return family == nullptr ? QString()
                           : QString::fromUtf8(family->chat.default_system.data(),
                                               static_cast<qsizetype>(family->chat.default_system.size()));
}

bool Application::takesSystem() const {
  const auto model = chat_.model();
  const Family* family = model ? model->config.family : nullptr;
  return family == nullptr || !family->chat.system_before.empty() || !family->chat.system_after.empty();
}

bool Application::is_demo() const {
  std::error_code absent;
  return !resources_.empty() &&
         std::filesystem::equivalent(model_path_, resources_ / "models" / "sparsight-demo", absent);
}

QString Application::beyond() const {
  const auto model = chat_.model();
  if (!model || !model->card || !media_ || model->card->clip(media_->source.hash) != nullptr) return {};
  return QString::fromStdString(model->card->knows_only(language_.toStdString()));
}

QString Application::understands() const {
  const auto model = chat_.model();
  if (!model || !model->card || model->card->languages.empty() || settings_.languageHintSeen()) return {};
  const std::vector<std::string>& known = model->card->languages;
  const bool speaks = std::ranges::find(known, language_.toStdString()) != known.end();
  if (asked_in_.isEmpty() && (speaks || asked_well_)) return {};
  QStringList names;
  for (const std::string& code : known) names << language_name(QString::fromStdString(code));
  return names.join(QStringLiteral(", "));
}

// ---- For the window

QString Application::notice() const { return in_words(notice_); }

void Application::show_notice(Topic topic, const QString& notice) {
  topic_ = topic;
  notice_ = notice;
  emit noticeChanged();
}

void Application::clear_notice(Topic topic) {
  if (topic_ == topic && !notice_.isEmpty()) show_notice(Topic::None, {});
}

void Application::openFiles(const QStringList& files) {
  QStringList there, folders, elsewhere;
  for (const QString& file : files) {
    const QString path = local_path(file);
    if (path == file && file.contains(QLatin1String("://")) && !QFileInfo::exists(file))
      elsewhere << file;
    else if (const QFileInfo info(path); info.isDir())
      folders << info.fileName();
    else if (!there.contains(path))
      there << path;
  }
  clear_notice(Topic::File);
  clear_notice(Topic::Drop);
  check_.stop();
  choices_ = there.size() > 1 ? there : QStringList();
  emit choicesChanged();
  QStringList notes;
  if (!folders.isEmpty()) notes << tr("Open the files themselves, not their folder: %1.").arg(some_names(folders));
  if (!elsewhere.isEmpty())
    notes << tr("Not a file on this machine; save it here first: %1.").arg(some_names(elsewhere));
  if (!notes.isEmpty()) show_notice(Topic::Drop, notes.join(QLatin1Char(' ')));
  if (there.size() == 1) check_.check(there.first());
}

void Application::check(const QString& path) {
  clear_notice(Topic::File);
  check_.check(path);
}

void Application::openAllChoices() {
  const QStringList files = choices_;
  dismissChoices();
  sessions_.addVideos(files);
}

void Application::dismissChoices() {
  if (choices_.isEmpty()) return;
  choices_.clear();
  emit choicesChanged();
}

// The demo clip comes with the program, so it is not checked first.
void Application::openDemo() {
  check_.stop();
  chat_.openVideo(QString::fromStdString((resources_ / "clips" / "crossing.mp4").string()));
}

QString Application::diagnosis(bool with_paths) const {
  std::vector<std::pair<QString, QString>> paths;
  if (with_paths) {
    paths.emplace_back(QStringLiteral("Model in"), modelPath());
    for (const DataPlaces::Place& place : places_.list())
      paths.emplace_back(QStringLiteral("Place of ") + place.key, QString::fromStdString(place.path.string()));
  }
  return diagnosis_text(chat_.model().get(), paths);
}

void Application::copy(const QString& text) { QGuiApplication::clipboard()->setText(text); }

QString Application::pasted() {
  QString text = QGuiApplication::clipboard()->text().left(Conversation::mostTyped() + 1);
  text.remove(QChar::Null);
  return text.replace(QLatin1String("\r\n"), QLatin1String("\n"));
}

void Application::copyImage(const QVariant& image) { QGuiApplication::clipboard()->setImage(image.value<QImage>()); }

}  // namespace sparsight
