// Below and above the messages: the few prunings to choose from, how full the context is, the running answer's card,
// and what can be done with the whole session.
#include "app/chat/pruning_choices.h"
#include "core/chat/export.h"
#include "tests/qml/chat_support.h"

#include <QClipboard>

namespace sparsight::test {

class PruningMenuTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void shares_keep_exactly_the_number();
  void choices_of_any_pruning();
  void a_choice_belongs_to_its_session();
  void the_context_is_counted();
  void a_full_context_is_told_before_asking();
  void the_running_answer_has_a_card();
  void the_whole_session();

 private:
  static bool open(const Running& run) {
    auto* menu = run.find<QObject>("pruningMenu");
    QMetaObject::invokeMethod(menu, "open");
    return QTest::qWaitFor([&] { return menu->property("opened").toBool(); }, kPatience);
  }
};

namespace {

bool has_media(Running& run) {
  run.app.openDemo();
  return QTest::qWaitFor([&] { return run.app.trace()->hasMedia() && !run.app.chat()->busy(); }, kPatience);
}

QStringList keys_of(const std::vector<PruningChoice>& choices) {
  QStringList keys;
  for (const PruningChoice& choice : choices) keys << choice.key;
  return keys;
}

}  // namespace

void PruningMenuTest::shares_keep_exactly_the_number() {
  for (const std::size_t all : {std::size_t{1}, std::size_t{7}, std::size_t{2056}, std::size_t{40000}})
    for (std::size_t tokens = 1; tokens <= all; tokens += 1 + all / 97) {
      const std::string share = share_of(tokens, all);
      QCOMPARE(parse_budget(share).tokens(all), tokens);
      QVERIFY2(share.ends_with('%'), share.c_str());
    }
  QCOMPARE(share_of(514, 2056), std::string("25%"));
  QCOMPARE(share_of(194, 2056), std::string("9.44%"));
  QCOMPARE(share_of(3000, 2056), std::string("100%"));
  QCOMPARE(budget_words("25%", 2056), QStringLiteral("25 % (514 tokens)"));
  QCOMPARE(budget_words("194", 2056), QStringLiteral("9.4 % (194 tokens)"));
  QCOMPARE(budget_words("194", 0), QStringLiteral("194 tokens"));
  QCOMPARE(budget_words("12.5%", 0), QStringLiteral("12.5 %"));
  QCOMPARE(budget_words("", 2056), QStringLiteral("as published"));
  QCOMPARE(budget_words("300/200/110", 2056), QStringLiteral("300/200/110"));
  QCOMPARE(budget_words("much", 2056), QStringLiteral("much"));
}

void PruningMenuTest::choices_of_any_pruning() {
  const CardPruning quarter{"sparsevlm-plus", "25%"};
  const auto of = [&](const CardPruning& now, const CardPruning& balanced) {
    return pruning_choices(balanced, true, now, 2056);
  };
  const auto all = of(quarter, quarter);
  QCOMPARE(keys_of(all), (QStringList{"off", "balanced", "fast", "published"}));
  QCOMPARE(all[2].pruning, (CardPruning{"sparsevlm-plus", "12.5%"}));
  QCOMPARE(all[3].pruning, (CardPruning{"sparsevlm-plus", ""}));
  QVERIFY(all[0].line.contains("2,056") && all[1].line.contains("25 % (514 tokens)"));
  QVERIFY(all[2].line.contains("12.5 % (257 tokens)") && all[2].line.contains("half"));
  QCOMPARE(key_of(all, quarter, 2056), QStringLiteral("balanced"));
  QCOMPARE(key_of(all, {"sparsevlm-plus", "514"}, 2056), QStringLiteral("balanced"));  // the same, otherwise written
  QCOMPARE(key_of(all, {"fastv", "25%"}, 2056), QString());
  QCOMPARE(key_of(all, {"fastv", "100%"}, 2056), QStringLiteral("off"));
  QCOMPARE(key_of(all, {"fastv", "much"}, 2056), QString());
  // "As published" means the strategy that is chosen.
  QCOMPARE(of({"fastv", "25%"}, quarter)[3].pruning, (CardPruning{"fastv", ""}));
  QCOMPARE(keys_of(of(quarter, {"fastv", "194"})), (QStringList{"off", "balanced", "fast", "published"}));
  QCOMPARE(of(quarter, {"fastv", "194"})[2].pruning, (CardPruning{"fastv", "97"}));
  QCOMPARE(keys_of(of({"fastv", ""}, {"fastv", ""})), (QStringList{"off", "balanced", "fast"}));
  QCOMPARE(keys_of(of({}, {})), QStringList{"off"});  // nothing suits the model
  QCOMPARE(pruning_name(all, quarter, 2056), QStringLiteral("Balanced · 25 %"));
  QCOMPARE(pruning_name(all, {"fastv", "194"}, 2056), QStringLiteral("fastv · 9.4 %"));
  QCOMPARE(pruning_name(all, {"fastv", ""}, 2056), QStringLiteral("fastv · as published"));
  QCOMPARE(pruning_name(all, {"none", ""}, 0), QStringLiteral("Off"));
}

