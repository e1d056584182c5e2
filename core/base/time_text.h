// Times of a video as people read them.
#pragma once

#include <string>

namespace sparsight {

// "3.50 s" with so many decimals; from an hour on "1:01:40", followed by decimals where there are any: "1:01:40.25".
[[nodiscard]] std::string time_text(double seconds, int decimals);

// As a player shows them: "0:03.5"; from an hour on "1:01:40".
[[nodiscard]] std::string clock_text(double seconds);

}  // namespace sparsight
