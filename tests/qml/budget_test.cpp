// The pruning of a session: it belongs to the session, every figure says what it counts, and accuracy and suggestions
// fit what is shown.
#include "tests/qml/chat_support.h"

#include <cmath>

namespace sparsight::test {

class BudgetTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void it_belongs_to_the_session();
  void there_is_a_way_back();
  void new_sessions_start_with_the_settings();
  void every_figure_says_what_it_counts();
  void accuracy_is_shown_where_it_was_measured();
  void a_part_has_general_questions();
};

namespace {

// The window with one of our clips and an answer about it.
struct OneAnswer : Running {
  explicit OneAnswer(const QTemporaryDir& folder) : Running(folder.filePath("chats.db")) {
    opened = QTest::qWaitForWindowExposed(window, kPatience) && show("crossing.mp4") && answer(kPictured[0]);
  }
  bool show(const char* clip) {
    app.chat()->openVideo(resource("clips/") + clip);
    return QTest::qWaitFor([this] { return app.trace()->hasMedia() && !app.chat()->busy(); }, kPatience);
  }
  bool answer(const QString& question) {
    const int rows = app.chat()->rowCount();
    ask(question);
    return QTest::qWaitFor([&] { return app.chat()->rowCount() == rows + 2 && !app.chat()->busy(); }, kPatience);
  }
  [[nodiscard]] bool open_menu() const {
    auto* menu = find<QObject>("pruningMenu");
    menu->setProperty("advanced", true);
    QMetaObject::invokeMethod(menu, "open");
    return QTest::qWaitFor([&] { return menu->property("opened").toBool(); }, kPatience);
  }
  [[nodiscard]] QString text_of(const char* item) const { return find(item)->property("text").toString(); }
  bool opened = false;
};

bool versions_are(OneAnswer& run, int count) {
  return QTest::qWaitFor(
      [&] { return run.get(1, Conversation::VersionsRole).toInt() == count && !run.app.chat()->busy(); }, kPatience);
}

}  // namespace

void BudgetTest::it_belongs_to_the_session() {
  const QTemporaryDir folder;
  qint64 first = 0;
  QString budget;
  {
    OneAnswer run(folder);
    QVERIFY(run.opened);
    Conversation& chat = *run.app.chat();
    const QString own = chat.budget();
    slide(run.find("budgetSlider"), 5.0);
    budget = chat.budget();
    QVERIFY(budget != own);
    QVERIFY(versions_are(run, 2));
    first = *chat.session();
    QCOMPARE(run.app.settings()->strategy(), QString());
    QCOMPARE(run.app.settings()->budget(), QString());
    run.app.settings()->setTheme("dark");  // a setting of another kind changes nothing
    QCOMPARE(chat.budget(), budget);
    chat.newSession();
    QCOMPARE(chat.budget(), own);
    chat.openSession(first);
    QCOMPARE(chat.budget(), budget);
    QVERIFY(run.show("trio.mp4"));
    QCOMPARE(chat.budget(), own);
    // The budget comes with the answer that is shown.
    chat.openSession(first);
    chat.showVersion(1, -1);
    QCOMPARE(chat.budget(), own);
    QVERIFY(chat.undo());
    QCOMPARE(chat.budget(), budget);
    // A video that cannot be opened changes nothing.
    chat.setBudget("77");
    QSignalSpy refused(&chat, &Conversation::notOpened);
    chat.openVideo(folder.filePath("nothing.mp4"));
    QTRY_COMPARE(refused.size(), 1);
    QCOMPARE(chat.session(), std::optional<SessionId>(first));
    QCOMPARE(chat.budget(), QStringLiteral("77"));
  }
  Running again(folder.filePath("chats.db"));
  again.app.chat()->openSession(first);  // also before the model is loaded
  QTRY_VERIFY(!again.app.loading());
  QCOMPARE(again.app.chat()->budget(), QStringLiteral("77"));  // chosen, though nothing was asked with it
  again.app.chat()->setBudget(budget);
  again.app.chat()->newSession();
  again.app.chat()->openSession(first);
  QCOMPARE(again.app.chat()->budget(), budget);
  QCOMPARE(again.app.settings()->budget(), QString());
}

void BudgetTest::there_is_a_way_back() {
  const QTemporaryDir folder;
  OneAnswer run(folder);
  QVERIFY(run.opened);
  Conversation& chat = *run.app.chat();
  const QString own = chat.budget();
  QQuickItem* back = run.find("pruneAsUsual");
  QVERIFY(!back->isEnabled());
  QVERIFY(run.open_menu());
  lay_out(run.window);
  const double place = run.find("budgetSlider")->mapToScene({0, 0}).y();
  slide(run.find("budgetSlider"), 5.0);
  QVERIFY(versions_are(run, 2));
  lay_out(run.window);
  QCOMPARE(run.find("budgetSlider")->mapToScene({0, 0}).y(), place);  // it stays under the pointer
  QVERIFY(back->isEnabled());
  QCOMPARE(back->property("text").toString(), QStringLiteral("Model default"));
  click(back);
  QVERIFY(versions_are(run, 3));
  QCOMPARE(chat.budget(), own);
  QVERIFY(!back->isEnabled());
  // The slider at the same count is the same budget.
  QQuickItem* slider = run.find("budgetSlider");
  const QVariantList stops = chat.tokenStops();
  const auto at = stops.indexOf(QVariant(chat.tokens()));
  QVERIFY(at > 0);
  chat.keepTokens(stops[at - 1].toInt());
  QVERIFY(chat.pruningChosen());
  slide(slider, static_cast<double>(at));
  QCOMPARE(chat.budget(), own);
  QVERIFY(!chat.pruningChosen());
}

