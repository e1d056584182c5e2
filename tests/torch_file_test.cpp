#include "core/model/torch_file.h"

#include "core/base/hash.h"
#include "core/model/weights.h"
#include "tests/safetensors_writer.h"
#include "tests/stored_tensors.h"
#include "tests/support.h"
#include "tests/torch_writer.h"

#include <catch2/catch.hpp>

using namespace sparsight;
using namespace sparsight::test;
using Catch::Matchers::Contains;

namespace {

std::vector<StoredTensor> parse_torch(std::string_view file) {
  return parse_torch_file(std::as_bytes(std::span(file)), "x.bin");
}

std::string torch_refusal(std::string_view file) {
  try {
    static_cast<void>(parse_torch(file));
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::Model);
    CHECK_THAT(e.what(), Contains("x.bin"));
    CHECK(std::string_view(e.what()).size() < 1000);
    return e.what();
  }
  return "nothing was refused";
}

std::filesystem::path torch_data() { return source_dir() / "tests/data/torch"; }

// Checks that every tensor is inside the file, and reads it.
void check_in_file(const std::vector<StoredTensor>& tensors, std::string_view file) {
  const auto all = std::as_bytes(std::span(file));
  for (const StoredTensor& tensor : tensors) {
    if (tensor.bytes.empty()) continue;
    REQUIRE(tensor.bytes.data() >= all.data());
    REQUIRE(tensor.bytes.data() + tensor.bytes.size() <= all.data() + all.size());
    if (tensor.make && tensor.dtype) static_cast<void>(content_of(tensor));
  }
}

}  // namespace

TEST_CASE("torch file: what PyTorch saved, in both forms and every protocol", "[torch_file]") {
  for (const char* name : {"zip1", "zip2", "zip4", "zip5", "old1", "old2", "old4", "old5", "zip64"}) {
    INFO(name);
    const std::string file = read_file(torch_data() / (std::string(name) + ".pt"));
    check_tensors(parse_torch(file), torch_data() / "expected.safetensors", false);
  }
  const std::string newer = read_file(torch_data() / "newer.pt");
  check_tensors(parse_torch(newer), torch_data() / "newer.safetensors", false);
}

TEST_CASE("torch file: the shards of a checkpoint", "[torch_file]") {
  const std::filesystem::path folder = shared_dir() / "families/original-pickle";
  if (!std::filesystem::exists(folder)) return skip("the pickled checkpoint is not here (../shared/families)");
  Digest digest;  // of the content that torch.load returns
  for (const char* shard : {"pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"}) {
    const std::string file = read_file(folder / shard);
    for (const StoredTensor& tensor : parse_torch(file)) {
      CHECK(tensor.dtype == DType::BF16);
      digest.add(tensor.name).add(content_of(tensor));
    }
  }
  CHECK(digest.hex() == "45f0bf5632bd1c59971a59aa469822e4");
  const Weights weights = Weights::open(folder);
  CHECK(weights.names().size() == 177);
  CHECK(weights.files().size() == 2);
  CHECK(weights.get("lm_head.weight", {512, 64}).dtype() == DType::BF16);
}

TEST_CASE("torch file: a model's folder", "[torch_file]") {
  const TempDir temp;
  write_file(temp / "pytorch_model.bin", read_file(torch_data() / "zip2.pt"));
  const Weights weights = Weights::open(temp.path());
  const HostView transposed = weights.raw("transposed"), tied = weights.raw("tied");
  CHECK(transposed.shape() == Shape{8, 6});
  CHECK(weights.raw("transposed").data() == transposed.data());  // made once
  CHECK(tied.data() == weights.raw("float").data());
  CHECK(transposed.row(1)[0] == weights.raw("columns").row(0)[0]);
  CHECK_THROWS_WITH(weights.raw("double"), Contains("F64"));
  CHECK(weights.raw("five").shape().rank() == 5);

  SECTION("safetensors go first") {
    SafetensorsWriter file;
    file.add("only", "U8", {1}, "x");
    write_file(temp / "model.safetensors", file.str());
    CHECK(Weights::open(temp.path()).names() == std::vector<std::string>{"only"});
  }
  SECTION("shards that are listed") {
    std::filesystem::rename(temp / "pytorch_model.bin", temp / "a.bin");
    write_file(temp / "pytorch_model.bin.index.json", R"({"weight_map": {"float": "a.bin"}})");
    CHECK(Weights::open(temp.path()).contains("half"));
    write_file(temp / "pytorch_model.bin.index.json", R"({"weight_map": {"other": "a.bin"}})");
    CHECK_THROWS_WITH(Weights::open(temp.path()), Contains("tensor other: not in"));
  }
}

