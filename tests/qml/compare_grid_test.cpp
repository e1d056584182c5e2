// One question under many settings: which runs, asked one after the other, the table, the pictures; and where the time
// of an answer went.
#include "app/tokens/answer_times.h"
#include "app/tokens/comparison_grid.h"
#include "tests/qml/chat_support.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

namespace sparsight::test {
namespace {

QVariant cell(ComparisonGrid& grid, int row, int role) { return grid.data(grid.index(row), role); }

QStringList column(ComparisonGrid& grid, int role) {
  QStringList values;
  for (int row = 0; row < grid.rowCount(); ++row) values << cell(grid, row, role).toString();
  return values;
}

TraceView& view(ComparisonGrid& grid, int row) {
  return *cell(grid, row, ComparisonGrid::TraceRole).value<TraceView*>();
}

// A chat about the demo clip with one answer.
bool prepare(Running& run) {
  run.app.openDemo();
  if (!QTest::qWaitFor([&] { return run.app.trace()->hasMedia(); }, kPatience)) return false;
  run.ask("Which way does the star move?");
  return QTest::qWaitFor([&] { return !run.app.chat()->busy() && run.app.chat()->rowCount() == 2; }, kPatience);
}

}  // namespace

class CompareGridTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void agreement_counts_tokens_in_order();
  void runs_are_chosen();
  void the_usual_five_in_the_window();
  void pictures_and_rows_belong_together();
  void runs_are_told_apart();
  void other_runs_keep_what_is_there();
  void runs_stop_fail_and_go_on();
  void questions_come_in_between();
  void a_table_for_spreadsheets();
  void the_time_of_an_answer_adds_up();
  void the_line_of_times_can_be_pointed_at();
};

void CompareGridTest::agreement_counts_tokens_in_order() {
  const auto agree = [](const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
    return token_agreement(a, b);
  };
  QCOMPARE(agree({}, {}), 1.0);
  QCOMPARE(agree({1}, {}), 0.0);
  QCOMPARE(agree({1, 2, 3, 4}, {1, 2, 3, 4}), 1.0);
  QCOMPARE(agree({1, 2, 3, 4}, {1, 9, 3, 4}), 0.75);
  QCOMPARE(agree({1, 2, 3, 4}, {1, 2, 8, 9, 3, 4}), 4.0 / 6);
  QCOMPARE(agree({1, 2}, {2, 1}), 0.5);
}

void CompareGridTest::runs_are_chosen() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QTRY_VERIFY(!run.app.loading());
  QVERIFY(prepare(run));
  ComparisonGrid& grid = *run.app.comparison()->grid();
  QCOMPARE(
      column(grid, ComparisonGrid::SettingRole),
      QStringList({"Off", "sparsevlm-plus · 25 %", "sparsevlm-plus · 12.5 %", "fastv · 25 %", "visionzip · 25 %"}));
  QCOMPARE(grid.strategies(), QStringList({"sparsevlm-plus", "fastv", "visionzip"}));
  QCOMPARE(grid.budgets(), QStringLiteral("25%, 12.5%"));
  QCOMPARE(grid.choose({"fastv", "none", "random"}, " 50% ,10%,, 50%"), QString());
  QCOMPARE(column(grid, ComparisonGrid::SettingRole),
           QStringList({"Off", "fastv · 50 %", "fastv · 10 %", "random · 50 %", "random · 10 %"}));
  QCOMPARE(grid.choose({"fastv"}, ""), QString());
  QCOMPARE(column(grid, ComparisonGrid::SettingRole), QStringList({"Off", "fastv · as published"}));
  QVERIFY(grid.choose({"fastv"}, "much").contains("much"));
  QVERIFY(grid.choose(ComparisonGrid::allStrategies(), "1%, 2%, 3%").contains("too many"));
  QCOMPARE(grid.wouldRun(ComparisonGrid::allStrategies(), "1%, 2%, 3%"), 0);
  QCOMPARE(grid.wouldRun({"fastv"}, "1%, 2%, 3%"), 4);
  QCOMPARE(grid.rowCount(), 2);  // nothing changed
  grid.chooseUsual();
  QCOMPARE(grid.rowCount(), 5);
}

