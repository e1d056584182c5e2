// The parts around the video and its tokens: descriptions, tool tips beside what they explain, readable buttons, and
// only numbers that are known.
#include "app/format.h"
#include "app/tokens/trace_text.h"
#include "tests/qml/chat_support.h"
#include "tests/qml/window_items.h"

#include <QJSValue>
#include <QRegularExpression>

#include <map>

namespace sparsight::test {
namespace {

QQuickItem* overlay_of(QQuickWindow* window) {
  for (QQuickItem* child : window->contentItem()->childItems())
    if (child->inherits("QQuickOverlay")) return child;
  return nullptr;
}

// The visible tool tip; null: none.
QQuickItem* tip_of(QQuickWindow* window) {
  QQuickItem* overlay = overlay_of(window);
  if (overlay == nullptr) return nullptr;
  for (QQuickItem* child : overlay->childItems())
    if (child->isVisible() && child->opacity() > 0 && child->inherits("QQuickPopupItem")) return child;
  return nullptr;
}

// The largest contrast between the text of an item and its background, which covers most of it.
double contrast_within(const QImage& picture, const QRect& area) {
  std::map<QRgb, int> count;
  for (int y = area.top(); y <= area.bottom(); ++y)
    for (int x = area.left(); x <= area.right(); ++x) ++count[picture.pixel(x, y)];
  const auto ground = std::ranges::max_element(count, {}, [](const auto& one) { return one.second; })->first;
  double most = 1;
  for (const auto& [colour, n] : count) most = std::max(most, contrast(colour, ground));
  return most;
}

}  // namespace

class PanesTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void a_picture_has_no_time_data();
  void a_picture_has_no_time();
  void pieces_read_as_text();
  void words_are_no_raw_pieces();
  void clusters_say_why_there_are_none();
  void the_plot_draws_what_is_known();
  void figures_say_what_they_count();
  void tips_do_not_cover_what_they_explain();
  void buttons_can_be_read_data();
  void buttons_can_be_read();

 private:
  static std::unique_ptr<Running> asked(const QString& folder, const QString& strategy = {}) {
    auto run = std::make_unique<Running>(folder + "/chats.db");
    if (!activate(run->window)) return nullptr;
    run->app.openDemo();
    if (!QTest::qWaitFor([&] { return run->app.trace()->hasMedia(); }, kPatience)) return nullptr;
    if (!strategy.isEmpty()) run->app.chat()->setStrategy(strategy);
    run->ask(kPictured[0]);
    if (!QTest::qWaitFor([&] { return !run->app.chat()->busy(); }, kPatience)) return nullptr;
    return run;
  }
};

void PanesTest::a_picture_has_no_time_data() {
  QTest::addColumn<QString>("format");
  QTest::newRow("by FFmpeg") << "png";
  QTest::newRow("by a library of its own") << "jpg";
}

void PanesTest::a_picture_has_no_time() {
  QFETCH(const QString, format);
  const QTemporaryDir folder;
  const QString file = folder.filePath("still." + format);
  QImage picture(96, 64, QImage::Format_RGB32);
  picture.fill(Qt::darkCyan);
  QVERIFY(picture.save(file));
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  const auto shown = [&](const char* name) { return run.find(name)->isVisible(); };
  run.app.open(file);
  QTRY_VERIFY(run.app.trace()->hasMedia() && run.app.player()->ready());
  QVERIFY(run.app.player()->still());
  for (const char* name : {"play", "timeline", "times", "speed", "rangeOn", "rangeStart", "rangeEnd"})
    QVERIFY2(!shown(name), name);
  QVERIFY(shown("export"));
  lay_out(run.window);
  const QString heading = run.find("askAbout")->property("text").toString();
  QVERIFY2(heading.contains("picture") && !heading.contains("video"), qPrintable(heading));
  QVERIFY(!run.find("input")->property("placeholderText").toString().contains("video"));
  QVERIFY(run.app.trace()->still());
  const auto kinds = run.find("export")->property("kinds").value<QJSValue>();
  for (quint32 i = 0; i < 3; ++i) {
    const QString kind = kinds.property(i).property("text").toString();
    QVERIFY2(!kind.isEmpty() && !kind.contains("frame"), qPrintable(kind));
  }
  QCOMPARE(run.find("comparedFrame")->property("text").toString(), QStringLiteral("The picture"));
  run.app.openDemo();
  QTRY_VERIFY(run.app.player()->ready() && run.app.player()->duration() > 0);
  for (const char* name : {"play", "timeline", "times", "speed", "rangeOn"}) QVERIFY2(shown(name), name);
  QVERIFY(run.find("askAbout")->property("text").toString().contains("video"));
}

