#include "app/application.h"

#include "core/resources.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLocale>
#include <QUrl>

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
      store_(open_store(options.database, notice_)),
      worker_(std::move(door)),
      chat_(worker_, store()),
      sessions_(store()),
      comparison_(worker_, chat_),
      exporter_(worker_, store(), chat_, trace_),
      recent_(store()) {
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
  connect(&chat_, &Conversation::sessionChanged, this, [this] { player_.setSource(chat_.video()); });
  connect(&chat_, &Conversation::clipChanged, this, [this] { player_.setRange(chat_.rangeStart(), chat_.rangeEnd()); });
  connect(&worker_, &Worker::loaded, this, [this](quint64, const std::shared_ptr<const ModelInfo>& info) {
    const QLocale locale;
    for (TraceView* view : {&trace_, comparison_.left()->trace(), comparison_.right()->trace()})
      view->set_model_layers(info->config.text.layers);
    model_ = tr("%1 · %2 M parameters")
                 .arg(QString::fromStdString(info->path.filename().string()),
                      locale.toString(static_cast<double>(info->parameters) / 1e6, 'f', 1));
    emit modelChanged();
  });
  connect(&worker_, &Worker::failed, this, [this](quint64, const QString& message) {
    if (model_.isEmpty()) tell(message);
  });
  try {
    worker_.load({.model = options.model.empty() ? resource_dir() / "models" / "sparsight-demo" : options.model,
                  .threads = options.threads});
  } catch (const Error& error) {
    tell(QString::fromUtf8(error.what()));
  }
}

void Application::tell(const QString& notice) {
  notice_ = notice;
  emit noticeChanged();
}

void Application::open(const QString& path) { chat_.openVideo(path); }

void Application::openDemo() {
  try {
    open(QString::fromStdString((resource_dir() / "clips" / "crossing.mp4").string()));
  } catch (const Error& error) {
    tell(QString::fromUtf8(error.what()));
  }
}

void Application::copy(const QString& text) { QGuiApplication::clipboard()->setText(text); }

}  // namespace sparsight
