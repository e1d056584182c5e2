#include "app/settings/settings.h"

#include "app/chat/conversation.h"
#include "app/device.h"
#include "app/format.h"
#include "core/pictures/heatmap.h"

#include <QDir>
#include <QFileInfo>
#include <QGuiApplication>
#include <QScreen>
#include <QStandardPaths>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace sparsight {
namespace {

constexpr int kFrames = 8, kMostFrames = 512;
constexpr int kNewTokens = 256, kMostNewTokens = 4096;
constexpr double kMostTemperature = 2, kLeastTopP = 0.01;
constexpr int kMostTopK = 1000, kMostThreads = 1024;
constexpr const char* kOldDefault = "sparsevlm-v1.5";

}  // namespace

Settings::Settings(const std::filesystem::path& file, QObject* parent)
    : QObject(parent),
      file_(file.empty() ? QSettings(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("sparsight"),
                                     QStringLiteral("sparsight"))
                               .fileName()
                         : QString::fromStdString(file.string()),
            QSettings::IniFormat) {}

void Settings::put(const char* key, const QVariant& value) {
  if (file_.value(key) == value) return;
  file_.setValue(key, value);
  note_change(QString::fromLatin1(key));
  emit changed();
}

// Earlier versions stored "strategy" and "budget" even if nobody chose them. If they are the default of that time, they
// were not chosen.
bool Settings::kept_pruning() const {
  return file_.contains("prune") || file_.value("strategy", kOldDefault).toString() == kOldDefault;
}

void Settings::set_pruning(const QString& strategy, const QString& budget) {
  if (strategy == this->strategy() && budget == this->budget()) return;
  file_.setValue("prune", strategy);
  file_.setValue("prune_budget", budget);
  note_change(QStringLiteral("prune"));
  emit changed();
}

QString Settings::one_of(const char* key, const QStringList& allowed) const {
  const QString value = file_.value(key).toString();
  return allowed.contains(value) ? value : allowed.first();
}

int Settings::number(const char* key, int fallback, int least, int most) const {
  bool read = false;
  const int value = file_.value(key).toInt(&read);
  return read && value >= least && value <= most ? value : fallback;
}

double Settings::real(const char* key, double fallback, double least, double most) const {
  bool read = false;
  const double value = file_.value(key).toDouble(&read);
  return read && value >= least && value <= most ? value : fallback;
}

QString Settings::theme() const { return one_of("theme", {"system", "light", "dark"}); }
QString Settings::language() const { return one_of("language", {"system", "en", "de"}); }
QString Settings::motion() const { return one_of("motion", {"system", "full", "none"}); }
int Settings::scale() const {
  const int scale = file_.value("scale").toInt();
  return scales().contains(scale) ? scale : scales().first();
}
QString Settings::strategy() const {
  const QString name = file_.value(kept_pruning() ? "prune" : "strategy").toString();
  return Conversation::strategies().contains(name) ? name : QString();
}
// Earlier versions stored a budget without a strategy whenever a slider was moved; that was not a choice.
QString Settings::budget() const {
  if (strategy().isEmpty()) return {};
  return file_.value(kept_pruning() ? "prune_budget" : "budget").toString();
}
int Settings::frames() const { return std::min(number("frames", kFrames, 1, kMostFrames), most_frames_); }
void Settings::set_most_frames(std::size_t frames, bool has_own) {
  const int most = static_cast<int>(std::clamp<std::size_t>(frames, 1, kMostFrames));
  const bool other = std::exchange(has_own_frames_, has_own) != has_own;
  if (std::exchange(most_frames_, most) != most || other) emit changed();
}
bool Settings::framesAsTrained() const { return has_own_frames_ && !file_.contains("frames"); }
void Settings::setFramesAsTrained(bool on) {
  if (on == framesAsTrained()) return;
  if (!on) return setFrames(frames());
  file_.remove("frames");
  note_change(QStringLiteral("frames"));
  emit changed();
}
int Settings::maxNewTokens() const { return number("max_new_tokens", kNewTokens, 1, kMostNewTokens); }
double Settings::strength() const { return share("strength", kOverlayOpacity); }
QString Settings::colours() const { return one_of("colours", {"inferno", "viridis"}); }
double Settings::volume() const { return share("volume", 1); }
bool Settings::toneMap() const { return file_.value("tone_map", true).toBool(); }