void PanesTest::pieces_read_as_text() {
  const auto texts = [](const std::vector<std::string>& pieces) {
    QStringList found;
    for (const ShownPiece& piece : shown_pieces(pieces)) found << piece.text;
    return found;
  };
  QCOMPARE(texts({"<0x0A>", "▁W", "hich", "<0x31>", "?"}), QStringList({"↵", " W", "hich", "1", "?"}));
  // A character of several bytes is shown at the first of them; invalid bytes do not affect what follows.
  QCOMPARE(texts({"<0xC3>", "<0xB6>", "<0xE2>", "<0x82>", "<0xAC>", "a"}), QStringList({"ö", "", "€", "", "", "a"}));
  QCOMPARE(texts({"<0xC3>", "a"}), QStringList({"\uFFFD", "a"}));
  QCOMPARE(texts({"<0xZZ>", "<0x1>"}), QStringList({"<0xZZ>", "<0x1>"}));
  const std::vector<ShownPiece> special = shown_pieces({"</s>", "<s>", "<0x0A>", "USER"});
  for (int i = 0; i < 3; ++i) QVERIFY(!special[i].name.isEmpty() && !special[i].text.contains('<'));
  QVERIFY(special[3].name.isEmpty());
}

void PanesTest::words_are_no_raw_pieces() {
  const QTemporaryDir folder;
  const auto run = asked(folder.path());
  QVERIFY(run != nullptr);
  run->ask("Which öne is 1 €?");
  QTRY_VERIFY(!run->app.chat()->busy() && run->app.chat()->rowCount() == 4);
  const QVariantList words = run->app.trace()->words();
  bool raw = false;
  QStringList now;
  for (const QVariant& word : words) {
    const QVariantMap one = word.toMap();
    raw = raw || one["piece"].toString().contains("<0x");
    if (!one["earlier"].toBool()) now << one["text"].toString();
  }
  QVERIFY(raw);  // else the test shows nothing
  QCOMPARE(now, (QStringList{"Which", "öne", "is", "1", "€?"}));
  lay_out(run->window);
  const int first = static_cast<int>(words.size() - now.size());
  QVERIFY(first > 0);
  QVERIFY(visible(run->find("words"), "word0").isEmpty());  // of the first turn
  // The tool tip has the raw pieces, and their places.
  QQuickItem* word = visible(run->find("words"), "word" + QString::number(first + 1)).value(0);
  QVERIFY(word != nullptr);
  QTest::mouseMove(run->window, in_window(word).center().toPoint());
  QTRY_VERIFY(tip_of(run->window) != nullptr);
  const auto told = visible_items(tip_of(run->window));
  const QVariantMap one = words.at(first + 1).toMap();
  QVERIFY(std::ranges::any_of(told, [&](const QQuickItem* item) {
    const QString text = item->property("text").toString();
    return text.contains(QString("Tokens %1 to %2").arg(one["first"].toInt()).arg(one["last"].toInt())) &&
           text.contains(one["piece"].toString());
  }));
}

void PanesTest::clusters_say_why_there_are_none() {
  const QTemporaryDir folder;
  const auto run = asked(folder.path(), "sparsevlm-plus");
  QVERIFY(run != nullptr);
  TraceView& trace = *run->app.trace();
  const auto line = [&] { return visible(run->find("stage"), "nothingMerged").value(0); };
  trace.setMode(TraceView::Fate);
  QVERIFY(line() == nullptr);
  trace.setMode(TraceView::Clusters);
  QVERIFY(line() != nullptr);
  const QString text = line()->property("text").toString();
  QVERIFY2(text.contains("sparsevlm-plus drops") && text.contains("sparsevlm-v1.5") && text.contains("visionzip"),
           qPrintable(text));
  run->app.chat()->setStrategy("sparsevlm-v1.5");
  run->ask(kPictured[1]);
  QTRY_VERIFY(!run->app.chat()->busy() && trace.strategy() == "sparsevlm-v1.5");
  QVERIFY(line() == nullptr);
  trace.setDepth(0);
  QVERIFY(line() != nullptr && line()->property("text").toString().contains("later layer"));
  run->app.chat()->setStrategy("none");
  run->ask(kPictured[1]);
  QTRY_VERIFY(!run->app.chat()->busy() && trace.strategy() == "none");
  QVERIFY(line() != nullptr && line()->property("text").toString().contains("Nothing was pruned"));
}