TEST_CASE("torch file: nothing is run", "[torch_file]") {
  using namespace test::pickle;
  const std::string command = tuple({text("echo")});
  for (const std::string& asks :
       {global("posix", "system") + command + "R", global("posix", "system") + command + "\x81",
        "(" + text("echo") + "iposix\nsystem\n", "(" + global("posix", "system") + text("echo") + "o",
        text("posix") + text("system") + "\x93" + command + "R", global("posix", "system")})
    CHECK_THAT(
        torch_refusal(torch_zip(dict({{"a", asks}, {"b", tensor()}}))),
        Contains("asks to run posix.system: refused, because that could do anything") && Contains("state_dict()"));
  for (const auto& [module, name] : {std::pair("builtins", "eval"),
                                     {"torch", "load"},
                                     {"torch.storage", "_load_from_bytes"},
                                     {"numpy.core.multiarray", "scalar"},
                                     {"torch", ""},
                                     {"", ""}})
    CHECK_THAT(torch_refusal(torch_zip(dict({{"b", tensor()}}) + global(module, name))),
               Contains(fmt::format("asks to run {}.{}", module, name)));
  CHECK_THAT(torch_refusal(read_file(torch_data() / "module.pt")), Contains("torch.nn.modules.linear.Linear"));
  // Also in the pickles of the old format.
  CHECK_THAT(torch_refusal("\x80\x02" + global("posix", "system") + "."), Contains("posix.system"));
}