void PruningMenuTest::a_choice_belongs_to_its_session() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  QVERIFY(has_media(run));
  Conversation& chat = *run.app.chat();
  QQuickItem* chip = run.find("pruning");
  QCOMPARE(chip->property("text").toString(), QStringLiteral("Balanced · 25 % ▾"));
  QTest::mouseClick(run.window, Qt::LeftButton, {},
                    chip->mapToScene({chip->width() / 2, chip->height() / 2}).toPoint());
  auto* menu = run.find<QObject>("pruningMenu");
  QTRY_VERIFY(menu->property("opened").toBool());
  QVERIFY(!menu->property("advanced").toBool());
  const auto entry = [&](const QString& key) {
    return visible(run.find("budgetSlider")->parentItem()->parentItem(), "pruning-" + key).value(0);
  };
  QVERIFY(entry("balanced") != nullptr && entry("balanced")->property("checked").toBool());
  QVERIFY(entry("balanced")->hasActiveFocus());
  // Measured accuracy is shown where there is one.
  for (const QVariant& choice : chat.pruningChoices()) {
    const QVariantMap map = choice.toMap();
    const auto measured =
        accuracy_at(*chat.model()->card->accuracy, map["key"] == "off" ? "none" : chat.own_pruning().strategy,
                    parse_budget(map["key"] == "off"        ? ""
                                 : map["key"] == "balanced" ? "25%"
                                 : map["key"] == "fast"     ? "12.5%"
                                                            : ""),
                    static_cast<std::size_t>(chat.visualTokens()));
    QCOMPARE(!map["accuracy"].toString().isEmpty(), measured.has_value());
  }
  keep(run.window, "pruning-menu");
  click(entry("fast"));
  QCOMPARE(chat.budget(), QStringLiteral("12.5%"));
  QCOMPARE(chip->property("text").toString(), QStringLiteral("Fast · 12.5 % ▾"));
  QVERIFY(entry("fast")->property("checked").toBool() && !entry("balanced")->property("checked").toBool());
  click(entry("off"));
  QCOMPARE(chat.strategy(), QStringLiteral("none"));
  click(entry("fast"));
  QTest::keyClick(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!menu->property("visible").toBool());
  run.ask(kPictured[0]);
  QTRY_VERIFY(chat.rowCount() == 2 && !chat.busy());
  const auto first = static_cast<qint64>(*chat.session());
  QVERIFY(run.get(1, Conversation::ChipRole).toString().startsWith(QStringLiteral("Fast · 12.5 % · 257 tokens · ")));
  chat.newSession();
  QCOMPARE(chip->property("text").toString(), QStringLiteral("Balanced · 25 % ▾"));
  chat.openSession(first);
  QCOMPARE(chip->property("text").toString(), QStringLiteral("Fast · 12.5 % ▾"));
  // What is none of the choices opens the advanced part.
  chat.setStrategy("fastv");
  QVERIFY(open(run));
  QTRY_VERIFY(run.find("strategy")->isVisible());
  run.app.settings()->setTheme("dark");
  run.app.settings()->setLanguage("de");
  run.window->resize(1024, 640);
  keep(run.window, "pruning-menu-small");
  run.app.settings()->setLanguage("en");
  chat.choosePruning("published");
  QCOMPARE(chat.strategy(), QStringLiteral("fastv"));
  QCOMPARE(chip->property("text").toString(), QStringLiteral("fastv · as published ▾"));
}

