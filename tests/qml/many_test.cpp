// Many sessions: groups, thumbnails, a selection, tags, exports, sessions for many videos; and very many of them.
#include "core/chat/export.h"
#include "tests/qml/chat_support.h"

#include <fmt/format.h>

#include <QDateTime>

#include <sys/resource.h>
#include <csignal>

namespace sparsight::test {

class ManyTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void sessions_are_grouped_by_date();
  void each_shows_its_file_and_answers();
  void thumbnails_are_made_once();
  void several_are_selected_with_keys_and_clicks();
  void several_are_pinned_deleted_and_brought_back();
  void tags_are_put_on_and_filter_the_list();
  void all_are_exported_and_come_back();
  void a_stopped_export_leaves_nothing();
  void many_videos_become_a_session_each();
  void tags_of_all_kinds();
  void an_export_to_a_full_disk();
  void five_thousand_sessions();

 private:
  struct Filled;
};

namespace {

constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000;

QString group(SessionList& list, int row) { return list.data(list.index(row), SessionList::GroupRole).toString(); }
QString title(SessionList& list, int row) { return list.data(list.index(row), SessionList::TitleRole).toString(); }

QStringList titles_in(ChatStore& store) {
  QStringList out;
  for (const Session& session : store.sessions()) out << QString::fromStdString(session.title);
  return out;
}

}  // namespace

// A window over sessions 0 to 5, the last one on top, with an answer each.
struct ManyTest::Filled {
  Filled() {
    ChatStore store = ChatStore::open(database().toStdString());
    for (int i = 0; i < 6; ++i) {
      const std::int64_t then = QDateTime::currentMSecsSinceEpoch() - (60 - i) * 1000;
      ids.push_back(store.add_session({.title = fmt::format("s{}", i), .created_ms = then, .updated_ms = then}));
      (void)store.add_message(ids.back(), {.text = "What?", .created_ms = then});
      (void)store.add_message(ids.back(), {.role = MessageRole::Answer, .text = "That.", .created_ms = then});
    }
    run = std::make_unique<Running>(database(), script.door());
  }
  [[nodiscard]] QString database() const { return folder.filePath("chats.db"); }
  [[nodiscard]] SessionList& list() const { return *run->app.sessions(); }
  [[nodiscard]] QQuickItem* view() const { return run->find("sessions"); }
  [[nodiscard]] QStringList selected() const {
    QStringList out;
    for (const QVariant& id : list().selected()) out << title(list(), list().rowOf(id.toLongLong()));
    return out;
  }
  void click(int row, Qt::KeyboardModifiers modifiers = {}) const {
    click_on(run->window, row_of(view(), row), Qt::LeftButton, modifiers);
  }
  QTemporaryDir folder;
  Script script;
  std::vector<SessionId> ids;
  std::unique_ptr<Running> run;
};

void ManyTest::sessions_are_grouped_by_date() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  const std::int64_t now = QDateTime::currentMSecsSinceEpoch();
  const QDate today = QDate::currentDate();
  {
    ChatStore store = ChatStore::open(database.toStdString());
    for (const std::int64_t days : {0, 1, 3, 400})
      (void)store.add_session({.title = fmt::format("{}", days), .created_ms = now, .updated_ms = now - days * kDay});
    store.pin_session(store.add_session({.title = "p", .created_ms = now, .updated_ms = 1}), true);
  }
  Script script;
  Running run(database, script.door());
  SessionList& list = *run.app.sessions();
  const QDate old = today.addDays(-400);
  const QStringList expected{"Pinned", "Today", "Yesterday", "Last 7 days",
                             QLocale().standaloneMonthName(old.month()) + ' ' + QString::number(old.year())};
  for (int row = 0; row < 5; ++row) QCOMPARE(group(list, row), expected[row]);
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  const auto shown = [&] {
    QList<QQuickItem*> items = visible(run.find("sessions"), "sessionGroup");
    std::ranges::sort(items, {}, [](QQuickItem* item) { return item->y(); });
    QStringList texts;
    for (QQuickItem* item : items) texts << item->property("text").toString();
    return texts;
  };
  lay_out(run.window);
  QTRY_COMPARE(shown(), expected);
  // A session that is pinned changes its group; a search for words has none.
  list.pin(list.idAt(1), true);
  QTRY_COMPARE(shown(), (QStringList{"Pinned", "Yesterday", "Last 7 days", expected.last()}));
  list.setSearch("400");
  QTRY_COMPARE(shown(), QStringList());
}

