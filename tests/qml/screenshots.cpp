// Makes the pictures of docs/images: tools/screenshots names the folder in SPARSIGHT_SCREENSHOTS; without it they are
// not listed.
#include "tests/qml/app_support.h"

#include <QDateTime>

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
  void sections();
  void compare_many();
  void search();
  void dark_large_and_small();
  void a_4k_screen();
  void an_error();
  void many_sessions();
  void batch();

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

void Screenshots::sections() {
  const auto run = asked();
  QVERIFY(run != nullptr);
  QObject* page = run->find<QObject>("settingsPage");
  for (const auto& [section, name] : {std::pair{"answers", "settings-answers"},
                                      {"machine", "settings-machine"},
                                      {"data", "settings-data"},
                                      {"about", "about"}}) {
    QMetaObject::invokeMethod(page, "show", Q_ARG(QVariant, QString(section)));
    QTRY_VERIFY(page->property("opened").toBool() && !run->app.places()->measuring());
    shoot(*run, name);
  }
}

void Screenshots::compare_many() {
  const auto run = asked();
  QVERIFY(run != nullptr);
  run->window->setProperty("comparing", true);
  QMetaObject::invokeMethod(run->find("compareMany"), "clicked");
  ComparisonGrid& grid = *run->app.comparison()->grid();
  grid.run();
  QTRY_VERIFY_WITH_TIMEOUT(!grid.busy() && !grid.stale(), kPatience);
  grid.first()->setDepth(4);
  shoot(*run, "compare-many");
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

void Screenshots::a_4k_screen() {
  const auto run = asked();
  QVERIFY(run != nullptr);
  run->window->resize(3840, 2160);
  shoot(*run, "4k");
  run->app.settings()->setScale(200);
  shoot(*run, "4k-200");
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

void Screenshots::many_sessions() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  constexpr std::int64_t kHour = 3'600'000;
  const std::int64_t now = QDateTime::currentMSecsSinceEpoch();
  {
    ChatStore store = ChatStore::open(database.toStdString());
    int n = 0;
    for (const auto& [question, hours] : {std::pair{"Which way does the star go?", 0},
                                          {"How many objects do you see?", 1},
                                          {"Is the ring red?", 2},
                                          {"What happens in the video?", 25},
                                          {"Where is the square at the end?", 27},
                                          {"Who comes first?", 80},
                                          {"What is behind the triangle?", 300},
                                          {"Does anything change its colour?", 2000}}) {
      const std::string clip = resource(n % 2 == 0 ? "clips/crossing.mp4" : "clips/trio.mp4").toStdString();
      const SessionId id = store.add_session({.title = question,
                                              .created_ms = now - hours * kHour,
                                              .updated_ms = now - hours * kHour,
                                              .media = describe_media(clip)});
      for (int i = 0; i <= n % 3; ++i) {
        (void)store.add_message(id, {.text = question, .created_ms = 1});
        (void)store.add_message(id, {.role = MessageRole::Answer, .text = "To the left.", .created_ms = 1});
      }
      if (n % 3 == 1) store.set_tag(id, "shapes");
      if (n == 4) store.set_tag(id, "to check");
      ++n;
    }
    store.pin_session(4, true);
  }
  Running run(database);
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.window->setGeometry(0, 0, 1440, 900);
  run.app.chat()->openSession(run.app.sessions()->idAt(1));
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  shoot(run, "many-sessions");
  run.app.sessions()->toggleSelected(2);
  run.app.sessions()->toggleSelected(3);
  run.app.settings()->setTheme("dark");
  shoot(run, "many-selected");
  run.app.settings()->setTheme("light");
  run.app.settings()->setLanguage("de");
  run.window->resize(1024, 640);
  run.window->setProperty("sessionsAsked", true);
  shoot(run, "many-small");
  QMetaObject::invokeMethod(run.find("tagSelected"), "clicked");
  shoot(run, "many-tags");
}

void Screenshots::batch() {
  const auto run = asked();
  QVERIFY(run != nullptr);
  auto* page = run->find<QObject>("batchPage");
  QMetaObject::invokeMethod(page, "open");
  run->app.batch()->find({resource("clips/crossing.mp4"), resource("clips/trio.mp4")});
  run->find("batchQuestions")->setProperty("text", kPictured.join('\n'));
  QTRY_VERIFY(run->find("batchBegin")->isEnabled());
  shoot(*run, "batch-form");
  QMetaObject::invokeMethod(run->find("batchBegin"), "clicked");
  QTRY_VERIFY_WITH_TIMEOUT(run->app.batch()->done() >= 3, kPatience);
  save(run->window->grabWindow(), "batch-running");
  QTRY_COMPARE_WITH_TIMEOUT(run->app.batch()->done(), 6, kPatience);
  run->app.settings()->setTheme("dark");
  run->window->resize(1024, 640);
  shoot(*run, "batch");
}

const bool registered = kWanted && (Registered<Screenshots>("screenshots"), true);

}  // namespace sparsight::test

#include "screenshots.moc"
