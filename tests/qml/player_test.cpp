// The player: skipping, looping over a part, sound, and decoding without a device.
#include "core/video_source.h"
#include "tests/qml/app_support.h"

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
};

void PlayerTest::skips_add_up() {
  MediaPlayer player;
  player.setSource(resource("clips/crossing.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(player.ready() && !player.picture().isNull(), kPatience);
  // Each from where the last one leads, though no picture has come yet.
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
  player.setVolume(0.7);  // who turns it up wants to hear it
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
  // Where a device is, its decoder gives as many pictures as software does; where none is, software is what it uses.
  const auto pictures = [](bool with_device) {
    ffmpeg::Source source(resource("clips/crossing.mp4").toStdString(), {});
    const auto device = with_device ? ffmpeg::open_hardware(source.stream()) : nullptr;
    ffmpeg::Decoder decoder(source.stream(), ffmpeg::Damage::Conceal, 1, device.get());
    const auto packet = ffmpeg::own(av_packet_alloc());
    int count = 0;
    const auto see = [&](const AVFrame& frame) {
      count += frame.hw_frames_ctx == nullptr ? 1 : 0;
      return true;
    };
    while (source.next(*packet)) decoder.feed(packet.get(), see);
    decoder.feed(nullptr, see);
    return count;
  };
  QCOMPARE(pictures(false), 48);
  QCOMPARE(pictures(true), 48);
}

namespace {
const Registered<PlayerTest> registered("player");
}  // namespace

}  // namespace sparsight::test

#include "player_test.moc"
