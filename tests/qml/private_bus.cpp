#include "tests/qml/private_bus.h"

#include <QDBusArgument>
#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusVariant>
#include <QFile>

#include <csignal>
#include <cstdio>
#include <string>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sparsight::test {

// (sa(us)) on its way back to the program.
struct SaidPattern {
  uint kind = 0;
  QString text;
};
struct SaidFilter {
  QString name;
  QList<SaidPattern> patterns;
};
static QDBusArgument& operator<<(QDBusArgument& to, const SaidPattern& pattern) {
  to.beginStructure();
  to << pattern.kind << pattern.text;
  to.endStructure();
  return to;
}
static const QDBusArgument& operator>>(const QDBusArgument& from, SaidPattern& pattern) {
  from.beginStructure();
  from >> pattern.kind >> pattern.text;
  from.endStructure();
  return from;
}
static QDBusArgument& operator<<(QDBusArgument& to, const SaidFilter& filter) {
  to.beginStructure();
  to << filter.name << filter.patterns;
  to.endStructure();
  return to;
}
static const QDBusArgument& operator>>(const QDBusArgument& from, SaidFilter& filter) {
  from.beginStructure();
  from >> filter.name >> filter.patterns;
  from.endStructure();
  return from;
}

namespace {

const QString kName = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kPath = QStringLiteral("/org/freedesktop/portal/desktop");
constexpr const char* kAddress = "DBUS_SESSION_BUS_ADDRESS";

// No folder of services: nothing of the machine is started.
constexpr const char* kConfig = R"(<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=%1</listen>
  <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>
)";

bool daemon_is_there = false;

QPair<QString, QStringList> as_pair(const SaidFilter& filter) {
  QStringList patterns;
  for (const SaidPattern& pattern : filter.patterns) patterns << pattern.text;
  return {filter.name, patterns};
}

}  // namespace

PrivateBus::PrivateBus() {
  qputenv(kAddress, "unix:path=/nonexistent/bus");
  QFile config(folder_.filePath("bus.conf"));
  int ends[2];
  if (!config.open(QIODevice::WriteOnly) || pipe(ends) != 0) return;
  config.write(QString::fromLatin1(kConfig).arg(folder_.path()).toUtf8());
  config.close();
  const std::string file = "--config-file=" + config.fileName().toStdString();
  const std::string print = "--print-address=" + std::to_string(ends[1]);
  daemon_ = fork();
  if (daemon_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    close(ends[0]);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(127);  // it speaks of limits that do not matter
    execlp("dbus-daemon", "dbus-daemon", file.c_str(), "--nofork", "--nopidfile", print.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::string address;
  char part[256];
  for (ssize_t got = 0; address.find('\n') == std::string::npos && (got = read(ends[0], part, sizeof part)) > 0;)
    address.append(part, static_cast<std::size_t>(got));
  close(ends[0]);
  if (address.find('\n') == std::string::npos) return;
  qputenv(kAddress, address.substr(0, address.find('\n')).c_str());
  daemon_is_there = true;
}

PrivateBus::~PrivateBus() {
  if (daemon_ <= 0) return;
  ::kill(daemon_, SIGTERM);
  ::waitpid(daemon_, nullptr, 0);
}

bool PrivateBus::is_there() { return daemon_is_there; }

FakePortal::FakePortal()
    : bus_(QDBusConnection::connectToBus(qEnvironmentVariable(kAddress), QStringLiteral("portal"))) {
  qDBusRegisterMetaType<SaidPattern>();
  qDBusRegisterMetaType<QList<SaidPattern>>();
  qDBusRegisterMetaType<SaidFilter>();
  qDBusRegisterMetaType<QList<SaidFilter>>();
  bus_.registerVirtualObject(kPath, this, QDBusConnection::SubPath);
  there_ = bus_.registerService(kName);
}

FakePortal::~FakePortal() {
  leave();
  bus_.unregisterObject(kPath);
  QDBusConnection::disconnectFromBus(QStringLiteral("portal"));
}

void FakePortal::leave() {
  if (there_) bus_.unregisterService(kName);
  there_ = false;
}

bool FakePortal::open_dialog(const QDBusMessage& message) {
  if (refuses) return bus_.send(message.createErrorReply(QDBusError::Failed, QStringLiteral("no dialog today")));
  const QVariantList arguments = message.arguments();
  if (message.signature() != QLatin1String("ssa{sv}")) return false;
  Asked one{.method = message.member(),
            .parent = arguments[0].toString(),
            .title = arguments[1].toString(),
            .request = {},
            .options = qdbus_cast<QVariantMap>(arguments[2]),
            .filters = {},
            .current_filter = {}};
  if (one.options.contains("filters"))
    for (const SaidFilter& filter : qdbus_cast<QList<SaidFilter>>(one.options["filters"]))
      one.filters << as_pair(filter);
  if (one.options.contains("current_filter"))
    one.current_filter = qdbus_cast<SaidFilter>(one.options["current_filter"]).name;
  const QString sender = message.service().mid(1).replace('.', '_');
  one.request = kPath + "/request/" + sender + '/' + one.options["handle_token"].toString();
  asked << one;
  return bus_.send(message.createReply(QVariant::fromValue(QDBusObjectPath(one.request))));
}

bool FakePortal::handleMessage(const QDBusMessage& message, const QDBusConnection&) {
  const QString what = message.interface() + '.' + message.member();
  if (what.startsWith("org.freedesktop.portal.FileChooser.")) return open_dialog(message);
  if (what == "org.freedesktop.portal.Request.Close") {
    ++closed;
    return !message.isReplyRequired() || bus_.send(message.createReply());
  }
  if (what == "org.freedesktop.DBus.Properties.Get")
    return bus_.send(message.createReply(QVariant::fromValue(QDBusVariant(version))));
  if (what == "org.freedesktop.portal.Settings.Read") {
    const QString key = message.arguments().value(0).toString() + ' ' + message.arguments().value(1).toString();
    if (!settings.contains(key))
      return bus_.send(message.createErrorReply(QStringLiteral("org.freedesktop.portal.Error.NotFound"), key));
    // As the portal does it: a variant in a variant.
    const QVariant inner = QVariant::fromValue(QDBusVariant(settings[key]));
    return bus_.send(message.createReply(QVariant::fromValue(QDBusVariant(inner))));
  }
  return false;
}

void FakePortal::answer(const QStringList& urls, const QString& filter, uint response) {
  QVariantMap results{{"uris", urls}};
  if (!filter.isEmpty()) results["current_filter"] = QVariant::fromValue(SaidFilter{filter, {}});
  QDBusMessage signal = QDBusMessage::createSignal(
      asked.last().request, QStringLiteral("org.freedesktop.portal.Request"), QStringLiteral("Response"));
  signal << response << results;
  bus_.send(signal);
}

void FakePortal::change(const QString& group, const QString& name, const QVariant& value) {
  settings[group + ' ' + name] = value;
  QDBusMessage signal = QDBusMessage::createSignal(kPath, QStringLiteral("org.freedesktop.portal.Settings"),
                                                   QStringLiteral("SettingChanged"));
  signal << group << name << QVariant::fromValue(QDBusVariant(value));
  bus_.send(signal);
}

}  // namespace sparsight::test
