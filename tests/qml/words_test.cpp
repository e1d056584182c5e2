// What words attend to, in the window: of an answer that was not pruned, of the question and of the answer, in any
// layer and head; kept with the session.
#include "tests/qml/chat_support.h"
#include "tests/qml/window_items.h"

#include <QSignalSpy>

namespace sparsight::test {
namespace {

QStringList texts(const QVariantList& words) {
  QStringList out;
  for (const QVariant& word : words) out << word.toMap()["text"].toString();
  return out;
}

// Colours of the current heatmap.
std::vector<Rgb> colours_of(const TraceView& trace) {
  std::vector<Rgb> out;
  for (const TokenPaint& paint : trace.heatmap()->tokens) out.push_back(paint.colour);
  return out;
}

}  // namespace

class WordsTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void without_pruning_every_word_can_be_asked();
  void layers_and_heads();
  void earlier_turns_are_folded();
  void the_session_keeps_them();
  void the_keyboard_reaches_every_word();
  void a_comparison_shows_them_too();

 private:
  // A window with the demo clip and an answer that was not pruned.
  static std::unique_ptr<Running> asked(const QString& folder, const QString& strategy = "none") {
    auto run = std::make_unique<Running>(folder + "/chats.db");
    if (!QTest::qWaitForWindowExposed(run->window, kPatience)) return nullptr;
    run->app.openDemo();
    if (!QTest::qWaitFor([&] { return run->app.trace()->hasMedia(); }, kPatience)) return nullptr;
    run->app.chat()->setStrategy(strategy);
    run->ask(kPictured[0]);
    if (!QTest::qWaitFor([&] { return !run->app.chat()->busy() && run->app.chat()->rowCount() == 2; }, kPatience))
      return nullptr;
    lay_out(run->window);
    return run;
  }
};

void WordsTest::without_pruning_every_word_can_be_asked() {
  const QTemporaryDir folder;
  const auto run = asked(folder.path());
  QVERIFY(run != nullptr);
  TraceView& trace = *run->app.trace();
  QCOMPARE(trace.stepCount(), 0);
  QVERIFY(trace.hasWords());
  QCOMPARE(texts(trace.words()), (QStringList{"Which", "way", "does", "the", "star", "go?"}));
  QCOMPARE(texts(trace.answerWords()), run->text(1).split(' '));
  QCOMPARE(trace.attentionNote(), QString());
  // The row shows both; a click on a word of either shows what it attends to, the next one ends it.
  QQuickItem* row = run->find("tokenPane")->findChild<QQuickItem*>("words");
  QVERIFY(row != nullptr && row->isVisible());
  std::vector<Rgb> last;
  for (const char* name : {"word4", "answerWord1", "answerWord2"}) {
    const auto found = visible(row, name);
    QCOMPARE(found.size(), 1);
    click_on(run->window, found[0]);
    QTRY_COMPARE(trace.mode(), TraceView::Word);
    QCOMPARE(trace.wordText(), found[0]->property("text").toString());
    QVERIFY(trace.heatmap()->mode == HeatmapMode::Score);
    QVERIFY(colours_of(trace) != last);
    last = colours_of(trace);
  }
  QCOMPARE(trace.answerWord(), 2);
  QCOMPARE(trace.word(), -1);
  click_on(run->window, visible(row, "answerWord2")[0]);
  QTRY_COMPARE(trace.mode(), TraceView::Fate);
  QCOMPARE(trace.answerWord(), -1);
  // A place in the answer is a word.
  const QString answer = run->text(1);
  QCOMPARE(trace.answerWordAt(0), 0);
  QCOMPARE(trace.answerWordAt(static_cast<int>(answer.indexOf("star"))), 1);
  QCOMPARE(trace.answerWordAt(static_cast<int>(answer.indexOf("star")) - 1), -1);
  QCOMPARE(trace.answerWordAt(static_cast<int>(answer.size()) - 1), static_cast<int>(trace.answerWords().size()) - 1);
  QCOMPARE(trace.answerWordAt(static_cast<int>(answer.size())), -1);
  QCOMPARE(trace.answerWordAt(-1), -1);
}

