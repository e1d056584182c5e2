#include "app/application.h"

#include "core/resources.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QUrl>

#include <utility>

namespace sparsight {
namespace {

constexpr std::int64_t kBinMs =
    std::int64_t{30} * 24 * 3600 * 1000;  // deleted sessions can be brought back for a month

std::optional<ChatStore> open_store(const std::filesystem::path& file, QString& notice) {
  try {
    ChatStore store = ChatStore::open(file.empty() ? ChatStore::default_file() : file);
    if (!store.read_only()) store.purge_deleted(kBinMs);
    return store;
  } catch (const Error& error) {
    notice = QCoreApplication::translate("Application", "Chats are not kept: %1").arg(QString::fromUtf8(error.what()));
    return std::nullopt;
  }
}

}  // namespace

Application::Application(EngineDoor door, const AppOptions& options, QObject* parent)
    : QObject(parent),
      threads_(options.threads),
      arithmetic_(options.arithmetic),
      settings_(options.settings),
      store_(open_store(options.database, notice_)),
      worker_(std::move(door)),
      chat_(worker_, store()),
      sessions_(store()),
      models_(settings_),
      comparison_(worker_, chat_),
      exporter_(worker_, store(), chat_, trace_),
      recent_(store()) {
  speak();
  keep_settings();
  connect(&chat_, &Conversation::errorOccurred, this, &Application::tell);
  connect(&sessions_, &SessionList::errorOccurred, this, &Application::tell);
  connect(&exporter_, &Exporter::errorOccurred, this, &Application::tell);
  connect(&recent_, &RecentFiles::errorOccurred, this, &Application::tell);
  connect(&chat_, &Conversation::sessionsChanged, &sessions_, &SessionList::refresh);
  connect(&chat_, &Conversation::mediaOpened, this, [this](const std::shared_ptr<const OpenedMedia>& media) {
    trace_.set_media(media);
    comparison_.set_media(media);
    if (media) recent_.add(QString::fromStdString(media->source.path.string()));
  });
  connect(&chat_, &Conversation::traceChanged, this,
          [this](const std::shared_ptr<const Trace>& trace) { trace_.set_trace(trace); });
  connect(&chat_, &Conversation::sessionChanged, this, [this] {
    player_.setSource(chat_.video());
    emit beyondDemoChanged();
  });
  connect(&chat_, &Conversation::clipChanged, this, [this] { player_.setRange(chat_.rangeStart(), chat_.rangeEnd()); });
  connect(&worker_, &Worker::loaded, this,
          [this](quint64 job, const std::shared_ptr<const ModelInfo>& info) { on_loaded(job, *info); });
  connect(&worker_, &Worker::failed, this, &Application::on_load_failed);
  try {
    const std::filesystem::path chosen = settings_.model().toStdString();
    resources_ = resource_dir();
    former_ = resources_ / "models" / "sparsight-demo";
    load(!options.model.empty() ? options.model : !chosen.empty() ? chosen : former_);
  } catch (const Error& error) {
    tell(QString::fromUtf8(error.what()));
  }
}

// What is set while working is set for the next time too.
void Application::keep_settings() {
  const auto apply = [this] {
    chat_.setStrategy(settings_.strategy());
    chat_.setBudget(settings_.budget());
    chat_.set_limits(static_cast<std::size_t>(settings_.frames()), static_cast<std::size_t>(settings_.maxNewTokens()));
    trace_.setColours(settings_.colours());
    trace_.setStrength(settings_.strength());
    player_.setVolume(settings_.volume());
  };
  apply();
  connect(&settings_, &Settings::changed, this, apply);
  connect(&settings_, &Settings::changed, this, &Application::speak);
  connect(&chat_, &Conversation::pruningChanged, this, [this] {
    const QString budget = chat_.budget();
    settings_.setStrategy(chat_.strategy());
    settings_.setBudget(budget);
  });
  connect(&trace_, &TraceView::heatmapChanged, this, [this] {
    const double strength = trace_.strength();
    settings_.setColours(trace_.colours());
    settings_.setStrength(strength);
  });
  connect(&player_, &MediaPlayer::volumeChanged, this, [this] { settings_.setVolume(player_.volume()); });
}

void Application::speak() {
  const QString chosen = settings_.language();
  const QLocale locale = chosen == QLatin1String("system") ? QLocale::system() : QLocale(chosen);
  const QString language = locale.name().section('_', 0, 0);
  if (std::exchange(spoken_, language) == language) return;
  QLocale::setDefault(locale);
  const auto change = [](QTranslator& words, const QString& file, const QString& folder) {
    QCoreApplication::removeTranslator(&words);
    if (words.load(file, folder)) QCoreApplication::installTranslator(&words);
  };
  change(words_, QStringLiteral("sparsight_") + language, QStringLiteral(":/i18n"));
  change(words_of_qt_, QStringLiteral("qtbase_") + language, QLibraryInfo::path(QLibraryInfo::TranslationsPath));
  emit languageChanged();
  emit modelChanged();
}

// ---- The model

void Application::load(const std::filesystem::path& model) {
  wanted_ = model.has_filename() ? model : model.parent_path();
  loading_ = worker_.load({.model = model, .threads = threads_, .arithmetic = arithmetic_});
  emit modelChanged();
}

void Application::chooseModel(const QString& directory) {
  if (loading()) return;
  chat_.stop();
  former_ = std::exchange(model_path_, {});
  parameters_ = 0;
  chosen_ = true;
  load(directory.toStdString());
}

void Application::on_loaded(quint64 job, const ModelInfo& info) {
  if (job != loading_) return;
  loading_ = 0;
  model_path_ = wanted_;
  for (TraceView* view : {&trace_, comparison_.left()->trace(), comparison_.right()->trace()})
    view->set_model_layers(info.config.text.layers);
  parameters_ = info.parameters;
  if (std::exchange(chosen_, false)) settings_.set_model(is_demo() ? QString() : modelPath());
  emit modelChanged();
  emit beyondDemoChanged();
  chat_.reopen();
}

void Application::on_load_failed(quint64 job, const QString& message) {
  if (job != loading_) return;
  loading_ = 0;
  chosen_ = false;
  if (former_.empty() || former_ == wanted_) {
    tell(tr("No model is loaded. %1").arg(message));
    emit modelChanged();
    return;
  }
  tell(tr("%1 cannot be loaded, %2 is there instead. %3")
           .arg(QString::fromStdString(wanted_.filename().string()),
                QString::fromStdString(former_.filename().string()), message));
  load(former_);
}

QString Application::model() const {
  if (parameters_ == 0) return {};
  const QLocale locale;
  return tr("%1 · %2 M parameters")
      .arg(QString::fromStdString(model_path_.filename().string()),
           locale.toString(static_cast<double>(parameters_) / 1e6, 'f', 1));
}

bool Application::is_demo() const {
  std::error_code absent;
  return !resources_.empty() &&
         std::filesystem::equivalent(model_path_, resources_ / "models" / "sparsight-demo", absent);
}

bool Application::beyondDemo() const {
  const std::filesystem::path video = chat_.video().toStdString();
  std::error_code absent;
  return !video.empty() && is_demo() && !std::filesystem::equivalent(video.parent_path(), resources_ / "clips", absent);
}

// ---- For the window

void Application::tell(const QString& notice) {
  notice_ = notice;
  emit noticeChanged();
}

void Application::open(const QString& path) { chat_.openVideo(path); }

void Application::openDemo() { open(QString::fromStdString((resources_ / "clips" / "crossing.mp4").string())); }

void Application::copy(const QString& text) { QGuiApplication::clipboard()->setText(text); }

}  // namespace sparsight
