// The desktop app: options, one Application, one window for each user and database.
#include "app/application.h"
#include "app/desktop/graphics.h"
#include "app/desktop/no_network.h"
#include "app/desktop/single_window.h"
#include "kernels/error.h"
#include "kernels/out_of_memory.h"
#include "sparsight_version.h"

#include <QCommandLineParser>
#include <QFileInfo>
#include <QGuiApplication>
#include <QIcon>
#include <QQmlApplicationEngine>
#include <QQuickStyle>
#include <QQuickWindow>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace {

void bring_forward(QQuickWindow& window, const QString& activation) {
  if (!activation.isEmpty()) qputenv("XDG_ACTIVATION_TOKEN", activation.toUtf8());  // Qt passes it to the compositor
  window.setWindowStates(window.windowStates() & ~Qt::WindowMinimized);
  window.show();
  window.raise();
  window.requestActivate();
}

constexpr int kNoMemory = 6;  // the same as on the command line

void report_no_memory() { std::fputs("sparsight: not enough memory, or no further thread can be started\n", stderr); }

bool is_memory(const std::exception& error) {
  const auto* told = dynamic_cast<const sparsight::Error*>(&error);
  return sparsight::lacks_memory(error) || (told != nullptr && told->kind() == sparsight::ErrorKind::Memory);
}

// Last stop for what is thrown through Qt or on one of its threads.
[[noreturn]] void end() {
  try {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    if (is_memory(error)) {
      report_no_memory();
      std::_Exit(kNoMemory);
    }
    std::fprintf(stderr, "sparsight: %s\n", error.what());
  } catch (...) {
  }
  std::abort();
}

QtMessageHandler qt_handler = nullptr;

// Without a sound server, Qt complains about every video; it is simply shown without sound.
void pass_on(QtMsgType type, const QMessageLogContext& context, const QString& text) {
  if (!text.startsWith(QLatin1String("PulseAudioService:"))) qt_handler(type, context, text);
}

// What the command line asks for.
struct Asked {
  QString model;
  std::filesystem::path chats;
  sparsight::ComputeOptions compute{};
  bool any_given = false;  // of model, device, threads and arithmetic
  QStringList files;       // absolute
};

// nullopt: something is wrong with it, which was said.
std::optional<Asked> read_options(const QCoreApplication& program) {
  QCommandLineParser parser;
  parser.setApplicationDescription(
      QCoreApplication::translate("main", "Ask your videos, and watch what the model looks at."));
  parser.addHelpOption();
  parser.addVersionOption();
  const QCommandLineOption model(
      "model", QCoreApplication::translate("main", "A model: its folder, as Hugging Face lays it out, or a GGUF file."),
      "DIR");
  const QCommandLineOption database(
      "database",
      QCoreApplication::translate("main",
                                  "The chat database. A second start with the same one brings the open "
                                  "window to the front."),
      "FILE");
  const QCommandLineOption device(
      "device",
      QCoreApplication::translate("main",
                                  "What computes: auto, the first GPU that can be used, else the processor; cpu; cuda, "
                                  "an NVIDIA GPU; cuda:N, the one with this number."),
      sparsight::kDeviceForms, "auto");
  const QCommandLineOption threads(
      "threads", QCoreApplication::translate("main", "Compute threads of the processor; 0: one per physical core."),
      "N", "0");
  const QCommandLineOption arithmetic(
      "arithmetic",
      QCoreApplication::translate("main",
                                  "Arithmetic for BF16 weights: f32 is exact; bf16 reads prompts faster on a CPU "
                                  "with AVX-512 BF16."),
      "f32|bf16", "f32");
  parser.addOptions({model, database, device, threads, arithmetic});
  parser.addPositionalArgument("VIDEO", QCoreApplication::translate("main", "Videos or images to open."),
                               "[VIDEO ...]");
  if (!parser.parse(QCoreApplication::arguments())) {
    std::fprintf(stderr, "sparsight: %s\n", qPrintable(parser.errorText()));
    return std::nullopt;
  }
  parser.process(program);  // ends here for help and version
  const auto chosen = sparsight::read_device(parser.value(device).toStdString());
  if (!chosen) {
    std::fprintf(stderr, "--device: expected %s, found \"%s\"\n", sparsight::kDeviceWords,
                 qPrintable(parser.value(device)));
    return std::nullopt;
  }
  constexpr uint kMostThreads = 1024;
  bool is_number = false;
  const uint thread_count = parser.value(threads).toUInt(&is_number);
  if (!is_number || thread_count > kMostThreads) {
    std::fprintf(stderr, "--threads: expected a whole number from 0 to %u, found \"%s\"\n", kMostThreads,
                 qPrintable(parser.value(threads)));
    return std::nullopt;
  }
  const QString wanted = parser.value(arithmetic);
  if (wanted != QStringLiteral("f32") && wanted != QStringLiteral("bf16")) {
    std::fprintf(stderr, "--arithmetic: expected f32 or bf16, found \"%s\"\n", qPrintable(wanted));
    return std::nullopt;
  }
  Asked asked{.model = parser.value(model),
              .chats = parser.isSet(database) ? std::filesystem::path(parser.value(database).toStdString())
                                              : sparsight::ChatStore::default_file(),
              .compute = {.threads = thread_count},
              .any_given = std::ranges::any_of(std::array{&model, &device, &threads, &arithmetic},
                                               [&](const auto* option) { return parser.isSet(*option); }),
              .files = {}};
  if (parser.isSet(device)) asked.compute.device = chosen;
  if (parser.isSet(arithmetic))
    asked.compute.arithmetic =
        wanted == QStringLiteral("bf16") ? sparsight::Arithmetic::Bf16 : sparsight::Arithmetic::Float32;
  for (const QString& file : parser.positionalArguments()) asked.files << QFileInfo(file).absoluteFilePath();
  return asked;
}

