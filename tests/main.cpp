// Runs the tests and closes with one line: `N passed, N failed, N skipped`. With SPARSIGHT_TEST_LANE=I/N in the
// environment it runs every Nth of them, from the Ith on: N processes, one for each I, run all.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "tests/support.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace sparsight::test {
namespace {

struct Counts {
  int passed = 0;
  int failed = 0;
  std::vector<std::string> skipped;  // "name: why"
};
Counts counts;
std::string skip_reason;  // of the running test

class Counter : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo&) override { skip_reason.clear(); }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (stats.totals.assertions.failed > 0)
      ++counts.failed;
    else if (!skip_reason.empty())
      counts.skipped.push_back(stats.testInfo.name + ": " + skip_reason);
    else
      ++counts.passed;
  }
};
CATCH_REGISTER_LISTENER(Counter)

}  // namespace

void skip(const std::string& why) { skip_reason = why; }

// Leaves of the tests that the session would run those of one lane.
void keep_lane(Catch::Session& session, std::size_t lane, std::size_t lanes) {
  const Catch::Config config(session.configData());
  std::vector<std::string> names;
  std::size_t index = 0;
  for (const Catch::TestCase& test :
       Catch::filterTests(Catch::getAllTestCasesSorted(config), config.testSpec(), config))
    if (index++ % lanes == lane - 1) {
      if (!names.empty()) names.emplace_back(",");
      names.emplace_back();
      for (const char c : test.name) {
        if (std::strchr("\\,[\"", c) != nullptr) names.back() += '\\';
        names.back() += c;
      }
    }
  if (names.empty()) names.emplace_back("no test is left for this lane");
  session.configData().testsOrTags = names;
}

}  // namespace sparsight::test

int main(int argc, char** argv) {
  Catch::Session session;
  if (const int wrong = session.applyCommandLine(argc, argv); wrong != 0) return wrong;
  std::size_t lane = 0, lanes = 0;
  if (const char* text = std::getenv("SPARSIGHT_TEST_LANE"); text != nullptr) {
    if (std::sscanf(text, "%zu/%zu", &lane, &lanes) != 2 || lane < 1 || lane > lanes) {
      std::fprintf(stderr, "SPARSIGHT_TEST_LANE: expected I/N, found \"%s\"\n", text);
      return 2;
    }
    sparsight::test::keep_lane(session, lane, lanes);
  }
  const int result = session.run();
  using sparsight::test::counts;
  if (counts.passed + counts.failed + static_cast<int>(counts.skipped.size()) == 0) return result;  // --list-tests
  for (const std::string& line : counts.skipped) std::printf("skipped %s\n", line.c_str());
  std::printf("%d passed, %d failed, %zu skipped\n", counts.passed, counts.failed, counts.skipped.size());
  return result;
}
