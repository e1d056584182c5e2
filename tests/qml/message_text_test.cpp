// The text of messages: Markdown that loads and opens nothing by itself, times as links, code that can be copied, and
// what the window shows with a message.
#include "app/chat/message_text.h"
#include "tests/qml/chat_support.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QTextBlock>
#include <QTextList>
#include <QTextTable>

namespace sparsight::test {

class MessageTextTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void plain_text_stays_as_it_is_written();
  void markdown_is_shown();
  void numbers_stay_as_they_are_written();
  void hostile_text_loads_and_opens_nothing();
  void hostile_text_ends();
  void a_text_of_millions_is_shown_up_to_a_limit();
  void clock_times_data();
  void clock_times();
  void times_are_links_within_the_clip();
  void code_is_copied_as_it_was_written();
  void a_word_is_found_in_the_source();
  void links_work_in_the_window();
  void an_answer_is_drawn();
  void an_answer_with_code_and_figures();
  void actions_appear_without_moving_anything();
  void a_word_can_be_asked_about();

 public:
  QStringList opened_;  // what the desktop was asked to open
 public slots:
  void take(const QUrl& url) { opened_ << url.toString(); }
};

namespace {

constexpr double kMinute = 60;

// Notes what a document asks for.
struct Watched : QTextDocument {
  QStringList asked;

 protected:
  QVariant loadResource(int, const QUrl& url) override {
    asked << url.toString();
    return {};
  }
};

QString shown(const QString& markdown, double last_s = 0) {
  QTextDocument document;
  show_markdown(document, markdown, {}, last_s);
  return document.toPlainText();
}

QStringList addresses(const QTextDocument& document) {
  QStringList all;
  for (const ShownLink& link : links_in(document)) all << link.address;
  return all;
}

// A window whose next answer is this text.
struct Told {
  explicit Told(const QString& text) : run(scene.database(), door(text)) {}
  EngineDoor door(const QString& text) {
    EngineDoor door = scene.engine.door();
    door.answer = [text = text.toStdString()](const Question&, const std::function<void(std::string_view)>& say,
                                              const Control&) {
      say(text);
      Answer answer;
      answer.text = text;
      const auto trace = std::make_shared<Trace>();
      trace->visual_tokens = 2056;
      answer.trace = trace;
      return answer;
    };
    return door;
  }
  bool ask(const QString& question) {
    if (!activate(run.window)) return false;
    run.app.openDemo();
    if (!QTest::qWaitFor([&] { return run.app.trace()->hasMedia() && run.app.player()->ready(); }, kPatience))
      return false;
    const int rows = run.app.chat()->rowCount();
    run.ask(question);
    const bool done =
        QTest::qWaitFor([&] { return run.app.chat()->rowCount() == rows + 2 && !run.app.chat()->busy(); }, kPatience);
    QTest::mouseMove(run.window, {1, 1});
    for (int i = 0; i < 3; ++i) lay_out(run.window);
    return done;
  }
  [[nodiscard]] QQuickItem* row(int index) const { return row_of(run.find("messages"), index); }
  [[nodiscard]] QQuickItem* in(int index, const char* name) const {
    const auto found = visible(row(index), name);
    return found.isEmpty() ? nullptr : found.first();
  }
  Scripted scene;
  Running run;
};

}  // namespace

void MessageTextTest::plain_text_stays_as_it_is_written() {
  for (const char* text :
       {"", "A child plays.", "Two lines\nof one text", "snake_case and 2 * 3 * 4, ~5 to ~10",
        "a < b && c > d <b>no tag</b>", "Ümläute, 日本語, 🎈", "1. one\n2. two\nmore of two", "costs $5 or #1 of 3"}) {
    const QString written = QString::fromUtf8(text);
    QString expected = written;
    if (expected.startsWith("1.")) expected = "one\ntwo\nmore of two";  // the list numbers them
    QCOMPARE(shown(written), expected);
  }
  QCOMPARE(shown("One.\n\nTwo."), QStringLiteral("One.\nTwo."));
  QCOMPARE(shown("Windows\r\nlines"), QStringLiteral("Windows\nlines"));
  QCOMPARE(shown(QStringLiteral("private \uE000\uE001\uE002 characters")), QStringLiteral("private  characters"));
  QTextDocument plain;
  show_plain(plain, "# no *heading* ![x](y)", {}, 0);
  QCOMPARE(plain.toPlainText(), QStringLiteral("# no *heading* ![x](y)"));
}

