// The player in its window: full screen, the frame's number, the time line under the pointer, the wheel, subtitles,
// keys, and sound at other speeds.
#include "app/player/previews.h"
#include "app/words.h"
#include "core/media/video.h"
#include "tests/qml/app_support.h"
#include "tests/qml/window_items.h"

#include <QFile>
#include <QLocale>
#include <QProcess>
#include <QStyleHints>
#include <QWheelEvent>

#include <cmath>

namespace sparsight::test {

class PlayerWindowTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void the_number_of_the_frame();
  void full_screen();
  void a_picture_in_full_screen();
  void the_pointer_on_the_time_line();
  void the_wheel();
  void a_click_plays();
  void subtitles();
  void tracks_are_chosen();
  void keys();
  void turned_videos_are_upright();
  void sound_at_twice_the_speed();
  void the_ring_knows_the_time();
};

namespace {

const QString kSource = "-f lavfi -i testsrc2=size=160x96:rate=25:duration=";

bool make_clip(const QString& arguments, const QString& file) {
  QStringList words{"-v", "error", "-y"};
  words += arguments.split(' ', Qt::SkipEmptyParts);
  return QProcess::execute("ffmpeg", words << file) == 0;
}

bool write(const QString& path, const QByteArray& content) {
  QFile file(path);
  return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

// Ten seconds, made once; empty: there is no ffmpeg program.
QString long_clip() {
  static const QTemporaryDir folder;
  const QString file = folder.filePath("long.mp4");
  if (QFile::exists(file) || make_clip(kSource + "10 -c:v libx264 -g 25 -pix_fmt yuv420p", file)) return file;
  return {};
}

// A window with a scripted engine and this file open.
struct Playing {
  explicit Playing(const QString& file = resource("clips/crossing.mp4"))
      : run(folder.filePath("chats.db"), script.door()), player(*run.app.player()) {
    ok = activate(run.window);
    run.app.open(file);
    ok = ok &&
         QTest::qWaitFor([&] { return run.app.trace()->hasMedia() && player.ready() && !player.picture().isNull(); },
                         kPatience);
    still(run.window);
  }
  [[nodiscard]] QQuickItem* find(const char* name) const { return run.find(name); }
  [[nodiscard]] QPoint middle(const char* name, double part = 0.5) const {
    const QQuickItem* item = find(name);
    return item->mapToScene({item->width() * part, item->height() / 2}).toPoint();
  }
  void press(int key, Qt::KeyboardModifiers with = Qt::NoModifier) const {
    QTest::keyClick(run.window, static_cast<Qt::Key>(key), with);
  }
  void turn_wheel(QPoint at, int steps, Qt::KeyboardModifiers with = Qt::NoModifier) const {
    QWheelEvent event(at, run.window->mapToGlobal(at), {}, {0, 120 * steps}, Qt::NoButton, with, Qt::NoScrollPhase,
                      false);
    QCoreApplication::sendEvent(run.window, &event);
  }
  // Whether the position becomes that of a frame near `seconds`.
  [[nodiscard]] bool gets_to(double seconds, double near = 0.13) const {
    return QTest::qWaitFor([&] { return std::abs(player.position() - seconds) < near; }, kPatience);
  }

  // A picture of the window for people who look, if they want it.
  void picture(const char* name) const {
    const QString to = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS");
    if (!to.isEmpty()) still(run.window).save(to + "/player-" + name + ".png");
  }

  QTemporaryDir folder;
  Script script;
  Running run;
  MediaPlayer& player;
  bool ok = false;
};

}  // namespace

void PlayerWindowTest::the_number_of_the_frame() {
  const QTemporaryDir folder;
  // Frames are missing now and then, so that rate times time would be wrong.
  const QString file = folder.filePath("uneven.mp4");
  if (!make_clip(
          kSource + "4 -vf select=not(mod(n\\,7))+not(mod(n\\,5)) -vsync vfr -c:v libx264 -bf 2 -pix_fmt yuv420p",
          file))
    QSKIP("the ffmpeg program is absent");
  const Clip clip = read_clip(file.toStdString(), {.count = 6});
  Playing playing(file);
  QVERIFY(playing.ok);
  QTRY_COMPARE(playing.player.frames(), static_cast<int>(clip.total_frames));
  const auto shown = [&] { return playing.find("times")->property("text").toString(); };
  for (const std::size_t f : {std::size_t{5}, std::size_t{1}, std::size_t{4}, std::size_t{0}}) {
    playing.player.seek(clip.frames[f].time_s);
    QTRY_COMPARE(playing.player.frame(), static_cast<int>(clip.frames[f].index));
    QVERIFY2(shown().endsWith(QStringLiteral(" · frame %1").arg(clip.frames[f].index)), qPrintable(shown()));
  }
  // What is beside the text does not move while it changes.
  const double width = playing.find("timeline")->width();
  for (int i = 0; i < 12; ++i) {
    const int before = playing.player.frame();
    playing.player.step(1);
    QTRY_COMPARE(playing.player.frame(), before + 1);
    lay_out(playing.run.window);
    QCOMPARE(playing.find("timeline")->width(), width);
  }
}

void PlayerWindowTest::full_screen() {
  if (long_clip().isEmpty()) QSKIP("the ffmpeg program is absent");
  Playing playing(long_clip());
  QVERIFY(playing.ok);
  QQuickWindow* window = playing.run.window;
  const QSize before = window->size();
  const auto screen = [&] { return playing.find("fullScreenVideo"); };
  QVERIFY(screen() == nullptr);
  playing.press(Qt::Key_F11);
  QVERIFY(screen() != nullptr);
  QCOMPARE(window->visibility(), QWindow::FullScreen);
  lay_out(window);
  QCOMPARE(screen()->size(), QSizeF(window->size()));
  QVERIFY(!playing.find("input")->isVisible() && !playing.find("sessions")->isVisible());
  // Keys work as before.
  playing.press(Qt::Key_Right);
  QVERIFY(playing.gets_to(5));
  // The bar goes away, and comes back with the pointer.
  QTRY_COMPARE(playing.find("fullScreenBar")->opacity(), 0.0);
  QTest::mouseMove(window, {100, 100});
  QTest::mouseMove(window, {120, 110});
  QTRY_COMPARE(playing.find("fullScreenBar")->opacity(), 1.0);
  playing.picture("full-screen");
  // It stays while the focus is in it.
  playing.press(Qt::Key_Tab);
  QVERIFY(window->activeFocusItem()->property("visualFocus").toBool());
  playing.press(Qt::Key_Escape);
  QVERIFY(screen() == nullptr);
  QVERIFY(window->visibility() != QWindow::FullScreen);
  QTRY_COMPARE(window->size(), before);
  QVERIFY(playing.find("input")->isVisible());

  const QPoint at = playing.middle("touch");
  QTest::mouseDClick(window, Qt::LeftButton, {}, at);
  QTRY_VERIFY(screen() != nullptr);
  QVERIFY(!playing.player.playing());
  QMetaObject::invokeMethod(playing.find("leaveFullScreen"), "clicked");
  QTRY_VERIFY(screen() == nullptr);
  QMetaObject::invokeMethod(playing.find("fullScreen"), "clicked");
  QTRY_VERIFY(screen() != nullptr);
  // Without a video there is nothing to show.
  playing.run.app.chat()->newSession();
  if (playing.run.app.chat()->video().isEmpty()) QTRY_VERIFY(screen() == nullptr);
}

void PlayerWindowTest::a_picture_in_full_screen() {
  const QTemporaryDir folder;
  const QString file = folder.filePath("still.png");
  QImage picture(96, 64, QImage::Format_RGB32);
  picture.fill(Qt::darkCyan);
  QVERIFY(picture.save(file));
  Playing playing(file);
  QVERIFY(playing.ok);
  playing.press(Qt::Key_F);
  QVERIFY(playing.find("fullScreenVideo") != nullptr);
  lay_out(playing.run.window);
  for (const QQuickItem* item : visible_items(playing.find("fullScreenBar")))
    QVERIFY2(!made_of(item, "TimeLine") && !made_of(item, "TimeText") && !made_of(item, "SpeedChoice"),
             qPrintable(described(item)));
  playing.turn_wheel({200, 200}, 1);  // nothing to seek
  playing.press(Qt::Key_F);
  QVERIFY(playing.find("fullScreenVideo") == nullptr);
}

void PlayerWindowTest::the_pointer_on_the_time_line() {
  Playing playing;
  QVERIFY(playing.ok);
  QQuickWindow* window = playing.run.window;
  auto* picture = playing.run.find<PreviewItem>("previewPicture");
  QVERIFY(picture != nullptr);
  QTest::mouseMove(window, {1, 1});
  QTRY_VERIFY(!picture->isVisible());
  for (const double part : {0.75, 0.25}) {
    const QPoint at = playing.middle("timeline", part);
    QTest::mouseMove(window, at);
    QTRY_VERIFY(playing.find("preview")->isVisible());
    const double time = playing.find("preview")->property("time").toDouble();
    QVERIFY2(std::abs(time - part * playing.player.duration()) < 0.3, qPrintable(QString::number(time)));
    QCOMPARE(playing.find("previewTime")->property("text").toString(), Words::clock(time));
    QTRY_VERIFY(picture->ready());
    playing.picture("time-line");
    // The picture is that of the place: nearly the frame itself, made small.
    const Clip clip = read_clip(resource("clips/crossing.mp4").toStdString(), {.count = 48});
    const auto differs = [&](const Frame& one) {
      const RgbImage& image = *one.image;
      const QImage whole(image.pixels.data(), image.width, image.height, image.width * 3, QImage::Format_RGB888);
      const QImage seen = picture->picture();
      const QImage wanted = whole.scaled(seen.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
      double sum = 0;
      for (int y = 0; y < seen.height(); ++y)
        for (int x = 0; x < seen.width(); ++x) sum += std::abs(qGray(seen.pixel(x, y)) - qGray(wanted.pixel(x, y)));
      return sum / (seen.width() * seen.height());
    };
    double least = 255;
    double at_least = 0;
    for (const Frame& one : clip.frames)
      if (const double d = differs(one); d < least) {
        least = d;
        at_least = one.time_s;
      }
    QVERIFY2(least < 0.5, qPrintable(QString::number(least)));
    QVERIFY2(std::abs(at_least - time) < 0.3, qPrintable(QStringLiteral("%1 is not %2").arg(at_least).arg(time)));
    // It lies within the window and over nothing that the pointer is on.
    const QRectF place = playing.find("preview")->mapRectToScene(playing.find("preview")->boundingRect());
    QVERIFY(QRectF({}, QSizeF(window->size())).contains(place));
    QVERIFY(place.bottom() < at.y());
  }
  QTest::mouseMove(window, {1, 1});
  QTRY_VERIFY(!playing.find("preview")->isVisible());
  QVERIFY(playing.player.position() == 0);  // looking does not seek
}

void PlayerWindowTest::the_wheel() {
  if (long_clip().isEmpty()) QSKIP("the ffmpeg program is absent");
  Playing playing(long_clip());
  QVERIFY(playing.ok);
  for (const char* where : {"touch", "timeline"}) {
    const QPoint at = playing.middle(where);
    playing.turn_wheel(at, 1);
    QVERIFY(playing.gets_to(0.5, 0.05));  // a twentieth of ten seconds
    playing.turn_wheel(at, 1, Qt::ShiftModifier);
    QVERIFY(playing.gets_to(0.58, 0.05));
    QTRY_VERIFY(playing.player.frame() > 0);
    const int frame = playing.player.frame();
    if (where == QLatin1String("timeline")) {  // on the video, the wheel with Ctrl zooms
      playing.turn_wheel(at, 1, Qt::ControlModifier);
      QTRY_COMPARE(playing.player.frame(), frame + 1);
      playing.turn_wheel(at, -1, Qt::ControlModifier);
      QTRY_COMPARE(playing.player.frame(), frame);
    }
    playing.turn_wheel(at, -2);
    QVERIFY(playing.gets_to(0));
  }
}

void PlayerWindowTest::a_click_plays() {
  Playing playing;
  QVERIFY(playing.ok);
  QVERIFY(!playing.find("overlay")->isVisible());
  QTest::mouseClick(playing.run.window, Qt::LeftButton, {}, playing.middle("touch"));
  QTRY_VERIFY(playing.player.playing());
  QTest::qWait(QGuiApplication::styleHints()->mouseDoubleClickInterval() + 50);  // so that it is no double click
  QTest::mouseClick(playing.run.window, Qt::LeftButton, {}, playing.middle("touch"));
  QTRY_VERIFY(!playing.player.playing());
  QVERIFY(playing.find("fullScreenVideo") == nullptr);
}

void PlayerWindowTest::subtitles() {
  const QTemporaryDir folder;
  const QString file = folder.filePath("talk.mkv");
  if (!make_clip(kSource + "6 -c:v libx264 -g 25 -pix_fmt yuv420p", file)) QSKIP("the ffmpeg program is absent");
  QVERIFY(write(folder.filePath("talk.srt"),
                "1\n00:00:01,000 --> 00:00:02,000\nFirst <i>line</i>\n\n"
                "2\n00:00:03,000 --> 00:00:05,000\n<img src=\"file:///x\">A & B <b>bold</b>\n\n"
                "3\n00:00:04,000 --> 00:00:05,000\nMore\n"));
  Playing playing(file);
  QVERIFY(playing.ok);
  Subtitles& subtitles = *playing.player.subtitles();
  QTRY_COMPARE(subtitles.track(), 0);  // it has the video's name
  QVERIFY(!playing.find("subtitles")->isVisible());
  playing.player.seek(1.5);
  QTRY_COMPARE(subtitles.text(), QStringLiteral("First line"));
  QVERIFY(subtitles.shown().size() == 2 && subtitles.shown()[1].italic);
  QVERIFY(playing.find("subtitles")->isVisible());
  playing.picture("subtitles");
  // White letters with dark edges in the lower part of the picture.
  const auto white = [&] {
    const QImage window = still(playing.run.window);
    const QQuickItem* item = playing.find("subtitles");
    const QRect place = item->mapRectToScene(item->boundingRect()).toRect();
    int count = 0;
    for (int y = place.center().y(); y < place.bottom(); ++y)
      for (int x = place.left(); x < place.right(); ++x) count += window.pixel(x, y) == qRgb(255, 255, 255);
    return count;
  };
  const int with = white();
  playing.press(Qt::Key_V);
  QCOMPARE(subtitles.track(), -1);
  QVERIFY(subtitles.text().isEmpty());
  const int without = white();
  QVERIFY2(with > without + 50, qPrintable(QStringLiteral("%1, %2").arg(with).arg(without)));
  playing.press(Qt::Key_V);
  QTRY_COMPARE(subtitles.text(), QStringLiteral("First line"));
  playing.player.seek(2.5);
  QTRY_VERIFY(subtitles.text().isEmpty());
  playing.player.seek(3.5);
  QTRY_COMPARE(subtitles.text(), QStringLiteral("A & B bold"));
  playing.player.seek(4.5);
  QTRY_COMPARE(subtitles.text(), QStringLiteral("A & B bold\nMore"));
  // Another video has none.
  playing.run.app.openDemo();
  QTRY_VERIFY(playing.player.ready() && subtitles.names().isEmpty());
  QVERIFY(subtitles.text().isEmpty());
  QVERIFY(!playing.find("tracks")->isVisible());
}

void PlayerWindowTest::tracks_are_chosen() {
  const QTemporaryDir folder;
  const QString file = folder.filePath("film.mkv"), one = folder.filePath("one.srt"), two = folder.filePath("two.srt");
  QVERIFY(write(one, "1\n00:00:00,000 --> 00:00:03,000\nEins\n"));
  QVERIFY(write(two, "1\n00:00:00,000 --> 00:00:03,000\nTwo\n"));
  if (!make_clip(kSource + "3 -i " + one + " -i " + two +
                     " -map 0 -map 1 -map 2 -c:v libx264 -pix_fmt yuv420p -c:s srt -metadata:s:s:0 language=ger "
                     "-metadata:s:s:1 language=eng -metadata:s:s:1 title=Loud",
                 file))
    QSKIP("the ffmpeg program is absent");
  Playing playing(file);
  QVERIFY(playing.ok);
  Subtitles& subtitles = *playing.player.subtitles();
  QTRY_COMPARE(subtitles.names().size(), 2);
  const QStringList called = subtitles.names();
  QVERIFY2(called[0] == "Deutsch" && called[1].endsWith("English · Loud"), qPrintable(called.join(", ")));
  QCOMPARE(subtitles.track(), -1);
  QQuickItem* button = playing.find("tracks");
  QVERIFY(button->isVisible());
  lay_out(playing.run.window);
  QTest::mouseClick(playing.run.window, Qt::LeftButton, {}, playing.middle("tracks"));
  QObject* menu = playing.run.find<QObject>("tracksMenu");
  QTRY_VERIFY(menu->property("opened").toBool());
  playing.picture("tracks");
  const auto entry = [&](int index) {
    QQuickItem* item = nullptr;
    QMetaObject::invokeMethod(menu, "itemAt", Q_RETURN_ARG(QQuickItem*, item), Q_ARG(int, index));
    return item;
  };
  QStringList names;
  for (int i = 0; i < 3; ++i) names << entry(i)->property("text").toString().remove("✓").trimmed();
  QCOMPARE(names, QStringList({"No subtitles", called[0], called[1]}));
  QVERIFY(entry(0)->property("text").toString().contains("✓"));
  lay_out(playing.run.window);
  click_on(playing.run.window, entry(2));
  QTRY_COMPARE(subtitles.track(), 1);
  QTRY_COMPARE(subtitles.text(), QStringLiteral("Two"));
  subtitles.setTrack(0);
  QTRY_COMPARE(subtitles.text(), QStringLiteral("Eins"));
  subtitles.setTrack(17);
  QCOMPARE(subtitles.track(), -1);
}

void PlayerWindowTest::keys() {
  if (long_clip().isEmpty()) QSKIP("the ffmpeg program is absent");
  Playing playing(long_clip());
  QVERIFY(playing.ok);
  MediaPlayer& player = playing.player;
  playing.press(Qt::Key_BracketRight);
  QCOMPARE(player.rate(), 1.25);
  playing.press(Qt::Key_BracketLeft);
  playing.press(Qt::Key_BracketLeft);
  QCOMPARE(player.rate(), 0.75);
  QCOMPARE(playing.find("speed")->property("displayText").toString(), "0" + QLocale().decimalPoint() + "75×");
  playing.press(Qt::Key_Backspace);
  QCOMPARE(player.rate(), 1.0);
  playing.press(Qt::Key_5);
  QVERIFY(playing.gets_to(player.duration() / 2));
  playing.press(Qt::Key_End);
  QVERIFY(playing.gets_to(player.duration(), 0.3));
  playing.press(Qt::Key_Home);
  QVERIFY(playing.gets_to(0));
  playing.press(Qt::Key_Right, Qt::ShiftModifier);
  QVERIFY(playing.gets_to(1));
  playing.press(Qt::Key_Left, Qt::ShiftModifier);
  QVERIFY(playing.gets_to(0));
  player.setVolume(0.5);
  playing.press(Qt::Key_Up, Qt::ControlModifier);
  QCOMPARE(player.volume(), 0.55);
  playing.press(Qt::Key_Down, Qt::ControlModifier);
  QCOMPARE(player.volume(), 0.5);
  // In a text they are characters.
  playing.press(Qt::Key_L, Qt::ControlModifier);
  QTRY_VERIFY(playing.find("input")->hasActiveFocus());
  QTest::keyClick(playing.run.window, '5');
  QTest::keyClick(playing.run.window, 'f');
  QTest::keyClick(playing.run.window, ']');
  playing.press(Qt::Key_Backspace);
  QCOMPARE(playing.find("input")->property("text").toString(), QStringLiteral("5f"));
  QCOMPARE(player.rate(), 1.0);
  QVERIFY(playing.find("fullScreenVideo") == nullptr);
}

void PlayerWindowTest::turned_videos_are_upright() {
  const QTemporaryDir folder;
  const QString flat = folder.filePath("flat.mp4"), turned = folder.filePath("turned.mp4");
  if (!make_clip(kSource + "1 -c:v libx264 -vf setsar=2/1 -pix_fmt yuv420p", flat))
    QSKIP("the ffmpeg program is absent");
  QVERIFY(make_clip("-i " + flat + " -c copy -metadata:s:v:0 rotate=90", turned));
  Playing playing(turned);
  QVERIFY(playing.ok);
  QCOMPARE(playing.player.picture().size(), QSize(96, 160));
  QCOMPARE(playing.player.pixel_aspect(), 0.5);
  const RgbImage image = *read_clip(turned.toStdString(), {.count = 1}).frames[0].image;
  QCOMPARE(playing.player.picture(),
           QImage(image.pixels.data(), image.width, image.height, image.width * 3, QImage::Format_RGB888));
  // So is the small picture: 48 x 160 in square pixels.
  auto* picture = playing.run.find<PreviewItem>("previewPicture");
  QTest::mouseMove(playing.run.window, playing.middle("timeline"));
  QTRY_VERIFY(picture->ready());
  const QSizeF size = picture->pictureSize();
  QVERIFY2(std::abs(size.height() / size.width() - 160.0 / 48) < 0.2, qPrintable(QString::number(size.width())));
}

void PlayerWindowTest::sound_at_twice_the_speed() {
  const QTemporaryDir folder;
  const QString file = folder.filePath("tone.mkv");
  if (!make_clip(
          kSource + "4 -f lavfi -i sine=frequency=500:duration=4 -c:v libx264 -g 25 -pix_fmt yuv420p -c:a pcm_s16le",
          file))
    QSKIP("the ffmpeg program is absent");
  // The test is the sound device: the video goes on as it takes samples.
  SoundRing ring(2);
  std::atomic<bool> ended = false;
  std::atomic<double> shown = 0;
  std::atomic<int> pictures = 0;
  Playback::Events events;
  events.opened = [](const ReelInfo& info) { QVERIFY(info.has_sound && info.sounds.size() == 1); };
  events.picture = [&](const QImage&, double time_s) {
    shown = time_s;
    ++pictures;
  };
  events.ended = [&] { ended = true; };
  events.failed = [](const QString& why) { QFAIL(qPrintable(why)); };
  Playback playback(file.toStdString(), ToneMap::Auto, std::move(events), &ring);
  playback.set_rate(2);
  playback.play(true);
  std::vector<qint16> heard;
  QVERIFY(QTest::qWaitFor(
      [&] {
        std::array<qint16, 960> samples{};  // 10 ms of both channels
        if (ring.waiting_s() > 0) {
          ring.read(reinterpret_cast<char*>(samples.data()), sizeof(samples));
          for (std::size_t i = 0; i < samples.size(); i += 2) heard.push_back(samples[i]);
        }
        return ended.load();
      },
      kPatience));
  QVERIFY2(shown > 3.9, qPrintable(QString::number(shown)));
  QVERIFY(pictures > 20);
  // Half as long, as high.
  const double seconds = static_cast<double>(heard.size()) / SoundRing::kRate;
  QVERIFY2(seconds > 1.3 && seconds < 2.2, qPrintable(QString::number(seconds)));
  int crossings = 0;
  for (std::size_t i = 1; i < heard.size(); ++i) crossings += heard[i - 1] < 0 && heard[i] >= 0;
  QVERIFY2(std::abs(crossings / seconds - 500) < 25, qPrintable(QString::number(crossings / seconds)));
}

void PlayerWindowTest::the_ring_knows_the_time() {
  SoundRing ring(2);
  const std::vector<std::int16_t> tenth(static_cast<std::size_t>(SoundRing::kRate / 10 * SoundRing::kChannels));
  std::vector<char> taken(tenth.size() * sizeof(std::int16_t));
  const auto read = [&] { return ring.read(taken.data(), static_cast<qint64>(taken.size())); };
  const auto is_at = [&](double time) { return std::abs(ring.read_up_to_s() - time) < 1e-6; };
  ring.reset(5);
  ring.write_samples(tenth);
  ring.set_tempo(2);
  ring.write_samples(tenth);
  ring.set_tempo(0.5);
  ring.write_samples(tenth);
  QVERIFY(is_at(5));
  (void)read();
  QVERIFY(is_at(5.1));
  (void)read();
  QVERIFY2(is_at(5.3), qPrintable(QString::number(ring.read_up_to_s())));
  (void)read();
  QVERIFY2(is_at(5.35), qPrintable(QString::number(ring.read_up_to_s())));
  (void)read();  // silence, which is no part of the video
  QVERIFY(is_at(5.35));
  ring.reset(1);
  ring.write_samples(tenth);
  (void)read();
  QVERIFY(is_at(1.05));
}

namespace {
const Registered<PlayerWindowTest> registered("player_window");
}  // namespace

}  // namespace sparsight::test

#include "player_window_test.moc"