TEST_CASE("torch file: tensors that their data do not hold", "[torch_file]") {
  using namespace test::pickle;
  const auto refused = [](const std::string& made) { return torch_refusal(torch_zip(dict({{"name", made}}))); };
  CHECK(parse_torch(torch_zip(dict({{"name", tensor()}}))).size() == 1);
  const std::string beyond = "tensor name: it reaches past the end of its data", damaged = "damaged";
  CHECK_THAT(refused(tensor(storage(), 0, numbers({5}), numbers({1}))), Contains("more elements than its data"));
  CHECK_THAT(refused(tensor(storage(), 1, numbers({4}), numbers({1}))), Contains("more elements than its data"));
  CHECK_THAT(refused(tensor(storage(), 5, numbers({0}), numbers({1}))), Contains(beyond));
  CHECK_THAT(refused(tensor(storage(), 4, numbers({}), numbers({}))), Contains(beyond));
  CHECK_THAT(refused(tensor(storage(), 0, numbers({2, 2}), numbers({3, 1}))), Contains(beyond));
  CHECK_THAT(refused(tensor(storage(), 0, numbers({2, 2}), numbers({INT64_MAX, 1}))), Contains(beyond));
  CHECK_THAT(refused(tensor(storage(), 0, numbers({INT64_MAX, INT64_MAX}), numbers({0, 0}))),
             Contains("more elements"));
  CHECK_THAT(refused(tensor(storage(), 0, numbers({1LL << 40}), numbers({0}))), Contains("more elements"));
  CHECK_THAT(refused(tensor(storage(), 0, numbers({-1}), numbers({1}))), Contains(damaged));
  CHECK_THAT(refused(tensor(storage(), -1, numbers({1}), numbers({1}))), Contains(damaged));
  CHECK_THAT(refused(tensor(storage(), 0, numbers({2}), numbers({-1}))), Contains(damaged));
  CHECK_THAT(refused(tensor(storage(), 0, numbers({2}), numbers({1, 1}))), Contains(damaged));
  CHECK_THAT(refused(tensor(storage(), 0, text("ab"), numbers({1}))), Contains(damaged));
  CHECK_THAT(refused(tensor(text("0"), 0, numbers({1}), numbers({1}))), Contains(damaged));
  CHECK_THAT(refused(tensor(storage("1"), 0, numbers({1}), numbers({1}))), Contains("tensor data 1: missing"));
  CHECK_THAT(refused(tensor(storage("../data.pkl"), 0, numbers({1}), numbers({1}))),
             Contains("tensor data ../data.pkl: missing"));
  CHECK_THAT(refused(tensor(storage("0", 5), 0, numbers({1}), numbers({1}))), Contains("expected 5 x F32, found 16"));
  CHECK_THAT(refused(tensor(storage("0", 4, "HalfStorage"), 0, numbers({1}), numbers({1}))), Contains("4 x F16"));
  CHECK_THAT(refused(tensor(storage("0", 4, "Size"), 0, numbers({1}), numbers({1}))), Contains(damaged));
  CHECK_THAT(refused(global("torch._utils", "_rebuild_tensor_v2") + "]R"), Contains(damaged));
  CHECK_THAT(refused(global("torch._utils", "_rebuild_tensor_v2") + ")R"), Contains(damaged));
  CHECK_THAT(refused(global("torch._utils", "_rebuild_parameter") + tuple({text("x")}) + "R"), Contains(damaged));
  CHECK_THAT(torch_refusal(torch_zip(dict({{"a", tensor()}, {"a", tensor()}}))), Contains("tensor a: occurs twice"));
  CHECK_THAT(torch_refusal(torch_zip(dict({{"\xFF", tensor()}}))), Contains("not valid UTF-8"));
  CHECK_THAT(torch_refusal(torch_zip(dict({{"epoch", number(3)}}))), Contains("expected a dict of tensors"));
  CHECK_THAT(torch_refusal(torch_zip(tensor())), Contains("expected a dict of tensors"));
}

