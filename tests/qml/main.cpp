// Runs the app's tests, each program with totals of its own; the exit status is 1 if anything failed. `--programs` only
// names them.
#include "tests/qml/app_support.h"
#include "tests/qml/private_bus.h"

#include <QGuiApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QQuickStyle>

#include <cstdio>
#include <cstring>

namespace sparsight::test {

std::vector<TestProgram>& programs() {
  static std::vector<TestProgram> list;
  return list;
}

namespace {

QStringList complaints;
QtMessageHandler before = nullptr;  // QTest's own

void take_note(QtMsgType type, const QMessageLogContext& context, const QString& text) {
  if (type != QtDebugMsg && type != QtInfoMsg && text.contains(QLatin1String("qrc:"))) complaints << text;
  if (before != nullptr) before(type, context, text);
}

}  // namespace

QString true_answer(const QString& question, const QString& clip) {
  QFile file(resource("clips/questions.jsonl"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  while (!file.atEnd()) {
    const QJsonObject row = QJsonDocument::fromJson(file.readLine()).object();
    if (row["clip"] == clip && row["question"] == question) return row["answer"].toString();
  }
  return {};
}

// QTest installs its own message handler whenever a program of tests begins.
QStringList& warnings() {
  if (const QtMessageHandler other = qInstallMessageHandler(take_note); other != take_note) before = other;
  return complaints;
}

}  // namespace sparsight::test

int main(int argc, char** argv) {
  using namespace sparsight::test;
  if (argc > 1 && std::strcmp(argv[1], "--programs") == 0) {
    for (const TestProgram& program : programs()) std::puts(program.name);
    return 0;
  }
  qputenv("QT_QPA_PLATFORM", qEnvironmentVariableIsSet("DISPLAY") ? "xcb" : "offscreen");
  qputenv("QT_QUICK_BACKEND", "software");
  QQuickStyle::setStyle("Basic");
  const PrivateBus bus;  // no test speaks to the desktop of who runs it
  QGuiApplication gui(argc, argv);
  const char* only = argc > 1 && argv[1][0] != '-' ? argv[1] : nullptr;
  int ran = 0, failed = 0;
  for (const TestProgram& program : programs()) {
    if (only != nullptr && std::strcmp(only, program.name) != 0) continue;
    ++ran;
    const std::unique_ptr<QObject> test = program.make();
    const int skip = only != nullptr ? 1 : 0;
    std::vector<char*> arguments{argv[0]};
    arguments.insert(arguments.end(), argv + 1 + skip, argv + argc);
    failed += QTest::qExec(test.get(), static_cast<int>(arguments.size()), arguments.data());
  }
  if (ran == 0) std::fprintf(stderr, "no program of tests is called %s\n", only == nullptr ? "anything" : only);
  return failed == 0 && ran > 0 ? 0 : 1;
}