void ManyTest::each_shows_its_file_and_answers() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    ChatStore store = ChatStore::open(database.toStdString());
    const SessionId id = store.add_session("Which way?", SessionMedia{"/clips/crossing.mp4", "00", 1});
    for (int i = 0; i < 3; ++i) {
      (void)store.add_question(id, "What?");
      store.finish_answer(store.begin_answer(id), "That.", MessageState::Complete);
    }
    store.set_tag(id, "traffic");
    store.set_tag(id, "<b>bold</b>");
  }
  Script script;
  Running run(database, script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  lay_out(run.window);
  const auto shown = [&](const char* name) {
    QStringList texts;
    for (QQuickItem* item : visible(row_of(run.find("sessions"), 0), name)) texts << text_of(item);
    return texts;
  };
  QTRY_COMPARE(shown("sessionFile"), QStringList{"crossing.mp4"});
  QTRY_COMPARE(shown("sessionAnswers"), QStringList{"· 3 answers"});
  QTRY_COMPARE(shown("sessionTag"), (QStringList{"<b>bold</b>", "traffic"}));
  QCOMPARE(shown("sessionTime"), QStringList());
}

void ManyTest::thumbnails_are_made_once() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  const QString clip = resource("clips/crossing.mp4");
  {
    ChatStore store = ChatStore::open(database.toStdString());
    (void)store.add_session("there", describe_media(clip.toStdString()));
    (void)store.add_session("gone", SessionMedia{"/no/such/clip.mp4", "ab", 1});
    (void)store.add_session("no video", SessionMedia{resource("clips/questions.jsonl").toStdString(), "../../x", 1});
  }
  const QDir kept(database + ".thumbnails");
  QByteArray made;
  for (const bool again : {false, true}) {
    Script script;
    Running run(database, script.door());
    QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
    lay_out(run.window);
    // The pictures that are shown and those that are not, by session.
    const auto with = [&](bool there) {
      QStringList names;
      SessionList& list = *run.app.sessions();
      for (int row = 0; row < list.rowCount(); ++row)
        for (QQuickItem* picture : visible(row_of(run.find("sessions"), row), "thumbnail"))
          if (picture->property("there").toBool() == there) names << title(list, row);
      names.sort();
      return names;
    };
    QTRY_COMPARE(with(true), QStringList{"there"});
    QTRY_COMPARE(with(false), (QStringList{"gone", "no video"}));
    QCOMPARE(kept.entryList(QDir::Files).size(), 1);
    QFile file(kept.filePath(kept.entryList(QDir::Files).first()));
    QVERIFY(file.open(QIODevice::ReadOnly));
    if (again) QCOMPARE(file.readAll(), made);
    if (!again) {
      // What is kept is what is shown the next time.
      QImage other(Thumbnails::kWidth, Thumbnails::kHeight, QImage::Format_RGB32);
      other.fill(Qt::magenta);
      QVERIFY(other.save(file.fileName(), "JPG", 100));
      file.seek(0);
      made = file.readAll();
    } else {
      QCOMPARE(colours_in(run.app.thumbnails()->picture(clip, {}).convertToFormat(QImage::Format_RGB32)), 1);
    }
  }
}

