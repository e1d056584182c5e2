// Numbers and times in the language of the interface for QML, and announcements for screen readers. GUI thread.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QDateTime>
#include <QObject>
#include <QQuickItem>
#include <QString>

namespace sparsight {

// As in core/base/time_text.h, with the decimal sign of the language.
[[nodiscard]] QString time_in_words(double seconds, int decimals);
[[nodiscard]] QString clock_in_words(double seconds);

class Words : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_SINGLETON

 public:
  // "3.50 s", "1:01:40".
  Q_INVOKABLE [[nodiscard]] static QString time(double seconds, int decimals);
  // The same as number_text().
  Q_INVOKABLE [[nodiscard]] static QString number(double value, int decimals = 0);
  // With two significant digits: "0.0012".
  Q_INVOKABLE [[nodiscard]] static QString rough(double value);
  // The same as date_text().
  Q_INVOKABLE [[nodiscard]] static QString date(const QDateTime& when);
  // "1.5 MB".
  Q_INVOKABLE [[nodiscard]] static QString bytes(double count);
  // "0:03.5", "1:01:40".
  Q_INVOKABLE [[nodiscard]] static QString clock(double seconds);
  // Makes screen readers say the name of `item` at once, wherever the focus is.
  Q_INVOKABLE void announce(QQuickItem* item);

 signals:
  void announced(const QString& what);
};

}  // namespace sparsight