void CompareGridTest::the_usual_five_in_the_window() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  QVERIFY(prepare(run));
  ComparisonGrid& grid = *run.app.comparison()->grid();
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  QTRY_VERIFY(run.find("compareMany")->isVisible());
  click(run.find("compareMany"));
  QTRY_VERIFY(run.find("runTable") != nullptr && run.find("runTable")->isVisible());
  QVERIFY(grid.stale() && !grid.busy());
  QVERIFY(run.find("runComparison")->isEnabled());
  double last = 0;
  QStringList states;
  connect(&grid, &ComparisonGrid::progressChanged, this, [&] {
    QVERIFY(grid.share() >= last || !grid.busy());
    last = grid.share();
    const int now = static_cast<int>(column(grid, ComparisonGrid::StateRole).count("running"));
    QVERIFY(now <= 1);  // one after the other
    states << grid.progress();
  });
  click(run.find("runComparison"));
  QVERIFY(grid.busy());
  QCOMPARE(run.find("runComparison")->property("text").toString(), QStringLiteral("Stop"));
  QTRY_VERIFY(!grid.busy());
  grid.disconnect(this);
  QVERIFY(!states.filter("3 of 5").isEmpty());
  QCOMPARE(column(grid, ComparisonGrid::StateRole), QStringList(5, "done"));
  QCOMPARE(run.app.chat()->rowCount(), 2);  // the chat is unchanged

  // The figures are those of the traces.
  QCOMPARE(cell(grid, 0, ComparisonGrid::TokensRole).toString(), QStringLiteral("2,056"));
  QCOMPARE(cell(grid, 0, ComparisonGrid::AgreementRole).toString(), QString());
  for (int row = 0; row < 5; ++row) {
    const Trace& trace = *view(grid, row).trace();
    QCOMPARE(cell(grid, row, ComparisonGrid::SavedRole).toString(),
             QStringLiteral("%1 %").arg(std::lround(100 * trace.flops_saved())));
    const bool same = cell(grid, row, ComparisonGrid::AnswerRole) == cell(grid, 0, ComparisonGrid::AnswerRole);
    QCOMPARE(cell(grid, row, ComparisonGrid::SameRole).toBool(), same);
    if (row > 0)
      QCOMPARE(cell(grid, row, ComparisonGrid::AgreementRole).toString() == QLatin1String("the same words"), same);
    QVERIFY(cell(grid, row, ComparisonGrid::TimeRole).toString().endsWith(" s"));
  }
  // The same setting in the chat has the same answer.
  QCOMPARE(cell(grid, 1, ComparisonGrid::AnswerRole).toString(), run.text(1));
}

