// The files that were opened last, newest first; kept in the chat store's settings. GUI thread.
#pragma once

#include "app/sessions/store_thread.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <QStringList>

namespace sparsight {

class RecentFiles : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(QStringList files READ files NOTIFY filesChanged)  // paths

 public:
  static constexpr int kMost = 10;

  explicit RecentFiles(StoreThread* store,
                       QObject* parent = nullptr);  // without a store, the list lasts as long as this object

  [[nodiscard]] QStringList files() const { return files_; }
  void add(const QString& path);
  Q_INVOKABLE void clear();
  Q_INVOKABLE static QString nameOf(const QString& path);

 signals:
  void filesChanged();
  void errorOccurred(const QString& message);

 private:
  void set(const QStringList& files);

  StoreThread* store_;
  QStringList files_;
};

}  // namespace sparsight