void set_names() {
  QCoreApplication::setApplicationName(QStringLiteral("Sparsight"));
  QCoreApplication::setOrganizationName(QStringLiteral("Sparsight"));
  QCoreApplication::setApplicationVersion(QStringLiteral(SPARSIGHT_VERSION));
}

// Help and version, which need no display.
bool only_asks(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + std::min(argc, 1), argv + argc);
  const auto options_end = std::ranges::find(words, "--");
  return std::any_of(words.begin(), options_end, [](std::string_view word) {
    return word == "-h" || word == "--help" || word == "--help-all" || word == "-v" || word == "--version";
  });
}

int run(int argc, char** argv) {
  qt_handler = qInstallMessageHandler(pass_on);
  if (only_asks(argc, argv)) {
    const QCoreApplication program(argc, argv);
    set_names();
    return read_options(program) ? 0 : 2;
  }
  std::vector<char*> arguments(argv, argv + argc + 1);  // Qt removes some of them
  sparsight::GraphicsTrial trial(argc, argv);
  QGuiApplication gui(argc, argv);
  set_names();
  QGuiApplication::setDesktopFileName(QStringLiteral("org.sparsight.Sparsight"));
  QGuiApplication::setWindowIcon(QIcon(QStringLiteral(":/qt/qml/Sparsight/icons/org.sparsight.Sparsight.svg")));
  QQuickStyle::setStyle(QStringLiteral("Basic"));
  const std::optional<Asked> asked = read_options(gui);
  if (!asked) return 2;

  sparsight::SingleWindow single(asked->chats);
  if (single.handed_over(asked->files)) {
    if (asked->any_given)
      std::fprintf(stderr, "sparsight: the open window keeps its own model, device, threads and arithmetic\n");
    return 0;
  }

  sparsight::choose_graphics(trial);
  sparsight::Application app(
      sparsight::real_engine(),
      {.model = asked->model.toStdString(), .database = asked->chats, .compute = asked->compute});
  QQmlApplicationEngine engine;
  sparsight::refuse_network(engine);
  engine.setInitialProperties({{QStringLiteral("app"), QVariant::fromValue(&app)}});
  QObject::connect(&app, &sparsight::Application::languageChanged, &engine, &QQmlEngine::retranslate);
  engine.load(QUrl(QStringLiteral("qrc:/qt/qml/Sparsight/Main.qml")));
  auto* window = qobject_cast<QQuickWindow*>(engine.rootObjects().value(0));
  if (window == nullptr) return 1;
  sparsight::restart_on_graphics_error(*window, arguments.data());
  const auto open = [&app](const QStringList& videos) {
    if (!videos.isEmpty()) app.openFiles(videos);
  };
  QObject::connect(&single, &sparsight::SingleWindow::wanted, window,
                   [&](const QStringList& videos, const QString& activation) {
                     bring_forward(*window, activation);
                     open(videos);
                   });
  if (asked->files.isEmpty())
    app.reopenLast();
  else
    open(asked->files);
  return QGuiApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(end);
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the size limit becomes an error that names it
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    if (is_memory(error)) {
      report_no_memory();
      return kNoMemory;
    }
    std::fprintf(stderr, "sparsight: %s\n", error.what());
    return 1;
  }
}
