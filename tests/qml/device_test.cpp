// What computes the model: shown in the status bar, chosen in the settings, changed without another start. On the
// emulated GPU, which the settings' folder leads to.
#include "tests/qml/chat_support.h"

#include <QLibrary>

namespace sparsight::test {
namespace {

const QString kEmulator = QStringLiteral(SPARSIGHT_CUDA_EMULATOR_UNCHECKED);

bool show_machine(const Running& run) {
  QMetaObject::invokeMethod(run.find<QObject>("settingsPage"), "show", Q_ARG(QVariant, QString("machine")));
  return QTest::qWaitFor([&] { return run.find("setDevice") != nullptr && run.find("setDevice")->isVisible(); },
                         kPatience);
}

QString status(const Running& run) {
  const QQuickItem* item = run.find("device");
  return item->isVisible() ? item->property("text").toString() : QString();
}

// Texts of the settings' page: what a setting does, or what does not go as set.
QString texts(const Running& run, const char* name) {
  QStringList all;
  for (const QQuickItem* item : visible(run.window->contentItem(), name)) all << item->property("text").toString();
  return all.join('\n');
}

void choose(const Running& run, const char* value) {
  QMetaObject::invokeMethod(run.find("setDevice"), "chosen", Q_ARG(QVariant, QString(value)));
}

}  // namespace

class DeviceTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void a_scripted_engine_names_none();
  void the_device_changes_without_another_start();
  void a_gpu_without_memory_for_a_question_offers_the_processor();
};

void DeviceTest::a_scripted_engine_names_none() {
  const QTemporaryDir folder;
  Script script;
  const Running run(folder.filePath("chats.db"), script.door());
  QTRY_VERIFY(!run.app.loading());
  QVERIFY(status(run).isEmpty());
}

void DeviceTest::the_device_changes_without_another_start() {
  const bool alone = find_cuda_devices().devices.empty();
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  Settings& settings = *run.app.settings();
  QVERIFY(activate(run.window));
  QTRY_VERIFY(!run.app.loading());
  if (alone) QCOMPARE(status(run), "Processor");
  QVERIFY(show_machine(run));
  if (alone) QTRY_VERIFY(texts(run, "settingWhat").contains("No GPU can be used: no NVIDIA driver: "));
  const auto keep = [&](const char* name) {  // for who wants to look at them
    const QString to = qEnvironmentVariable("SPARSIGHT_DEVICE_SHOTS");
    if (!to.isEmpty()) still(run.window).save(QStringLiteral("%1/%2.png").arg(to, name));
  };
  keep("settings-no-gpu");
  const QQuickItem* again = run.find("reloadModel");
  QVERIFY(!again->isEnabled());
  const auto reload = [&] {
    QTRY_VERIFY(again->isEnabled());
    QMetaObject::invokeMethod(run.find("reloadModel"), "clicked");
    QVERIFY(run.app.loading() && status(run).isEmpty());
    QTRY_VERIFY(!run.app.loading());
  };

  // The folder is taken when it has been typed, and its GPU is there to choose.
  run.find("setCudaFolder")->setProperty("text", kEmulator);
  QMetaObject::invokeMethod(run.find("setCudaFolder"), "editingFinished");
  QCOMPARE(settings.cudaFolder(), kEmulator);
  QTRY_VERIFY(run.find("setDevice")->property("model").toStringList().contains("Emulated GPU"));
  QVERIFY(!texts(run, "settingWhat").contains("No GPU can be used"));
  reload();
  QCOMPARE(status(run), "Emulated GPU");
  choose(run, "cuda:0");
  QVERIFY(!again->isEnabled());    // it is already computed there
  settings.setArithmetic("bf16");  // holds there, too
  QVERIFY(again->isEnabled());
  settings.setArithmetic("f32");
  QVERIFY(!again->isEnabled());
  choose(run, "cpu");
  reload();
  QCOMPARE(status(run), "Processor");
  choose(run, "auto");
  reload();
  QCOMPARE(status(run), "Emulated GPU");
  keep("settings-device");

  // What a GPU does not take, the processor can.
  settings.setDevice("cuda:5");
  QTRY_VERIFY(texts(run, "settingNote").contains("GPU 5 cannot be used: it is not there"));
  reload();
  QVERIFY(status(run).isEmpty());
  QTRY_COMPARE(run.app.notice(), "No model is loaded: there is no GPU 5: this machine has one, GPU 0");
  QVERIFY(run.app.offersProcessor());
  QCOMPARE(run.find("notice")->property("action").toString(), "Use the processor");
  keep("notice-device");
  QVERIFY(!texts(run, "settingNote").contains("It was loaded"));
  run.app.dismissNotice();
  QVERIFY(!run.app.offersProcessor());
  // A video waits for a model.
  const Conversation& chat = *run.app.chat();
  run.app.openDemo();
  QTRY_VERIFY(!chat.refused().isEmpty());
  QVERIFY(!chat.refusedByModel());
  QTRY_VERIFY(run.find("fileBanner")->isVisible());
  keep("banner-no-model");
  reload();  // in vain
  QTRY_VERIFY(run.app.offersProcessor());
  QMetaObject::invokeMethod(run.find("notice"), "acted");
  QTRY_VERIFY(!run.app.loading());
  QCOMPARE(status(run), "Processor");
  QCOMPARE(settings.device(), "cpu");
  QVERIFY(run.app.notice().isEmpty() && !run.app.offersProcessor());
  QTRY_VERIFY(run.app.trace()->hasMedia());
  QVERIFY(chat.refused().isEmpty());
}

