// The player: skipping, looping over a part, sound, and decoding without a device.
#include "core/media/video_reel.h"
#include "tests/qml/app_support.h"

#include <QFile>
#include <QProcess>

namespace sparsight::test {

class PlayerTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void skips_add_up();
  void a_part_is_played_over_and_over();
  void sound_is_muted_and_comes_back();
  void keys_of_the_window();
  void pictures_without_a_device();
  void pixels_that_are_not_square();
  void hdr_is_mapped_unless_that_is_off();
  void pictures_are_upright_and_animations_play();
  void odd_times_are_those_of_the_frames();
};

namespace {

// Runs `ffmpeg ARGUMENTS file`, with ARGUMENTS split at spaces; false if there is no such program.
bool make_clip(const QString& arguments, const QString& file) {
  QStringList words{"-v", "error", "-y"};
  words += arguments.split(' ', Qt::SkipEmptyParts);
  return QProcess::execute("ffmpeg", words << file) == 0;
}

// The picture shown `seconds` into the file.
QImage picture_at(MediaPlayer& player, double seconds) {
  player.seek(seconds);
  const auto there = [&] { return !player.picture().isNull() && std::abs(player.position() - seconds) < 1e-3; };
  return QTest::qWaitFor(there, kPatience) ? player.picture() : QImage();
}

bool open(MediaPlayer& player, const QString& file) {
  player.setSource(file);
  return QTest::qWaitFor([&] { return player.ready() && !player.picture().isNull(); }, kPatience);
}

// Every third frame, as the model sees it.
void compare_frames(const QString& file) {
  const Clip clip = read_clip(file.toStdString(), {.count = 7});
  MediaPlayer player;
  QVERIFY2(open(player, file), qPrintable(file + player.error()));
  QVERIFY2(std::abs(player.duration() - clip.duration_s) < 0.02, qPrintable(file));
  for (const std::size_t f : {std::size_t{6}, std::size_t{2}, std::size_t{0}, std::size_t{4}}) {
    const RgbImage& image = *clip.frames[f].image;
    const QImage shown = picture_at(player, clip.frames[f].time_s);
    QVERIFY2(!shown.isNull(), qPrintable(QString("%1: %2 s").arg(file).arg(clip.frames[f].time_s)));
    QCOMPARE(shown, QImage(image.pixels.data(), image.width, image.height, image.width * 3, QImage::Format_RGB888));
  }
}

}  // namespace