void MessageTextTest::markdown_is_shown() {
  QTextDocument document;
  show_markdown(document,
                "# Title\nText with **bold** and `code`.\n\n- one\n- two\n  more\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
                "> said\n\n```py\nx = 1\n\n  y = 2  \n```\nend",
                {}, 0);
  const QString text = document.toPlainText();
  QVERIFY2(text.startsWith("Title\nText with bold and code.\none\ntwo\nmore\n"), qPrintable(text));
  QVERIFY(!text.contains('`') && !text.contains('|') && !text.contains('>'));
  int lists = 0, tables = 0, bold = 0;
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
    lists += block.textList() != nullptr ? 1 : 0;
    tables += QTextCursor(block).currentTable() != nullptr ? 1 : 0;
    for (auto at = block.begin(); !at.atEnd(); ++at)
      if (at.fragment().text() == "bold") bold = at.fragment().charFormat().fontWeight();
  }
  QCOMPARE(lists, 2);  // the second line of an item is none
  QCOMPARE(tables, 4);
  const auto* table = qobject_cast<QTextTable*>(document.rootFrame()->childFrames().value(0));
  QVERIFY(table != nullptr && table->format().borderCollapse());
  QCOMPARE(table->cellAt(0, 0).firstCursorPosition().blockFormat().topMargin(), 0.0);
  QVERIFY(bold >= QFont::Bold);
  const auto code = code_in(document);
  QCOMPARE(code.size(), std::size_t{1});
  QCOMPARE(code.front().text, QStringLiteral("x = 1\n\n  y = 2  "));
}

void MessageTextTest::a_text_of_millions_is_shown_up_to_a_limit() {
  const QString words = QStringLiteral("W ").repeated(10'000'000);
  for (const auto& show : {show_markdown, show_plain}) {
    QTextDocument document;
    show(document, words, {}, 0);
    const QString shown = document.toPlainText();
    QVERIFY(shown.startsWith(QStringLiteral("W W W ")) && shown.size() < kMostShown + 100);
    QVERIFY2(shown.endsWith(QStringLiteral("… and 19,950,000 more characters")), qPrintable(shown.right(100)));
  }
}

void MessageTextTest::numbers_stay_as_they_are_written() {
  const auto in_lists = [](const QString& text) {
    QTextDocument document;
    show_markdown(document, text, {}, 0);
    int items = 0;
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next())
      items += block.textList() != nullptr ? 1 : 0;
    return items;
  };
  QCOMPARE(in_lists("1. a\n2. b\n3. c"), 3);
  QCOMPARE(in_lists("1. a\n\n   - inner\n\n2. b"), 3);
  // Qt would count these anew.
  QCOMPARE(shown("1984. It was a year."), QStringLiteral("1984. It was a year."));
  QCOMPARE(in_lists("1984. It was a year."), 0);
  QCOMPARE(shown("3. three\n4. four"), QStringLiteral("3. three\n4. four"));
  QCOMPARE(shown("1. a\n3. c"), QStringLiteral("1. a\n3. c"));
  QCOMPARE(shown("Only\n2. of a sentence"), QStringLiteral("Only\n2. of a sentence"));
  QCOMPARE(shown("```\n3. code\n```"), QStringLiteral("3. code"));
}

void MessageTextTest::hostile_text_loads_and_opens_nothing() {
  const QTemporaryDir folder;
  QImage picture(8, 8, QImage::Format_RGB32);
  picture.fill(Qt::red);
  QVERIFY(picture.save(folder.filePath("a.png")));
  const QString file = "file://" + folder.filePath("a.png");
  Watched document;
  show_markdown(document,
                QStringLiteral("![a child](%1) ![](http://x.org/p.png) ![r][ref] <img src=\"%1\"> \n\n[ref]: %1\n\n"
                               "<script>alert(1)</script>\n\n[a](javascript:alert(1)) [b](file:///etc/passwd) "
                               "[c](seek:1) [d](http://bank.com@evil.org/) [e](data:text/html,x) <javascript:x> "
                               "[f](qrc:/x) [g](/etc/passwd) [h](HTTP://E.org) [i](https://ü.de/ä) www.w.org\n\n"
                               "```\n![code](%1)\n```")
                    .arg(file),
                {}, 0);
  (void)document.documentLayout();  // makes it look for what it shows
  (void)document.size();
  QCOMPARE(document.asked, QStringList());
  QCOMPARE(addresses(document), (QStringList{"http://e.org", "https://xn--tda.de/%C3%A4", "http://www.w.org"}));
  const QString text = document.toPlainText();
  QVERIFY2(text.startsWith("a child "), qPrintable(text));
  QVERIFY(text.contains("<script>alert(1)</script>") && text.contains("<img src="));
  QVERIFY(text.contains("![code](" + file + ")"));  // code is as it was written
  QVERIFY(!text.contains(QChar::ObjectReplacementCharacter));
}

