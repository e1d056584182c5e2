#include "app/desktop/desktop_portal.h"

#include <QTimer>

#ifdef SPARSIGHT_DBUS
#include <QDBusArgument>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusServiceWatcher>
#include <QDBusVariant>
#include <QFile>
#include <QRandomGenerator>
#endif

#include <algorithm>
#include <utility>

#ifdef SPARSIGHT_DBUS

namespace sparsight {

// As the portal has filters: (sa(us)).
struct PortalPattern {
  uint kind = 0;  // 0: a glob pattern
  QString text;
};
struct PortalPatterns {
  QString name;
  QList<PortalPattern> patterns;
};
static QDBusArgument& operator<<(QDBusArgument& to, const PortalPattern& pattern) {
  to.beginStructure();
  to << pattern.kind << pattern.text;
  to.endStructure();
  return to;
}
static const QDBusArgument& operator>>(const QDBusArgument& from, PortalPattern& pattern) {
  from.beginStructure();
  from >> pattern.kind >> pattern.text;
  from.endStructure();
  return from;
}
static QDBusArgument& operator<<(QDBusArgument& to, const PortalPatterns& filter) {
  to.beginStructure();
  to << filter.name << filter.patterns;
  to.endStructure();
  return to;
}
static const QDBusArgument& operator>>(const QDBusArgument& from, PortalPatterns& filter) {
  from.beginStructure();
  from >> filter.name >> filter.patterns;
  from.endStructure();
  return from;
}

namespace {

const QString kService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kFiles = QStringLiteral("org.freedesktop.portal.FileChooser");
const QString kSettings = QStringLiteral("org.freedesktop.portal.Settings");
const QString kRequest = QStringLiteral("org.freedesktop.portal.Request");
constexpr uint kWithFolders = 3;  // the version of kFiles that can choose them

void register_types() {
  static const bool once = [] {
    qDBusRegisterMetaType<PortalPattern>();
    qDBusRegisterMetaType<QList<PortalPattern>>();
    qDBusRegisterMetaType<PortalPatterns>();
    qDBusRegisterMetaType<QList<PortalPatterns>>();
    return true;
  }();
  (void)once;
}

// "*.mp4" -> "*.[mM][pP]4": the portal's patterns are case-sensitive.
QString in_either_case(const QString& pattern) {
  QString out;
  for (const QChar c : pattern)
    out += c.isLetter() && c.toLower() != c.toUpper()
               ? QLatin1Char('[') + QString(c.toLower()) + c.toUpper() + QLatin1Char(']')
               : QString(c);
  return out;
}

QList<PortalPatterns> patterns_of(const QList<PortalFilter>& filters) {
  QList<PortalPatterns> list;
  for (const PortalFilter& filter : filters) {
    PortalPatterns one{filter.name, {}};
    for (const QString& pattern : filter.patterns) one.patterns << PortalPattern{0, in_either_case(pattern)};
    list << one;
  }
  return list;
}

QVariantMap options_of(const PortalQuestion& question, const QString& token) {
  QVariantMap options{{"handle_token", token}, {"modal", true}};
  if (!question.accept_label.isEmpty()) options["accept_label"] = question.accept_label;
  if (question.kind == PortalQuestion::Kind::OpenFiles) options["multiple"] = true;
  if (question.kind == PortalQuestion::Kind::OpenFolder) options["directory"] = true;
  if (!question.folder.isEmpty()) options["current_folder"] = QFile::encodeName(question.folder).append('\0');
  if (!question.name.isEmpty()) options["current_name"] = question.name;
  if (const auto filters = patterns_of(question.filters); !filters.isEmpty()) {
    options["filters"] = QVariant::fromValue(filters);
    options["current_filter"] = QVariant::fromValue(filters.first());
  }
  return options;
}

QVariant unwrapped(QVariant value) {
  while (value.userType() == qMetaTypeId<QDBusVariant>()) value = value.value<QDBusVariant>().variant();
  return value;
}

QString filter_in(const QVariantMap& results) {
  const QVariant said = results.value(QStringLiteral("current_filter"));
  if (said.userType() != qMetaTypeId<QDBusArgument>()) return {};
  const auto argument = said.value<QDBusArgument>();
  return argument.currentSignature() == QLatin1String("(sa(us))") ? qdbus_cast<PortalPatterns>(argument).name
                                                                  : QString();
}

}  // namespace

struct PortalDialog::Bus {
  QDBusConnection connection = QDBusConnection::sessionBus();
  QString request;  // where the answer comes from; empty: it does not
  std::unique_ptr<QDBusServiceWatcher> watcher;
};

PortalDialog::PortalDialog(QObject* parent) : QObject(parent), bus_(std::make_unique<Bus>()) { register_types(); }

PortalDialog::~PortalDialog() {
  if (!over_) end([] {});
}

void PortalDialog::listen(const QString& request) {
  if (request == bus_->request) return;
  const QString answer = QStringLiteral("Response");
  if (!bus_->request.isEmpty())
    bus_->connection.disconnect(kService, bus_->request, kRequest, answer, this, SLOT(respond(uint, QVariantMap)));
  bus_->request = request;
  bus_->connection.connect(kService, request, kRequest, answer, this, SLOT(respond(uint, QVariantMap)));
}

// Closes what may still be open, and tells, but never twice.
void PortalDialog::end(const std::function<void()>& tell) {
  if (std::exchange(over_, true)) return;
  if (!bus_->request.isEmpty()) {
    bus_->connection.send(QDBusMessage::createMethodCall(kService, bus_->request, kRequest, QStringLiteral("Close")));
    bus_->connection.disconnect(kService, bus_->request, kRequest, QStringLiteral("Response"), this,
                                SLOT(respond(uint, QVariantMap)));
    bus_->request.clear();
  }
  tell();
}

void PortalDialog::ask(const PortalQuestion& question) {
  const auto gone = [this] { end([this] { emit missing(); }); };
  if (!bus_->connection.isConnected()) {
    QMetaObject::invokeMethod(this, gone, Qt::QueuedConnection);
    return;
  }
  QTimer::singleShot(kPatienceMs, this, [this, gone] {
    if (!shown_) gone();
  });
  if (question.kind != PortalQuestion::Kind::OpenFolder) return send(question);
  QDBusMessage version = QDBusMessage::createMethodCall(
      kService, kPath, QStringLiteral("org.freedesktop.DBus.Properties"), QStringLiteral("Get"));
  version << kFiles << QStringLiteral("version");
  auto* reply = new QDBusPendingCallWatcher(bus_->connection.asyncCall(version), this);
  connect(reply, &QDBusPendingCallWatcher::finished, this, [this, question, gone, reply] {
    reply->deleteLater();
    const QDBusPendingReply<QDBusVariant> said = *reply;
    if (over_) return;
    if (said.isError() || said.value().variant().toUInt() < kWithFolders) return gone();
    send(question);
  });
}

void PortalDialog::send(const PortalQuestion& question) {
  const QString token = QStringLiteral("sparsight%1").arg(QRandomGenerator::global()->generate());
  const QString sender = bus_->connection.baseService().mid(1).replace(QLatin1Char('.'), QLatin1Char('_'));
  listen(QStringLiteral("/org/freedesktop/portal/desktop/request/%1/%2").arg(sender, token));
  QDBusMessage call = QDBusMessage::createMethodCall(
      kService, kPath, kFiles,
      question.kind == PortalQuestion::Kind::SaveFile ? QStringLiteral("SaveFile") : QStringLiteral("OpenFile"));
  call << question.parent_window << question.title << options_of(question, token);
  // A portal that ends takes its dialog along. Watched before it is asked, so that no end is missed.
  bus_->watcher =
      std::make_unique<QDBusServiceWatcher>(kService, bus_->connection, QDBusServiceWatcher::WatchForUnregistration);
  connect(bus_->watcher.get(), &QDBusServiceWatcher::serviceUnregistered, this,
          [this] { end([this] { shown_ ? emit cancelled() : emit missing(); }); });
  auto* reply = new QDBusPendingCallWatcher(bus_->connection.asyncCall(call), this);
  connect(reply, &QDBusPendingCallWatcher::finished, this, [this, reply] {
    reply->deleteLater();
    const QDBusPendingReply<QDBusObjectPath> said = *reply;
    if (over_) return;
    if (said.isError()) return end([this] { emit missing(); });
    shown_ = true;
    listen(said.value().path());  // old portals choose it themselves
  });
}

void PortalDialog::respond(uint response, const QVariantMap& results) {
  if (over_) return;
  bus_->connection.disconnect(kService, bus_->request, kRequest, QStringLiteral("Response"), this,
                              SLOT(respond(uint, QVariantMap)));
  bus_->request.clear();  // it is closed already
  const QStringList urls = results.value(QStringLiteral("uris")).toStringList();
  const QString filter = filter_in(results);
  // 0: chosen, 1: cancelled, 2: it ended in some other way
  end([&] { response == 0 && !urls.isEmpty() ? emit chosen(urls, filter) : emit cancelled(); });
}

PortalSettings::PortalSettings(QList<Key> keys, QObject* parent) : QObject(parent), keys_(std::move(keys)) {
  QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return;
  qRegisterMetaType<QDBusVariant>();  // connect() finds the type of a slot's argument by its name
  bus.connect(kService, kPath, kSettings, QStringLiteral("SettingChanged"), this,
              SLOT(take(QString, QString, QDBusVariant)));
  const auto* watcher = new QDBusServiceWatcher(kService, bus, QDBusServiceWatcher::WatchForRegistration, this);
  connect(watcher, &QDBusServiceWatcher::serviceRegistered, this, &PortalSettings::ask);
  ask();
}

void PortalSettings::ask() {
  QDBusConnection bus = QDBusConnection::sessionBus();
  for (const Key& key : std::as_const(keys_)) {
    QDBusMessage read = QDBusMessage::createMethodCall(kService, kPath, kSettings, QStringLiteral("Read"));
    read << key.group << key.name;
    auto* reply = new QDBusPendingCallWatcher(bus.asyncCall(read), this);
    connect(reply, &QDBusPendingCallWatcher::finished, this, [this, key, reply] {
      reply->deleteLater();
      const QDBusPendingReply<QDBusVariant> said = *reply;
      if (!said.isError()) take(key.group, key.name, said.value());
    });
  }
}

void PortalSettings::take(const QString& group, const QString& name, const QDBusVariant& value) {
  if (std::ranges::any_of(keys_, [&](const Key& key) { return key.group == group && key.name == name; }))
    emit told(group, name, unwrapped(value.variant()));
}

}  // namespace sparsight

#else

namespace sparsight {

struct PortalDialog::Bus {};

PortalDialog::PortalDialog(QObject* parent) : QObject(parent) {}
PortalDialog::~PortalDialog() = default;
void PortalDialog::ask(const PortalQuestion&) {
  QMetaObject::invokeMethod(
      this, [this] { emit missing(); }, Qt::QueuedConnection);
}
void PortalDialog::respond(uint, const QVariantMap&) {}
PortalSettings::PortalSettings(QList<Key> keys, QObject* parent) : QObject(parent), keys_(std::move(keys)) {}
void PortalSettings::take(const QString&, const QString&, const QDBusVariant&) {}
void PortalSettings::ask() {}

}  // namespace sparsight

#endif