void PruningMenuTest::the_context_is_counted() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(has_media(run));
  Conversation& chat = *run.app.chat();
  const auto all = static_cast<double>(chat.model()->config.text.max_positions);
  QTRY_VERIFY(chat.context() > 0);
  const double before = chat.context();
  QVERIFY(before >= (chat.visualTokens() + run.app.settings()->maxNewTokens()) / all || before == 1.0);
  QVERIFY(chat.contextText().contains(number_text(chat.visualTokens())));
  QVERIFY(!chat.contextFull() && !run.find("contextFull")->isVisible());
  QSignalSpy told(&chat, &Conversation::contextChanged);
  chat.setDraft(QStringLiteral("word ").repeated(40));
  QTRY_VERIFY(!told.isEmpty());
  const QString longer = chat.contextText();
  chat.setDraft({});
  QTRY_VERIFY(chat.contextText() != longer);
  const QString shorter = chat.contextText();
  run.ask(kPictured[0]);
  QTRY_VERIFY(chat.rowCount() == 2 && !chat.busy());
  QTRY_VERIFY(chat.contextText() != shorter);  // the question and its answer come before the next one
  QCOMPARE(run.find("context")->property("text").toString(),
           QStringLiteral("%1 %").arg(number_text(std::round(100 * chat.context()))));
}

void PruningMenuTest::a_full_context_is_told_before_asking() {
  constexpr std::size_t kPositions = 1000;
  Scripted scene;
  EngineDoor door = scene.engine.door();
  door.info = [info = door.info] {
    ModelInfo small = info();
    small.config.text.max_positions = kPositions;
    return small;
  };
  door.length = [](const Question& question) {
    std::size_t length = 0;
    for (const Turn& turn : question.turns) length += 400 + turn.question.size();
    return length;
  };
  Running run(scene.database(), door);
  QVERIFY(activate(run.window));
  QVERIFY(has_media(run));
  Conversation& chat = *run.app.chat();
  run.find("input")->setProperty("text", "?");
  QTRY_VERIFY(chat.context() > 0.6);  // 401 and 256 of 1000
  QVERIFY(!chat.contextFull());
  for (int i = 0; i < 2; ++i) {
    QVERIFY(!run.find("contextFull")->isVisible());
    run.ask("What?");
    QTRY_VERIFY(chat.rowCount() == 2 * (i + 1) && !chat.busy());
  }
  QTRY_VERIFY(chat.contextFull());
  QCOMPARE(chat.context(), 1.0);
  QTRY_VERIFY(run.find("contextFull")->isVisible());
  keep(run.window, "context-full");
  // A new session about the same clip; what was typed moves along.
  run.find("input")->setProperty("text", "half a thought");
  const QString video = chat.video();
  click(run.find("beginAfresh"));
  QCOMPARE(chat.rowCount(), 0);
  QCOMPARE(chat.video(), video);
  QCOMPARE(run.find("input")->property("text").toString(), QStringLiteral("half a thought"));
  QTRY_VERIFY(!chat.contextFull());
  // A single question can be too long as well.
  run.find("input")->setProperty("text", QStringLiteral("word ").repeated(200));
  QTRY_VERIFY(chat.contextFull());
  QVERIFY(chat.contextText().contains("shorten the question"));
  QVERIFY(!run.find("beginAfresh")->isVisible());
}

