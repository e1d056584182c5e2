#include "app/desktop/file_chooser.h"

#include <QDir>
#include <QFileInfo>
#include <QGuiApplication>
#include <QRegularExpression>
#include <QStandardPaths>

#include <algorithm>

namespace sparsight {
namespace {

// "Tables (*.csv *.tsv)" -> "*.csv", "*.tsv".
QStringList patterns_of(const QString& filter) {
  const auto open = filter.lastIndexOf(QLatin1Char('(')), close = filter.lastIndexOf(QLatin1Char(')'));
  return open < 0 || close < open ? QStringList()
                                  : filter.mid(open + 1, close - open - 1).split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

QString name_of(const QString& filter) { return filter.left(filter.lastIndexOf(QLatin1Char('('))).trimmed(); }

// As the portal wants it; under Wayland Qt 6.4 cannot tell it.
QString parent_name(const QQuickWindow* window) {
  return window != nullptr && QGuiApplication::platformName() == QLatin1String("xcb")
             ? QStringLiteral("x11:%1").arg(window->winId(), 0, 16)
             : QString();
}

}  // namespace

QString with_ending(const QString& name, const QString& filter) {
  const QStringList patterns = patterns_of(filter);
  const QString last = name.section(QLatin1Char('/'), -1);
  static const QRegularExpression no_ending(QStringLiteral("\\s|^\\d*$"));
  if (patterns.isEmpty() || last.isEmpty() || !no_ending.match(QFileInfo(last).suffix()).hasMatch()) return name;
  const QString ending = patterns.first().section(QLatin1Char('.'), 1);
  if (ending.isEmpty() || ending.contains(QLatin1Char('*'))) return name;
  return name + (name.endsWith(QLatin1Char('.')) ? QString() : QStringLiteral(".")) + ending;
}

void FileChooser::set_busy(bool busy) {
  if (busy == busy_) return;
  busy_ = busy;
  emit busyChanged();
}

QUrl FileChooser::folder() const {
  return QUrl::fromLocalFile(settings_ ? settings_->folder(place_) : QDir::homePath());
}

QVariantList FileChooser::places() {
  using Paths = QStandardPaths;
  QVariantList places;
  QStringList seen;
  for (const auto& [kind, where] : {std::pair{"home", Paths::HomeLocation},
                                    {"movies", Paths::MoviesLocation},
                                    {"pictures", Paths::PicturesLocation},
                                    {"documents", Paths::DocumentsLocation},
                                    {"downloads", Paths::DownloadLocation}}) {
    const QString folder = QDir::cleanPath(Paths::writableLocation(where));
    if (folder.isEmpty() || seen.contains(folder) || !QFileInfo(folder).isDir()) continue;
    seen << folder;
    places << QVariantMap{{QStringLiteral("kind"), QString::fromLatin1(kind)},
                          {QStringLiteral("folder"), QUrl::fromLocalFile(folder)}};
  }
  return places;
}

QUrl FileChooser::parentOf(const QUrl& folder) {
  QDir up(folder.toLocalFile());
  return up.cdUp() ? QUrl::fromLocalFile(up.absolutePath()) : folder;
}

QString FileChooser::pathOf(const QUrl& file) { return QDir::toNativeSeparators(file.toLocalFile()); }

QString FileChooser::nameOfFilter(const QString& filter) { return name_of(filter); }

QStringList FileChooser::patternsOf(const QString& filter) { return patterns_of(filter); }

QUrl FileChooser::meant(const QUrl& folder, const QString& typed) {
  QString path = QDir::fromNativeSeparators(typed);
  if (path.trimmed().isEmpty()) return {};
  if (path.startsWith(QLatin1String("file:"))) path = QUrl(path).toLocalFile();
  if (path == QLatin1String("~") || path.startsWith(QLatin1String("~/"))) path.replace(0, 1, QDir::homePath());
  return QUrl::fromLocalFile(QDir::cleanPath(QDir(folder.toLocalFile()).absoluteFilePath(path)));
}

bool FileChooser::isFolder(const QUrl& file) { return QFileInfo(file.toLocalFile()).isDir(); }

bool FileChooser::isFile(const QUrl& file) {
  const QFileInfo info(file.toLocalFile());
  return info.exists() && !info.isDir();
}

void FileChooser::open(QQuickWindow* window, const QString& name) {
  if (busy_) return;
  set_busy(true);
  PortalQuestion question{.kind = static_cast<PortalQuestion::Kind>(kind_),
                          .title = title_,
                          .accept_label = accept_label_,
                          .folder = settings_ ? settings_->folder(place_) : QString(),
                          .name = kind_ == SaveFile ? name : QString(),
                          .filters = {},
                          .parent_window = parent_name(window)};
  if (kind_ != OpenFolder)
    for (const QString& filter : std::as_const(filters_))
      question.filters << PortalFilter{name_of(filter), patterns_of(filter)};
  portal_ = std::make_unique<PortalDialog>();
  PortalDialog* dialog = portal_.get();
  // It may delete itself only later: it is the sender.
  const auto over = [this] {
    if (portal_) portal_.release()->deleteLater();
  };
  connect(dialog, &PortalDialog::missing, this, [this, over] {
    over();
    emit ownWanted();
  });
  connect(dialog, &PortalDialog::cancelled, this, [this, over] {
    over();
    cancel();
  });
  connect(dialog, &PortalDialog::chosen, this, [this, over](const QStringList& urls, const QString& said) {
    over();
    QList<QUrl> files;
    for (const QString& url : urls) files << QUrl(url);
    const auto chosen = std::ranges::find(filters_, said, name_of);
    finish(files, chosen != filters_.end() ? *chosen : filters_.value(0), true);
  });
  dialog->ask(question);
}

void FileChooser::take(const QList<QUrl>& files, const QString& filter) { finish(files, filter, false); }

// `asks`: the dialog asks before it accepts a file that is there. Desktops do.
void FileChooser::finish(const QList<QUrl>& files, const QString& filter, bool asks) {
  set_busy(false);
  QList<QUrl> found = files;
  bool asked = asks;
  if (kind_ == SaveFile)
    for (QUrl& file : found) {
      if (!file.isLocalFile()) continue;
      const QString typed = file.toLocalFile(), complete = with_ending(typed, filter);
      asked = asked && typed == complete;
      file = QUrl::fromLocalFile(complete);
    }
  if (!found.isEmpty() && found.first().isLocalFile() && settings_) {
    const QString first = found.first().toLocalFile();
    settings_->set_folder(place_, kind_ == OpenFolder ? first : QFileInfo(first).absolutePath());
  }
  if (found.isEmpty())
    emit cancelled();
  else
    emit chosen(found, asked);
}

void FileChooser::cancel() {
  set_busy(false);
  emit cancelled();
}

}  // namespace sparsight
