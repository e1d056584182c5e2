// The table of a trace's tokens.
#include <catch2/catch.hpp>

#include "core/pictures/token_table.h"
#include "kernels/error.h"
#include "tests/traces.h"

#include <string>
#include <vector>

namespace sparsight::test {
namespace {

std::vector<std::string> lines_of(const std::string& csv) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < csv.size();) {
    const std::size_t end = csv.find("\r\n", at);
    REQUIRE(end != std::string::npos);
    lines.push_back(csv.substr(at, end - at));
    at = end + 2;
  }
  return lines;
}

}  // namespace

TEST_CASE("table of tokens: where each one is, what became of it and how it scored", "[token-table]") {
  Trace trace = small_trace();
  trace.source.frames = {{.index = 0, .time_s = 0.0}, {.index = 12, .time_s = 0.5}};
  const std::vector<std::string> lines = lines_of(token_table(trace));
  REQUIRE(lines.size() == 11);
  CHECK(lines[0] == "token,kind,frame,time_s,row,column,fate,left,as,score before the decoder,score after layer 3");
  CHECK(lines[1] == "0,cls,0,0,,,kept,,0,0.9,0.5");
  CHECK(lines[2] == "1,patch,0,0,0,0,kept,,1,0.8,0.25");
  CHECK(lines[3] == "2,patch,0,0,0,1,dropped,before the decoder,10,0.2,0.125");
  CHECK(lines[5] == "4,patch,0,0,1,1,dropped,before the decoder,4,0.1,");
  CHECK(lines[6] == "5,cls,1,0.5,,,recycled,after layer 3,6,0.7,0.25");
  CHECK(lines[10] == "9,patch,1,0.5,1,1,dropped,before the decoder,9,0.05,");

  trace.source.frames.clear();  // as in files of older versions
  trace.steps.clear();
  CHECK(lines_of(token_table(trace)).at(2) == "1,patch,0,,0,0,kept,,1");
  trace.visual_tokens = 11;
  CHECK_THROWS_AS(token_table(trace), Error);
}

}  // namespace sparsight::test
