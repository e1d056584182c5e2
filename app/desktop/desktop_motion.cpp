#include "app/desktop/desktop_motion.h"

#include <QGuiApplication>

#include <algorithm>

#ifdef Q_OS_WIN
#include <windows.h>
#endif

namespace sparsight {
namespace {

const QString kAppearance = QStringLiteral("org.freedesktop.appearance");
const QString kGnome = QStringLiteral("org.gnome.desktop.interface");
const QString kKde = QStringLiteral("org.kde.kdeglobals.KDE");

#ifdef Q_OS_WIN
bool windows_reduces() {
  BOOL animated = TRUE;
  return SystemParametersInfoW(SPI_GETCLIENTAREAANIMATION, 0, &animated, 0) != 0 && animated == FALSE;
}
#endif

}  // namespace

DesktopMotion::DesktopMotion(QObject* parent)
    : QObject(parent),
      portal_({{kAppearance, QStringLiteral("reduced-motion")},
               {kGnome, QStringLiteral("enable-animations")},
               {kKde, QStringLiteral("AnimationDurationFactor")}}) {
  connect(&portal_, &PortalSettings::told, this, &DesktopMotion::take);
#ifdef Q_OS_WIN
  // Windows tells no program of Qt about a change; it is looked up whenever the program is used again.
  set_reduced(windows_reduces());
  if (auto* program = qobject_cast<QGuiApplication*>(QCoreApplication::instance()))
    connect(program, &QGuiApplication::applicationStateChanged, this, [this] { set_reduced(windows_reduces()); });
#endif
}

DesktopMotion::~DesktopMotion() = default;

void DesktopMotion::take(const QString& group, const QString&, const QVariant& value) {
  bool is_number = true;
  reduces_[group] = group == kAppearance ? value.toUInt() == 1
                    : group == kGnome    ? value.typeId() == QMetaType::Bool && !value.toBool()
                                         : value.toString().toDouble(&is_number) == 0 && is_number;
  set_reduced(std::ranges::any_of(reduces_, [](bool reduces) { return reduces; }));
}

void DesktopMotion::set_reduced(bool reduced) {
  if (reduced == reduced_) return;
  reduced_ = reduced;
  emit reducedChanged();
}

}  // namespace sparsight