void ManyTest::several_are_selected_with_keys_and_clicks() {
  Filled it;
  QVERIFY(activate(it.run->window));
  lay_out(it.run->window);
  it.click(1);
  QCOMPARE(it.run->app.chat()->title(), QStringLiteral("s4"));
  QCOMPARE(it.selected(), QStringList());
  it.click(3, Qt::ControlModifier);
  it.click(5, Qt::ControlModifier);
  QCOMPARE(it.run->app.chat()->title(), QStringLiteral("s4"));  // it stays open
  QCOMPARE(it.selected(), (QStringList{"s2", "s0"}));
  it.click(5, Qt::ControlModifier);
  QCOMPARE(it.selected(), QStringList{"s2"});
  it.click(3, Qt::ControlModifier);
  it.click(1);
  it.click(4, Qt::ShiftModifier);
  QCOMPARE(it.selected(), (QStringList{"s4", "s3", "s2", "s1"}));
  it.click(0, Qt::ShiftModifier);
  QCOMPARE(it.selected(), (QStringList{"s5", "s4"}));
  it.click(2);
  QCOMPARE(it.selected(), QStringList());
  QVERIFY(!it.run->find("selectionBar")->isVisible());
  // The same with keys.
  QTest::keyClick(it.run->window, Qt::Key_Down, Qt::ShiftModifier);
  QTest::keyClick(it.run->window, Qt::Key_Down, Qt::ShiftModifier);
  QCOMPARE(it.selected(), (QStringList{"s3", "s2", "s1"}));
  QTest::keyClick(it.run->window, Qt::Key_Up, Qt::ShiftModifier);
  QCOMPARE(it.selected(), (QStringList{"s3", "s2"}));
  QTest::keyClick(it.run->window, Qt::Key_Space, Qt::ControlModifier);
  QCOMPARE(it.selected(), QStringList{"s3"});
  QTest::keyClick(it.run->window, Qt::Key_A, Qt::ControlModifier);
  QCOMPARE(it.selected().size(), 6);
  QCOMPARE(it.run->find("selectedCount")->property("text").toString(), QStringLiteral("6 selected"));
  // It follows changes of the list.
  ChatStore other = ChatStore::open(it.database().toStdString());
  other.delete_session(it.ids[0]);
  (void)other.add_session("new");
  it.list().refresh();
  QCOMPARE(it.selected(), (QStringList{"s5", "s4", "s3", "s2", "s1"}));
  QTest::keyClick(it.run->window, Qt::Key_Escape);
  QCOMPARE(it.selected(), QStringList());
}

void ManyTest::several_are_pinned_deleted_and_brought_back() {
  Filled it;
  QVERIFY(activate(it.run->window));
  lay_out(it.run->window);
  it.click(2);  // s3 is open
  it.click(1, Qt::ControlModifier);
  it.click(2, Qt::ControlModifier);
  click(it.run->find("pinSelected"));
  QCOMPARE(group(it.list(), 0), QStringLiteral("Pinned"));
  QCOMPARE((QStringList{title(it.list(), 0), title(it.list(), 1)}), (QStringList{"s4", "s3"}));
  QCOMPARE(it.selected(), (QStringList{"s4", "s3"}));
  click(it.run->find("pinSelected"));
  QCOMPARE(title(it.list(), 0), QStringLiteral("s5"));
  it.view()->forceActiveFocus();
  QTest::keyClick(it.run->window, Qt::Key_Delete);
  QCOMPARE(it.list().rowCount(), 4);
  QCOMPARE(it.run->app.chat()->title(), QString());
  QCOMPARE(it.selected(), QStringList());
  QTRY_VERIFY(it.view()->hasActiveFocus());
  QTest::keyClick(it.run->window, Qt::Key_Delete);  // another one, alone
  QCOMPARE(it.list().rowCount(), 3);
  QTest::keyClick(it.run->window, Qt::Key_Z, Qt::ControlModifier);
  QCOMPARE(it.list().rowCount(), 4);
  QTest::keyClick(it.run->window, Qt::Key_Z, Qt::ControlModifier);
  QCOMPARE(it.list().rowCount(), 6);
  QCOMPARE(it.run->app.chat()->title(), QStringLiteral("s3"));
  QTest::keyClick(it.run->window, Qt::Key_Z, Qt::ControlModifier);
  QCOMPARE(it.list().rowCount(), 6);
}

