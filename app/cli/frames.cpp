// `frames`: the frames that the model would see, as PNG files.
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/output_dir.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/base/replace_file.h"
#include "core/base/time_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace sparsight::cli {
namespace {

struct Frames {
  FrameOptions frames;
  std::string video;
  std::filesystem::path out;
  bool json = false;

  void run(Context& context) const {
    frames.check();
    const FileLock claimed = claim_folder(out);
    const Interrupts::Job job(context.interrupts);
    ProgressLine line;
    const Clip clip = read_clip(video, frames.request, {json ? OnProgress() : line.callback(), job.token()});
    line.clear();
    print_warnings(clip.warnings);
    frames.check(clip);
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::vector<std::uint8_t> png;  // equal frames are encoded once
    for (std::size_t i = 0; i < clip.frames.size(); ++i) {
      const Frame& frame = clip.frames[i];
      if (i == 0 || frame.image != clip.frames[i - 1].image) png = encode_png(*frame.image);
      const std::filesystem::path file = out / fmt::format("frame-{:02}-{:06}.png", i + 1, frame.index);
      replace_file(file, {reinterpret_cast<const char*>(png.data()), png.size()});
      list.push_back({{"file", file.string()}, {"index", frame.index}, {"time_s", frame.time_s}});
      if (!json)
        print_now(fmt::format("{}  frame {} at {}\n", printable_line(file.string()), frame.index,
                              time_text(frame.time_s, 3)));
    }
    if (!json) return;
    print_now(dump({{"video", clip.path.string()},
                    {"total_frames", clip.total_frames},
                    {"duration_s", clip.duration_s},
                    {"width", clip.width},
                    {"height", clip.height},
                    {"pixel_aspect", clip.pixel_aspect},
                    {"container", clip.container},
                    {"codec", clip.codec},
                    {"frames", list},
                    {"warnings", clip.warnings}},
                   2) +
              "\n");
  }
};

}  // namespace

void add_frames(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("frames", "Write the sampled frames of a video as PNG files");
  const auto options = std::make_shared<Frames>();
  add_text(*command, "VIDEO", "FILE", "A video or image file", options->video)->required();
  add_path(*command, "--out", "DIR", "Folder to write to; made if missing", options->out)->required();
  add_switch(*command, "--json", "Print one JSON object", options->json);
  options->frames.add_to(*command);
  command->footer("Example:\n  sparsight-cli frames clip.mp4 --out frames --frames 16");
  command->callback([options, &context] { options->run(context); });
}

}  // namespace sparsight::cli
