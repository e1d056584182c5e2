// Subtitles: in a video, in files beside it, and what hostile ones may hold.
#include "core/media/ass_text.h"
#include "core/media/video_subtitles.h"
#include "kernels/error.h"
#include "tests/media.h"
#include "tests/pgs.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <limits>

namespace sparsight::test {

namespace fs = std::filesystem;

namespace {

std::string told(const std::vector<SubtitleRun>& runs) {
  std::string text;
  for (const SubtitleRun& run : runs)
    text += fmt::format("{}{}{}|", run.italic ? "i:" : "", run.bold ? "b:" : "", run.text);
  return text;
}

std::string ass(const std::string& text, std::size_t most = 1000) { return told(read_ass_text(text, most)); }

std::vector<SubtitleCue> read_all(const fs::path& video, const SubtitleTrack& track) {
  std::vector<SubtitleCue> all;
  read_subtitles(video, track, [&](std::vector<SubtitleCue> cues) { all.insert(all.end(), cues.begin(), cues.end()); });
  return all;
}

std::vector<std::string> lines_of(const std::vector<SubtitleCue>& cues) {
  std::vector<std::string> lines;
  for (const SubtitleCue& cue : cues)
    lines.push_back(fmt::format("{:.1f}-{:.1f} {}", cue.start_s, cue.end_s, told(cue.runs)));
  return lines;
}

const std::string kSrt =
    "1\n00:00:00,500 --> 00:00:01,500\nHello <i>there</i>\n\n"
    "2\n00:00:02,000 --> 00:00:03,000\n<b>Two</b>\nlines & <font color=\"red\">more</font>\n";
const std::vector<std::string> kSeen{"0.5-1.5 Hello |i:there|", "2.0-3.0 b:Two|\nlines & more|"};

}  // namespace

TEST_CASE("the text of ASS keeps italic, bold and lines, and nothing else", "[subtitles]") {
  CHECK(ass("plain") == "plain|");
  CHECK(ass("{\\i1}a{\\i0}b{\\b1}c{\\r}d") == "i:a|b|b:c|d|");
  CHECK(ass("{\\an8\\pos(10,20)\\i1}up{\\fs40}big{\\blur2\\bord3\\iclip(1,2)}x") == "i:upbigx|");
  CHECK(ass("{\\b700}heavy") == "b:heavy|");
  CHECK(ass("one\\Ntwo\\nthree\\hfour") == "one\ntwo three four|");
  CHECK(ass("{\\p1}m 0 0 l 10 10{\\p0}text") == "text|");
  CHECK(ass("<script>x</script> 1 < 2 <b>") == "x 1 < 2|");
  CHECK(ass("{unclosed") == "{unclosed|");
  CHECK(ass("{}{\\}{\\\\}a") == "a|");
  CHECK(ass("") == "");
  CHECK(ass(" \\N \\N") == "");
  CHECK(ass("a\x1b[31mb\x07") == "a[31mb|");
  CHECK(ass("\xE2\x80\xAE"
            "evil\xFF") == "evil\xEF\xBF\xBD|");
  CHECK(ass(std::string(5000, 'x'), 10) == std::string(10, 'x') + "|");
  CHECK(ass("\xC3\xA4\xC3\xA4\xC3\xA4", 5) == "\xC3\xA4\xC3\xA4|");  // whole characters
  CHECK(text_of_ass_line("0,0,Default,,0,0,0,,a, b") == "a, b");
  CHECK(text_of_ass_line("too,few").empty());
}

TEST_CASE("subtitles in a video are read with their times", "[subtitles]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  write_file(dir / "in.srt", kSrt);
  for (const auto& [name, codec] :
       {std::pair{"a.mkv", "srt"}, {"b.mp4", "mov_text"}, {"c.mkv", "ass"}, {"d.webm", "webvtt"}}) {
    const bool webm = std::string(name) == "d.webm";
    make_clip(
        fmt::format("{}4 -i {} -map 0 -map 1 {} -pix_fmt yuv420p -c:s {} -metadata:s:s:0 language=ger -metadata:s:s:0 "
                    "title=Alles",
                    kPattern, (dir / "in.srt").string(), webm ? "-c:v libvpx" : "-c:v mpeg4", codec),
        dir / name);
    INFO(name);
    const auto tracks = subtitle_tracks(dir / name);
    REQUIRE(tracks.size() == 1);
    CHECK(tracks[0].text);
    CHECK(tracks[0].file.empty());
    CHECK(tracks[0].language == "ger");
    if (std::string(name) != "b.mp4") CHECK(tracks[0].title == "Alles");
    CHECK(lines_of(read_all(dir / name, tracks[0])) == kSeen);
  }
}

TEST_CASE("the times of subtitles count from the first picture", "[subtitles]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  write_file(dir / "in.srt", kSrt);
  make_clip(fmt::format("{}4 -i {} -map 0 -map 1 -c:v mpeg4 -c:s srt -output_ts_offset 100", kPattern,
                        (dir / "in.srt").string()),
            dir / "late.mkv");
  CHECK(lines_of(read_all(dir / "late.mkv", subtitle_tracks(dir / "late.mkv").at(0))) == kSeen);
}

TEST_CASE("subtitles beside a video are found by its name", "[subtitles]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const fs::path video = dir / "f\xC3\xBCr.dich.mp4";
  make_clip(kPattern + "4 -c:v mpeg4", video);
  CHECK(subtitle_tracks(video).empty());
  write_file(dir / "f\xC3\xBCr.dich.srt", kSrt);
  write_file(dir / "f\xC3\xBCr.dich.de.SRT", "1\n00:00:01,000 --> 00:00:02,000\nSch\xF6n \x96 \x80\n");  // Windows-1252
  write_file(dir / "f\xC3\xBCr.dich.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna><i>Hi</i>\n");
  write_file(dir / "f\xC3\xBCr.dich.ass",
             "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, "
             "MarginV, Effect, Text\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\i1}so{\\i0}, gut\n");
  write_file(dir / "f\xC3\xBCr.srt", kSrt);               // of another video
  write_file(dir / "f\xC3\xBCr.dich.more.de.srt", kSrt);  // of a video "für.dich.more"
  write_file(dir / "f\xC3\xBCr.dich.txt", kSrt);
  fs::create_directory(dir / "f\xC3\xBCr.dich.xx.srt");
  const auto tracks = subtitle_tracks(video);
  std::vector<std::string> found;
  for (const SubtitleTrack& track : tracks) {
    CHECK(track.text);
    found.push_back(track.codec + " " + track.language);
  }
  REQUIRE(found == std::vector<std::string>{"ass ", "srt de", "srt ", "vtt "});
  CHECK(lines_of(read_all(video, tracks[0])) == std::vector<std::string>{"1.0-2.0 i:so|, gut|"});
  CHECK(lines_of(read_all(video, tracks[1])) ==
        std::vector<std::string>{"1.0-2.0 Sch\xC3\xB6n \xE2\x80\x93 \xE2\x82\xAC|"});
  CHECK(lines_of(read_all(video, tracks[2])) == kSeen);
  CHECK(lines_of(read_all(video, tracks[3])) == std::vector<std::string>{"1.0-2.0 i:Hi|"});
}

TEST_CASE("subtitles as pictures are read with their places", "[subtitles]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  // The third one lies beyond the canvas in part, the fourth one wholly.
  const std::vector<PgsCue> inside{{0, 0.2, 0, 0, 8, 8}, {0.5, 1.5, 600, 900, 700, 90}};
  std::vector<PgsCue> beyond = inside;
  beyond.insert(beyond.end(), {{2, 8, 1800, 1000, 400, 200}, {8.5, 9, 1930, 10, 20, 20}, {9.5, 9.9, 0, 0, 1, 1}});
  for (const std::string codec : {"dvdsub", "copy"}) {
    const bool pgs = codec == "copy";
    write_file(dir / "in.sup", pgs_file(1920, 1080, pgs ? beyond : inside));
    make_clip(fmt::format("{}10 -i {} -map 0 -map 1 -c:v mpeg4 -c:s {}", kPattern, (dir / "in.sup").string(), codec),
              dir / "pictures.mkv");
    INFO(codec);
    const auto tracks = subtitle_tracks(dir / "pictures.mkv");
    REQUIRE(tracks.size() == 1);
    CHECK((!tracks[0].text && tracks[0].readable));
    const auto cues = read_all(dir / "pictures.mkv", tracks[0]);
    REQUIRE(cues.size() >= (pgs ? 4 : 2));
    CHECK(cues[1].runs.empty());
    CHECK(cues[1].start_s == Approx(0.5).margin(0.05));
    if (pgs) CHECK(cues[1].end_s == Approx(1.5).margin(0.05));  // the encoder for DVD forgets it
    REQUIRE(cues[1].pictures.size() == 1);
    const SubtitlePicture& first = cues[1].pictures[0];
    const auto pixels = unpack_picture(first);
    CHECK(pixels.size() == static_cast<std::size_t>(first.width) * static_cast<std::size_t>(first.height) * 4);
    const std::size_t middle = (static_cast<std::size_t>(first.height) / 2 * static_cast<std::size_t>(first.width) +
                                static_cast<std::size_t>(first.width) / 2) *
                               4;
    CHECK((pixels[middle] > 200 && pixels[middle + 2] < 60 && pixels[middle + 3] == 255));
    CHECK((first.canvas_width == 1920 && first.canvas_height == 1080));
    CHECK((std::abs(first.x - 600) < 4 && std::abs(first.y - 900) < 4));
    CHECK((std::abs(first.width - 700) < 4 && std::abs(first.height - 90) < 4));
    if (!pgs) continue;
    // It stays as long as the film says, and only what is on the canvas is kept.
    CHECK(cues[2].end_s == Approx(8).margin(0.05));
    CHECK((cues[2].pictures[0].width == 120 && cues[2].pictures[0].height == 80));
    for (const SubtitleCue& cue : cues) CHECK(cue.end_s > cue.start_s);
  }
  // What is cut off anywhere gives fewer pictures, and no more.
  const std::string whole = read_file(dir / "pictures.mkv");
  for (const std::size_t part : {3U, 2U}) {
    write_file(dir / "cut.mkv", whole.substr(0, whole.size() / part));
    for (const SubtitleTrack& track : subtitle_tracks(dir / "cut.mkv"))
      for (const SubtitleCue& cue : read_all(dir / "cut.mkv", track)) CHECK(cue.end_s > cue.start_s);
  }
}

TEST_CASE("bitmaps of subtitles are checked before they are used", "[subtitles]") {
  std::vector<std::uint8_t> indices(6 * 4, 1);
  const std::array<std::uint32_t, 2> palette{0, 0x80FF4000};
  const SubtitleBitmap good{.x = 2,
                            .y = 3,
                            .width = 5,
                            .height = 4,
                            .stride = 6,
                            .colours = 2,
                            .indices = indices.data(),
                            .palette = palette.data()};
  const auto packed = pack_picture(good, 20, 10);
  REQUIRE(packed);
  CHECK((packed->x == 2 && packed->y == 3 && packed->width == 5 && packed->height == 4));
  const auto pixels = unpack_picture(*packed);
  CHECK(std::vector<std::uint8_t>(pixels.begin(), pixels.begin() + 4) ==
        std::vector<std::uint8_t>{0x80, 0x20, 0x00, 0x80});  // premultiplied
  const auto with = [&](auto change) {
    SubtitleBitmap bitmap = good;
    change(bitmap);
    return pack_picture(bitmap, 20, 10);
  };
  constexpr int kHuge = std::numeric_limits<int>::max(), kLeast = std::numeric_limits<int>::min();
  CHECK_FALSE(with([](SubtitleBitmap& b) { b.width = 0; }));
  CHECK_FALSE(with([](SubtitleBitmap& b) { b.height = -4; }));
  CHECK_FALSE(with([](SubtitleBitmap& b) { b.width = kHuge; }));
  CHECK_FALSE(with([](SubtitleBitmap& b) { b.stride = 4; }));
  CHECK_FALSE(with([](SubtitleBitmap& b) { b.colours = 0; }));
  CHECK_FALSE(with([](SubtitleBitmap& b) { b.colours = 1; }));  // all of it is transparent
  CHECK_FALSE(with([](SubtitleBitmap& b) { b.indices = nullptr; }));
  CHECK_FALSE(with([](SubtitleBitmap& b) { b.palette = nullptr; }));
  CHECK_FALSE(with([](SubtitleBitmap& b) { b.x = kHuge; }));
  CHECK_FALSE(with([](SubtitleBitmap& b) { b.y = kLeast; }));
  CHECK_FALSE(pack_picture(good, 0, 10));
  CHECK_FALSE(pack_picture(good, 20, kHuge));
  // In part outside, on each side.
  const auto left = with([](SubtitleBitmap& b) { b.x = -3; });
  REQUIRE(left);
  CHECK((left->x == 0 && left->width == 2 && left->height == 4));
  const auto below = with([](SubtitleBitmap& b) { b.y = 8; });
  REQUIRE(below);
  CHECK((below->y == 8 && below->height == 2));
}

TEST_CASE("hostile subtitles stay within bounds", "[subtitles]") {
  const TempDir dir;
  const auto beside = [&](const std::string& name) {
    return SubtitleTrack{.file = dir / name, .codec = name.substr(name.rfind('.') + 1)};
  };
  const auto safely = [&](const std::string& name) {
    try {
      return read_all(dir / "none.mp4", beside(name));
    } catch (const Error&) {
      return std::vector<SubtitleCue>();
    }
  };
  CHECK_THROWS_AS(read_all(dir / "none.mp4", beside("absent.srt")), Error);
  for (const char* name : {"empty.srt", "empty.ass", "empty.vtt"}) {
    write_file(dir / name, "");
    CHECK(safely(name).empty());
  }
  std::string noise;
  for (int i = 0; i < 100'000; ++i) noise += static_cast<char>(i * 7919 % 251);
  for (const char* name : {"noise.srt", "noise.ass", "noise.vtt"}) {
    write_file(dir / name, noise);
    for (const SubtitleCue& cue : safely(name)) CHECK(told(cue.runs).size() <= 2 * kMostCueBytes);
  }
  std::string many;
  for (int i = 0; i < 60'000; ++i)
    many += fmt::format("{0}\n{1:02}:{2:02}:{3:02},000 --> {1:02}:{2:02}:{3:02},900\nx\n\n", i + 1, i / 3600,
                        i / 60 % 60, i % 60);
  write_file(dir / "many.srt", many);
  CHECK(safely("many.srt").size() == kMostCues);
  write_file(dir / "long.srt", "1\n00:00:00,000 --> 99:00:00,000\n" + std::string(1'000'000, 'y') + "\n");
  for (const SubtitleCue& cue : safely("long.srt")) {
    CHECK(told(cue.runs).size() <= kMostCueBytes + 1);
    CHECK(cue.end_s <= 3600);
  }
  write_file(dir / "back.srt", "1\n00:00:05,000 --> 00:00:01,000\nnever\n");
  for (const SubtitleCue& cue : safely("back.srt")) CHECK(cue.end_s > cue.start_s);
  // It begins hours before the video, and lasts for days.
  write_file(dir / "before.srt", "1\n-2:00:00,000 --> 999:00:00,000\nx\n");
  const std::vector<SubtitleCue> before = safely("before.srt");
  REQUIRE(before.size() == 1);
  CHECK(before[0].start_s == 0);
  CHECK(before[0].end_s == 3600);
  write_file(dir / "huge.srt", std::string(kMostSubtitleFile + 1, ' '));
  CHECK_THROWS_AS(read_all(dir / "none.mp4", beside("huge.srt")), Error);
}

}  // namespace sparsight::test