void CompareGridTest::pictures_and_rows_belong_together() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  QVERIFY(prepare(run));
  Comparison& comparison = *run.app.comparison();
  ComparisonGrid& grid = *comparison.grid();
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  QTRY_VERIFY(run.find("compareMany")->isVisible());
  click(run.find("compareMany"));
  grid.run();
  QTRY_VERIFY(!grid.busy() && !grid.stale());
  // One depth, one frame, one token, in all pictures.
  view(grid, 2).setDepth(4);
  for (int row = 0; row < 5; ++row) QCOMPARE(view(grid, row).depth(), 4);
  view(grid, 0).select(2, 0.5, 0.5);
  for (int row = 0; row < 5; ++row) QCOMPARE(view(grid, row).token()["frame"].toInt(), 3);
  comparison.setFrame(5);
  lay_out(run.window);
  const auto overlays = visible(run.window->contentItem(), "cellOverlay");
  QCOMPARE(overlays.size(), 5);
  for (const QQuickItem* overlay : overlays) {
    QCOMPARE(overlay->property("frame").toInt(), 5);
    QVERIFY(overlay->width() > 60);
  }
  // A row shows its run large, and again all of them.
  QVERIFY(visible(run.window->contentItem(), "largeCell").isEmpty());
  QQuickItem* row = visible(run.window->contentItem(), "runRow").at(2);
  QTest::mouseClick(run.window, Qt::LeftButton, {}, row->mapToScene({row->width() / 2, row->height() / 2}).toPoint());
  QTRY_COMPARE(visible(run.window->contentItem(), "largeCell").size(), 1);
  lay_out(run.window);
  const QQuickItem* large = visible(run.window->contentItem(), "largeCell").first();
  QCOMPARE(large->property("setting").toString(), cell(grid, 2, ComparisonGrid::SettingRole).toString());
  QVERIFY(all(run.window->contentItem(), "largeCell").size() == 5);
  run.find("runTable")->forceActiveFocus(Qt::TabFocusReason);
  QTest::keyClick(run.window, Qt::Key_Down);
  QTest::keyClick(run.window, Qt::Key_Return);
  QTRY_COMPARE(visible(run.window->contentItem(), "largeCell").first()->property("setting").toString(),
               cell(grid, 3, ComparisonGrid::SettingRole).toString());
  click(run.find("allRuns"));
  QTRY_VERIFY(visible(run.window->contentItem(), "largeCell").isEmpty());
}

void CompareGridTest::runs_are_told_apart() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  run.window->setGeometry(0, 0, 1024, 640);
  QVERIFY(prepare(run));
  ComparisonGrid& grid = *run.app.comparison()->grid();
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  QTRY_VERIFY(run.find("compareMany")->isVisible());
  click(run.find("compareMany"));
  grid.run();
  QTRY_VERIFY(!grid.busy() && !grid.stale());
  lay_out(run.window);
  QStringList names;
  for (const QQuickItem* name : visible(run.window->contentItem(), "cellSetting"))
    names << name->property("text").toString().section(" · ", 0, 0);
  names.sort();
  QCOMPARE(names, QStringList({"12.5 %", "25 %", "25 %", "25 %", "Off"}));
  // What does not fit has a tool tip.
  for (const char* name : {"runSetting", "runAnswer"}) {
    bool any = false;
    for (QQuickItem* item : visible(run.window->contentItem(), name)) {
      if (any || !item->property("truncated").toBool()) continue;
      any = true;
      QTest::mouseMove(run.window, {1, 1});
      QTest::mouseMove(run.window, item->mapToScene({item->width() / 2, item->height() / 2}).toPoint());
      const QObject* tip = nullptr;
      for (const QObject* object : run.window->findChildren<QObject*>())
        if (object->property("within").isValid() && object->property("tip").isValid())
          tip = object->property("tip").value<QObject*>();
      QVERIFY(tip != nullptr);
      QTRY_VERIFY(tip->property("visible").toBool());
      QCOMPARE(tip->property("text").toString(), item->property("text").toString());
    }
    if (QLatin1String(name) == QLatin1String("runAnswer")) QVERIFY(any);
  }
  // The copy is told.
  click(run.find("copyTable"));
  QCOMPARE(QGuiApplication::clipboard()->text(), grid.csv());
  QQuickItem* toast = run.find("toast");
  QTRY_VERIFY(toast->isVisible());
  QCOMPARE(toast->property("text").toString(), QStringLiteral("Copied"));
  QVERIFY(!run.find("showNews")->isVisible());
  if (const QString to = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS"); !to.isEmpty())
    still(run.window).save(to + "/grid-small.png");
  QTRY_VERIFY(!toast->isVisible());
}

