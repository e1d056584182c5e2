// Asks for a file or a folder with the desktop's own dialog; where there is none, the program's has to be shown.
#pragma once

#include "app/desktop/desktop_portal.h"
#include "app/settings/settings.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QPointer>
#include <QQuickWindow>
#include <QString>
#include <QStringList>
#include <QUrl>
#include <QVariant>

#include <memory>

namespace sparsight {

// The ending that a name lacks: "a" with "Tables (*.csv)" -> "a.csv". A name with any ending stays as it is, and so
// does every name if the filter takes all files. What has a blank or is a number is no ending: "results 1.5".
[[nodiscard]] QString with_ending(const QString& name, const QString& filter);

// GUI thread.
class FileChooser : public QObject {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(sparsight::Settings* settings MEMBER settings_)  // keeps where dialogs begin; null: nothing does
  Q_PROPERTY(Kind kind MEMBER kind_)
  Q_PROPERTY(QString title MEMBER title_)
  Q_PROPERTY(QString acceptLabel MEMBER accept_label_)
  Q_PROPERTY(QString place MEMBER place_)          // whose folder it begins in, as Settings::folder() has them
  Q_PROPERTY(QStringList filters MEMBER filters_)  // as Qt has them: "Tables (*.csv)"; the first one is chosen at first
  Q_PROPERTY(bool busy READ busy NOTIFY busyChanged)  // a dialog is open, perhaps not yet seen

 public:
  enum Kind { OpenFile, OpenFiles, OpenFolder, SaveFile };
  Q_ENUM(Kind)

  explicit FileChooser(QObject* parent = nullptr) : QObject(parent) {}

  [[nodiscard]] bool busy() const { return busy_; }
  // Over `window`, which may be null. `name`: the suggestion for SaveFile. Nothing happens while it is busy.
  Q_INVOKABLE void open(QQuickWindow* window, const QString& name = {});
  // For the program's dialog. The folder to begin in: one that is there, the home folder if need be.
  Q_INVOKABLE [[nodiscard]] QUrl folder() const;
  // Folders that most users have, as {kind, folder}; kind: "home", "movies", "pictures", "documents", "downloads".
  Q_INVOKABLE [[nodiscard]] static QVariantList places();
  Q_INVOKABLE [[nodiscard]] static QUrl parentOf(const QUrl& folder);
  Q_INVOKABLE [[nodiscard]] static QString pathOf(const QUrl& file);
  // "Tables (*.csv *.tsv)" -> "Tables"; "*.csv", "*.tsv".
  Q_INVOKABLE [[nodiscard]] static QString nameOfFilter(const QString& filter);
  Q_INVOKABLE [[nodiscard]] static QStringList patternsOf(const QString& filter);
  // What was typed, in `folder`: an absolute path, one from the home folder ("~/a") or a name. Empty: nothing.
  Q_INVOKABLE [[nodiscard]] static QUrl meant(const QUrl& folder, const QString& typed);
  Q_INVOKABLE [[nodiscard]] static bool isFolder(const QUrl& file);
  Q_INVOKABLE [[nodiscard]] static bool isFile(const QUrl& file);
  // What the program's dialog was told. `filter`: the chosen one of `filters`.
  Q_INVOKABLE void take(const QList<QUrl>& files, const QString& filter);
  Q_INVOKABLE void cancel();

 signals:
  void busyChanged();
  // `asked`: the dialog has asked whether this file may be replaced.
  void chosen(const QList<QUrl>& files, bool asked);
  void cancelled();
  void ownWanted();  // the desktop has no dialog: show the program's, and call take() or cancel()

 private:
  void set_busy(bool busy);
  void finish(const QList<QUrl>& files, const QString& filter, bool asks);

  QPointer<Settings> settings_;
  Kind kind_ = OpenFile;
  QString title_, accept_label_, place_;
  QStringList filters_;
  std::unique_ptr<PortalDialog> portal_;
  bool busy_ = false;
};

}  // namespace sparsight
