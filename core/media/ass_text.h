// The text of a subtitle in ASS, which FFmpeg makes of every kind of text subtitles -> plain text in runs of one style.
// Pure; any thread.
#pragma once

#include "core/media/video_subtitles.h"

#include <string_view>
#include <vector>

namespace sparsight {

// Keeps italic and bold and the line breaks; drops every other override, drawings, and the tags of HTML that decoders
// left. Whatever the text holds, what comes back is plain_text() of at most `most` bytes.
[[nodiscard]] std::vector<SubtitleRun> read_ass_text(std::string_view text, std::size_t most);
// The text of a dialogue line, as FFmpeg's decoders give it: what comes behind its eighth comma.
[[nodiscard]] std::string_view text_of_ass_line(std::string_view line);

}  // namespace sparsight