void PlayerTest::skips_add_up() {
  MediaPlayer player;
  player.setSource(resource("clips/crossing.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(player.ready() && !player.picture().isNull(), kPatience);
  // Each from where the last one leads, though no picture has arrived yet.
  player.skip(1);
  player.skip(1);
  player.skip(1);
  QTRY_VERIFY_WITH_TIMEOUT(std::abs(player.position() - 3) < 0.1, kPatience);
  player.skip(-10);
  QTRY_COMPARE_WITH_TIMEOUT(player.position(), 0.0, kPatience);
  player.skip(100);
  QTRY_VERIFY_WITH_TIMEOUT(player.position() > player.duration() - 0.2, kPatience);
}

void PlayerTest::a_part_is_played_over_and_over() {
  MediaPlayer player;
  player.setSource(resource("clips/crossing.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(player.ready() && !player.picture().isNull(), kPatience);
  player.setRange(1, 2);
  player.setLoop(true);
  player.setRate(8);
  player.seek(1.5);
  QTRY_VERIFY_WITH_TIMEOUT(std::abs(player.position() - 1.5) < 0.1, kPatience);
  double most = 0, least = 10;
  int back = 0;
  double last = player.position();
  connect(&player, &MediaPlayer::positionChanged, this, [&] {
    most = std::max(most, player.position());
    least = std::min(least, player.position());
    back += player.position() < last ? 1 : 0;
    last = player.position();
  });
  player.play();
  QTRY_VERIFY_WITH_TIMEOUT(back >= 3, kPatience);
  player.pause();
  QVERIFY(most < 2.0);
  QVERIFY(least > 0.95 && least < 1.1);
}

void PlayerTest::sound_is_muted_and_comes_back() {
  MediaPlayer player;
  QSignalSpy changed(&player, &MediaPlayer::volumeChanged);
  player.setVolume(0.5);
  player.setMuted(true);
  player.setMuted(true);
  QCOMPARE(changed.size(), 2);
  QCOMPARE(player.volume(), 0.5);
  player.setMuted(false);
  QCOMPARE(player.volume(), 0.5);
  player.setMuted(true);
  player.setVolume(0.7);  // raising the volume unmutes
  QVERIFY(!player.muted());
  player.setVolume(7);
  QCOMPARE(player.volume(), 1.0);
}

void PlayerTest::keys_of_the_window() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  MediaPlayer& player = *run.app.player();
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(player.ready() && !player.picture().isNull(), kPatience);
  QVERIFY(activate(run.window));
  QTest::keyClick(run.window, Qt::Key_Right);
  QTRY_VERIFY_WITH_TIMEOUT(player.position() > 3.5, kPatience);
  QTest::keyClick(run.window, Qt::Key_J);
  QTRY_COMPARE_WITH_TIMEOUT(player.position(), 0.0, kPatience);
  QTest::keyClick(run.window, Qt::Key_Period);
  QTRY_VERIFY_WITH_TIMEOUT(player.position() > 0 && player.position() < 0.2, kPatience);
  QTest::keyClick(run.window, Qt::Key_Comma);
  QTRY_COMPARE_WITH_TIMEOUT(player.position(), 0.0, kPatience);
  QTest::keyClick(run.window, Qt::Key_M);
  QVERIFY(player.muted());
  QTest::keyClick(run.window, Qt::Key_K);
  QVERIFY(player.playing());
  QTest::keyClick(run.window, Qt::Key_K);
  QVERIFY(!player.playing());
}

void PlayerTest::pictures_without_a_device() {
  // With a device, its decoder gives as many pictures as software; without one, software is used.
  const auto pictures = [](bool with_device) {
    Reel reel(resource("clips/crossing.mp4").toStdString(), ToneMap::Auto, {}, nullptr, with_device);
    int count = reel.at(0) ? 1 : 0;
    for (; reel.next_time(); ++count) (void)reel.take();
    return count;
  };
  QCOMPARE(pictures(false), 48);
  QCOMPARE(pictures(true), 48);
}

void PlayerTest::pixels_that_are_not_square() {
  const QTemporaryDir folder;
  const QString file = folder.filePath("wide.mp4");
  if (!make_clip("-f lavfi -i testsrc2=size=96x64:rate=10:duration=1 -vf setsar=4/1 -pix_fmt yuv420p", file))
    QSKIP("the ffmpeg program is absent");
  MediaPlayer player;
  VideoItem item;
  item.setSize(QSizeF(600, 600));
  item.setPlayer(&player);
  QVERIFY(open(player, file));
  QCOMPARE(player.picture().size(), QSize(96, 64));
  QTRY_COMPARE_WITH_TIMEOUT(item.content(), QRectF(0, 250, 600, 100), kPatience);

  // The tokens are where the picture is: their frames have the same shape.
  const Clip clip = read_clip(file.toStdString());
  QCOMPARE(clip.pixel_aspect, player.pixel_aspect());
}

void PlayerTest::hdr_is_mapped_unless_that_is_off() {
  const QTemporaryDir folder;
  const QString file = folder.filePath("hdr.mkv");
  if (!make_clip(
          "-f lavfi -i testsrc2=size=96x64:rate=10:duration=1 -c:v ffv1 -pix_fmt yuv420p10le -color_trc smpte2084 "
          "-color_primaries bt2020 -colorspace bt2020nc -color_range tv",
          file))
    QSKIP("the ffmpeg program is absent");
  const auto seen = [&](ToneMap how) { return read_clip(file.toStdString(), {.count = 1, .tone_map = how}).frames[0]; };
  const auto as_image = [](const Frame& frame) {
    const RgbImage& image = *frame.image;
    return QImage(image.pixels.data(), image.width, image.height, image.width * 3, QImage::Format_RGB888).copy();
  };
  MediaPlayer player;
  QVERIFY(open(player, file));
  QCOMPARE(player.picture(), as_image(seen(ToneMap::Auto)));
  player.setToneMap(false);
  QCOMPARE(player.picture(), as_image(seen(ToneMap::Auto)));  // it takes effect with the next file
  player.setSource({});
  QVERIFY(open(player, file));
  QCOMPARE(player.picture(), as_image(seen(ToneMap::Off)));
}

void PlayerTest::pictures_are_upright_and_animations_play() {
  const QString pictures = SPARSIGHT_SOURCE_DIR "/tests/data/pictures";
  const QString images = SPARSIGHT_SOURCE_DIR "/tests/data/preprocess/images";
  for (const QString& file : {pictures + "/photo.heic", pictures + "/turned.avif", images + "/turned-6.png"}) {
    const RgbImage upright = *read_clip(file.toStdString()).frames[0].image;
    MediaPlayer player;
    QVERIFY2(open(player, file), qPrintable(file + player.error()));
    QCOMPARE(player.picture(),
             QImage(upright.pixels.data(), upright.width, upright.height, upright.width * 3, QImage::Format_RGB888));
  }
  const QTemporaryDir folder;
  const QString file = folder.filePath("a.webp");
  if (!make_clip("-f lavfi -i testsrc2=size=96x64:rate=10:duration=2 -c:v libwebp_anim -lossless 1", file))
    QSKIP("the ffmpeg program is absent");
  compare_frames(file);
}

void PlayerTest::odd_times_are_those_of_the_frames() {
  const QTemporaryDir folder;
  const QString source = "-f lavfi -i testsrc2=size=96x64:rate=10:duration=2 -pix_fmt yuv420p -c:v libx264 -g 8 ";
  const auto path = [&](const char* name) { return folder.filePath(name); };
  if (!make_clip(source + "-bf 2 -b_strategy 0", path("b.avi"))) QSKIP("the ffmpeg program is absent");
  QVERIFY(make_clip(source + "-bf 0", path("one.ts")));
  QFile one(path("one.ts")), joined(path("joined.ts"));
  QVERIFY(one.open(QIODevice::ReadOnly) && joined.open(QIODevice::WriteOnly));
  const QByteArray recording = one.readAll();
  QCOMPARE(joined.write(recording + recording), 2 * recording.size());
  joined.close();
  QVERIFY(make_clip(source + "-bf 0 -bsf:v setts=ts=0", path("same.mkv")));
  QVERIFY(make_clip(source + "-output_ts_offset 1000000", path("far.mkv")));
  for (const char* name : {"b.avi", "one.ts", "joined.ts", "same.mkv", "far.mkv"}) compare_frames(path(name));
}

namespace {
const Registered<PlayerTest> registered("player");
}  // namespace

}  // namespace sparsight::test

#include "player_test.moc"