void BudgetTest::new_sessions_start_with_the_settings() {
  const QTemporaryDir folder;
  OneAnswer run(folder);
  QVERIFY(run.opened);
  Conversation& chat = *run.app.chat();
  run.app.settings()->setStrategy("fastv");
  run.app.settings()->setBudget("50%");
  QCOMPARE(chat.strategy(), QStringLiteral("fastv"));
  QCOMPARE(chat.budget(), QStringLiteral("50%"));
  chat.setStrategy("uniform");
  QQuickItem* back = run.find("pruneAsUsual");
  QVERIFY(back->isEnabled());
  QCOMPARE(back->property("text").toString(), QStringLiteral("As in the settings"));
  chat.newSession();
  QCOMPARE(chat.strategy(), QStringLiteral("fastv"));
}

void BudgetTest::every_figure_says_what_it_counts() {
  const QTemporaryDir folder;
  OneAnswer run(folder);
  QVERIFY(run.opened);
  const auto trace = run.app.chat()->trace(1);
  QVERIFY(trace != nullptr && trace->layers.size() > 1);
  const QString all = number_text(trace->visual_tokens);
  const QString mean = number_text(trace->mean_behind_first_pruning());
  const QString last = number_text(trace->layers.back().visual_out);
  QVERIFY(mean != last);
  QCOMPARE(mean, number_text(run.app.chat()->tokens()));  // the budget and the result
  QCOMPARE(run.text_of("budgetText"),
           QStringLiteral("25 % (%1 tokens) of %2 stay, on average after the first pruning").arg(mean, all));
  const QString line = run.get(1, Conversation::LineRole).toString();
  QVERIFY2(line.contains(QStringLiteral("%1 tokens → %2 on average after the first pruning, %3 in the last layer")
                             .arg(all, mean, last)),
           qPrintable(line));
  QStringList facts;
  for (const QVariant& fact : run.app.chat()->details(1))
    facts << fact.toMap()["name"].toString() + '=' + fact.toMap()["value"].toString();
  QVERIFY(facts.contains("On average after the first pruning=" + mean) && facts.contains("In the last layer=" + last));
  run.window->setProperty("comparing", true);
  Comparison& comparison = *run.app.comparison();
  QTRY_VERIFY(!comparison.left()->facts().isEmpty());
  QVERIFY2(comparison.left()->facts().startsWith(QStringLiteral("%1 of %2 tokens enter a layer, on average over all")
                                                     .arg(number_text(trace->equivalent_by_input()), all)),
           qPrintable(comparison.left()->facts()));
  // If only one step prunes, both are equal; for an older version the mean is unknown.
  QVERIFY(line_of_details(R"({"strategy": "fastv", "visual_tokens": 2056, "visual_tokens_left": 514,
                              "visual_tokens_mean": 514.2})")
              .contains("2,056 → 514 tokens"));
  QVERIFY(line_of_details(R"({"strategy": "fastv", "visual_tokens": 2056, "visual_tokens_left": 514})")
              .contains("2,056 tokens → 514 in the last layer"));
}

void BudgetTest::accuracy_is_shown_where_it_was_measured() {
  const QTemporaryDir folder;
  OneAnswer run(folder);
  QVERIFY(run.opened);
  QVERIFY(run.open_menu());
  QQuickItem* accuracy = run.find("accuracy");
  QTRY_VERIFY(accuracy->isVisible());
  QFile still(folder.filePath("still.png"));
  QImage picture(64, 64, QImage::Format_RGB32);
  picture.fill(Qt::darkGreen);
  QVERIFY(picture.save(still.fileName()));
  run.app.chat()->openVideo(still.fileName());
  QVERIFY(!accuracy->isVisible());  // nor while it opens
  QTRY_VERIFY(run.app.trace()->hasMedia() && !run.app.chat()->busy());
  QVERIFY(!run.app.beyond().isEmpty());
  QVERIFY(!accuracy->isVisible());
  QVERIFY(run.show("trio.mp4"));
  QVERIFY(accuracy->isVisible());
}

void BudgetTest::a_part_has_general_questions() {
  const auto card = read_model_card(resource("models/sparsight-demo").toStdString());
  QVERIFY(card.has_value());
  const auto texts = [](const std::vector<std::string>& questions) {
    QStringList list;
    for (const std::string& question : questions) list << QString::fromStdString(question);
    return list;
  };
  const QTemporaryDir folder;
  OneAnswer run(folder);
  QVERIFY(run.opened);
  Conversation& chat = *run.app.chat();
  const CardClip* clip = card->clip(content_hash(resource("clips/crossing.mp4").toStdString()));
  QVERIFY(clip != nullptr && texts(clip->questions) != texts(card->questions));
  chat.newSession();
  QCOMPARE(chat.suggestions(), texts(clip->questions));
  chat.setRange(1, 2);
  QCOMPARE(chat.suggestions(), texts(card->questions));
  QTRY_VERIFY(run.app.trace()->hasMedia() && !chat.busy());
  QCOMPARE(chat.suggestions(), texts(card->questions));
  chat.setRange(0, 0);
  QCOMPARE(chat.suggestions(), texts(clip->questions));
}

namespace {
const Registered<BudgetTest> registered("budget");
}  // namespace

}  // namespace sparsight::test

#include "budget_test.moc"