TEST_CASE("torch file: pickles that are broken, or grow", "[torch_file]") {
  using namespace test::pickle;
  const auto refused = [](const std::string& pickle) { return torch_refusal(torch_zip(pickle)); };
  const std::string damaged = "the pickle is damaged at byte";
  CHECK_THAT(refused("\x80\x06"), Contains("0 to 5, found 6"));
  CHECK_THAT(refused("\x82\x01"), Contains("unsupported instruction 130"));  // an extension
  CHECK_THAT(refused("\x97"), Contains("instruction 151"));                  // a buffer outside of it
  CHECK_THAT(refused("\xFF"), Contains("instruction 255"));
  CHECK_THAT(refused("0"), Contains(damaged));
  CHECK_THAT(refused("N(R"), Contains(damaged));  // a mark protects the values below it
  CHECK_THAT(refused("t"), Contains(damaged));
  CHECK_THAT(refused("h\x05"), Contains(damaged));
  CHECK_THAT(refused("gx\n"), Contains(damaged));
  CHECK_THAT(refused("Nb"), Contains(damaged));
  CHECK_THAT(refused("}(Nu"), Contains(damaged));
  CHECK_THAT(refused("NNa"), Contains(damaged));
  CHECK_THAT(refused("N)R"), Contains(damaged));
  CHECK_THAT(refused("NN\x93"), Contains(damaged));
  CHECK_THAT(refused("I1x\n"), Contains(damaged));
  CHECK_THAT(refused("S'x\n"), Contains(damaged));
  CHECK_THAT(refused("S'\\q'\n"), Contains(damaged));
  CHECK_THAT(refused("V\\u00g0\n"), Contains(damaged));
  for (const std::string& longer :
       {"X" + little_endian(0xFFFFFFFF, 4), "\x8D" + little_endian(~0ULL, 8), "\x8B" + little_endian(0xFFFFFFFF, 4),
        "\x95" + little_endian(1 << 20, 8), std::string("Snever")})
    CHECK_THAT(refused(longer), Contains("the file ends inside a pickle, at byte"));

  const std::string none = "expected a dict of tensors";
  std::string nested;
  for (int i = 0; i < 200'000; ++i) nested += "]\x85";
  CHECK_THAT(refused(std::string(200'000, '(') + "N"), Contains(none));
  CHECK_THAT(refused(nested), Contains(none));
  CHECK_THAT(refused("]q\1h\1a}q\2(h\2h\2u"), Contains(none));  // a list and a dict that contain themselves
  std::string laughs = "]q\1";                                  // each list contains the one before ten times
  for (char i = 2; i < 40; ++i) laughs += "](" + std::string(10, ' ') + "eq" + i;
  for (std::size_t i = 0, list = 1; (i = laughs.find("          ", i)) != std::string::npos; ++list) {
    std::string recalled;
    for (int k = 0; k < 10; ++k) recalled += std::string("h") + static_cast<char>(list);
    laughs.replace(i, 10, recalled);
  }
  CHECK_THAT(refused(laughs), Contains(none));
  std::string pairs = global("collections", "OrderedDict") + "q\1](";  // many copies of one long list
  for (int i = 0; i < 3000; ++i) pairs += i == 0 ? "NN\x86q\2" : "h\2";
  pairs += "eq\3";
  for (int i = 0; i < 3000; ++i) pairs += "h\1h\3\x85R";
  CHECK_THAT(refused(pairs), Contains("at most 4194304 values"));
  CHECK_THAT(refused(std::string((1 << 22) + 1, 'N')), Contains("at most 4194304 values"));
}

TEST_CASE("torch file: files that are none, or damaged", "[torch_file]") {
  CHECK_THAT(torch_refusal(""), Contains("the file ends inside a pickle, at byte 0"));
  CHECK_THAT(torch_refusal("version https://git-lfs.github.com/spec/v1"), Contains("git lfs pull"));
  CHECK_THAT(torch_refusal("N."), Contains("a checkpoint of PyTorch"));
  CHECK_THAT(torch_refusal(stored_zip({{"m/other", "x"}})), Contains("expected PyTorch's data.pkl"));
  CHECK_THAT(torch_refusal(stored_zip({{"a/data.pkl", "N."}, {"b/data.pkl", "N."}})),
             Contains("one checkpoint in the archive, found two"));
  CHECK_THAT(torch_refusal(stored_zip({{"a/data.pkl", "N."}, {"a/data.pkl", "N."}})),
             Contains("the ZIP archive is damaged"));
  CHECK_THAT(torch_refusal(stored_zip({{"a/data.pkl", "N."}, {"a/byteorder", "big"}})), Contains("big-endian"));
  CHECK_THAT(torch_refusal(stored_zip({{"a/data.pkl", "N."}, {"a/code/x.py", ""}})), Contains("TorchScript"));
  CHECK_THAT(torch_refusal(read_file(torch_data() / "compressed.pt")), Contains("compressed"));
  for (const char* name : {"zip2.pt", "old2.pt"}) {
    const std::string file = read_file(torch_data() / name);
    for (std::size_t size = 0; size < file.size(); ++size) {
      INFO(name << " cut to " << size);
      CHECK(torch_refusal(std::string_view(file).substr(0, size)) != "nothing was refused");
    }
    for (std::size_t i = 0; i < file.size(); ++i) {
      std::string spoilt = file;
      spoilt[i] = static_cast<char>(spoilt[i] ^ (1 << i % 8));
      INFO(name << " with another byte " << i);
      try {
        check_in_file(parse_torch(spoilt), spoilt);
      } catch (const Error& e) {
        if (e.kind() != ErrorKind::Model) FAIL_CHECK(e.what());
      }
    }
  }
}
