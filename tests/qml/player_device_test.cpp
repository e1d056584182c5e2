// The player with a sound device and without, and subtitles that are pictures.
#include "tests/pgs.h"
#include "tests/qml/app_support.h"
#include "tests/qml/window_items.h"

#include <QFile>
#include <QMediaDevices>
#include <QProcess>

#include <cmath>

namespace sparsight::test {
namespace {

bool make_clip(const QString& arguments, const QString& file) {
  QStringList words{"-v", "error", "-y"};
  words += arguments.split(' ', Qt::SkipEmptyParts);
  return QProcess::execute("ffmpeg", words << file) == 0;
}

bool write(const QString& path, const QByteArray& content) {
  QFile file(path);
  return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

// Two tracks of sound and one of subtitles.
bool make_film(const QTemporaryDir& folder, int seconds, const QString& file) {
  const QString srt = folder.filePath("words.srt"), time = QString::number(seconds);
  return write(srt, "1\n00:00:00,000 --> 00:00:01,000\nOne\n\n2\n00:00:01,000 --> 00:00:09,000\nTwo\n") &&
         make_clip("-f lavfi -i testsrc2=size=160x96:rate=25:duration=" + time +
                       " -f lavfi -i sine=frequency=300:duration=" + time +
                       " -f lavfi -i sine=frequency=900:duration=" + time + " -i " + srt +
                       " -map 0 -map 1 -map 2 -map 3 -c:v libx264 -g 25 -pix_fmt yuv420p -c:a aac -c:s srt "
                       "-metadata:s:a:0 language=eng -metadata:s:a:1 language=ger -metadata:s:s:0 language=eng",
                   file);
}

// Where a colour is in a picture.
QRect yellow_in(const QImage& image, const QRect& within) {
  QRect found;
  for (int y = within.top(); y <= within.bottom(); ++y)
    for (int x = within.left(); x <= within.right(); ++x) {
      const QRgb c = image.pixel(x, y);
      if (qRed(c) > 200 && qGreen(c) > 170 && qBlue(c) < 60) found |= QRect(x, y, 1, 1);
    }
  return found;
}

}  // namespace

class PlayerDeviceTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void a_device_that_goes_away();
  void a_real_device();
  void tracks_without_a_device();
  void canvases();
  void subtitles_that_are_pictures();
};

// The device takes sound for a second; then nobody asks for it any more, and after some time somebody does again.
void PlayerDeviceTest::a_device_that_goes_away() {
  const QTemporaryDir folder;
  const QString file = folder.filePath("film.mkv");
  if (!make_film(folder, 6, file)) QSKIP("the ffmpeg program is absent");
  SoundRing ring(2);
  std::atomic<double> shown = 0;
  std::atomic<bool> ended = false;
  Playback playback(file.toStdString(), ToneMap::Auto,
                    {.opened = [](const ReelInfo&) {},
                     .picture = [&](const QImage&, double time_s) { shown = time_s; },
                     .ended = [&] { ended = true; },
                     .failed = [](const QString&) {}},
                    &ring);
  playback.play(true);
  std::vector<char> taken(SoundRing::kRate / 100 * SoundRing::kFrameBytes);
  const auto take_until = [&](auto&& over) {
    return QTest::qWaitFor(
        [&] {
          ring.read(taken.data(), static_cast<qint64>(taken.size()));
          return over();
        },
        kPatience);
  };
  QVERIFY(take_until([&] { return shown > 1; }));
  QVERIFY(QTest::qWaitFor([&] { return shown > 3.5; }, kPatience));  // it goes on by itself
  const double before = ring.read_up_to_s();
  QVERIFY(
      take_until([&] { return ring.waiting_s() > 0 && ring.read_up_to_s() > std::max(before, 3.5); }));  // sound again
  QTRY_VERIFY(ended);
  QVERIFY(shown > 5.9);
}

// With the device of this machine, if it has one.
void PlayerDeviceTest::a_real_device() {
  if (QMediaDevices::defaultAudioOutput().isNull()) QSKIP("there is no sound device");
  const QTemporaryDir folder;
  const QString file = folder.filePath("film.mkv");
  if (!make_film(folder, 8, file)) QSKIP("the ffmpeg program is absent");
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  MediaPlayer& player = *run.app.player();
  run.app.open(file);
  QTRY_VERIFY(player.ready() && !player.picture().isNull() && run.app.trace()->hasMedia());
  QVERIFY(player.hasSound());
  QCOMPARE(player.sounds().size(), 2);
  const auto plays_past = [&](double time) {
    player.play();
    return QTest::qWaitFor([&] { return player.position() > time || !player.playing(); }, kPatience) &&
           player.position() > time;
  };
  for (const double rate : {1.0, 0.5, 2.0}) {
    player.setRate(rate);
    player.seek(0);
    QTRY_VERIFY(player.position() < 0.1);
    QVERIFY(plays_past(0.8));
  }
  player.setRate(1);
  run.find<QObject>("tracksMenu")->setProperty("visible", true);
  player.setSound(1);
  QCOMPARE(player.sound(), 1);
  run.find<QObject>("tracksMenu")->setProperty("visible", false);
  player.setMuted(true);
  player.seek(2);
  QTRY_VERIFY(player.position() >= 2);
  QVERIFY(plays_past(2.5));
  player.setMuted(false);
  QTRY_COMPARE(player.subtitles()->names().size(), 1);
  player.subtitles()->setTrack(0);
  QTRY_COMPARE(player.subtitles()->text(), QStringLiteral("Two"));
  // The device of the tests can be unplugged.
  if (QProcess::execute("pactl", {"unload-module", "module-null-sink"}) == 0) QVERIFY(plays_past(5));
  player.setLoop(false);
  QTRY_VERIFY(!player.playing());
  QVERIFY(player.position() > 7.9 && player.error().isEmpty());
}

void PlayerDeviceTest::tracks_without_a_device() {
  if (!QMediaDevices::defaultAudioOutput().isNull()) QSKIP("there is a sound device");
  const QTemporaryDir folder;
  const QString file = folder.filePath("film.mkv");
  if (!make_film(folder, 4, file)) QSKIP("the ffmpeg program is absent");
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  MediaPlayer& player = *run.app.player();
  run.app.open(file);
  QTRY_VERIFY(player.ready() && !player.picture().isNull() && run.app.trace()->hasMedia());
  QVERIFY(!player.device() && !player.hasSound());
  QCOMPARE(player.sounds().size(), 2);
  QTRY_VERIFY(run.find("tracks")->isVisible());
  lay_out(run.window);
  QMetaObject::invokeMethod(run.find("tracks"), "clicked");
  QObject* menu = run.find<QObject>("tracksMenu");
  QTRY_VERIFY(menu->property("opened").toBool());
  const auto entry = [&](int index) {
    QQuickItem* item = nullptr;
    QMetaObject::invokeMethod(menu, "itemAt", Q_RETURN_ARG(QQuickItem*, item), Q_ARG(int, index));
    return item;
  };
  QTRY_COMPARE(menu->property("count").toInt(), 6);  // subtitles and none, a line, two tracks, the note
  if (const QString to = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS"); !to.isEmpty())
    still(run.window).save(to + "/no-device.png");
  QVERIFY(entry(3)->property("text").toString().contains("English"));
  QVERIFY(entry(4)->property("text").toString().contains("Deutsch"));
  QCOMPARE(entry(5)->objectName(), QStringLiteral("noDevice"));
  QVERIFY(entry(5)->isVisible() && !entry(5)->isEnabled());
  lay_out(run.window);
  click_on(run.window, entry(4));
  QTRY_COMPARE(player.sound(), 1);  // it counts once there is a device
  player.play();
  QTRY_VERIFY(player.position() > 0.5);
}

void PlayerDeviceTest::canvases() {
  const QRectF content(0, 0, 960, 400);
  QCOMPARE(canvas_place({1920, 800}, {1920, 800}, content), content);
  QCOMPARE(canvas_place({720, 480}, {720, 480}, content), content);                      // not square pixels
  QCOMPARE(canvas_place({1920, 1080}, {1920, 800}, content), QRectF(0, -70, 960, 540));  // bars were cut off
  QCOMPARE(canvas_place({0, 0}, {1920, 800}, content), QRectF());
  QCOMPARE(canvas_place({1920, 800}, {}, {}), QRectF());
}

void PlayerDeviceTest::subtitles_that_are_pictures() {
  const QTemporaryDir folder;
  const QString sup = folder.filePath("in.sup"), file = folder.filePath("film.mkv");
  QVERIFY(write(
      sup,
      QByteArray::fromStdString(pgs_file(
          640, 360, {{0, 0.5, 0, 0, 4, 4}, {1, 3, 160, 270, 320, 45}, {4, 5, 0, 0, 64, 36}, {5.5, 6, 0, 0, 4, 4}}))));
  if (!make_clip("-f lavfi -i color=black:size=640x360:rate=25:duration=6 -i " + sup +
                     " -map 0 -map 1 -c:v libx264 -g 25 -pix_fmt yuv420p -c:s copy -metadata:s:s:0 language=ger",
                 file))
    QSKIP("the ffmpeg program is absent");
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  MediaPlayer& player = *run.app.player();
  run.app.open(file);
  QTRY_VERIFY(player.ready() && !player.picture().isNull());
  Subtitles& subtitles = *player.subtitles();
  QTRY_COMPARE(subtitles.names(), QStringList{"Deutsch"});
  QVERIFY(subtitles.canShow(0));
  subtitles.setTrack(0);
  for (const char* item_name : {"subtitlePictures", "fullScreenSubtitlePictures"}) {
    if (item_name[0] == 'f') QTest::keyClick(run.window, Qt::Key_F11);
    player.seek(2);
    QTRY_VERIFY(player.position() >= 2 && player.position() < 2.1 && subtitles.hasPictures());
    QTRY_VERIFY(run.find(item_name) != nullptr && run.find(item_name)->isVisible());
    const QImage seen = still(run.window);
    if (const QString to = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS"); !to.isEmpty())
      seen.save(to + '/' + item_name + ".png");
    const QQuickItem* item = run.find(item_name);
    const QRectF content = item->mapRectToScene(item->boundingRect());
    const QRect found = yellow_in(seen, content.toRect() & seen.rect());
    const QRectF wanted(content.x() + content.width() / 4, content.y() + content.height() * 0.75, content.width() / 2,
                        content.height() / 8);
    QVERIFY2(
        !found.isEmpty() && (found.topLeft() - wanted.topLeft()).manhattanLength() < 6 &&
            std::abs(found.width() - wanted.width()) < 5 && std::abs(found.height() - wanted.height()) < 5,
        qPrintable(QStringLiteral("%1 %2 %3x%4").arg(found.x()).arg(found.y()).arg(found.width()).arg(found.height())));
  }
  QTest::keyClick(run.window, Qt::Key_F11);
  player.seek(3.5);
  QTRY_VERIFY(player.position() > 3.4 && !subtitles.hasPictures());
  QVERIFY(!run.find("subtitlePictures")->isVisible());
  player.seek(4.5);
  QTRY_VERIFY(subtitles.hasPictures());
  subtitles.setTrack(-1);
  QVERIFY(!subtitles.hasPictures());
}

namespace {
const Registered<PlayerDeviceTest> registered("player_device");
}  // namespace

}  // namespace sparsight::test

#include "player_device_test.moc"
