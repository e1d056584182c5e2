// Again, the budget slider and Edit keep what was before: versions with a switcher, branches, undo, Retry; and the
// facts about an answer.
#include "app/chat/answer_facts.h"
#include "tests/qml/chat_support.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <random>

namespace sparsight::test {

class VersionsTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void again_adds_a_version();
  void an_edit_is_a_branch();
  void the_slider_adds_one_version();
  void failed_and_stopped_answers_can_be_retried();
  void retry_in_the_middle_says_what_happens_to_the_rest();
  void how_an_answer_was_made();
  void facts_of_any_details();
  void long_chains_are_undone_step_by_step();
  void the_buttons_stay_in_a_row();
};

namespace {

// Every answer has its number in its text.
struct Numbered {
  RecordingEngine engine;
  std::atomic<int> answers = 0;

  EngineDoor door() {
    engine.script.pause = std::chrono::milliseconds(0);
    EngineDoor door = engine.door();
    door.answer = [this, answer = door.answer](const Question& question,
                                               const std::function<void(std::string_view)>& say,
                                               const Control& control) {
      const int number = ++answers;
      Answer result = answer(question, say, control);
      if (result.stop != StopReason::Cancelled) result.text = "answer " + std::to_string(number);
      return result;
    };
    return door;
  }
};

struct Window {
  explicit Window(const QString& database, EngineDoor door) : run(database, std::move(door)) {}
  Running run;

  [[nodiscard]] Conversation& chat() { return *run.app.chat(); }
  [[nodiscard]] QStringList texts() {
    QStringList all;
    for (int row = 0; row < chat().rowCount(); ++row) all << run.text(row);
    return all;
  }
  bool ask(const QString& question) {
    const int rows = chat().rowCount();
    run.ask(question);
    return done(rows + 2);
  }
  bool done(int rows) {
    return QTest::qWaitFor([&] { return chat().rowCount() == rows && !chat().busy(); }, kPatience);
  }
  // The button of that name in a row.
  [[nodiscard]] QQuickItem* button(int row, const char* name) {
    lay_out(run.window);  // until then, rows that have gone are still there
    const auto found = visible(row_of(run.find("messages"), row), name);
    return found.isEmpty() ? nullptr : found.first();
  }
  bool press(int row, const char* name) {
    if (!QTest::qWaitFor([&] { return button(row, name) != nullptr; }, kPatience)) return false;
    click(button(row, name));
    return true;
  }
  [[nodiscard]] QString version(int row) {
    (void)QTest::qWaitFor([&] { return button(row, "version") != nullptr; }, kPatience);
    return button(row, "version") == nullptr ? QString() : button(row, "version")->property("text").toString();
  }
};

}  // namespace

