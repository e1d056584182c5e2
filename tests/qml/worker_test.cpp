// The worker's queue: jobs in their order, stops that are never lost, other kinds of work.
#include "tests/qml/app_support.h"

#include "core/base/resources.h"
#include "core/model/model_identity.h"
#include "kernels/backends.h"

namespace sparsight::test {

class WorkerTest : public QObject {
  Q_OBJECT

 private slots:
  void other_work_is_done_in_its_turn();
  void work_that_fails_or_is_stopped();
  void the_hash_of_a_model_comes_after_it_is_loaded();
};

void WorkerTest::other_work_is_done_in_its_turn() {
  Script script;
  Worker worker(script.door());
  QSignalSpy done(&worker, &Worker::done), progressed(&worker, &Worker::progressed);
  const auto first = worker.carry_out([](const Control& control) {
    control.report(Stage::Film, 1, 2);
    return QStringLiteral("one");
  });
  const auto second = worker.carry_out([](const Control&) { return QStringLiteral("two"); });
  QTRY_COMPARE_WITH_TIMEOUT(done.size(), 2, kPatience);
  QCOMPARE(done[0], (QVariantList{first, "one"}));
  QCOMPARE(done[1], (QVariantList{second, "two"}));
  QCOMPARE(progressed.size(), 1);
}

void WorkerTest::work_that_fails_or_is_stopped() {
  Script script;
  Worker worker(script.door());
  QSignalSpy done(&worker, &Worker::done), failed(&worker, &Worker::failed), stopped(&worker, &Worker::stopped);
  std::atomic<bool> began = false;
  const auto running = worker.carry_out([&](const Control& control) -> QString {
    began = true;
    for (;;) {
      control.report(Stage::Pictures, 0, 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const auto waiting = worker.carry_out([](const Control&) { return QStringLiteral("never"); });
  worker.stop(waiting);
  QTRY_COMPARE_WITH_TIMEOUT(stopped.size(), 1, kPatience);
  QCOMPARE(stopped[0][0].toULongLong(), waiting);
  QTRY_VERIFY_WITH_TIMEOUT(began.load(), kPatience);
  worker.stop(running);
  QTRY_COMPARE_WITH_TIMEOUT(stopped.size(), 2, kPatience);
  QCOMPARE(stopped[1][0].toULongLong(), running);
  (void)worker.carry_out([](const Control&) -> QString { fail(ErrorKind::File, "scripted: no room"); });
  QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kPatience);
  QCOMPARE(failed[0][1].toString(), QStringLiteral("scripted: no room"));
  (void)worker.carry_out([](const Control&) -> QString { throw std::bad_alloc(); });
  QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 2, kPatience);
  QVERIFY(done.isEmpty());
}

void WorkerTest::the_hash_of_a_model_comes_after_it_is_loaded() {
  const std::filesystem::path demo = resource_dir() / "models" / "sparsight-demo";
  Worker worker(real_engine());
  QStringList heard;
  connect(&worker, &Worker::loaded, this, [&](quint64 job) { heard << QStringLiteral("loaded %1").arg(job); });
  connect(&worker, &Worker::identified, this,
          [&](quint64 job, const QString& hash) { heard << QStringLiteral("%1 %2").arg(job).arg(hash); });
  const auto job = worker.load({.model = demo, .backend = cpu_backend()});
  QTRY_COMPARE_WITH_TIMEOUT(heard.size(), 2, kPatience);
  QCOMPARE(heard[0], QStringLiteral("loaded %1").arg(job));
  QCOMPARE(heard[1], QStringLiteral("%1 %2").arg(job).arg(QString::fromStdString(model_hash(demo))));

  // One that is known before loading is done, and one that comes after the worker is gone.
  Script script;
  EngineDoor door = script.door();
  std::function<void(const std::string&)> tell;
  door.load = [&](const EngineOptions& options, const Control&) {
    tell = options.on_hash;
    tell("early");
  };
  heard.clear();
  {
    Worker scripted(door);
    connect(&scripted, &Worker::loaded, this, [&] { heard << QStringLiteral("loaded"); });
    connect(&scripted, &Worker::identified, this, [&](quint64, const QString& hash) { heard << hash; });
    (void)scripted.load({.model = "scripted", .backend = cpu_backend()});
    QTRY_COMPARE_WITH_TIMEOUT(heard, (QStringList{"loaded", "early"}), kPatience);
  }
  tell("late");
  QCOMPARE(heard.size(), 2);
}

namespace {
const Registered<WorkerTest> registered("worker");
}  // namespace

}  // namespace sparsight::test

#include "worker_test.moc"
