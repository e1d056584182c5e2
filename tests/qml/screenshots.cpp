// Makes the pictures of docs/images: tools/screenshots names the folder in SPARSIGHT_SCREENSHOTS; without it they are
// not listed.
#include "tests/qml/app_support.h"

namespace sparsight::test {
namespace {

const bool kWanted = qEnvironmentVariableIsSet("SPARSIGHT_SCREENSHOTS");

}  // namespace

class Screenshots : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void first_start();
  void answering();
  void heatmaps_and_a_token();
  void compare();
  void pages();
  void search();
  void dark_large_and_small();
  void an_error();

 private:
  void shoot(const Running& run, const char* name) {
    QTest::mouseMove(run.window, {1, 1});
    save(still(run.window), name);
  }
  void save(const QImage& picture, const char* name) {
    const QString file = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS") + '/' + name + ".png";
    QVERIFY2(picture.save(file), qPrintable(file));
  }
  // The demo clip with a question, in a window of its own.
  std::unique_ptr<Running> asked(bool first_start = false) {
    folder_ = std::make_unique<QTemporaryDir>();
    auto run = std::make_unique<Running>(folder_->filePath("chats.db"), real_engine(), first_start);
    if (!QTest::qWaitForWindowExposed(run->window, kPatience)) return nullptr;
    run->window->setGeometry(0, 0, 1360, 860);
    run->app.openDemo();
    if (!QTest::qWaitFor([&] { return run->app.trace()->hasMedia(); }, kPatience)) return nullptr;
    run->ask(kPictured[0]);
    if (!QTest::qWaitFor([&] { return !run->app.chat()->busy(); }, kPatience)) return nullptr;
    if (run->text(1) != true_answer(kPictured[0])) return nullptr;
    run->app.player()->seek(run->app.trace()->frameTimes().at(3).toDouble());
    return run;
  }
  std::unique_ptr<QTemporaryDir> folder_;
};

void Screenshots::first_start() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"), real_engine(), true);
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  shoot(run, "first-start");
}

void Screenshots::answering() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  QImage picture;
  connect(run.app.trace(), &TraceView::traceChanged, this, [&] {
    if (picture.isNull() && run.app.trace()->layers().size() >= 4) picture = run.window->grabWindow();
  });
  run.ask(kPictured[0]);
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  save(picture, "answering");
}

void Screenshots::heatmaps_and_a_token() {
  const auto run = asked();
  QVERIFY(run != nullptr);
  TraceView& trace = *run->app.trace();
  trace.setMode(TraceView::Score);
  shoot(*run, "heatmap-score");
  trace.setMode(TraceView::Fate);
  shoot(*run, "heatmap-fate");
  for (int i = 0; i < trace.words().size(); ++i)
    if (trace.words().at(i).toMap()["rater"].toBool()) trace.setWord(i);
  trace.setDepth(4);
  shoot(*run, "word");
  trace.setAnswerWord(1);  // what the model looked at when it said it
  trace.setAttentionLayer(3);
  trace.setHead(4);
  shoot(*run, "answer-word");
  // A strategy that merges what it prunes.
  run->app.chat()->newSession();
  run->app.chat()->setStrategy("sparsevlm-v1.5");
  run->ask(kPictured[0]);
  QTRY_VERIFY_WITH_TIMEOUT(!run->app.chat()->busy(), kPatience);
  QCOMPARE(run->text(1), true_answer(kPictured[0]));
  trace.setMode(TraceView::Clusters);
  shoot(*run, "heatmap-clusters");
  trace.setMode(TraceView::Fate);
  trace.select(3, 0.65, 0.72);  // on the star
  shoot(*run, "inspector");
}

void Screenshots::compare() {
  const auto run = asked();
  QVERIFY(run != nullptr);
  run->window->setProperty("comparing", true);
  Comparison& comparison = *run->app.comparison();
  comparison.run();
  QTRY_VERIFY_WITH_TIMEOUT(!comparison.busy() && !comparison.stale(), kPatience);
  comparison.left()->trace()->setDepth(4);
  comparison.left()->trace()->select(comparison.frame(), 0.6, 0.6);
  shoot(*run, "compare");
}

void Screenshots::pages() {
  const auto run = asked();
  QVERIFY(run != nullptr);
  for (const auto& [page, name] :
       {std::pair{"settingsPage", "settings"}, {"modelsPage", "models"}, {"shortcutSheet", "keys"}}) {
    QObject* popup = run->find<QObject>(page);
    QMetaObject::invokeMethod(popup, "open");
    const ModelList& models = *run->app.models();
    QTRY_VERIFY_WITH_TIMEOUT(!models.searching(), kPatience);
    if (name == QLatin1String("models"))
      QTRY_VERIFY(!models.data(models.index(0), ModelList::TimeRole).toString().isEmpty());
    shoot(*run, name);
    QMetaObject::invokeMethod(popup, "close");
    QTRY_VERIFY(!popup->property("visible").toBool());
  }
}

void Screenshots::search() {
  const auto run = asked();
  QVERIFY(run != nullptr);
  for (const QString& question : kPictured.mid(1)) {
    run->app.openDemo();
    QTRY_VERIFY_WITH_TIMEOUT(!run->app.chat()->busy(), kPatience);
    run->ask(question);
    QTRY_VERIFY_WITH_TIMEOUT(!run->app.chat()->busy(), kPatience);
    QCOMPARE(run->text(1), true_answer(question));
  }
  run->find("search")->setProperty("text", "star");
  QTRY_VERIFY(run->app.sessions()->rowCount() > 0);
  shoot(*run, "search");
}

void Screenshots::dark_large_and_small() {
  const auto run = asked();
  QVERIFY(run != nullptr);
  run->app.settings()->setTheme("dark");
  shoot(*run, "dark");
  run->app.settings()->setTheme("system");
  run->window->resize(1024, 640);
  shoot(*run, "smallest");
  run->app.trace()->setAnswerWord(1);
  shoot(*run, "smallest-word");
  run->app.trace()->setAnswerWord(-1);
  run->window->resize(2048, 1280);
  run->app.settings()->setScale(200);
  shoot(*run, "scale-200");
}

void Screenshots::an_error() {
  const auto run = asked();
  QVERIFY(run != nullptr);
  const QString broken = folder_->filePath("holiday.mp4");
  QFile file(broken);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write("not a video");
  file.close();
  run->app.open(broken);
  QTRY_VERIFY_WITH_TIMEOUT(!run->app.notice().isEmpty(), kPatience);
  shoot(*run, "error");
}

const bool registered = kWanted && (Registered<Screenshots>("screenshots"), true);

}  // namespace sparsight::test

#include "screenshots.moc"
