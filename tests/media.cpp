#include "tests/media.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstring>
#include <sstream>

namespace sparsight::test {
namespace {

void append_words(std::vector<std::string>& command, const std::string& words) {
  std::istringstream in(words);
  for (std::string word; in >> word;) command.push_back(word);
}

std::string checked(const std::vector<std::string>& command) {
  const Ran ran = run(command);
  INFO(command.back() << ": " << ran.err);
  REQUIRE(ran.exit_code == 0);
  return ran.out;
}

}  // namespace

void make_clip(const std::string& arguments, const std::filesystem::path& path) {
  std::vector<std::string> command{"ffmpeg", "-v", "error", "-y"};
  append_words(command, arguments);
  command.push_back("file:" + path.string());
  (void)checked(command);
}

bool have_ffmpeg() {
  try {
    return run({"ffmpeg", "-version"}).exit_code == 0 && run({"ffprobe", "-version"}).exit_code == 0;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::vector<std::vector<std::uint8_t>> ffmpeg_frames(const std::filesystem::path& path, int width, int height,
                                                     const std::string& input_options,
                                                     const std::string& output_options) {
  std::vector<std::string> command{"ffmpeg", "-v", "quiet", "-threads", "1"};
  append_words(command, input_options);
  command.insert(command.end(), {"-i", "file:" + path.string()});
  append_words(command, output_options + " -map 0:v:0 -vsync passthrough -pix_fmt rgb24 -f rawvideo -");
  const std::string raw = run(command).out;
  const std::size_t frame = std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  std::vector<std::vector<std::uint8_t>> frames;
  for (std::size_t at = 0; at + frame <= raw.size(); at += frame) {
    frames.emplace_back(frame);
    std::memcpy(frames.back().data(), raw.data() + at, frame);
  }
  return frames;
}

std::vector<MediaPacket> packets_of(const std::filesystem::path& path) {
  std::vector<std::string> command{"ffprobe", "-v", "quiet"};
  append_words(command, "-select_streams v:0 -show_entries packet=pos,size,flags -of json");
  command.push_back("file:" + path.string());
  std::vector<MediaPacket> packets;
  const auto told = nlohmann::json::parse(checked(command));
  for (const auto& one : told.at("packets"))
    packets.push_back({std::stoll(one.at("pos").get<std::string>()),
                       static_cast<std::size_t>(std::stoull(one.at("size").get<std::string>())),
                       one.at("flags").get<std::string>().starts_with("K")});
  return packets;
}

std::int64_t ffprobe_count(const std::filesystem::path& path) {
  std::vector<std::string> command{"ffprobe", "-v", "quiet"};
  append_words(command, "-threads 1 -select_streams v:0 -count_frames -show_entries stream=nb_read_frames -of csv=p=0");
  command.push_back("file:" + path.string());
  const std::string out = run(command).out;
  return out.empty() ? 0 : std::atoll(out.c_str());
}

std::string fingerprint(const RgbImage& image) {
  std::uint32_t hash = 2166136261u;
  for (const std::uint8_t byte : image.pixels) hash = (hash ^ byte) * 16777619u;
  return fmt::format("{:08x}", hash);
}

std::vector<float> GoldenTensor::floats() const {
  REQUIRE(dtype == "F32");
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::map<std::string, GoldenTensor> read_golden(const std::filesystem::path& safetensors) {
  const std::string file = read_file(safetensors);
  std::uint64_t header = 0;
  REQUIRE(file.size() > sizeof(header));
  std::memcpy(&header, file.data(), sizeof(header));
  const auto json = nlohmann::json::parse(file.substr(sizeof(header), header));
  std::map<std::string, GoldenTensor> tensors;
  for (const auto& [name, entry] : json.items()) {
    if (name == "__metadata__") continue;
    const std::size_t begin = entry["data_offsets"][0];
    const std::size_t end = entry["data_offsets"][1];
    tensors[name] = {entry["dtype"], entry["shape"], file.substr(sizeof(header) + header + begin, end - begin)};
  }
  return tensors;
}

}  // namespace sparsight::test