void MessageTextTest::hostile_text_ends() {
  for (const char* part :
       {"> ", "- ", "[", "![", "**a ", "`", "|", "1. ", "    ", "<", "&", "![](", "\n", "[a](", "~~~\n"}) {
    const QString text = QString::fromUtf8(part).repeated(4000);
    QTextDocument document;
    show_markdown(document, text, {}, kMinute);
    QVERIFY(document.characterCount() > 0);
  }
  QTextDocument document;
  show_markdown(document, QString(QChar(0xD800)) + QChar(0) + QStringLiteral("x"), {}, kMinute);  // no text at all
  QVERIFY(document.toPlainText().endsWith('x'));
}

void MessageTextTest::clock_times_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<double>("last");
  QTest::addColumn<QList<double>>("times");
  QTest::newRow("one") << "At 0:12, it falls." << 20.0 << QList<double>{12};
  QTest::newRow("several") << "0:05-0:10 (and 01:02)" << 100.0 << QList<double>{5, 10, 62};
  QTest::newRow("hours") << "at 1:02:03." << 4000.0 << QList<double>{3723};
  QTest::newRow("parts") << "0:12.5 and 0:03,25" << 20.0 << QList<double>{12.5, 3.25};
  QTest::newRow("long minutes") << "75:10" << 5000.0 << QList<double>{4510};
  QTest::newRow("at the end") << "0:20 0:21" << 20.0 << QList<double>{20};
  QTest::newRow("ratios") << "16:9, 4:3 and 1:1" << 4000.0 << QList<double>{};
  QTest::newRow("other numbers") << "1:02:03:04 a0:12 0:123 0:1 0:61 x:12 10:11:12:13 3.0:10" << 90000.0
                                 << QList<double>{};
  QTest::newRow("a long hour") << "1:75:10" << 90000.0 << QList<double>{};
  QTest::newRow("no clip") << "0:12" << 0.0 << QList<double>{};
  QTest::newRow("nothing") << "" << 10.0 << QList<double>{};
}

void MessageTextTest::clock_times() {
  QFETCH(const QString, text);
  QFETCH(const double, last);
  QFETCH(const QList<double>, times);
  QList<double> found;
  for (const ClockTime& time : sparsight::clock_times(text, last)) found << time.seconds;
  QCOMPARE(found, times);
}

void MessageTextTest::times_are_links_within_the_clip() {
  QTextDocument document;
  show_markdown(document, "**At 0:04** it falls, at 9:00 not. `0:05`\n\n    0:06\n\n[0:07](https://e.org)", {}, 10);
  QCOMPARE(addresses(document), (QStringList{"seek:4", "https://e.org"}));
  QCOMPARE(time_of_link("seek:4"), std::optional<double>(4));
  QVERIFY(!time_of_link("https://e.org"));
  show_plain(document, "What happens at 0:05?", {}, 10);
  const auto links = links_in(document);
  QCOMPARE(links.size(), std::size_t{1});
  QCOMPARE(document.toPlainText().mid(links[0].begin, links[0].end - links[0].begin), QStringLiteral("0:05"));
}

