// The desktop's portal (org.freedesktop.portal on the session bus): its file dialogs and its settings. Everything is
// asynchronous. GUI thread. On systems without D-Bus it is never there.
#pragma once

#include <QList>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QVariant>

#include <functional>
#include <memory>

#ifdef SPARSIGHT_DBUS
#include <QDBusVariant>
#else
class QDBusVariant;
#endif

namespace sparsight {

struct PortalFilter {
  QString name;
  QStringList patterns;  // such as "*.mp4"; matched in either case
};

struct PortalQuestion {
  enum class Kind { OpenFile, OpenFiles, OpenFolder, SaveFile };
  Kind kind = Kind::OpenFile;
  QString title, accept_label;  // an empty label: the desktop's own
  QString folder;               // a path where it begins; empty: where the desktop likes
  QString name;                 // suggested for SaveFile
  QList<PortalFilter> filters;  // the first is chosen at first
  QString parent_window;        // as the portal's documentation says; empty: none
};

// One file dialog of the desktop, closed if this object goes. Exactly one signal comes after ask(), and later.
class PortalDialog : public QObject {
  Q_OBJECT

 public:
  explicit PortalDialog(QObject* parent = nullptr);
  ~PortalDialog() override;
  void ask(const PortalQuestion& question);  // once
  // How long the portal has to show its dialog before it counts as missing.
  static constexpr int kPatienceMs = 5000;

 signals:
  void chosen(const QStringList& urls, const QString& filter);  // the name of the filter; empty: not said
  void cancelled();
  void missing();  // there is no such dialog: the portal is not there, or cannot do it

 private slots:
  void respond(uint response, const QVariantMap& results);

 private:
  void send(const PortalQuestion& question);
  void listen(const QString& request);
  void end(const std::function<void()>& tell);

  struct Bus;
  std::unique_ptr<Bus> bus_;
  bool shown_ = false, over_ = false;
};

// Settings of the desktop, as it tells them.
class PortalSettings : public QObject {
  Q_OBJECT

 public:
  // Asks for a value now, whenever it changes, and whenever the portal comes; told() brings it.
  struct Key {
    QString group, name;
  };
  explicit PortalSettings(QList<Key> keys, QObject* parent = nullptr);

 signals:
  void told(const QString& group, const QString& name, const QVariant& value);

 private slots:
  void take(const QString& group, const QString& name, const QDBusVariant& value);
  void ask();

 private:
  QList<Key> keys_;
};

}  // namespace sparsight
