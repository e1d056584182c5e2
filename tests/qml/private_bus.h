// A session bus for the tests alone, and a portal on it. Without dbus-daemon there is no bus at all.
#pragma once

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVirtualObject>
#include <QHash>
#include <QPair>
#include <QString>
#include <QTemporaryDir>
#include <QVariant>

#include <sys/types.h>

namespace sparsight::test {

// Set up before the application, which takes the session bus from the environment. The daemon ends with this process.
class PrivateBus {
 public:
  PrivateBus();
  ~PrivateBus();
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;
  [[nodiscard]] static bool is_there();

 private:
  QTemporaryDir folder_;
  pid_t daemon_ = -1;
};

// A portal as the desktop has it, over the bus. It answers when it is told to.
class FakePortal : public QDBusVirtualObject {
  Q_OBJECT

 public:
  FakePortal();
  ~FakePortal() override;

  struct Asked {
    QString method, parent, title, request;
    QVariantMap options;
    QList<QPair<QString, QStringList>> filters;  // as they came over the bus
    QString current_filter;
  };
  QList<Asked> asked;  // dialogs, in order
  int closed = 0;      // dialogs that the program closed itself
  uint version = 4;
  bool refuses = false;                                // answers every dialog with an error
  QHash<QString, QVariant> settings;                   // "group name"
  [[nodiscard]] bool there() const { return there_; }  // it has got its name on the bus
  void answer(const QStringList& urls, const QString& filter = {}, uint response = 0);  // the last one
  void change(const QString& group, const QString& name, const QVariant& value);
  void leave();  // gives its name up

  [[nodiscard]] QString introspect(const QString&) const override { return {}; }
  bool handleMessage(const QDBusMessage& message, const QDBusConnection& connection) override;

 private:
  bool open_dialog(const QDBusMessage& message);
  QDBusConnection bus_;
  bool there_ = false;
};

}  // namespace sparsight::test