void ManyTest::tags_are_put_on_and_filter_the_list() {
  Filled it;
  QVERIFY(activate(it.run->window));
  lay_out(it.run->window);
  it.click(0, Qt::ControlModifier);
  it.click(1, Qt::ControlModifier);
  click(it.run->find("tagSelected"));
  auto* dialog = it.run->find<QObject>("tagDialog");
  QTRY_VERIFY(dialog->property("opened").toBool());
  for (const char* tag : {"cats", "two words"}) {
    it.run->find("newTag")->setProperty("text", tag);
    QTest::keyClick(it.run->window, Qt::Key_Return);
  }
  QCOMPARE(it.list().data(it.list().index(1), SessionList::TagsRole).toStringList(),
           (QStringList{"cats", "two words"}));
  QVERIFY(dialog->property("opened").toBool());
  // A click takes it off again.
  QQuickItem* content = dialog->property("contentItem").value<QQuickItem*>();
  QTRY_COMPARE(visible(content, "tag:cats").size(), 1);
  QVERIFY(visible(content, "tag:cats").first()->property("checked").toBool());
  click(visible(content, "tag:cats").first());
  QTRY_VERIFY(!visible(content, "tag:cats").size());  // no session has it any more
  QCOMPARE(it.list().data(it.list().index(0), SessionList::TagsRole).toStringList(), QStringList{"two words"});
  QTest::keyClick(it.run->window, Qt::Key_Escape);
  QTRY_VERIFY(!dialog->property("visible").toBool());
  // The menu filters by it.
  click(it.run->find("moreSessions"));
  auto* menu = it.run->find<QObject>("sessionsMenu");
  QTRY_VERIFY(menu->property("opened").toBool());
  const QList<QQuickItem*> filters = visible(menu->property("contentItem").value<QQuickItem*>(), "tagFilter");
  QCOMPARE(filters.size(), 1);
  QCOMPARE(filters.first()->property("text").toString(), QStringLiteral("Tag: two words (2)"));
  QMetaObject::invokeMethod(filters.first(), "triggered");
  QCOMPARE(it.run->find("search")->property("text").toString(), QStringLiteral("tag:\"two words\""));
  QCOMPARE(it.list().rowCount(), 2);
  QCOMPARE(group(it.list(), 0), QStringLiteral("Today"));
  it.run->find("search")->setProperty("text", "tag:\"two words\" s5");
  QCOMPARE(it.list().rowCount(), 1);
  QMetaObject::invokeMethod(menu, "close");
}

void ManyTest::all_are_exported_and_come_back() {
  Filled it;
  QVERIFY(QTest::qWaitForWindowExposed(it.run->window, kPatience));
  QSignalSpy exported(&it.list(), &SessionList::exported), imported(&it.list(), &SessionList::imported);
  const QString json = it.folder.filePath("all ü.json");
  it.list().setTag({QVariant::fromValue<qint64>(it.ids[0])}, "kept", true);
  it.list().exportTo({}, QUrl::fromLocalFile(json).toString(), false);
  QVERIFY(it.list().importing());
  QTRY_VERIFY(it.run->find("importRow")->isVisible());
  QTRY_COMPARE(exported.size(), 1);
  QCOMPARE(it.run->find("importText")->property("text").toString(), "Saved: " + json);
  it.list().importFile(json);
  QTRY_COMPARE(imported.size(), 1);
  QCOMPARE(it.list().rowCount(), 12);
  {
    ChatStore store = ChatStore::open(it.database().toStdString());
    QCOMPARE(store.sessions(99, 0, {"kept"}).size(), std::size_t{2});
  }
  // Some of them, to read.
  it.list().exportTo({QVariant::fromValue<qint64>(it.ids[0]), QVariant::fromValue<qint64>(it.ids[1])}, it.folder.path(),
                     true);
  QTRY_COMPARE(exported.size(), 2);
  QCOMPARE(QDir(exported[1][0].toString()).entryList(QDir::Files).size(), 2);
  it.list().exportTo({}, it.folder.filePath("none/all.json"), false);
  QTRY_VERIFY(it.run->app.notice().contains("none/all.json"));
  QVERIFY(!it.list().importing());
}