void CompareGridTest::other_runs_keep_what_is_there() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  QVERIFY(prepare(run));
  ComparisonGrid& grid = *run.app.comparison()->grid();
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  QTRY_VERIFY(run.find("compareMany")->isVisible());
  click(run.find("compareMany"));
  grid.run();
  QTRY_VERIFY(!grid.busy() && !grid.stale());
  QQuickItem* choose = run.find("chooseRuns");
  click(choose);
  QObject* sheet = run.find<QObject>("runChoice");
  QTRY_VERIFY(sheet->property("opened").toBool());
  run.find("runBudgets")->setProperty("text", "25%");
  lay_out(run.window);
  for (QQuickItem* button : visible(run.window->contentItem(), "strategy-visionzip")) {
    button->setProperty("checked", false);
    QMetaObject::invokeMethod(button, "toggled");
  }
  for (QQuickItem* button : visible(run.window->contentItem(), "agree")) click(button);
  QTRY_VERIFY(!sheet->property("visible").toBool());
  QCOMPARE(column(grid, ComparisonGrid::SettingRole), QStringList({"Off", "sparsevlm-plus · 25 %", "fastv · 25 %"}));
  QCOMPARE(column(grid, ComparisonGrid::StateRole), QStringList(3, "done"));
  QVERIFY(!grid.stale());
  QCOMPARE(run.find("runComparison")->property("text").toString(), QStringLiteral("Run again"));
  // Another question is another comparison.
  run.ask("How many objects are there?");
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 4);
  QCOMPARE(column(grid, ComparisonGrid::StateRole), QStringList(3, "waiting"));
  QVERIFY(column(grid, ComparisonGrid::AnswerRole).join("").isEmpty());
}

void CompareGridTest::runs_stop_fail_and_go_on() {
  RecordingEngine engine;
  engine.script.pause = std::chrono::milliseconds(0);
  Talk talk(engine.door());
  Comparison comparison(talk.worker, talk.chat);
  ComparisonGrid& grid = *comparison.grid();
  grid.run();
  QVERIFY(!grid.busy());  // no video, no question
  auto media = std::make_shared<OpenedMedia>();
  media->clip = read_clip(resource("clips/crossing.mp4").toStdString());
  media->encoded = std::make_shared<const EncodedMedia>();
  comparison.set_media(media);
  talk.chat.ask("Anything?");
  QTRY_VERIFY(!talk.chat.busy() && talk.chat.rowCount() == 2);
  QCOMPARE(grid.choose({"fastv"}, "50%, 25%"), QString());
  engine.hold = true;
  grid.run();
  QTRY_COMPARE(cell(grid, 0, ComparisonGrid::AnswerRole).toString(), QStringLiteral("begun "));
  grid.stop();
  QTRY_VERIFY(!grid.busy());
  QCOMPARE(column(grid, ComparisonGrid::StateRole), QStringList(3, "stopped"));
  QVERIFY(grid.stale());
  engine.hold = false;
  engine.script.fail = true;
  grid.run();
  QTRY_VERIFY(!grid.busy());
  QCOMPARE(column(grid, ComparisonGrid::StateRole), QStringList(3, "failed"));
  QVERIFY(cell(grid, 1, ComparisonGrid::ErrorRole).toString().contains("no memory"));
  QVERIFY(grid.csv().contains("no memory"));
  engine.script.fail = false;
  grid.run();
  QTRY_VERIFY(!grid.busy());
  QCOMPARE(column(grid, ComparisonGrid::StateRole), QStringList(3, "done"));
  QCOMPARE(cell(grid, 1, ComparisonGrid::AgreementRole).toString(), QStringLiteral("the same words"));
  // Once more, all of them.
  const auto before = engine.asked().size();
  grid.run();
  QTRY_VERIFY(!grid.busy());
  QCOMPARE(engine.asked().size(), before + 3);
  const auto asked = engine.asked();
  QCOMPARE(std::vector(asked.end() - 3, asked.end()), (std::vector<std::string>{"", "50%", "25%"}));
  // The clip goes while a run runs: its rest is not waited for.
  engine.hold = true;
  grid.run();
  QTRY_COMPARE(cell(grid, 0, ComparisonGrid::AnswerRole).toString(), QStringLiteral("begun "));
  comparison.set_media(nullptr);
  QVERIFY(!grid.busy());
  engine.hold = false;
  QVERIFY(column(grid, ComparisonGrid::AnswerRole).join("").isEmpty());
}