void PanesTest::the_plot_draws_what_is_known() {
  const QTemporaryDir folder;
  const auto run = asked(folder.path());
  QVERIFY(run != nullptr);
  TraceView& trace = *run->app.trace();
  int looks = 0, unfinished = 0;
  QStringList wrong;
  const auto look = [&] {
    const QVariantList layers = trace.layers();
    if (!trace.hasTrace()) return;
    ++looks;
    unfinished += layers.size() < trace.layerCount() ? 1 : 0;
    for (int i = 0; i <= trace.layerCount(); ++i) {
      const auto level = visible(run->find("tokenPane"), QStringLiteral("level%1").arg(i)).value(0);
      if ((level != nullptr) != (i <= layers.size())) wrong << QStringLiteral("%1 of %2").arg(i).arg(layers.size());
      if (level == nullptr || i > layers.size()) continue;
      const double tokens = i > 0              ? layers.at(i - 1).toMap()["tokensOut"].toDouble()
                            : layers.isEmpty() ? trace.visualTokens()
                                               : layers.at(0).toMap()["tokensIn"].toDouble();
      const double wanted = level->parentItem()->height() * tokens / trace.visualTokens();
      if (std::abs(level->height() - wanted) > 0.5) wrong << QStringLiteral("%1: %2").arg(level->height()).arg(wanted);
    }
  };
  const QObject looking;  // limits connections to the lifetime of the objects they use
  connect(&trace, &TraceView::traceChanged, &looking, look, Qt::QueuedConnection);
  run->app.chat()->regenerate();
  QTRY_VERIFY(looks > 0 && !run->app.chat()->busy());
  QTRY_VERIFY(trace.layers().size() == trace.layerCount());
  look();
  QVERIFY(unfinished > 0);
  QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(", ")));
  // The selected column and the text above it agree, wherever a strategy prunes.
  for (const char* strategy : {"sparsevlm-plus", "sparsevlm-v1.5", "fastv", "visionzip", "prumerge", "none"}) {
    run->app.chat()->setStrategy(strategy);
    run->app.chat()->again(1);
    QTRY_VERIFY(!run->app.chat()->busy() && trace.strategy() == strategy);
    for (int depth = 1; depth <= trace.layerCount() + 1; ++depth) {
      trace.setDepth(depth);
      const auto level = visible(run->find("tokenPane"), QStringLiteral("level%1").arg(depth - 1)).value(0);
      QVERIFY(level != nullptr);
      const auto& steps = trace.trace()->steps;
      const std::size_t left = trace.stepsDone() == 0
                                   ? trace.trace()->visual_tokens
                                   : steps[static_cast<std::size_t>(trace.stepsDone()) - 1].out_ids.size();
      QVERIFY2(trace.stepTitle().contains(": " + number_text(static_cast<double>(left)) + " of "),
               qPrintable(trace.stepTitle()));
      const double drawn = level->height() / level->parentItem()->height() * trace.visualTokens();
      QVERIFY2(std::abs(drawn - static_cast<double>(left)) < 1,
               qPrintable(QStringLiteral("%1, %2: %3").arg(strategy, trace.stepTitle()).arg(drawn)));
    }
  }
}

void PanesTest::figures_say_what_they_count() {
  const QTemporaryDir folder;
  const auto run = asked(folder.path());
  QVERIFY(run != nullptr);
  TraceView& trace = *run->app.trace();
  const auto text = [&](const char* name) {
    const auto item = visible(run->find("tokenPane"), name).value(0);
    return item == nullptr ? QString() : item->property("text").toString();
  };
  for (const int depth : {0, 1, 4}) {
    trace.setDepth(depth);
    QVERIFY2(text("stepTitle").startsWith(trace.depthTitle()), qPrintable(text("stepTitle")));
  }
  const QString mean = QLocale().toString(std::round(trace.trace()->equivalent_by_input()), 'f', 0);
  QVERIFY2(text("meanTitle").contains("average") && text("meanTitle").contains(mean), qPrintable(text("meanTitle")));
}