void MessageTextTest::code_is_copied_as_it_was_written() {
  const QString code = "def f(x):\n\treturn x  \n\n\n# 1. `![a](b)`\n0:05";
  for (const QString& text : {"```python\n" + code + "\n```", "~~~\n" + code + "\n~~~", "before\n```\n" + code}) {
    QTextDocument document;
    show_markdown(document, text, {}, kMinute);
    const auto found = code_in(document);
    QCOMPARE(found.size(), std::size_t{1});
    QCOMPARE(found.front().text, code);
    QVERIFY(addresses(document).isEmpty());
  }
  QTextDocument document;
  show_markdown(document, "```\none\n```\nbetween\n```\ntwo\n```", {}, 0);
  QCOMPARE(code_in(document).size(), std::size_t{2});
}

void MessageTextTest::a_word_is_found_in_the_source() {
  const QString source = "A **red** car, a `red` door.";
  const QString text = shown(source);
  QCOMPARE(text, QStringLiteral("A red car, a red door."));
  const auto second = static_cast<int>(text.lastIndexOf("red"));
  QCOMPARE(source_of_word(source, text, 3), static_cast<int>(source.indexOf("red")));
  QCOMPARE(source_of_word(source, text, second + 1), static_cast<int>(source.lastIndexOf("red")));
  QCOMPARE(source_of_word(source, text, static_cast<int>(text.indexOf(','))), -1);
  QCOMPARE(source_of_word(source, text, -1), -1);
  QCOMPARE(source_of_word(source, text, 1000), -1);
  QCOMPARE(source_of_word({}, {}, 0), -1);
}

void MessageTextTest::links_work_in_the_window() {
  Told it("At **0:01** it stops. See https://example.org/a.");
  QVERIFY(it.ask("What is at 0:02?"));
  MediaPlayer& player = *it.run.app.player();
  QVERIFY(player.duration() > 2);
  QDesktopServices::setUrlHandler("https", this, "take");
  const auto click_link = [&](int row, const QString& word) {
    QQuickItem* body = it.in(row, "body");
    const auto at = body->property("text").toString().indexOf(word) + 1;
    QRectF place;
    QMetaObject::invokeMethod(body, "positionToRectangle", Q_RETURN_ARG(QRectF, place),
                              Q_ARG(int, static_cast<int>(at)));
    QTest::mouseClick(it.run.window, Qt::LeftButton, {}, body->mapToScene(place.center()).toPoint());
  };
  click_link(1, "0:01");
  QTRY_COMPARE(player.position(), 1.0);
  click_link(0, "0:02");
  QTRY_COMPARE(player.position(), 2.0);
  QCOMPARE(opened_, QStringList());
  click_link(1, "example");
  QTRY_COMPARE(opened_, QStringList{"https://example.org/a"});
  // By keys alone.
  it.in(1, "links")->forceActiveFocus(Qt::TabFocusReason);
  QVERIFY(it.in(1, "links")->property("activeFocusOnTab").toBool() || it.in(1, "links")->activeFocusOnTab());
  QCOMPARE(it.in(1, "body")->property("selectedText").toString(), QStringLiteral("0:01"));
  QTest::keyClick(it.run.window, Qt::Key_Space);
  QTRY_COMPARE(player.position(), 1.0);
  QVERIFY(!player.playing());  // the key was the link's
  QTest::keyClick(it.run.window, Qt::Key_Right);
  QTest::keyClick(it.run.window, Qt::Key_Return);
  QTRY_COMPARE(opened_.size(), 2);
  QDesktopServices::unsetUrlHandler("https");
}

void MessageTextTest::an_answer_is_drawn() {
  Told it(
      "# What happens\nAt **0:01** the *star* stops, see [the page](https://example.org).\n\n1. It moves left.\n2. It "
      "`stops`.\n   - near the green square\n\n```py\nfor frame in clip:\n    print(frame)\n```\n\n| frame | star "
      "|\n|---|---|\n| 1 | right |\n| 8 | left |\n\n> A quote of two\n> lines.\n\nThe end.");
  QVERIFY(it.ask("What is at 0:02? Tell me in many words, with a list, a table and code."));
  keep(it.run.window, "markdown");
  const QImage light = it.run.window->grabWindow();
  it.run.app.settings()->setTheme("dark");
  keep(it.run.window, "markdown-dark");
  QVERIFY(it.run.window->grabWindow() != light);
  // The colours of links follow the theme.
  QQuickItem* body = it.in(1, "body");
  const auto* document = body->property("textDocument").value<QQuickTextDocument*>()->textDocument();
  QColor link;
  for (QTextBlock block = document->begin(); block.isValid(); block = block.next())
    for (auto at = block.begin(); !at.atEnd(); ++at)
      if (at.fragment().text() == "the page") link = at.fragment().charFormat().foreground().color();
  QCOMPARE(link, QColor("#6ea8fe"));
}