void CompareGridTest::questions_come_in_between() {
  RecordingEngine engine;
  engine.script.pause = std::chrono::milliseconds(0);
  Talk talk(engine.door());
  Comparison comparison(talk.worker, talk.chat);
  ComparisonGrid& grid = *comparison.grid();
  auto media = std::make_shared<OpenedMedia>();
  media->clip = read_clip(resource("clips/crossing.mp4").toStdString());
  media->encoded = std::make_shared<const EncodedMedia>();
  comparison.set_media(media);
  talk.chat.ask("First?");
  QTRY_VERIFY(!talk.chat.busy() && talk.chat.rowCount() == 2);
  engine.hold = true;
  grid.run();
  QTRY_COMPARE(cell(grid, 0, ComparisonGrid::AnswerRole).toString(), QStringLiteral("begun "));
  talk.chat.ask("Second?");
  QTRY_COMPARE(talk.chat.rowCount(), 4);
  engine.hold = false;
  QTRY_VERIFY(!grid.busy() && !talk.chat.busy());
  // The second question was asked after the first run, not after all of them.
  const std::vector<std::string> texts = engine.texts();
  const auto second = std::ranges::find(texts, "Second?") - texts.begin();
  QCOMPARE(second, 2);
}

void CompareGridTest::a_table_for_spreadsheets() {
  EngineDoor door = Script().door();
  door.load = [](const EngineOptions&, const Control&) {};
  door.answer = [](const Question& question, const std::function<void(std::string_view)>&, const Control&) {
    Answer answer;
    const bool unpruned = question.pruning.strategy == "none";
    answer.text = std::string(unpruned ? "=1+1, \"so\"\nit is" : "no");
    answer.generated_ids = {1, 2};
    if (unpruned) answer.generated_ids = {1, 2, 3, 4};
    answer.first_token_ms = 1234;
    answer.timings.prefill = 1000;
    answer.timings.generate = 500;
    return answer;
  };
  Talk talk(door);
  Comparison comparison(talk.worker, talk.chat);
  ComparisonGrid& grid = *comparison.grid();
  auto media = std::make_shared<OpenedMedia>();
  media->clip = read_clip(resource("clips/crossing.mp4").toStdString());
  media->encoded = std::make_shared<const EncodedMedia>();
  comparison.set_media(media);
  talk.chat.ask("Anything?");
  QTRY_VERIFY(!talk.chat.busy() && talk.chat.rowCount() == 2);
  QCOMPARE(grid.choose({"fastv"}, "50%"), QString());
  grid.run();
  QTRY_VERIFY(!grid.busy());
  QCOMPARE(grid.csv(),
           QStringLiteral(
               "strategy,budget,answer,same_words,token_agreement,tokens,flops_saved,first_word_s,time_s,error\r\n"
               "none,,\"'=1+1, \"\"so\"\"\nit is\",yes,1.0000,,,1.234,1.500,\r\n"
               "fastv,50%,no,no,0.5000,,,1.234,1.500,\r\n"));
  QCOMPARE(cell(grid, 1, ComparisonGrid::AgreementRole).toString(), QStringLiteral("50 %"));
}