void VersionsTest::again_adds_a_version() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  Numbered numbered;
  qint64 id = 0;
  {
    Window it(database, numbered.door());
    QVERIFY(it.ask("one?") && it.ask("two?"));
    id = *it.chat().session();
    QVERIFY(it.button(1, "version") == nullptr);
    QVERIFY(it.press(3, "regenerate"));
    QTRY_COMPARE_WITH_TIMEOUT(it.texts(), (QStringList{"one?", "answer 1", "two?", "answer 3"}), kPatience);
    QVERIFY(it.done(4));
    QCOMPARE(it.version(3), QStringLiteral("2/2"));
    QVERIFY(it.press(3, "formerVersion"));
    QCOMPARE(it.run.text(3), QStringLiteral("answer 2"));
    QCOMPARE(it.version(3), QStringLiteral("1/2"));
    QVERIFY(!it.button(3, "formerVersion")->isEnabled());
    QVERIFY(it.press(3, "nextVersion"));
    QCOMPARE(it.run.text(3), QStringLiteral("answer 3"));
    // An answer with later messages: these follow the former version.
    QVERIFY(it.press(1, "regenerate"));
    QTRY_COMPARE_WITH_TIMEOUT(it.texts(), (QStringList{"one?", "answer 4"}), kPatience);
    QVERIFY(it.done(2));
    QVERIFY(it.press(1, "formerVersion"));
    QCOMPARE(it.texts(), (QStringList{"one?", "answer 1", "two?", "answer 3"}));
    // Undone step by step, with its key.
    it.run.window->requestActivate();
    QVERIFY(QTest::qWaitForWindowActive(it.run.window));
    it.run.find("messages")->forceActiveFocus(Qt::TabFocusReason);
    QTest::keyClick(it.run.window, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(it.texts(), (QStringList{"one?", "answer 4"}));
    QTest::keyClick(it.run.window, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(it.texts(), (QStringList{"one?", "answer 1", "two?", "answer 3"}));
  }
  // The next start shows the same, and has everything.
  Window it(database, numbered.door());
  it.chat().openSession(id);
  QCOMPARE(it.texts(), (QStringList{"one?", "answer 1", "two?", "answer 3"}));
  QCOMPARE(it.version(1), QStringLiteral("1/2"));
  QCOMPARE(it.version(3), QStringLiteral("2/2"));
  const ChatStore store = ChatStore::open(database.toStdString());
  QCOMPARE(store.all_messages(id).size(), std::size_t{6});
}

// A larger size leaves them in one row, and so does the way back.
void VersionsTest::the_buttons_stay_in_a_row() {
  const QTemporaryDir folder;
  Numbered numbered;
  Window it(folder.filePath("chats.db"), numbered.door());
  QVERIFY(it.ask("one?"));
  for (const int scale : {100, 200, 100}) {
    it.run.app.settings()->setScale(scale);
    for (int i = 0; i < 3; ++i) lay_out(it.run.window);  // wrapping changes heights
    const QQuickItem* copy = it.button(0, "copy");
    const QQuickItem* edit = it.button(0, "edit");
    QVERIFY(copy != nullptr && edit != nullptr);
    QCOMPARE(edit->mapToScene({}).y(), copy->mapToScene({}).y());
    QVERIFY(edit->mapToScene({}).x() > copy->mapToScene({}).x());
  }
}

void VersionsTest::an_edit_is_a_branch() {
  const QTemporaryDir folder;
  Numbered numbered;
  Window it(folder.filePath("chats.db"), numbered.door());
  QVERIFY(it.ask("one?") && it.ask("two?"));
  const QStringList before = it.texts();
  QVERIFY(it.chat().editQuestion(0, "other?"));
  QTRY_COMPARE_WITH_TIMEOUT(it.texts(), (QStringList{"other?", "answer 3"}), kPatience);
  QVERIFY(it.done(2));
  QCOMPARE(it.version(0), QStringLiteral("2/2"));
  QCOMPARE(numbered.engine.turns.back(), std::size_t{1});
  QVERIFY(it.ask("and then?"));
  QVERIFY(it.press(0, "formerVersion"));
  QCOMPARE(it.texts(), before);
  QVERIFY(it.press(0, "nextVersion"));
  QCOMPARE(it.texts(), (QStringList{"other?", "answer 3", "and then?", "answer 4"}));
  QVERIFY(it.chat().undo());
  QCOMPARE(it.texts(), before);
  // Edited while an answer runs: it waits, then is placed beside its question all the same.
  numbered.engine.hold = true;
  it.run.ask("long?");
  QTRY_COMPARE_WITH_TIMEOUT(it.texts().last(), QStringLiteral("begun "), kPatience);
  QVERIFY(it.chat().editQuestion(2, "second?"));
  QCOMPARE(it.chat().waiting().size(), 1);
  numbered.engine.hold = false;
  QTRY_COMPARE_WITH_TIMEOUT(it.texts(), (QStringList{"one?", "answer 1", "second?", "answer 6"}), kPatience);
  QVERIFY(it.done(4));
  QCOMPARE(it.version(2), QStringLiteral("2/2"));
  QVERIFY(it.press(2, "formerVersion"));
  QCOMPARE(it.texts(), before + (QStringList{"long?", "answer 5"}));
}

void VersionsTest::the_slider_adds_one_version() {
  const QTemporaryDir folder;
  Numbered numbered;
  numbered.engine.hold = true;
  Window it(folder.filePath("chats.db"), numbered.door());
  RecordingEngine& engine = numbered.engine;
  it.run.app.chat()->openVideo(resource("clips/crossing.mp4"));
  it.chat().setStrategy("sparsevlm-v1.5");
  it.run.ask("What is there?");
  QTRY_VERIFY_WITH_TIMEOUT(it.chat().rowCount() == 2 && it.run.text(1) == "begun ", kPatience);
  QCOMPARE(it.chat().visualTokens(), 2056);
  // Dragged over three stops while an answer runs that was asked for: that is finished, and one more is added.
  QQuickItem* slider = it.run.find("budgetSlider");
  QMetaObject::invokeMethod(it.run.find<QObject>("pruningMenu"), "open");
  QTRY_VERIFY(slider->isVisible());
  for (const double stop : {4.0, 5.0, 6.0}) slide(slider, stop);
  QCOMPARE(it.chat().budget(), QStringLiteral("9.44%"));
  QCOMPARE(it.run.find("budgetText")->property("text").toString(),
           QStringLiteral("9.4 % (194 tokens) of 2,056 stay, on average after the first pruning"));
  QCOMPARE(it.run.find("budget")->property("text").toString(), QStringLiteral("9.44%"));
  QTRY_COMPARE_WITH_TIMEOUT(it.chat().waiting().size(), 1, kPatience);
  slide(slider, 5.0);  // it still waits, and takes the new value
  const QString wanted = it.chat().budget();
  QTRY_VERIFY_WITH_TIMEOUT(std::ranges::none_of(it.chat().findChildren<QTimer*>(), &QTimer::isActive), kPatience);
  QCOMPARE(it.chat().waiting().size(), 1);
  engine.hold = false;
  QTRY_COMPARE_WITH_TIMEOUT(engine.asked().size(), std::size_t{2}, kPatience);
  QVERIFY(it.done(2));
  QCOMPARE(engine.asked(), (std::vector<std::string>{"", wanted.toStdString()}));
  QCOMPARE(it.version(1), QStringLiteral("2/2"));
  // If the slider moves on, an unfinished answer that it started is dropped.
  engine.hold = true;
  slide(slider, 2.0);
  QTRY_COMPARE_WITH_TIMEOUT(engine.asked().size(), std::size_t{3}, kPatience);
  slide(slider, slider->property("to").toDouble());
  QCOMPARE(it.chat().budget(), QStringLiteral("100%"));
  QTRY_COMPARE_WITH_TIMEOUT(engine.asked().size(), std::size_t{4}, kPatience);
  QCOMPARE(engine.asked().back(), std::string("100%"));
  engine.hold = false;
  QVERIFY(it.done(2));
  QCOMPARE(it.version(1), QStringLiteral("3/3"));
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("complete"));
  QCOMPARE(engine.encodes.load(), 1);
  const ChatStore store = ChatStore::open(folder.filePath("chats.db").toStdString());
  QCOMPARE(store.all_messages(*it.chat().session()).size(), std::size_t{4});
}

