// Formats times of a video for people.
#pragma once

#include <string>

namespace sparsight {

// "3.50 s" with `decimals` decimals; from one hour on "1:01:40", or "1:01:40.25" if there is a fraction.
[[nodiscard]] std::string time_text(double seconds, int decimals);

// As a player shows them: "0:03.5"; from one hour on "1:01:40".
[[nodiscard]] std::string clock_text(double seconds);

}  // namespace sparsight
