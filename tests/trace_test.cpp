// The trace file: its source comes back with it, older files load, and invalid ones are refused.
#include "core/pruning/trace.h"
#include "kernels/error.h"
#include "tests/traces.h"

#include <catch2/catch.hpp>

#include <limits>
#include <string>

namespace sparsight::test {
namespace {

Trace with_source() {
  Trace trace = small_trace();
  trace.source = {.model = "tiny-llava",
                  .model_hash = "0123abcd",
                  .layers = 32,
                  .clip_hash = "feed",
                  .frames = {{.index = 0, .time_s = 0, .window = {0, -8, 64, 64}},
                             {.index = 47, .time_s = 1.9583333333333333, .window = {0.5, -8, 63, 64}}}};
  return trace;
}

Trace through_bytes(const std::string& bytes) { return parse_trace(std::as_bytes(std::span(bytes)), "a trace"); }

// Renames keys of the head, so that the reader does not find them.
std::string without(std::string bytes, std::initializer_list<std::string> keys) {
  for (const std::string& key : keys) {
    const std::size_t at = bytes.find('"' + key + '"');
    REQUIRE(at != std::string::npos);
    bytes[at + 1] = '-';
  }
  return bytes;
}

}  // namespace

TEST_CASE("a trace remembers what it was made of", "[trace]") {
  const Trace trace = with_source();
  CHECK(through_bytes(trace_bytes(trace)) == trace);
  CHECK(through_bytes(trace_bytes(small_trace())) == small_trace());
  CHECK(trace.decoder_layers() == 32);
  CHECK(small_trace().decoder_layers() == 4);
}

TEST_CASE("a trace of an older version has no source", "[trace]") {
  const std::string older =
      without(trace_bytes(with_source()), {"model", "model_hash", "decoder_layers", "clip_hash", "sampled"});
  CHECK(through_bytes(older) == small_trace());
}

TEST_CASE("a trace keeps any layout", "[trace]") {
  Trace trace = small_trace();
  std::vector<VisualBlock> blocks{
      {.frame = 0, .rows = 1, .columns = 1},
      {.frame = 0,
       .rows = 1,
       .columns = 1,
       .before = 1,
       .after_row = 1,
       .words_before = 1,
       .words_after = 1,
       .part = {0.5, 0, 0.5, 1}},
      {.frame = 1, .frames = 2, .rows = 1, .columns = 2, .cls = true, .after = 0, .before_row = 1}};
  trace.layout = VisualLayout(blocks);
  REQUIRE(trace.layout.tokens() == trace.visual_tokens);
  CHECK(through_bytes(trace_bytes(trace)) == trace);
  // Padding that the model saw as patches; a block that shows nothing of its frame is no layout.
  blocks[1].part = {-0.25, -2, 1.5, 5};
  trace.layout = VisualLayout(blocks);
  CHECK(through_bytes(trace_bytes(trace)) == trace);
  for (const FramePart& outside : {FramePart{1, 0, 1, 1}, FramePart{0, -2, 1, 2}, FramePart{0, 0, 1, 1e9}}) {
    blocks[1].part = outside;
    trace.layout = VisualLayout(blocks);
    CHECK_THROWS_AS(through_bytes(trace_bytes(trace)), Error);
  }
  CHECK(trace_bytes(small_trace()).find("blocks") == std::string::npos);  // so that older programs can read it
}

TEST_CASE("impossible layouts are refused", "[trace]") {
  // Of two frames of CLS and 2 x 2.
  const auto refused = [](const std::string& from, const std::string& to) {
    std::string bytes = trace_bytes(small_trace());
    const std::size_t at = bytes.find(from);
    CAPTURE(from);
    REQUIRE(at != std::string::npos);
    REQUIRE(from.size() == to.size());
    bytes.replace(at, from.size(), to);
    CHECK_THROWS_AS(through_bytes(bytes), Error);
  };
  refused("\"grid\":2", "\"grid\":3");
  refused("\"grid\":2", "\"grid\":0");
  refused("\"frames\":2", "\"frames\":0");
  refused("\"tokens_per_frame\":5", "\"tokens_per_frame\":4");
  refused("\"has_cls\":true", "\"has_cls\":0   ");
  refused("\"frames\":2,", "\"blocks\":2,");
}

TEST_CASE("impossible sources are refused", "[trace]") {
  const auto refused = [](const auto& damage) {
    Trace trace = with_source();
    damage(trace.source);
    CHECK_THROWS_AS(through_bytes(trace_bytes(trace)), Error);
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  refused([](TraceSource& s) { s.frames.pop_back(); });
  refused([](TraceSource& s) { s.frames.push_back(s.frames[0]); });
  refused([](TraceSource& s) { s.layers = 1'000'000; });
  refused([](TraceSource& s) { s.frames[1].time_s = kInfinity; });
  refused([](TraceSource& s) { s.frames[1].window.left = -1e30; });
  refused([](TraceSource& s) { s.frames[0].window.width = 0; });
  refused([](TraceSource& s) { s.frames[0].window.height = kInfinity; });
}

}  // namespace sparsight::test