void CompareGridTest::the_time_of_an_answer_adds_up() {
  Trace trace;
  trace.source.layers = 3;
  trace.layers = {{.tokens = 9, .ms = 10}, {.tokens = 9, .ms = 20}, {.tokens = 4, .ms = 5}};
  TraceStep before;
  before.ms = 3;
  TraceStep after;
  after.layer = 1;
  after.ms = 2;
  trace.steps = {before, after};
  const auto kinds = [](const QVariantList& parts) {
    QStringList names;
    double at = 0;
    for (const QVariant& part : parts) {
      names << part.toMap()["kind"].toString();
      if (std::abs(part.toMap()["from"].toDouble() - at) > 1e-9) return QStringList{"a gap"};
      at += part.toMap()["share"].toDouble();
    }
    return std::abs(at - 1) < 1e-9 ? names : QStringList{"not whole"};
  };
  const QVariantList whole =
      time_parts(trace, R"({"generated_tokens": 4, "times": {"encode_ms": 40, "prefill_ms": 50, "generate_ms": 20}})");
  QCOMPARE(kinds(whole), QStringList({"encode", "pruning", "layer", "layer", "pruning", "layer", "other", "words"}));
  QCOMPARE(whole.at(3).toMap()["share"].toDouble(), 20.0 / 110);
  QCOMPARE(whole.at(6).toMap()["time"].toString(), QStringLiteral("10 ms"));
  QVERIFY(whole.at(7).toMap()["name"].toString().contains("4 tokens, about 5.0 ms each"));
  // While it is being written, and with details that say nothing or nonsense.
  for (const char* details : {"{}", "", "[]", R"({"times": {"prefill_ms": -5, "generate_ms": "soon"}})"})
    QCOMPARE(kinds(time_parts(trace, details)), QStringList({"pruning", "layer", "layer", "pruning", "layer"}));
  QVERIFY(time_parts({}, "{}").isEmpty());
}

void CompareGridTest::the_line_of_times_can_be_pointed_at() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  QVERIFY(run.app.times()->parts().isEmpty());
  QVERIFY(prepare(run));
  const QVariantList parts = run.app.times()->parts();
  QStringList kinds;
  for (const QVariant& part : parts) kinds << part.toMap()["kind"].toString();
  QCOMPARE(kinds.count("layer"), static_cast<int>(run.app.trace()->trace()->layers.size()));
  QVERIFY(kinds.contains("encode") && kinds.contains("words") && !run.app.times()->total().isEmpty());
  // On its own in a window.
  QQmlComponent component(&run.qml);
  component.setData("import QtQuick\nimport Sparsight\nAnswerTimeline { width: 600; height: 16 }",
                    QUrl("qrc:/qt/qml/Sparsight/line.qml"));
  QTRY_VERIFY(!component.isLoading());
  QVERIFY2(component.isReady(), qPrintable(component.errorString()));
  const std::unique_ptr<QObject> made(
      component.createWithInitialProperties({{"times", QVariant::fromValue(run.app.times())}}));
  QVERIFY2(made != nullptr, qPrintable(component.errorString()));
  auto* line = qobject_cast<QQuickItem*>(made.get());
  line->setParentItem(run.window->contentItem());
  line->setZ(100);
  lay_out(run.window);
  QVERIFY(line->isVisible());
  const auto said = [&] { return line->property("said").toString(); };
  const auto point_at = [&](int part) {
    const QVariantMap at = parts.at(part).toMap();
    const double x = 600 * (at["from"].toDouble() + at["share"].toDouble() / 2);
    QTest::mouseMove(run.window, line->mapToScene({x, 8}).toPoint());
  };
  const int words = static_cast<int>(kinds.indexOf("words")), encode = static_cast<int>(kinds.indexOf("encode"));
  point_at(encode);
  QTRY_COMPARE(said(),
               parts.at(encode).toMap()["name"].toString() + ": " + parts.at(encode).toMap()["time"].toString());
  point_at(words);
  QTRY_VERIFY(said().startsWith(parts.at(words).toMap()["name"].toString()));
  if (const QString pictures = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS"); !pictures.isEmpty())
    run.window->grabWindow().copy(0, 0, 700, 60).save(pictures + "/answer-timeline.png");
  QTest::mouseMove(run.window, {300, 300});
  QTRY_VERIFY(said().isEmpty());
  line->forceActiveFocus(Qt::TabFocusReason);
  QTest::keyClick(run.window, Qt::Key_Right);
  QTest::keyClick(run.window, Qt::Key_Right);
  QVERIFY(said().startsWith(parts.at(1).toMap()["name"].toString()));
  // Without a shown answer there is no line.
  run.app.chat()->newSession();
  QVERIFY(run.app.times()->parts().isEmpty() && !line->isVisible());
}

namespace {
const Registered<CompareGridTest> registered("compare_grid");
}  // namespace

}  // namespace sparsight::test

#include "compare_grid_test.moc"