void ManyTest::a_stopped_export_leaves_nothing() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    ChatStore store = ChatStore::open(database.toStdString());
    ChatStore::Batch batch(store);
    for (int i = 0; i < 3000; ++i) (void)store.add_question(store.add_session("x"), std::string(2000, 'x'));
    batch.commit();
  }
  Script script;
  Running run(database, script.door());
  SessionList& list = *run.app.sessions();
  QSignalSpy exported(&list, &SessionList::exported);
  const QString file = folder.filePath("all.json");
  list.exportTo({}, file, false);
  QTRY_VERIFY(list.importProgress() > 0);
  list.stopImport();
  QTRY_VERIFY(!list.importing());
  if (exported.isEmpty()) QVERIFY(!QFile::exists(file));
  QCOMPARE(QDir(folder.path()).entryList({"*all*"}, QDir::Files | QDir::Hidden).size(), exported.size());
  QVERIFY(run.app.notice().isEmpty());
}

void ManyTest::many_videos_become_a_session_each() {
  Scripted over;
  Running run(over.database(), over.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QTRY_VERIFY(!run.app.loading());
  SessionList& list = *run.app.sessions();
  run.app.openFiles({resource("clips/crossing.mp4"), resource("clips/trio.mp4"), over.no_video()});
  auto* choice = run.find<QObject>("fileChoice");
  QTRY_VERIFY(choice->property("opened").toBool());
  QCOMPARE(run.find("openAll")->property("text").toString(), QStringLiteral("Open all 3, one session each"));
  click(run.find("openAll"));
  QTRY_COMPARE(list.rowCount(), 2);
  QTRY_VERIFY(!choice->property("visible").toBool());
  QVERIFY(run.app.notice().contains("text.mp4"));
  QTRY_COMPARE(run.app.chat()->title(), QStringLiteral("crossing.mp4"));
  QTRY_VERIFY(!run.app.chat()->busy());
  // The first question becomes the title.
  run.ask("Which way does the star go?");
  QTRY_COMPARE(run.app.chat()->rowCount(), 2);
  QTRY_VERIFY(!run.app.chat()->busy());
  QCOMPARE(run.app.chat()->title(), QStringLiteral("Which way does the star go?"));
  ChatStore store = ChatStore::open(over.database().toStdString());
  QCOMPARE(titles_in(store), (QStringList{"Which way does the star go?", "trio.mp4"}));
  // A person's own title stays.
  const qint64 other = list.idAt(1);
  list.rename(other, "mine");
  run.app.chat()->openSession(other);
  QTRY_VERIFY(!run.app.chat()->busy());
  run.ask("How many?");
  QTRY_COMPARE(run.app.chat()->rowCount(), 2);
  QTRY_VERIFY(!run.app.chat()->busy());
  QCOMPARE(store.session(other)->title, std::string("mine"));
}

void ManyTest::tags_of_all_kinds() {
  Filled it;
  {
    ChatStore store = ChatStore::open(it.database().toStdString());
    ChatStore::Batch batch(store);
    for (int i = 0; i < 200; ++i) store.set_tag(it.ids[0], fmt::format("tag {:03}", i));
    batch.commit();
  }
  SessionList& list = it.list();
  list.refresh();
  const QVariantList first{QVariant::fromValue<qint64>(it.ids[0])}, second{QVariant::fromValue<qint64>(it.ids[1])};
  const auto names = [&](const QVariantList& ids) {
    QStringList here;
    for (const QVariant& tag : list.tagsOf(ids))
      if (tag.toMap()["here"].toInt() > 0) here << tag.toMap()["name"].toString();
    return here;
  };
  QCOMPARE(names(first).size(), 200);
  // The same tag in another case, also beyond ASCII.
  const QString umlaut = QStringLiteral("Äpfel"), arabic = QStringLiteral("سيارة حمراء"), wide(200, u'名');
  list.setTag(first, umlaut, true);
  list.setTag(second, QStringLiteral("äPFEL"), true);
  list.setTag(second, QStringLiteral("TAG 007"), true);
  list.setTag(second, arabic, true);
  list.setTag(second, wide, true);
  QTRY_COMPARE(names(second).size(), 4);
  QVERIFY(names(second).contains(umlaut) && names(second).contains("tag 007") && names(second).contains(arabic));
  QVERIFY(names(second).contains(wide.left(20)));  // whole characters of 60 bytes
  list.setSearch("tag:" + umlaut);
  QCOMPARE(list.rowCount(), 2);
  list.setSearch("tag:\"" + arabic + '"');
  QCOMPARE(list.rowCount(), 1);
  list.setSearch("");
  list.setTag(second, QStringLiteral("ÄPFEL"), false);
  QTRY_VERIFY(!names(second).contains(umlaut));
  // All of them can be reached, and none is wider than the dialog.
  QVERIFY(activate(it.run->window));
  lay_out(it.run->window);
  it.view()->forceActiveFocus();
  it.click(5, Qt::ControlModifier);
  click(it.run->find("tagSelected"));
  auto* dialog = it.run->find<QObject>("tagDialog");
  QTRY_VERIFY(dialog->property("opened").toBool());
  QQuickItem* tags = it.run->find("tags");
  QTRY_VERIFY(tags->property("contentHeight").toDouble() > tags->height() && tags->height() > 0);
  QVERIFY(dialog->property("height").toDouble() < it.run->window->height());
  for (QQuickItem* tag : all(tags, "tag:" + wide.left(20)) + all(tags, "tag:tag 199"))
    QVERIFY(tag->x() + tag->width() <= tags->width());
  QQuickItem* last = all(tags, "tag:tag 199").first();
  last->forceActiveFocus(Qt::TabFocusReason);
  const QRectF place = last->mapRectToItem(tags, {0, 0, last->width(), last->height()});
  QVERIFY(place.top() >= 0 && place.bottom() <= tags->height());
  keep(it.run->window, "two-hundred-tags");
  QTest::keyClick(it.run->window, Qt::Key_Escape);
  QTRY_VERIFY(!dialog->property("visible").toBool());
}

void ManyTest::an_export_to_a_full_disk() {
  Filled it;
  QVERIFY(QTest::qWaitForWindowExposed(it.run->window, kPatience));
  std::signal(SIGXFSZ, SIG_IGN);
  for (const bool markdown : {false, true}) {
    // As a full disk: no file may grow.
    rlimit before{};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit full{1, before.rlim_max};
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &full), 0);
    it.list().exportTo({}, markdown ? it.folder.path() : it.folder.filePath("all.json"), markdown);
    const bool told = QTest::qWaitFor([&] { return !it.run->app.notice().isEmpty(); }, kPatience);
    setrlimit(RLIMIT_FSIZE, &before);
    QVERIFY(told);
    QVERIFY(!it.list().importing());
    QVERIFY2(it.run->app.notice().contains(it.folder.path()), qPrintable(it.run->app.notice()));
    const QStringList left =
        QDir(it.folder.path()).entryList({"*all*", "*sparsight-*"}, QDir::AllEntries | QDir::Hidden);
    QVERIFY2(left.isEmpty(), qPrintable(left.join(' ')));
    it.run->app.dismissNotice();
  }
}

