// Times in the form in which people read them.
#include <catch2/catch.hpp>

#include "core/base/time_text.h"

#include <limits>

namespace sparsight::test {

TEST_CASE("times of an hour and more have hours, minutes and seconds", "[time]") {
  CHECK(time_text(0, 2) == "0.00 s");
  CHECK(time_text(3.5, 2) == "3.50 s");
  CHECK(time_text(3599, 1) == "3599.0 s");
  CHECK(time_text(3599.99, 1) == "1:00:00");
  CHECK(time_text(3700, 2) == "1:01:40");
  CHECK(time_text(3700.25, 2) == "1:01:40.25");
  CHECK(time_text(3700.5, 3) == "1:01:40.5");
  CHECK(time_text(3700.999, 2) == "1:01:41");
  CHECK(time_text(1e6, 1) == "277:46:40");
  CHECK(time_text(-1.5, 1) == "-1.5 s");
  CHECK(time_text(std::numeric_limits<double>::quiet_NaN(), 1) == "0.0 s");
  CHECK(time_text(std::numeric_limits<double>::infinity(), 0) == "277777777:46:40");
}

TEST_CASE("a player's clock has tenths below an hour", "[time]") {
  CHECK(clock_text(0) == "0:00.0");
  CHECK(clock_text(-3) == "0:00.0");
  CHECK(clock_text(3.56) == "0:03.5");
  CHECK(clock_text(0.3) == "0:00.3");
  CHECK(clock_text(59.99) == "0:59.9");
  CHECK(clock_text(61) == "1:01.0");
  CHECK(clock_text(3599.97) == "59:59.9");
  CHECK(clock_text(3700.4) == "1:01:40");
  CHECK(clock_text(36000) == "10:00:00");
}

}  // namespace sparsight::test