void PruningMenuTest::the_running_answer_has_a_card() {
  Scripted scene;
  std::atomic<int> layer = 0;
  EngineDoor door = scene.engine.door();
  door.answer = [&](const Question&, const std::function<void(std::string_view)>& say, const Control& control) {
    while (layer < 32) {
      control.report(Stage::Prefill, static_cast<std::size_t>(layer.load()), 32);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    say("Done.");
    Answer answer;
    answer.text = "Done.";
    return answer;
  };
  Running run(scene.database(), door);
  QVERIFY(activate(run.window));
  QVERIFY(has_media(run));
  layer = 18;
  run.ask("What?");
  const auto part = [&](const char* name) -> QQuickItem* { return visible(run.find("messages"), name).value(0); };
  QTRY_VERIFY(part("runningStep") != nullptr);
  QTRY_COMPARE(part("runningStep")->property("text").toString(),
               QStringLiteral("Reading the question, layer 19 of 32"));
  lay_out(run.window);
  const QQuickItem* bar = part("runningBar");
  QTRY_VERIFY(std::abs(bar->width() - bar->parentItem()->width() * 18 / 32) < 1);
  QCOMPARE(left_text({Stage::Prefill, 18, 32}, 3.2), QStringLiteral("4 s left"));
  QCOMPARE(left_text({Stage::Prefill, 18, 32}, 600), QStringLiteral("10 min left"));
  QCOMPARE(left_text({Stage::Prefill, 18, 32}, 0.5), QString());
  QCOMPARE(left_text({Stage::Generate, 18, 32}, 5), QString());
  QVERIFY(part("details") == nullptr);
  keep(run.window, "running");
  layer = 32;
  QTRY_VERIFY(!run.app.chat()->busy());
  QTRY_VERIFY(part("runningStep") == nullptr && part("details") != nullptr);
}

void PruningMenuTest::the_whole_session() {
  Scripted scene;
  Running run(scene.database(), scene.engine.door());
  QVERIFY(activate(run.window));
  QVERIFY(has_media(run));
  Conversation& chat = *run.app.chat();
  QQuickItem* title = run.find("chatTitle");
  QCOMPARE(title->property("text").toString(), QStringLiteral("crossing.mp4"));
  QVERIFY(chat.asMarkdown().isEmpty());
  run.ask("What *is* it?");
  QTRY_VERIFY(chat.rowCount() == 2 && !chat.busy());
  QCOMPARE(title->property("text").toString(), QStringLiteral("What *is* it?"));
  QMetaObject::invokeMethod(run.find<QObject>("copyChat"), "triggered");
  const ChatStore store = ChatStore::open(scene.database().toStdString());
  QCOMPARE(QGuiApplication::clipboard()->text().toStdString(), export_markdown(store, *chat.session()));
  QVERIFY(QGuiApplication::clipboard()->text().contains("What *is* it?"));
  // Renamed with a double click; the window and the list follow.
  const QPoint at = title->mapToScene({10, title->height() / 2}).toPoint();
  QTest::mouseClick(run.window, Qt::LeftButton, {}, at);
  QTest::mouseDClick(run.window, Qt::LeftButton, {}, at);
  auto* dialog = run.find<QObject>("renameChat");
  QTRY_VERIFY(dialog->property("opened").toBool());
  dialog->findChild<QQuickItem*>("newName")->setProperty("text", "Another name");
  click(dialog->findChild<QQuickItem*>("agree"));
  QTRY_COMPARE(title->property("text").toString(), QStringLiteral("Another name"));
  QTRY_COMPARE(run.app.sessions()->data(run.app.sessions()->index(0), SessionList::TitleRole).toString(),
               QStringLiteral("Another name"));
  auto* menu = run.find<QObject>("chatMenu");
  click(run.find("chatMenuButton"));
  QTRY_VERIFY(menu->property("opened").toBool());
  keep(run.window, "chat-menu");
  QMetaObject::invokeMethod(menu, "close");
  QTRY_VERIFY(!menu->property("visible").toBool());
  QMetaObject::invokeMethod(run.find<QObject>("afresh"), "triggered");
  QTRY_COMPARE(chat.rowCount(), 0);
  QCOMPARE(title->property("text").toString(), QStringLiteral("crossing.mp4"));
  // Compare.
  QVERIFY(!run.window->property("comparing").toBool());
  click(run.find("compareChat"));
  QMetaObject::invokeMethod(run.find("compareChat"), "toggled");
  QVERIFY(run.window->property("comparing").toBool());
}

namespace {
const Registered<PruningMenuTest> registered("pruning_menu");
}  // namespace

}  // namespace sparsight::test

#include "pruning_menu_test.moc"
