#include "app/settings/about.h"

#include "core/base/machine.h"
#include "core/media/video.h"
#include "core/model/families/family.h"
#include "sparsight_version.h"

#include <QFile>
#include <QGuiApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>
#include <QQuickWindow>
#include <QScreen>
#include <QStringList>
#include <QSysInfo>

namespace sparsight {
namespace {

// As the window is drawn, which need not be as it was asked for.
QString graphics_name() {
  auto api = QQuickWindow::graphicsApi();
  for (const QWindow* window : QGuiApplication::topLevelWindows())
    if (const auto* quick = qobject_cast<const QQuickWindow*>(window); quick != nullptr && quick->isExposed())
      api = quick->rendererInterface()->graphicsApi();
  switch (api) {
    case QSGRendererInterface::Software: return QStringLiteral("the processor");  // as the page names it
    case QSGRendererInterface::OpenGL: return QStringLiteral("OpenGL");
    case QSGRendererInterface::Vulkan: return QStringLiteral("Vulkan");
    default: return QStringLiteral("other");
  }
}

QString utf8_text(std::string_view view) { return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size())); }

QString gigabytes(std::size_t bytes) {
  return QLocale::c().toString(static_cast<double>(bytes) / 1e9, 'f', 1) + QStringLiteral(" GB");
}

QString model_line(const ModelInfo* model) {
  if (model == nullptr) return QStringLiteral("none");
  const std::filesystem::path& path = model->path;
  QStringList parts{utf8_text((path.has_filename() ? path : path.parent_path()).filename().string())};
  if (model->config.family != nullptr) parts << utf8_text(model->config.family->name());
  parts << QStringLiteral("%1 M parameters")
               .arg(QLocale::c().toString(static_cast<double>(model->parameters) / 1e6, 'f', 1))
        << utf8_text(model->dtype)
        << (model->arithmetic == Arithmetic::Bf16 ? QStringLiteral("computed in bf16")
                                                  : QStringLiteral("computed in f32"))
        << QStringLiteral("keys and values in ") + utf8_text(to_string(model->kv_dtype));
  return parts.join(QStringLiteral(", "));
}

}  // namespace

QString About::version() { return QStringLiteral(SPARSIGHT_VERSION); }

QVariantList About::licences() {
  QFile file(QStringLiteral(":/qt/qml/Sparsight/licences.json"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  QVariantList list;
  const QJsonArray all = QJsonDocument::fromJson(file.readAll()).array();
  for (const QJsonValue& one : all) {
    QString version, licence = one["licence"].toString();
    const QString name = one["name"].toString();
    if (name == QLatin1String("Sparsight")) version = About::version();
    if (name == QLatin1String("Qt")) version = QString::fromLatin1(qVersion());
    if (name == QLatin1String("FFmpeg")) {
      const FfmpegBuild build = ffmpeg_build();
      version = utf8_text(build.version);
      licence = utf8_text(build.licence);
    }
    list << QVariantMap{{"name", name}, {"version", version}, {"licence", licence}, {"link", one["link"].toString()}};
  }
  return list;
}

QString diagnosis_text(const ModelInfo* model, const std::vector<std::pair<QString, QString>>& paths) {
  const MachineInfo machine = describe_machine();
  QStringList targets, lines;
  for (const std::string& target : machine.cpu_targets) targets << utf8_text(target);
  const auto add = [&](const QString& name, const QString& value) { lines << name + QStringLiteral(": ") + value; };
  add(QStringLiteral("Sparsight"), About::version());
  add(QStringLiteral("System"), QSysInfo::prettyProductName() + QStringLiteral(", ") + QSysInfo::kernelType() +
                                    QLatin1Char(' ') + QSysInfo::kernelVersion() + QStringLiteral(", ") +
                                    QSysInfo::currentCpuArchitecture());
  add(QStringLiteral("Processor"), QStringLiteral("%1, %2 cores")
                                       .arg(machine.cpu.empty() ? QStringLiteral("unknown") : utf8_text(machine.cpu))
                                       .arg(machine.physical_cores));
  add(QStringLiteral("Kernels"),
      targets.isEmpty() ? QStringLiteral("none")
                        : QStringLiteral("%1 (of %2)").arg(targets.first(), targets.join(QStringLiteral(", "))));
  add(QStringLiteral("Memory"), gigabytes(machine.memory_bytes) + QStringLiteral(", ") +
                                    gigabytes(machine.available_memory_bytes) + QStringLiteral(" free"));
  add(QStringLiteral("Qt"), QString::fromLatin1(qVersion()));
  add(QStringLiteral("FFmpeg"), utf8_text(ffmpeg_build().version));
  QStringList screens;
  for (const QScreen* screen : QGuiApplication::screens())
    screens << QStringLiteral("%1x%2 at %3")
                   .arg(screen->geometry().width())
                   .arg(screen->geometry().height())
                   .arg(screen->devicePixelRatio());
  add(QStringLiteral("Graphics"),
      QStringLiteral("drawn by %1, %2, screens %3")
          .arg(graphics_name(), QGuiApplication::platformName(), screens.join(QStringLiteral(", "))));
  add(QStringLiteral("Language"), QLocale().name());
  add(QStringLiteral("Model"), model_line(model));
  for (const auto& [what, path] : paths) add(what, path);
  return lines.join(QLatin1Char('\n'));
}

}  // namespace sparsight
