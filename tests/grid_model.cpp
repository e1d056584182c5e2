#include "core/measure/bench.h"
#include "core/model/weights.h"
#include "tests/grid_family.h"
#include "tests/models.h"
#include "tests/safetensors_writer.h"
#include "tests/support.h"

#include <vector>

namespace sparsight::test {
namespace {

// Spelled as in the family's files.
std::string spelled(const std::string& name) {
  for (const Rename& r : grid_family().names)
    if (name.starts_with(r.to)) return std::string(r.from) += name.substr(r.to.size());
  return name;
}

}  // namespace

Families with_grid_family() {
  static const std::vector<const Family*> all = [] {
    std::vector<const Family*> list(families().begin(), families().end());
    list.push_back(&grid_family());
    return list;
  }();
  return all;
}

void write_grid_model(const std::filesystem::path& dir) {
  std::filesystem::create_directories(dir);
  for (const char* name : {"tokenizer.model", "tokenizer.json", "tokenizer_config.json"})
    std::filesystem::copy_file(demo_model() / name, dir / name);
  write_file(dir / "config.json", R"({"model_type": "test_grid"})");
  const ModelConfig config = read_config(dir, with_grid_family());
  SafetensorsWriter file;
  const auto backend = cpu_backend()();
  for (const Weights& weights : {random_weights(config, DType::F32, 5), random_towers(config, *backend, DType::F32, 6)})
    for (const std::string& name : weights.names()) {
      const HostView tensor = weights.raw(name);
      std::vector<std::size_t> shape;
      for (std::size_t i = 0; i < tensor.shape().rank(); ++i) shape.push_back(tensor.shape()[i]);
      file.add(spelled(name), to_string(tensor.dtype()), shape,
               {static_cast<const char*>(tensor.data()), tensor.bytes()});
    }
  write_file(dir / "model.safetensors", file.str());
}

}  // namespace sparsight::test