void PanesTest::tips_do_not_cover_what_they_explain() {
  const QTemporaryDir folder;
  const auto run = asked(folder.path());
  QVERIFY(run != nullptr);
  run->window->resize(1024, 640);
  QTRY_COMPARE(run->window->width(), 1024);
  lay_out(run->window);
  int tips = 0;
  for (QQuickItem* item : visible_items(run->window->contentItem())) {
    const bool told = !item->property("hint").toString().isEmpty() && is_control(item) && item->isEnabled();
    const QRectF place = in_window(item);
    if (!told || !QRectF(0, 0, 1024, 640).contains(place)) continue;
    QTest::mouseMove(run->window, {512, 100});
    QTRY_VERIFY(tip_of(run->window) == nullptr);
    QTest::mouseMove(run->window, place.center().toPoint());
    if (!item->property("hovered").toBool()) continue;  // scrolled away
    QTRY_VERIFY2(tip_of(run->window) != nullptr, qPrintable(described(item)));
    const QRectF tip = in_window(tip_of(run->window));
    const QRectF both = tip & place;
    QVERIFY2(both.width() < 1 || both.height() < 1, qPrintable(described(item) + " lies under its tool tip"));
    QVERIFY2(QRectF(0, 0, 1024, 640).contains(tip), qPrintable(described(item)));
    ++tips;
  }
  QVERIFY2(tips > 12, qPrintable(QString::number(tips)));
}

void PanesTest::buttons_can_be_read_data() {
  QTest::addColumn<QString>("theme");
  QTest::newRow("light") << "light";
  QTest::newRow("dark") << "dark";
}

// WCAG 2.1 wants 4.5:1 for text, in every state of the button.
void PanesTest::buttons_can_be_read() {
  QFETCH(const QString, theme);
  const QTemporaryDir folder;
  RecordingEngine engine;
  Running run(folder.filePath("chats.db"), engine.door());
  run.app.settings()->setTheme(theme);
  QVERIFY(activate(run.window));
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  engine.hold = true;
  run.ask("What is it?");
  QTRY_VERIFY(run.app.chat()->busy() && !run.text(1).isEmpty());
  run.app.chat()->stop();
  QTRY_VERIFY(!run.app.chat()->busy());
  engine.hold = false;
  run.find("input")->setProperty("text", "Another one");  // so that it can be sent
  QTest::mouseMove(run.window, {1, 1});
  still(run.window);
  QList<QQuickItem*> buttons;
  bool retry = false;
  for (QQuickItem* item : visible_items(run.window->contentItem()))
    if (item->inherits("QQuickAbstractButton") && item->property("symbol").isValid() && item->opacity() > 0) {
      buttons << item;
      retry = retry || item->property("text").toString() == "Retry";
    }
  QVERIFY(retry);
  QVERIFY(buttons.size() > 12);
  const auto check = [&](QQuickItem* button, const char* state) {
    const QImage picture = run.window->grabWindow();
    const QRect area = in_window(button).toAlignedRect().adjusted(3, 3, -3, -3) & picture.rect();
    const double found = contrast_within(picture, area);
    QVERIFY2(found >= 4.5, qPrintable(QStringLiteral("%1, %2: %3").arg(described(button), state).arg(found)));
  };
  for (QQuickItem* button : buttons) {
    check(button, "at rest");
    QTest::mouseMove(run.window, in_window(button).center().toPoint());
    check(button, "pointed at");
    QTest::mouseMove(run.window, {1, 1});
    button->setProperty("down", true);
    check(button, "pressed");
    button->setProperty("down", false);
    button->setEnabled(false);
    check(button, "disabled");
    if (QTest::currentTestFailed()) return;
  }
}

namespace {
const Registered<PanesTest> registered("panes");
}  // namespace

}  // namespace sparsight::test

#include "panes_test.moc"