void VersionsTest::failed_and_stopped_answers_can_be_retried() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  qint64 cut = 0, bare = 0;
  {
    // What a killed program leaves: half an answer, and a question without one.
    ChatStore store = ChatStore::open(database.toStdString());
    cut = store.add_session("cut");
    (void)store.add_question(cut, "cut?");
    store.write_answer(store.begin_answer(cut), "half");
    bare = store.add_session("bare");
    (void)store.add_question(bare, "bare?");
  }
  Numbered numbered;
  Window it(database, numbered.door());
  const auto retry = [&](int row, const char* label) {
    const auto says = [&](const char* text) {
      QQuickItem* button = it.button(row, "regenerate");
      return button != nullptr && button->property("text").toString() == QLatin1String(text);
    };
    QVERIFY(QTest::qWaitFor([&] { return says(label); }, kPatience));
    QVERIFY(it.button(row, "regenerate")->isEnabled());
    QVERIFY(it.press(row, "regenerate"));
    QTRY_VERIFY_WITH_TIMEOUT(it.run.get(1, Conversation::StateRole).toString() == "complete" && !it.chat().busy(),
                             kPatience);
    QVERIFY(it.run.text(1).startsWith("answer"));
    QTRY_COMPARE_WITH_TIMEOUT(it.button(1, "regenerate")->property("text").toString(), QStringLiteral("Again"),
                              kPatience);
  };
  numbered.engine.script.fail = true;
  it.run.ask("fails?");
  QVERIFY(it.done(2));
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("failed"));
  QVERIFY(it.run.get(1, Conversation::LineRole).toString().contains("no memory"));
  numbered.engine.script.fail = false;
  retry(1, "Retry");
  QCOMPARE(it.version(1), QStringLiteral("2/2"));
  it.chat().newSession();
  numbered.engine.hold = true;
  it.run.ask("stopped?");
  QTRY_VERIFY_WITH_TIMEOUT(it.chat().rowCount() == 2 && it.run.text(1) == "begun ", kPatience);
  QVERIFY(it.button(1, "regenerate") == nullptr);  // no button without a function
  it.chat().stop();
  QVERIFY(it.done(2));
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("stopped"));
  numbered.engine.hold = false;
  retry(1, "Retry");
  it.chat().openSession(cut);
  QCOMPARE(it.run.text(1), QStringLiteral("half"));
  retry(1, "Retry");
  it.chat().openSession(bare);
  QCOMPARE(it.chat().rowCount(), 1);
  retry(0, "Answer");
  QCOMPARE(it.chat().rowCount(), 2);
}

