// --device: the processor, the emulated GPU, and what is refused.
#include <catch2/catch.hpp>

#include "app/device.h"
#include "tests/cli.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

namespace sparsight::test {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

// A program that looks for NVIDIA's libraries in this folder first.
Ran run_with(const std::string& folder, const char* program, const Words& words) {
  Words all{"env", "LD_LIBRARY_PATH=" + folder, program};
  all.insert(all.end(), words.begin(), words.end());
  return run(all);
}

Ran on_emulator(const Words& words) { return run_with(SPARSIGHT_CUDA_EMULATOR_UNCHECKED, SPARSIGHT_CLI, words); }

// Also where there is a driver: one that is no library stands before it.
struct NoDriver {
  TempDir folder;
  NoDriver() { write_file(folder / "libcuda.so.1", "not a library"); }
  [[nodiscard]] Ran cli(const Words& words) const { return run_with(folder.path().string(), SPARSIGHT_CLI, words); }
};

// The command line on an emulated GPU with this much memory.
Words with_memory_of(const std::string& bytes, const Words& words) {
  Words all{"env", "SPARSIGHT_EMULATED_MEMORY=" + bytes,
            std::string("LD_LIBRARY_PATH=") + SPARSIGHT_CUDA_EMULATOR_UNCHECKED, SPARSIGHT_CLI};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}
Ran with_memory(const std::string& bytes, const Words& words) { return run(with_memory_of(bytes, words)); }

Words question(const Words& more) {
  Words all{"ask", demo_clip(), "What happens in the video?", "--frames", "2"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("--gpu-layers: the GPU holds some layers, and the answer is the same", "[cli][device]") {
  const auto answered = [](const Ran& ran) {
    CAPTURE(ran.err);
    REQUIRE(ran.exit_code == 0);
    return json::parse(ran.out);
  };
  const json whole = answered(NoDriver().cli(question({"--json"})));
  const json shared = answered(on_emulator(question({"--json", "--device", "cuda", "--gpu-layers", "1"})));
  CHECK(shared["answer"] == whole["answer"]);
  CHECK(shared["warnings"] == whole["warnings"]);
  // Not even the model's towers fit.
  const json refused = answered(with_memory("1000000", question({"--json"})));
  CHECK(refused["answer"] == whole["answer"]);
  CHECK_THAT(refused["backend"].dump(), Catch::Contains("backend cpu"));
  CHECK_THAT(refused["warnings"].dump(), Catch::Contains("computed on the processor: not enough memory on the GPU"));
  const json info = answered(with_memory("1000000", {"info", "--json"}));
  CHECK(info["device"] == "cpu");
  CHECK(info["model"]["decoder"]["gpu_layers"].is_null());
  const Ran unused = NoDriver().cli(question({"--json", "--gpu-layers", "1"}));
  CHECK_THAT(answered(unused)["warnings"].dump(), Catch::Contains("--gpu-layers is ignored: the processor computes"));
  const Ran asked = with_memory("1000000", question({"--json", "--device", "cuda"}));
  CHECK(asked.exit_code != 0);
  CHECK_THAT(asked.err, Catch::StartsWith("sparsight-cli: not enough memory on the GPU Emulated GPU: "));

  for (const char* wrong : {"-1", "all", "1.5", "10001"})
    CHECK_THAT(on_emulator(question({"--gpu-layers", wrong})).err,
               Catch::Contains("--gpu-layers: expected a whole number from 0 to 10000, or auto, found \"" +
                               std::string(wrong)));
}

TEST_CASE("a question that lacks memory on the GPU fails alone, and what helps is said", "[cli][device]") {
  const TempDir temp;
  const std::filesystem::path questions = temp / "questions.txt", table = temp / "table.csv";
  write_file(questions, "What happens in the video?\n");
  // With --gpu-layers nothing is planned: the most memory that is not enough lets the model load, but not answer.
  const Words device{"--device", "cuda", "--gpu-layers", "2"};
  const auto batch = [&](std::size_t megabytes) {
    std::filesystem::remove(table);
    Words words{"batch", demo_clip(), "--questions", questions, "--out", table};
    words.insert(words.end(), device.begin(), device.end());
    return with_memory(std::to_string(megabytes) + "000000", words);
  };
  std::size_t too_few = 1, enough = 1000;
  REQUIRE(batch(enough).exit_code == 0);
  while (enough - too_few > 1) {
    const std::size_t half = (enough + too_few) / 2;
    (batch(half).exit_code == 0 ? enough : too_few) = half;
  }
  const Ran ran = batch(too_few);
  INFO(ran.err);
  CHECK(ran.exit_code == 6);
  CHECK_THAT(ran.err, Catch::Contains("an answer failed: not enough memory on the GPU"));
  CHECK_THAT(read_file(table), Catch::Contains("not enough memory on the GPU"));

  // Enough for that question, not for a longer one.
  std::string text = "What happens in the video?\nTell me";
  for (int i = 0; i < 400; ++i) text += " more";
  write_file(temp / "typed", text + "\n");
  Words chat{"chat", demo_clip()};
  chat.insert(chat.end(), device.begin(), device.end());
  Words typing{"sh", "-c", "in=$1; shift; exec \"$@\" < \"$in\"", "sh", temp / "typed"};
  const Words program = with_memory_of(std::to_string(enough) + "000000", chat);
  typing.insert(typing.end(), program.begin(), program.end());
  const Ran told = run(typing);
  CAPTURE(told.out, told.err);
  CHECK(told.exit_code == 6);
  CHECK_THAT(told.err, Catch::Contains("not enough memory on the GPU") && Catch::Contains("/new forgets"));
}

TEST_CASE("a device is auto, cpu, cuda or cuda:N", "[cli][device]") {
  using Kind = DeviceChoice::Kind;
  CHECK(read_device("auto") == DeviceChoice{Kind::Auto});
  CHECK(read_device("cpu") == DeviceChoice{Kind::Cpu});
  CHECK(read_device("cuda") == DeviceChoice{Kind::Cuda});
  CHECK(read_device("cuda:12") == DeviceChoice{Kind::Cuda, 12});
  for (const char* text : {"auto", "cpu", "cuda", "cuda:0", "cuda:7"})
    CHECK(to_text(read_device(text).value()) == text);
  for (const char* wrong : {"", "gpu", "Cuda", "cuda:", "cuda:-1", "cuda:+1", "cuda: 1", "cuda:1.5", "cuda:x", "cpu:0",
                            "cuda:99999999999", "cuda:10000", "auto "})
    CHECK_FALSE(read_device(wrong));
}

TEST_CASE("ask answers on the GPU what it answers on the processor", "[cli][device]") {
  const Ran wanted = NoDriver().cli(question({"--json"}));
  REQUIRE(wanted.exit_code == 0);
  const json cpu = json::parse(wanted.out);
  CHECK_THAT(cpu["backend"].dump(), Catch::Contains("backend cpu"));
  for (const Words& more : {Words{}, Words{"--device", "cuda:0"}}) {
    Words words = question({"--json"});
    words.insert(words.end(), more.begin(), more.end());
    const Ran ran = on_emulator(words);
    INFO(ran.err);
    REQUIRE(ran.exit_code == 0);
    const json gpu = json::parse(ran.out);
    CHECK(gpu["answer"] == cpu["answer"]);
    CHECK(gpu["generated_ids"] == cpu["generated_ids"]);
    CHECK_THAT(gpu["backend"].dump(), Catch::Contains("backend cuda") && Catch::Contains("Emulated GPU"));
  }
  const Ran processor = on_emulator(question({"--json", "--device", "cpu"}));
  REQUIRE(processor.exit_code == 0);
  CHECK_THAT(json::parse(processor.out)["backend"].dump(), Catch::Contains("backend cpu"));
}

TEST_CASE("NVIDIA's libraries may lie beside the program", "[cli][device]") {
  const TempDir folder;
  const std::filesystem::path program = folder / "sparsight-cli";
  std::filesystem::copy_file(SPARSIGHT_CLI, program);
  for (const char* library : {"libcuda.so.1", "libcublasLt.so.13"})
    std::filesystem::create_symlink(std::filesystem::path(SPARSIGHT_CUDA_EMULATOR_UNCHECKED) / library,
                                    folder / library);
  Words words{program.string()};
  const Words asked = question({"--json", "--device", "cuda"});
  words.insert(words.end(), asked.begin(), asked.end());
  const Ran ran = run(words);
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK_THAT(json::parse(ran.out)["backend"].dump(), Catch::Contains("Emulated GPU"));
}

TEST_CASE("a GPU that cannot be used is refused with the reason", "[cli][device]") {
  const NoDriver none;
  for (const char* device : {"cuda", "cuda:0", "cuda:7"}) {
    const Ran ran = none.cli(question({"--device", device, "--json"}));
    CHECK(ran.exit_code == 7);
    CHECK_THAT(ran.err, Catch::StartsWith("sparsight-cli: no GPU can be used: no NVIDIA driver: "));
    CHECK(json::parse(ran.out)["error"]["kind"] == "device");
  }
  const Ran one = on_emulator(question({"--device", "cuda:1"}));
  CHECK(one.exit_code == 7);
  CHECK(one.err == "sparsight-cli: there is no GPU 1: this machine has one, GPU 0\n");
  // quantize asks only with --ask.
  const TempDir temp;
  const Words quantize{"quantize", demo_model(), "--to", "int8", "--out", temp / "out", "--device", "cuda:1"};
  const Ran ignored = on_emulator(quantize);
  CHECK(ignored.exit_code == 2);
  CHECK_THAT(ignored.err, Catch::Contains("--device would be ignored"));
  Words asking = quantize;
  asking.insert(asking.end(), {"--ask", "What?"});
  const Ran asked = on_emulator(asking);
  CHECK(asked.exit_code == 7);
  CHECK_THAT(asked.err, Catch::Contains("there is no GPU 1"));
  CHECK_FALSE(std::filesystem::exists(temp / "out"));
  const Ran nonsense = on_emulator(question({"--device", "gpu"}));
  CHECK(nonsense.exit_code == 2);
  CHECK_THAT(nonsense.err, Catch::Contains("--device: expected auto, cpu, cuda, or cuda:N with the number of a GPU, "
                                           "found \"gpu\""));
}

TEST_CASE("info lists every GPU, or says why there is none", "[cli][device]") {
  // With the processor, since measuring the emulated GPU's speed takes long.
  const Ran plain = on_emulator({"info", "--device", "cpu"});
  REQUIRE(plain.exit_code == 0);
  CHECK_THAT(plain.out, Catch::Contains("GPU 0       Emulated GPU, ") && Catch::Contains("compute capability ") &&
                            Catch::Contains("NVIDIA      driver for CUDA ") && Catch::Contains(", cuBLAS ") &&
                            Catch::Contains("device      cpu: the processor\n"));
  const json out = json::parse(on_emulator({"info", "--json", "--device", "cpu"}).out);
  CHECK(out["device"] == "cpu");
  const json gpu = out["machine"]["gpu"];
  CHECK(gpu["why_not"].is_null());
  CHECK(gpu["driver_cuda"].is_string());
  CHECK(gpu["cublas"].is_string());
  REQUIRE(gpu["devices"].size() == 1);
  CHECK(gpu["devices"][0]["number"] == 0);
  CHECK(gpu["devices"][0]["name"] == "Emulated GPU");
  CHECK(gpu["devices"][0]["memory_bytes"] > 0);
  CHECK(gpu["devices"][0]["compute_capability"].is_string());
  CHECK(gpu["devices"][0]["why_not"].is_null());

  const NoDriver none;
  const Ran bare = none.cli({"info"});
  REQUIRE(bare.exit_code == 0);
  CHECK_THAT(bare.out, Catch::Contains("GPU         not used: no NVIDIA driver: ") &&
                           Catch::Contains("device      cpu: the processor\n"));
  const json nothing = json::parse(none.cli({"info", "--json"}).out);
  CHECK(nothing["device"] == "cpu");
  CHECK(nothing["machine"]["gpu"]["devices"].empty());
  CHECK(nothing["machine"]["gpu"]["driver_cuda"].is_null());
  CHECK_THAT(nothing["machine"]["gpu"]["why_not"].get<std::string>(), Catch::StartsWith("no NVIDIA driver"));
}

TEST_CASE("the benchmark says what it measures", "[cli][device]") {
  const Words small{"gemm", "--rows", "2", "--inputs", "64", "--outputs", "64", "--repeat", "1"};
  const auto on = [&](const std::string& device) {
    Words words = small;
    words.insert(words.end(), {"--device", device});
    return run_with(SPARSIGHT_CUDA_EMULATOR_UNCHECKED, SPARSIGHT_BENCH, words);
  };
  const Ran gpu = on("cuda");
  INFO(gpu.err);
  REQUIRE(gpu.exit_code == 0);
  CHECK_THAT(gpu.err, Catch::Contains("Computed on GPU 0, Emulated GPU.\n"));
  CHECK(json::parse(gpu.out)["machine"]["device"] == "Emulated GPU");
  CHECK(json::parse(gpu.out)["results"][0]["share_of_peak"].is_null());  // the peak is the processor's
  const Ran cpu = on("cpu");
  REQUIRE(cpu.exit_code == 0);
  CHECK_THAT(cpu.err, Catch::Contains("Computed on the processor.\n"));
  CHECK(json::parse(cpu.out)["machine"]["device"] == "cpu");
  CHECK(on("cuda:1").exit_code == 1);
  CHECK(on("gpu").exit_code == 2);
}

}  // namespace sparsight::test
