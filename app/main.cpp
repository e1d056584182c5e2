// The desktop app: options, one Application, one window.
#include "app/application.h"
#include "sparsight_version.h"

#include <QCommandLineParser>
#include <QGuiApplication>
#include <QIcon>
#include <QQmlApplicationEngine>
#include <QQuickStyle>

#include <cstdio>

int main(int argc, char** argv) {
  QGuiApplication gui(argc, argv);
  QGuiApplication::setApplicationName(QStringLiteral("Sparsight"));
  QGuiApplication::setOrganizationName(QStringLiteral("Sparsight"));
  QGuiApplication::setApplicationVersion(QStringLiteral(SPARSIGHT_VERSION));
  QGuiApplication::setDesktopFileName(QStringLiteral("org.sparsight.Sparsight"));
  QGuiApplication::setWindowIcon(QIcon(QStringLiteral(":/qt/qml/Sparsight/icons/org.sparsight.Sparsight.svg")));
  QQuickStyle::setStyle(QStringLiteral("Basic"));

  QCommandLineParser parser;
  parser.setApplicationDescription(
      QCoreApplication::translate("main", "Ask your videos, and watch what the model looks at."));
  parser.addHelpOption();
  parser.addVersionOption();
  const QCommandLineOption model(
      "model", QCoreApplication::translate("main", "A Hugging Face directory of a Video-LLaVA model."), "DIR");
  const QCommandLineOption database("database", QCoreApplication::translate("main", "The chat database."), "FILE");
  const QCommandLineOption threads(
      "threads", QCoreApplication::translate("main", "Compute threads; 0: as many as physical cores."), "N", "0");
  const QCommandLineOption arithmetic(
      "arithmetic",
      QCoreApplication::translate("main",
                                  "What BF16 weights are multiplied in: f32, which is exact, or bf16, which reads "
                                  "prompts sooner where the CPU has AVX-512 BF16."),
      "f32|bf16", "f32");
  parser.addOptions({model, database, threads, arithmetic});
  parser.addPositionalArgument("VIDEO", QCoreApplication::translate("main", "A video or image to open."), "[VIDEO]");
  parser.process(gui);
  constexpr uint kMostThreads = 1024;
  bool is_number = false;
  const uint thread_count = parser.value(threads).toUInt(&is_number);
  if (!is_number || thread_count > kMostThreads) {
    std::fprintf(stderr, "--threads: expected a whole number from 0 to %u, found \"%s\"\n", kMostThreads,
                 qPrintable(parser.value(threads)));
    return 2;
  }
  const QString wanted = parser.value(arithmetic);
  if (wanted != QStringLiteral("f32") && wanted != QStringLiteral("bf16")) {
    std::fprintf(stderr, "--arithmetic: expected f32 or bf16, found \"%s\"\n", qPrintable(wanted));
    return 2;
  }

  sparsight::Application app(
      sparsight::real_engine(),
      {.model = parser.value(model).toStdString(),
       .database = parser.value(database).toStdString(),
       .threads = thread_count,
       .arithmetic = wanted == QStringLiteral("bf16") ? sparsight::Arithmetic::Bf16 : sparsight::Arithmetic::Float32});
  QQmlApplicationEngine engine;
  engine.setInitialProperties({{QStringLiteral("app"), QVariant::fromValue(&app)}});
  QObject::connect(&app, &sparsight::Application::languageChanged, &engine, &QQmlEngine::retranslate);
  engine.load(QUrl(QStringLiteral("qrc:/qt/qml/Sparsight/Main.qml")));
  if (engine.rootObjects().isEmpty()) return 1;
  if (const QStringList videos = parser.positionalArguments(); !videos.isEmpty()) app.open(videos.first());
  return QGuiApplication::exec();
}