void VersionsTest::retry_in_the_middle_says_what_happens_to_the_rest() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  qint64 id = 0;
  {
    ChatStore store = ChatStore::open(database.toStdString());
    id = store.add_session("two");
    (void)store.add_question(id, "first?");
    store.finish_answer(store.begin_answer(id), "", MessageState::Stopped);
    (void)store.add_question(id, "second?");
    store.finish_answer(store.begin_answer(id), "there", MessageState::Complete);
  }
  Numbered numbered;
  Window it(database, numbered.door());
  it.chat().openSession(id);
  const auto hint = [&](int row) { return it.button(row, "regenerate")->property("hint").toString(); };
  QTRY_VERIFY(it.button(1, "regenerate") != nullptr && it.button(3, "regenerate") != nullptr);
  QVERIFY(hint(1).contains("everything after it"));
  QVERIFY(!hint(3).contains("everything after it"));
  QVERIFY(it.button(1, "copy") == nullptr);  // there is nothing to copy
  QVERIFY(it.button(3, "copy") != nullptr);
}

void VersionsTest::how_an_answer_was_made() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  Window it(database, real_engine());
  QVERIFY(QTest::qWaitForWindowExposed(it.run.window));
  it.run.app.chat()->openVideo(resource("clips/crossing.mp4"));
  it.chat().setStrategy("fastv");
  it.chat().setBudget("25%");
  QVERIFY(it.ask("Which way does the star move?"));
  const ChatStore store = ChatStore::open(database.toStdString());
  const auto details = [&] {
    const std::string text = store.messages(*it.chat().session()).at(1).details;
    return QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
  };
  QTRY_COMPARE_WITH_TIMEOUT(details().value("model").toObject().value("hash").toString().size(), 32, kPatience);
  const QJsonObject kept = details();
  QVERIFY(kept["model"]["name"].toString().startsWith("sparsight-demo"));
  QVERIFY(QFileInfo(kept["model"]["path"].toString() + "/config.json").exists());
  QVERIFY(kept["clip"]["path"].toString().endsWith("crossing.mp4"));
  QCOMPARE(kept["clip"]["hash"].toString().toStdString(), content_hash(resource("clips/crossing.mp4").toStdString()));
  QCOMPARE(kept["clip"]["frames"].toInt(), 8);
  QCOMPARE(kept["settings"]["strategy"].toString(), QStringLiteral("fastv"));
  QCOMPARE(kept["settings"]["budget"].toString(), QStringLiteral("25%"));
  QCOMPARE(kept["settings"]["max_new_tokens"].toInt(), it.run.app.settings()->maxNewTokens());
  QCOMPARE(kept["settings"]["arithmetic"].toString(), QStringLiteral("f32"));
  QVERIFY(!kept["settings"]["kv"].toString().isEmpty());
  const double begun = kept["times"]["begun_ms"].toDouble(), ended = kept["times"]["ended_ms"].toDouble();
  QVERIFY(begun > 0 && ended >= begun);
  QVERIFY(kept["times"]["encode_ms"].toDouble() > 0 && kept["times"]["prefill_ms"].toDouble() > 0);
  QVERIFY(!kept["program"].toString().isEmpty());
  // On request, in the window.
  const QString chip = it.button(1, "details")->property("text").toString();
  QVERIFY2(chip.startsWith(QStringLiteral("fastv · 25 % · 514 tokens · ")) && chip.endsWith(QStringLiteral(" s ▾")),
           qPrintable(chip));
  QVERIFY(it.press(1, "details"));
  QTRY_VERIFY(it.button(1, "answerFacts") != nullptr);
  QStringList shown;
  for (QQuickItem* fact : visible(it.button(1, "answerFacts"), "fact"))
    shown << fact->property("name").toString() + "=" + fact->property("value").toString();
  QVERIFY(shown.contains("Model=" + kept["model"]["name"].toString()));
  QVERIFY(shown.contains("Hash of the model=" + kept["model"]["hash"].toString()));
  QVERIFY(shown.contains("Hash of the file=" + kept["clip"]["hash"].toString()));
  QVERIFY(shown.contains("Pruning=fastv") && shown.contains("Budget=25 % (514 tokens)"));
  QVERIFY(shown.contains("Visual tokens=2,056") && shown.contains("On average after the first pruning=514"));
  QVERIFY(shown.contains("Asked=" + date_text(static_cast<std::int64_t>(begun))));
  // No name twice, and the times of the answer are in order and add up.
  QStringList names;
  QMap<QString, double> seconds;
  for (const QString& fact : shown) {
    names << fact.section('=', 0, 0);
    const QString value = fact.section('=', 1);
    if (value.endsWith(QLatin1String(" s"))) seconds[names.last()] = value.chopped(2).toDouble();
  }
  QCOMPARE(QSet<QString>(names.begin(), names.end()).size(), names.size());
  QStringList timed = names;
  timed.removeIf([&](const QString& name) {
    return !QStringList{"Reading the frames, once", "Reading the question", "First word after", "Writing the answer",
                        "From question to answer"}
                .contains(name);
  });
  QCOMPARE(timed, QStringList({"Reading the frames, once", "Reading the question", "First word after",
                               "Writing the answer", "From question to answer"}));
  const double sum = seconds["Reading the question"] + seconds["Writing the answer"] + seconds["Everything else"];
  QVERIFY2(std::abs(sum - seconds["From question to answer"]) < 0.001, qPrintable(shown.join('\n')));
  QVERIFY(it.press(1, "details"));
  QTRY_VERIFY(it.button(1, "answerFacts") == nullptr);
  // Also for a failed one.
  it.chat().setBudget("rank*0.5");
  it.run.ask("And now?");
  QVERIFY(it.done(4));
  QCOMPARE(it.run.get(3, Conversation::StateRole).toString(), QStringLiteral("failed"));
  const QVariantList facts = it.chat().details(3);
  QVERIFY(std::ranges::any_of(facts, [](const QVariant& fact) { return fact.toMap()["name"] == "Error"; }));
  QVERIFY(std::ranges::any_of(
      facts, [](const QVariant& fact) { return fact.toMap()["value"].toString().startsWith("rank*0.5"); }));
}

