// Less motion, as the desktop asks for it over a real session bus, or as the user chooses.
#include "tests/qml/chat_support.h"
#include "tests/qml/private_bus.h"

namespace sparsight::test {
namespace {

const QString kGnome = "org.gnome.desktop.interface", kAppearance = "org.freedesktop.appearance",
              kKde = "org.kde.kdeglobals.KDE";

}  // namespace

class MotionTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void it_follows_the_desktop();
  void the_user_decides();
  void a_desktop_that_says_nothing_moves();
  void tokens_leave_visibly();
};

namespace {

// What Theme says, seen from the window.
bool still_in(const Running& run) { return run.window->property("still").toBool(); }

}  // namespace

void MotionTest::it_follows_the_desktop() {
  if (!PrivateBus::is_there()) QSKIP("there is no dbus-daemon");
  const QTemporaryDir folder;
  Script script;
  FakePortal portal;
  portal.settings = {{kGnome + " enable-animations", false}};
  Running run(folder.filePath("chats.db"), script.door());
  QTRY_VERIFY(run.app.motion()->reduced());
  QTRY_VERIFY(still_in(run));
  portal.change(kGnome, "enable-animations", true);
  QTRY_VERIFY(!still_in(run));
  portal.change(kAppearance, "reduced-motion", QVariant::fromValue(1U));
  QTRY_VERIFY(still_in(run));
  portal.change(kAppearance, "reduced-motion", QVariant::fromValue(0U));
  QTRY_VERIFY(!still_in(run));
  portal.change(kKde, "AnimationDurationFactor", QStringLiteral("0"));
  QTRY_VERIFY(still_in(run));
  portal.change(kKde, "AnimationDurationFactor", QStringLiteral("0.5"));
  QTRY_VERIFY(!still_in(run));
}

void MotionTest::the_user_decides() {
  if (!PrivateBus::is_there()) QSKIP("there is no dbus-daemon");
  const QTemporaryDir folder;
  Script script;
  FakePortal portal;
  portal.settings = {{kGnome + " enable-animations", false}};
  Running run(folder.filePath("chats.db"), script.door());
  QTRY_VERIFY(still_in(run));
  run.app.settings()->setMotion("full");
  QVERIFY(!still_in(run));
  QVERIFY(run.app.settings()->altered().contains("general"));
  run.app.settings()->setMotion("nonsense");
  QCOMPARE(run.app.settings()->motion(), QStringLiteral("system"));
  QVERIFY(still_in(run));
  QMetaObject::invokeMethod(run.find<QObject>("settingsPage"), "show", Q_ARG(QVariant, QString("general")));
  QTRY_VERIFY(run.find("motionIsReduced") != nullptr && run.find("motionIsReduced")->isVisible());
  portal.change(kGnome, "enable-animations", true);
  QTRY_VERIFY(!run.find("motionIsReduced")->isVisible());
  run.app.settings()->setMotion("none");
  QVERIFY(still_in(run));
}

void MotionTest::a_desktop_that_says_nothing_moves() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QVERIFY(!run.app.motion()->reduced() && !still_in(run));
  if (!PrivateBus::is_there()) return;
  // A portal that comes later is asked then.
  FakePortal portal;
  portal.settings = {{kAppearance + " reduced-motion", QVariant::fromValue(1U)}};
  QTRY_VERIFY(still_in(run));
  portal.change(kAppearance, "reduced-motion", QStringLiteral("what?"));
  QTRY_VERIFY(!still_in(run));
}

void MotionTest::tokens_leave_visibly() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  run.ask(kPictured[0]);
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.trace()->hasTrace());
  QQuickItem* overlay = run.find("overlay");
  const auto moved = [&](const char* motion) {
    run.app.settings()->setMotion(motion);
    run.app.trace()->setStepsDone(0);
    (void)QTest::qWaitFor([&] { return overlay->property("progress").toDouble() == 1; }, kPatience);
    QSignalSpy steps(overlay, SIGNAL(progressChanged()));
    run.app.trace()->setStepsDone(run.app.trace()->stepCount());
    const double least = overlay->property("progress").toDouble();
    (void)QTest::qWaitFor([&] { return overlay->property("progress").toDouble() == 1; }, kPatience);
    return least < 1 && !steps.isEmpty();
  };
  QVERIFY(moved("full"));
  QVERIFY(!moved("none"));
}

namespace {
const Registered<MotionTest> registered("motion");
}  // namespace

}  // namespace sparsight::test

#include "motion_test.moc"
