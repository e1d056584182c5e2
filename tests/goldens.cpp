#include "tests/goldens.h"

#include "tests/support.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

void collect_goldens(const fs::path& place, std::vector<fs::path>& found) {
  const auto is_golden = [](const fs::path& dir) {
    return fs::exists(dir / "config.json") && fs::exists(dir / "expected.json");
  };
  if (is_golden(place)) return found.push_back(place);
  if (!fs::is_directory(place)) return;
  for (const auto& entry : fs::directory_iterator(place))
    if (is_golden(entry.path())) found.push_back(entry.path());
}

}  // namespace

std::vector<fs::path> golden_dirs(const char* variable, const std::vector<fs::path>& places) {
  std::vector<fs::path> found;
  if (const char* chosen = std::getenv(variable)) {
    std::string_view rest = chosen;
    while (!rest.empty()) {
      const std::size_t colon = std::min(rest.find(':'), rest.size());
      collect_goldens(fs::path(rest.substr(0, colon)), found);
      rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
  } else {
    for (const fs::path& place : places) collect_goldens(place, found);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<fs::path> golden_clip(const fs::path& golden, const std::string& name) {
  for (const fs::path& place :
       {golden / "../../clips", golden / "../clips", golden, shared_dir() / "clips", golden / "clips"})
    if (!name.empty() && fs::exists(place / name)) return place / name;
  return std::nullopt;
}

std::vector<std::int64_t> whole_numbers(const Weights& tensors, const std::string& name) {
  const HostView view = tensors.raw(name);
  std::vector<std::int64_t> out(view.shape().elements());
  std::memcpy(out.data(), view.data(), out.size() * sizeof(std::int64_t));
  return out;
}

std::vector<std::int32_t> greedy_ids(Llama& llama, Backend& backend, const ModelConfig& config, TensorView hidden,
                                     KvCache& cache, std::size_t length, std::size_t count) {
  std::vector<std::int32_t> ids;
  Tensor token = backend.make(Shape{1, config.text.hidden});
  while (ids.size() < count) {
    const HostRead logits = backend.read(llama.logits(hidden));
    const auto row = logits.row(0);
    const auto id = static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
    ids.push_back(id);
    if (std::ranges::count(config.eos, id) != 0) break;
    const auto position = static_cast<std::int32_t>(length + ids.size() - 1);
    llama.embed({&id, 1}, token);
    hidden = llama.forward(token, {&position, 1}, cache, {.stage = Stage::Generate});
  }
  return ids;
}

}  // namespace sparsight::test