bool Settings::sessionsShown() const { return file_.value("sessions_shown", true).toBool(); }
bool Settings::tokensShown() const { return file_.value("tokens_shown", true).toBool(); }
int Settings::sessionsWidth() const { return number("sessions_width", 248, 150, 2000); }
int Settings::chatWidth() const { return number("chat_width", 384, 200, 4000); }
int Settings::tokensHeight() const { return number("tokens_height", 252, 80, 4000); }
bool Settings::tourSeen() const { return file_.value("tour_seen", false).toBool(); }
bool Settings::languageHintSeen() const { return file_.value("language_hint_seen", false).toBool(); }
bool Settings::reopenLast() const { return file_.value("reopen_last", true).toBool(); }
QString Settings::system() const { return file_.value("system").toString().left(mostSystem()); }
void Settings::setSystem(const QString& text) {
  QString bounded = text.left(mostSystem());
  if (bounded.size() < text.size() && bounded.back().isHighSurrogate()) bounded.chop(1);
  if (bounded != system()) put("system", bounded);
}
double Settings::temperature() const { return real("temperature", 0, 0, kMostTemperature); }
double Settings::topP() const { return real("top_p", 1, kLeastTopP, 1); }
int Settings::topK() const { return number("top_k", 0, 0, kMostTopK); }
bool Settings::newSeed() const { return file_.value("new_seed", true).toBool(); }
int Settings::seed() const { return number("seed", 0, 0, std::numeric_limits<int>::max()); }
QString Settings::device() const {
  const QString text = file_.value("device").toString();
  return read_device(text.toStdString()) ? text : QStringLiteral("auto");
}
QString Settings::cudaFolder() const {
  const QString folder = file_.value("cuda_folder").toString();
  return QDir::isAbsolutePath(folder) ? folder : QString();
}
// A folder that was dropped or pasted may be a URL; a relative one would depend on where the program was started.
void Settings::setCudaFolder(const QString& folder) {
  const QString path = folder.trimmed().isEmpty() ? QString() : QDir::cleanPath(local_path(folder.trimmed()));
  put("cuda_folder", QDir::isAbsolutePath(path) ? path : QString());
}
int Settings::threads() const { return number("threads", 0, 0, kMostThreads); }
QString Settings::arithmetic() const { return one_of("arithmetic", {"f32", "bf16"}); }
std::optional<qint64> Settings::opening() const {
  bool read = false;
  const qint64 session = file_.value("opening").toLongLong(&read);
  return read ? std::optional(session) : std::nullopt;
}
// On disk at once: the program may end before it would be written by itself.
void Settings::set_opening(std::optional<qint64> session) {
  if (session)
    file_.setValue("opening", *session);
  else if (file_.contains("opening"))
    file_.remove("opening");
  else
    return;
  file_.sync();
}
std::optional<qint64> Settings::last_session(const std::filesystem::path& database) const {
  bool read = false;
  const qint64 session = file_.value("last_session").toLongLong(&read);
  const bool here = file_.value("last_database").toString() == QString::fromStdString(database.string());
  return read && here ? std::optional(session) : std::nullopt;
}
void Settings::set_last_session(const std::filesystem::path& database, std::optional<qint64> session) {
  file_.setValue("last_database", QString::fromStdString(database.string()));
  file_.setValue("last_session", session ? QVariant(*session) : QVariant(QString()));
}
QString Settings::last_clip(const std::filesystem::path& database) const {
  const bool here = file_.value("last_clip_database").toString() == QString::fromStdString(database.string());
  return here ? file_.value("last_clip").toString() : QString();
}
void Settings::set_last_clip(const std::filesystem::path& database, const QString& file) {
  file_.setValue("last_clip_database", QString::fromStdString(database.string()));
  file_.setValue("last_clip", file);
}
QString Settings::model() const { return file_.value("model").toString(); }
QStringList Settings::model_folders() const { return file_.value("model_folders").toStringList(); }

QString Settings::folder(const QString& place) const {
  const auto usual = place == QLatin1String("videos")    ? QStandardPaths::MoviesLocation
                     : place == QLatin1String("exports") ? QStandardPaths::DocumentsLocation
                                                         : QStandardPaths::HomeLocation;
  for (const QString& folder : {file_.value("folder_" + place).toString(), QStandardPaths::writableLocation(usual)})
    if (QDir::isAbsolutePath(folder) && QFileInfo(folder).isDir()) return folder;
  return QDir::homePath();
}
void Settings::set_folder(const QString& place, const QString& folder) { file_.setValue("folder_" + place, folder); }

void Settings::zoom(int steps) {
  const QList<int> all = scales();
  const auto at = steps == 0 ? 0 : std::clamp<qsizetype>(all.indexOf(scale()) + steps, 0, all.size() - 1);
  setScale(all[at]);
}

QRect Settings::window(int width, int height) const {
  QList<QRect> screens;
  for (const QScreen* screen : QGuiApplication::screens()) screens << screen->availableGeometry();
  QRect window = file_.value("window").toRect();
  if (!window.isValid()) {
    window = {0, 0, width, height};
    if (!screens.isEmpty()) window.moveCenter(screens.first().center());
  }
  return on_a_screen(window, screens);
}

bool Settings::windowMaximized() const { return file_.value("window_maximized", false).toBool(); }

void Settings::keepWindow(const QRect& window, bool maximized) {
  file_.setValue("window_maximized", maximized);
  if (!maximized) file_.setValue("window", window);
}

QRect on_a_screen(QRect window, const QList<QRect>& screens) {
  if (screens.isEmpty()) return window;
  const auto area = [&](const QRect& screen) {
    const QRect common = screen & window;
    return qint64{common.width()} * common.height();
  };
  const QRect& screen = *std::ranges::max_element(screens, {}, area);
  window.setSize(window.size().boundedTo(screen.size()));
  window.moveTo(std::clamp(window.left(), screen.left(), screen.right() - window.width() + 1),
                std::clamp(window.top(), screen.top(), screen.bottom() - window.height() + 1));
  return window;
}

}  // namespace sparsight
