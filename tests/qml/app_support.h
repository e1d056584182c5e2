// Shared by the app's tests: a whole app in a window, an engine that follows a script, and the list of tests.
#pragma once

#include "app/application.h"
#include "app/desktop/no_network.h"

#include <QImage>
#include <QQmlApplicationEngine>
#include <QQuickItem>
#include <QQuickWindow>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace sparsight::test {

inline constexpr int kPatience = 120'000;  // ms, for sanitizers and busy machines

// QTest's own macros wait five seconds, which is short on a busy machine.
#undef QTRY_VERIFY
#define QTRY_VERIFY(condition) QTRY_VERIFY_WITH_TIMEOUT(condition, ::sparsight::test::kPatience)
#undef QTRY_COMPARE
#define QTRY_COMPARE(found, expected) QTRY_COMPARE_WITH_TIMEOUT(found, expected, ::sparsight::test::kPatience)

QStringList& warnings();  // what QML has warned about since it was cleared; checked at the start of each test

inline QString resource(const char* path) { return QStringLiteral(SPARSIGHT_SOURCE_DIR "/resources/") + path; }

// Questions about the demo clip in the pictures of docs/images, and the true answers, of resources/clips.
inline const QStringList kPictured{"Which way does the star go?", "How many objects do you see?",
                                   "What happens in the video?"};
QString true_answer(const QString& question, const QString& clip = "crossing.mp4");

// Everything that a window needs, closed at the end of a test.
struct Running {
  // Its settings are beside the database; only a first start shows the tour.
  explicit Running(const QString& database, EngineDoor door = real_engine(), bool first_start = false)
      : Running(std::move(door), options(database, first_start)) {}
  Running(EngineDoor door, const AppOptions& options) : app(std::move(door), options) {
    refuse_network(qml);
    qml.setInitialProperties({{"app", QVariant::fromValue(&app)}});
    QObject::connect(&app, &Application::languageChanged, &qml, &QQmlEngine::retranslate);
    qml.load(QUrl("qrc:/qt/qml/Sparsight/Main.qml"));
    window = qobject_cast<QQuickWindow*>(qml.rootObjects().value(0));
  }
  template <typename T = QQuickItem>
  T* find(const char* name) const {
    return window->findChild<T*>(name);
  }
  void ask(const QString& question) const {
    find("input")->setProperty("text", question);
    QMetaObject::invokeMethod(find("send"), "clicked");
  }
  [[nodiscard]] QString text(int row) { return get(row, Conversation::TextRole).toString(); }
  [[nodiscard]] QVariant get(int row, int role) { return app.chat()->data(app.chat()->index(row), role); }

  static AppOptions options(const QString& database, bool first_start) {
    const std::string settings = (database + ".ini").toStdString();
    if (!first_start) Settings(settings).setTourSeen(true);
    return {.model = resource("models/sparsight-demo").toStdString(),
            .database = database.toStdString(),
            .settings = settings,
            .thumbnails = (database + ".thumbnails").toStdString(),
            .moment = std::chrono::milliseconds(kPatience)};
  }

  Application app;
  QQmlApplicationEngine qml;
  QQuickWindow* window = nullptr;
};

// Keys go to the active window; without a window manager it has to ask to be active.
inline bool activate(QQuickWindow* window) {
  if (!QTest::qWaitForWindowExposed(window, kPatience)) return false;
  window->requestActivate();
  return QTest::qWaitForWindowActive(window, kPatience);
}

// Lays out and draws what changed, items of lists included.
inline void lay_out(QQuickWindow* window) { window->grabWindow(); }

// The window once no animation runs any more: for a while each picture equals the one before.
inline QImage still(QQuickWindow* window) {
  constexpr int kAlike = 10;
  QImage last = window->grabWindow();
  int alike = 0;
  (void)QTest::qWaitFor(
      [&] {
        const QImage now = window->grabWindow();
        alike = now == last ? alike + 1 : 0;
        last = now;
        return alike >= kAlike;
      },
      kPatience);
  return last;
}

inline int colours_in(const QImage& image) {
  std::set<QRgb> seen;
  for (int y = 0; y < image.height(); y += 3)
    for (int x = 0; x < image.width(); x += 3) seen.insert(image.pixel(x, y));
  return static_cast<int>(seen.size());
}

// An engine that answers by a script, as slowly as the script says.
struct Script {
  std::atomic<int> loads = 0, answers = 0;
  std::chrono::milliseconds pause{5};
  bool fail = false;

  [[nodiscard]] EngineDoor door() {
    return {.load = [this](const EngineOptions&, const Control&) { ++loads; },
            .info =
                [] {
                  return ModelInfo{
                      .path = "scripted", .config = {}, .parameters = 1, .weight_bytes = 2, .dtype = "F32"};
                },
            .open =
                [](const std::filesystem::path& file, const FrameRequest& request, const Control& control) {
                  return OpenedClip{read_clip(file, request, control), std::make_shared<const EncodedMedia>()};
                },
            .answer =
                [this](const Question&, const std::function<void(std::string_view)>& say, const Control& control) {
                  if (fail) throw Error(ErrorKind::Memory, "scripted: no memory");
                  Answer answer;
                  try {
                    for (int i = 0; i < 400; ++i) {
                      control.report(Stage::Generate, static_cast<std::size_t>(i), 400);
                      std::this_thread::sleep_for(pause);
                      say("word ");
                      answer.text += "word ";
                    }
                  } catch (const Cancelled&) {
                    answer.stop = StopReason::Cancelled;
                  }
                  ++answers;
                  return answer;
                }};
  }
};

// Programs of tests register here; `sparsight_app_tests NAME ...` runs one of them with QTest's own arguments.
struct TestProgram {
  const char* name;
  std::function<std::unique_ptr<QObject>()> make;
};
std::vector<TestProgram>& programs();

template <typename Test>
struct Registered {
  explicit Registered(const char* name) {
    programs().push_back({name, [] { return std::make_unique<Test>(); }});
  }
};

}  // namespace sparsight::test
