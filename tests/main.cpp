// Runs the tests and closes with one line: `N passed, N failed, N skipped`.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "tests/support.h"

#include <cstdio>
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

}  // namespace sparsight::test

int main(int argc, char** argv) {
  const int result = Catch::Session().run(argc, argv);
  using sparsight::test::counts;
  if (counts.passed + counts.failed + static_cast<int>(counts.skipped.size()) == 0) return result;  // --list-tests
  for (const std::string& line : counts.skipped) std::printf("skipped %s\n", line.c_str());
  std::printf("%d passed, %d failed, %zu skipped\n", counts.passed, counts.failed, counts.skipped.size());
  return result;
}