void VersionsTest::facts_of_any_details() {
  QVERIFY(facts_of_details("{}").isEmpty());
  QVERIFY(facts_of_details("no JSON").isEmpty());
  QVERIFY(facts_of_details(R"({"model": 3, "settings": [], "times": "soon", "clip": null, "range": {}})").isEmpty());
  // Of an older version.
  const QVariantList old = facts_of_details(R"({"strategy": "fastv", "budget": "194", "visual_tokens": 2056})");
  QCOMPARE(old.size(), 3);
  QCOMPARE(old.at(1).toMap()["value"].toString(), QStringLiteral("9.4 % (194 tokens)"));
  AnswerOrigin origin;
  origin.clip = "/a/b.mp4";
  const std::string failed = origin_details(origin, nullptr, "no memory");
  QVERIFY(QString::fromStdString(with_model_hash(failed, "abc")).contains("\"hash\":\"abc\""));
  QCOMPARE(facts_of_details(failed).last().toMap()["value"].toString(), QStringLiteral("no memory"));
}

// Edits, further answers and choices in any order, with questions between them: each undo shows what was shown before,
// with later questions after it, and nothing is lost.
void VersionsTest::long_chains_are_undone_step_by_step() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  Numbered numbered;
  Window it(database, numbered.door());
  Conversation& chat = it.chat();
  std::mt19937 random(11);
  const auto any = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto settled = [&] { return QTest::qWaitFor([&] { return !chat.busy(); }, kPatience); };
  std::vector<QStringList> before;
  std::size_t written = 0;
  QVERIFY(it.ask("question 0"));
  written += 2;
  for (int step = 1; step <= 60; ++step) {
    const int question = 2 * any(chat.rowCount() / 2);
    switch (any(5)) {
      case 0:
        chat.ask(QStringLiteral("question %1").arg(step));
        written += 2;
        break;
      case 1:
        before.push_back(it.texts());
        QVERIFY(chat.editQuestion(question, QStringLiteral("question %1").arg(step)));
        written += 2;
        break;
      case 2:
        before.push_back(it.texts());
        chat.again(question + 1);
        written += 1;
        break;
      case 3:
        before.push_back(it.texts());
        chat.showVersion(question + any(2), any(2) == 0 ? 1 : -1);
        break;
      default:
        if (before.empty()) break;
        QVERIFY(chat.undo());
        QCOMPARE(it.texts().mid(0, before.back().size()), before.back());
        before.pop_back();
    }
    QVERIFY(settled());
    QCOMPARE(chat.rowCount() % 2, 0);
  }
  const QSignalSpy errors(&chat, &Conversation::errorOccurred);
  while (!before.empty()) {
    QVERIFY(chat.undo());
    QCOMPARE(it.texts().mid(0, before.back().size()), before.back());
    before.pop_back();
  }
  QVERIFY(!chat.undo());
  QCOMPARE(errors.size(), 0);
  QCOMPARE(it.run.text(0), QStringLiteral("question 0"));
  QCOMPARE(ChatStore::open(database.toStdString()).all_messages(*chat.session()).size(), written);
}

namespace {
const Registered<VersionsTest> registered("versions");
}  // namespace

}  // namespace sparsight::test

#include "versions_test.moc"