void WordsTest::layers_and_heads() {
  const QTemporaryDir folder;
  const auto run = asked(folder.path(), "sparsevlm-v1.5");
  QVERIFY(run != nullptr);
  TraceView& trace = *run->app.trace();
  QVERIFY(trace.stepCount() > 0);
  const Trace& data = *trace.trace();
  QVERIFY(!visible(run->find("tokenPane"), "attentionLayer").value(0)->isEnabled());  // no word is asked about
  trace.setAnswerWord(1);
  lay_out(run->window);
  const auto layers = visible(run->find("tokenPane"), "attentionLayer"),
             heads = visible(run->find("tokenPane"), "attentionHead");
  QCOMPARE(layers.size(), 1);
  QCOMPARE(heads.size(), 1);
  QVERIFY(layers[0]->isEnabled() && heads[0]->isEnabled());
  QCOMPARE(layers[0]->property("count").toInt(), 6);
  QCOMPARE(heads[0]->property("count").toInt(), 7);  // the mean, and each
  QCOMPARE(trace.attentionLayer(), 5);
  QCOMPARE(trace.head(), -1);
  // What is painted is what the trace says, over the tokens that were there.
  const auto check = [&](int layer, int head) {
    const auto at = static_cast<std::size_t>(layer);
    const auto rows = data.attention.rows_of_answer(data.answer_words[1]);
    const auto attention =
        data.attention.mean(at, rows, head < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(head)));
    const auto ids = data.entering(at);
    int own = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (static_cast<std::size_t>(ids[i]) >= data.visual_tokens) continue;
      ++own;
      QCOMPARE(trace.heatmap()->states[static_cast<std::size_t>(ids[i])].score, std::optional(attention[i]));
    }
    QVERIFY(own > 0);
  };
  check(5, -1);
  for (int layer = 0; layer < 6; ++layer) {
    QMetaObject::invokeMethod(layers[0], "activated", Q_ARG(int, layer));
    QCOMPARE(trace.attentionLayer(), layer);
    QCOMPARE(trace.depth(), layer + 2);
    QCOMPARE(trace.heads(), 6);
    QMetaObject::invokeMethod(heads[0], "activated", Q_ARG(int, 1 + layer));
    QCOMPARE(trace.head(), layer);
    check(layer, layer);
  }
  trace.setDepth(0);
  QCOMPARE(trace.attentionLayer(), 0);
  trace.setAttentionLayer(77);
  QCOMPARE(trace.depth(), 0);
  trace.setHead(99);
  QCOMPARE(trace.head(), -1);
}

void WordsTest::earlier_turns_are_folded() {
  const QTemporaryDir folder;
  const auto run = asked(folder.path());
  QVERIFY(run != nullptr);
  run->ask("Which öne is 1 €?");
  QTRY_VERIFY(!run->app.chat()->busy() && run->app.chat()->rowCount() == 4);
  lay_out(run->window);
  const QVariantList words = run->app.trace()->words();
  QQuickItem* row = run->find("tokenPane")->findChild<QQuickItem*>("words");
  const auto shown = [&] {
    QStringList found;
    for (int i = 0; i < words.size(); ++i)
      for (QQuickItem* item : visible(row, "word" + QString::number(i))) found << item->property("text").toString();
    return found;
  };
  QCOMPARE(shown(), (QStringList{"Which", "öne", "is", "1", "€?"}));
  const auto more = visible(row, "earlierWords");
  QCOMPARE(more.size(), 1);
  click(more[0]);
  lay_out(run->window);
  QCOMPARE(shown().first(6), (QStringList{"Which", "way", "does", "the", "star", "go?"}));
  QCOMPARE(shown().last(5), (QStringList{"Which", "öne", "is", "1", "€?"}));
  // Words of this turn are known; an earlier one, computed for its own answer, is not, and cannot be chosen.
  QVERIFY(words.last().toMap()["known"].toBool());
  QVERIFY(!words.first().toMap()["known"].toBool());
  run->app.trace()->setWord(0);
  QCOMPARE(run->app.trace()->word(), -1);
  click(more[0]);
  lay_out(run->window);
  QCOMPARE(shown().size(), 5);
}