void MessageTextTest::an_answer_with_code_and_figures() {
  const QString text = "Text:\n\n```py\nx = 1\ny = 2\n```\n\nand *more*.";
  Told it(text);
  QVERIFY(it.ask("Code?"));
  click(it.in(1, "copyCode"));
  QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("x = 1\ny = 2"));
  click(it.in(1, "copy"));
  QCOMPARE(QGuiApplication::clipboard()->text(), text);
  QCOMPARE(it.in(1, "body")->property("text").toString(), QStringLiteral("Text:\nx = 1\ny = 2\nand more."));
  // The chip shows and hides how it was made, in place.
  QVERIFY(it.in(1, "answerFacts") == nullptr);
  const double place = it.in(1, "details")->mapToScene({0, 0}).y();
  click(it.in(1, "details"));
  QTRY_VERIFY(it.in(1, "answerFacts") != nullptr);
  for (int i = 0; i < 3; ++i) lay_out(it.run.window);
  QCOMPARE(it.in(1, "details")->mapToScene({0, 0}).y(), place);
  keep(it.run.window, "facts");
  click(it.in(1, "copyDetails"));
  QVERIFY(QGuiApplication::clipboard()->text().contains("Model: scripted"));
  click(it.in(1, "details"));
  QTRY_VERIFY(it.in(1, "answerFacts") == nullptr);
}

void MessageTextTest::actions_appear_without_moving_anything() {
  Told it("There.");
  QVERIFY(it.ask("Where?"));
  QQuickItem* edit = it.in(0, "edit");
  QQuickItem* body = it.in(1, "body");
  QCOMPARE(edit->opacity(), 0.0);
  QCOMPARE(it.in(1, "copy")->opacity(), 1.0);  // of the last answer they are always shown
  const QPointF place = body->mapToScene({0, 0});
  QTest::mouseMove(it.run.window, it.row(0)->mapToScene({it.row(0)->width() - 20, 10}).toPoint());
  QTRY_COMPARE(edit->opacity(), 1.0);
  lay_out(it.run.window);
  QCOMPARE(body->mapToScene({0, 0}), place);
  QTest::mouseMove(it.run.window, {1, 1});
  QTRY_COMPARE(edit->opacity(), 0.0);
  edit->forceActiveFocus(Qt::TabFocusReason);
  QTRY_COMPARE(edit->opacity(), 1.0);
  QCOMPARE(it.in(0, "copy")->opacity(), 1.0);
}

// The pointer says which word is meant; the signal has its place in the text as the model wrote it.
void MessageTextTest::a_word_can_be_asked_about() {
  Told it("A **red** car.");
  QVERIFY(it.ask("What?"));
  const auto* pane = it.row(1);
  while (pane != nullptr && !QByteArray(pane->metaObject()->className()).startsWith("ChatPane"))
    pane = pane->parentItem();
  QVERIFY(pane != nullptr);
  QSignalSpy words(pane, SIGNAL(wordClicked(int, int)));
  QQuickItem* body = it.in(1, "body");
  QRectF place;
  QMetaObject::invokeMethod(body, "positionToRectangle", Q_RETURN_ARG(QRectF, place), Q_ARG(int, 3));
  QTest::mouseClick(it.run.window, Qt::RightButton, {}, body->mapToScene(place.center()).toPoint());
  QTRY_VERIFY(it.row(1)->findChild<QObject*>("messageMenu") != nullptr);
  auto* menu = it.row(1)->findChild<QObject*>("messageMenu");
  QTRY_VERIFY(menu->property("opened").toBool());
  auto* ask = menu->findChild<QObject*>("askWord");
  QVERIFY(ask != nullptr && ask->property("enabled").toBool());
  QMetaObject::invokeMethod(ask, "triggered");
  QCOMPARE(words.size(), 1);
  QCOMPARE(words[0], (QVariantList{1, 4}));
  keep(it.run.window, "word-menu");
}

namespace {
const Registered<MessageTextTest> registered("message_text");
}  // namespace

}  // namespace sparsight::test

#include "message_text_test.moc"