void DeviceTest::a_gpu_without_memory_for_a_question_offers_the_processor() {
  QLibrary emulator(kEmulator + "/libcuda.so.1");
  const auto set_memory = reinterpret_cast<void (*)(std::size_t)>(emulator.resolve("emulator_set_memory"));
  QVERIFY(set_memory != nullptr);
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  run.app.settings()->setCudaFolder(kEmulator);
  QTRY_VERIFY(!run.app.loading());
  run.app.reloadModel();
  QTRY_COMPARE(status(run), "Emulated GPU");
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  set_memory(1);  // as if other programs had taken it
  run.ask("What happens in the video?");
  QTRY_VERIFY(run.app.notice().contains("not enough memory on the GPU Emulated GPU"));
  set_memory(std::size_t{4} << 30);
  QVERIFY(run.app.offersProcessor());
  QTRY_VERIFY(!run.app.chat()->busy());
  QMetaObject::invokeMethod(run.find("notice"), "acted");
  QTRY_COMPARE(status(run), "Processor");
  QVERIFY(run.app.notice().isEmpty() && !run.app.offersProcessor());
  const int messages = run.app.chat()->rowCount();
  run.ask("What happens in the video?");
  QTRY_VERIFY(run.app.chat()->rowCount() > messages && !run.app.chat()->busy());
  QVERIFY(run.app.notice().isEmpty());
  QVERIFY(!run.text(run.app.chat()->rowCount() - 1).isEmpty());

  // Automatic: a model that does not fit there is loaded on the processor, and the window says why.
  run.app.settings()->setDevice("auto");
  set_memory(1);
  run.app.reloadModel();
  QTRY_COMPARE(status(run), "Processor");
  QTRY_VERIFY(run.app.notice().contains("computed on the processor: not enough memory on the GPU Emulated GPU"));
  set_memory(std::size_t{4} << 30);
  QVERIFY(run.app.reloadNeeded());
  run.app.reloadModel();
  QTRY_COMPARE(status(run), "Emulated GPU");
}

namespace {
const Registered<DeviceTest> registered("device");
}  // namespace

}  // namespace sparsight::test

#include "device_test.moc"