void WordsTest::the_session_keeps_them() {
  const QTemporaryDir folder;
  QStringList words, answer;
  std::vector<Rgb> painted;
  {
    const auto run = asked(folder.path());
    QVERIFY(run != nullptr);
    TraceView& trace = *run->app.trace();
    words = texts(trace.words());
    answer = texts(trace.answerWords());
    trace.setAnswerWord(1);
    trace.setAttentionLayer(2);
    trace.setHead(3);
    painted = colours_of(trace);
  }
  Running run(folder.path() + "/chats.db");
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QTRY_VERIFY(run.app.sessions()->rowCount() > 0);
  const QModelIndex first = run.app.sessions()->index(0);
  run.app.chat()->openSession(run.app.sessions()->data(first, SessionList::IdRole).toLongLong());
  TraceView& trace = *run.app.trace();
  QTRY_VERIFY(trace.hasTrace());
  QCOMPARE(texts(trace.words()), words);
  QCOMPARE(texts(trace.answerWords()), answer);
  trace.setAnswerWord(1);
  trace.setAttentionLayer(2);
  trace.setHead(3);
  QVERIFY(colours_of(trace) == painted);
}

void WordsTest::the_keyboard_reaches_every_word() {
  const QTemporaryDir folder;
  const auto run = asked(folder.path());
  QVERIFY(run != nullptr);
  QVERIFY(activate(run->window));
  TraceView& trace = *run->app.trace();
  QQuickItem* row = run->find("tokenPane")->findChild<QQuickItem*>("words");
  row->forceActiveFocus(Qt::TabFocusReason);
  QTest::keyClick(run->window, Qt::Key_Return);
  QCOMPARE(trace.word(), 0);
  const auto asked_words = static_cast<int>(trace.words().size()), said = static_cast<int>(trace.answerWords().size());
  for (int i = 0; i < asked_words + said + 3; ++i) QTest::keyClick(run->window, Qt::Key_Right);
  QTest::keyClick(run->window, Qt::Key_Return);
  QCOMPARE(trace.answerWord(), said - 1);
  for (int i = 0; i < said; ++i) QTest::keyClick(run->window, Qt::Key_Left);
  QTest::keyClick(run->window, Qt::Key_Return);
  QCOMPARE(trace.word(), asked_words - 1);
}

void WordsTest::a_comparison_shows_them_too() {
  const QTemporaryDir folder;
  const auto run = asked(folder.path());
  QVERIFY(run != nullptr);
  run->window->resize(1360, 860);
  run->window->setProperty("comparing", true);
  Comparison& comparison = *run->app.comparison();
  comparison.run();
  QTRY_VERIFY(!comparison.busy() && !comparison.stale());
  lay_out(run->window);
  TraceView& left = *comparison.left()->trace();
  QCOMPARE(texts(left.answerWords()), run->text(1).split(' '));
  QVERIFY(left.answerWords().first().toMap()["known"].toBool());
  const auto word = visible(run->window->contentItem(), "answerWord1");
  QCOMPARE(word.size(), 1);
  QQuickItem* row = word[0];
  while (row != nullptr && row->objectName() != "words") row = row->parentItem();
  QVERIFY(row != nullptr);
  QVERIFY(word[0]->mapToItem(row, {0, word[0]->height()}).y() <= row->height());
  // The same word on both sides.
  left.setAnswerWord(1);
  QTRY_COMPARE(comparison.right()->trace()->answerWord(), 1);
}

const bool registered = (Registered<WordsTest>("words"), true);

}  // namespace sparsight::test

#include "words_test.moc"
