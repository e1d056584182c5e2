// With too little memory, or no more threads, the app ends with exit code 6, or reports it in place of the answer and
// goes on. The linker redirects calls of aligned_alloc, which tensors use, to this file.
#include "tests/qml/app_support.h"

#include <QProcess>

#include <sys/resource.h>

#include <atomic>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

namespace {
std::atomic<bool> tensors_are_refused{false};
}  // namespace

extern "C" void* __real_aligned_alloc(std::size_t alignment, std::size_t bytes);
extern "C" void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return tensors_are_refused ? nullptr : __real_aligned_alloc(alignment, bytes);
}

namespace sparsight::test {

class MemoryTest : public QObject {
  Q_OBJECT

 private slots:
  void at_the_start();
  void while_answering();
};

void MemoryTest::at_the_start() {
  if (kSanitized) QSKIP("sanitizers need more address space than any limit here leaves");
  // Stacks so large that the address space has no room for a thread.
  const QTemporaryDir folder;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
    environment.insert(name, folder.path());
  environment.insert("QT_QPA_PLATFORM", "offscreen");
  environment.insert("QT_QUICK_BACKEND", "software");
  QProcess program;
  program.setProcessEnvironment(environment);
  program.setChildProcessModifier([] {
    constexpr rlim_t kGiB = rlim_t{1} << 30;
    const rlimit stack{8 * kGiB, RLIM_INFINITY}, all{4 * kGiB, 4 * kGiB};
    setrlimit(RLIMIT_STACK, &stack);
    setrlimit(RLIMIT_AS, &all);
  });
  program.start(QStringLiteral(SPARSIGHT_PROGRAM), {"--database", folder.filePath("chats.db")});
  QTRY_COMPARE(program.state(), QProcess::NotRunning);
  const QString words = QString::fromUtf8(program.readAllStandardError());
  QVERIFY2(program.exitStatus() == QProcess::NormalExit, qPrintable(words));
  QVERIFY2(program.exitCode() == 6, qPrintable(words));
  QVERIFY2(words.contains("not enough memory, or no further thread can be started"), qPrintable(words));
}

void MemoryTest::while_answering() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  tensors_are_refused = true;
  run.ask("Which way does the star go?");
  const bool over = QTest::qWaitFor(
      [&] {
        return run.app.chat()->rowCount() == 2 && !run.app.chat()->busy() &&
               run.get(1, Conversation::StateRole).toString() != "writing";
      },
      kPatience);
  tensors_are_refused = false;
  QVERIFY(over);
  QCOMPARE(run.get(1, Conversation::StateRole).toString(), QStringLiteral("failed"));
  QVERIFY(run.get(1, Conversation::LineRole).toString().contains("not enough memory"));
  // Memory is available again.
  run.ask("Which way does the star go?");
  QTRY_VERIFY(run.app.chat()->rowCount() == 4 && !run.app.chat()->busy());
  QCOMPARE(run.text(3), true_answer("Which way does the star go?"));
}

namespace {
const Registered<MemoryTest> registered("memory");
}  // namespace

}  // namespace sparsight::test

#include "memory_test.moc"