// Figures, and that nothing of the list is made that is not seen.
void ManyTest::five_thousand_sessions() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  SessionId long_one = 0;
  {
    ChatStore store = ChatStore::open(database.toStdString());
    ChatStore::Batch batch(store);
    const std::int64_t now = QDateTime::currentMSecsSinceEpoch();
    for (int i = 0; i < 5000; ++i) {
      const std::int64_t then = now - i * kDay / 20;
      const SessionId id = store.add_session({.title = fmt::format("Session {} about something", i),
                                              .created_ms = then,
                                              .updated_ms = then,
                                              .media = SessionMedia{fmt::format("/clips/{}.mp4", i), "", 1}});
      for (int m = 0; m < 4; ++m)
        (void)store.add_message(id, {.role = m % 2 == 0 ? MessageRole::Question : MessageRole::Answer,
                                     .text = fmt::format("message {} of session {} with some words", m, i),
                                     .created_ms = then});
      if (i % 10 == 0) store.set_tag(id, "tenth");
    }
    long_one = store.add_session("two thousand");
    for (int m = 0; m < 2000; ++m)
      (void)store.add_message(long_one, {.role = m % 2 == 0 ? MessageRole::Question : MessageRole::Answer,
                                         .text = fmt::format("message {} with a few more words in it", m),
                                         .created_ms = now});
    batch.commit();
  }
  Script script;
  Running run(database, script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  SessionList& list = *run.app.sessions();
  QQuickItem* view = run.find("sessions");
  QCOMPARE(list.rowCount(), 5001);
  QTRY_VERIFY(!run.app.loading());
  lay_out(run.window);
  QElapsedTimer clock;
  const auto took = [&](const char* what, const auto& work) {
    clock.start();
    work();
    const double alone = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    lay_out(run.window);
    qInfo("%s: %.1f ms, drawn after %.1f ms", what, alone, static_cast<double>(clock.nsecsElapsed()) / 1e6);
  };
  took("5,001 sessions listed anew", [&] { list.refresh(); });
  took("one renamed", [&] { list.rename(list.idAt(100), "another"); });
  took("search for a common word", [&] { list.setSearch("session"); });
  took("search for a rare word", [&] { list.setSearch("4321"); });
  took("filter by tag", [&] { list.setSearch("tag:tenth"); });
  QCOMPARE(list.rowCount(), 500);
  took("back to all", [&] { list.setSearch(""); });
  took("all selected", [&] { list.selectAll(); });
  QCOMPARE(list.selected().size(), 5001);
  took("none selected", [&] { list.clearSelection(); });
  took("a session of 2,000 messages opened", [&] { run.app.chat()->openSession(long_one); });
  clock.start();
  QTRY_VERIFY(run.find("messages")->property("atLast").toBool());
  lay_out(run.window);
  qInfo("and its end drawn after %.1f ms more", static_cast<double>(clock.nsecsElapsed()) / 1e6);
  QCOMPARE(run.app.chat()->rowCount(), 2000);
  took("another session opened", [&] { run.app.chat()->openSession(list.idAt(3)); });
  double longest = 0;
  for (int row = 0; row < 5000; row += 7) {
    QMetaObject::invokeMethod(view, "positionViewAtIndex", Q_ARG(int, row), Q_ARG(int, 0));
    clock.start();
    lay_out(run.window);
    longest = std::max(longest, static_cast<double>(clock.nsecsElapsed()) / 1e6);
  }
  qInfo("scrolling through all of them, seven a step: %.1f ms at most for a frame", longest);
  // As many items as the view shows, and a few around.
  QVERIFY2(all(view, "session").size() < 120, qPrintable(QString::number(all(view, "session").size())));
}

namespace {
const Registered<ManyTest> registered("many");
}  // namespace

}  // namespace sparsight::test

#include "many_test.moc"
