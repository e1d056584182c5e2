#include "core/pictures/token_table.h"

#include "core/pictures/heatmap.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string_view>
#include <vector>

namespace sparsight {
namespace {

std::string_view kind_of(const TokenPlace& place) {
  switch (place.kind) {
    case TokenPlace::Kind::Patch: return "patch";
    case TokenPlace::Kind::Cls: return "cls";
    case TokenPlace::Kind::Extra: return "extra";
    case TokenPlace::Kind::Word: return "word";
  }
  return "";
}

}  // namespace

std::string token_table(const Trace& trace) {
  check_layout(trace);
  std::vector<std::vector<TokenState>> after;  // each step
  for (std::size_t step = 0; step < trace.steps.size(); ++step) after.push_back(token_states(trace, step + 1));
  const std::vector<TokenState> end = token_states(trace, trace.steps.size());

  std::string csv = "token,kind,frame,time_s,row,column,fate,left,as";
  for (std::size_t step = 0; step < after.size(); ++step) csv += ",score " + step_title(trace, step + 1);
  csv += "\r\n";
  auto out = std::back_inserter(csv);
  for (std::size_t token = 0; token < trace.visual_tokens; ++token) {
    const TokenPlace place = trace.layout.place(token);
    const TokenState& state = end[token];
    fmt::format_to(out, "{},{},{},", token, kind_of(place), place.frame);
    if (place.frame < trace.source.frames.size()) fmt::format_to(out, "{}", trace.source.frames[place.frame].time_s);
    if (place.is_patch())
      fmt::format_to(out, ",{},{},", place.row, place.column);
    else
      csv += ",,,";
    fmt::format_to(out, "{},{},{}", to_string(state.fate),
                   state.left_at ? step_title(trace, *state.left_at + 1) : std::string(), state.as);
    for (const std::vector<TokenState>& states : after) {
      csv += ',';
      if (const auto& score = states[token].score; score && std::isfinite(*score)) fmt::format_to(out, "{}", *score);
    }
    csv += "\r\n";
  }
  return csv;
}

}  // namespace sparsight
