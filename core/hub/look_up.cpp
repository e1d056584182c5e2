#include "core/base/text.h"
#include "core/hub/answers.h"
#include "core/hub/fetch.h"
#include "core/hub/listing.h"

#include <regex>

namespace sparsight {
namespace {

constexpr std::size_t kMostAnswer = 16 << 20;  // bytes

// As huggingface_hub writes it: "refs%2Fpr%2F1".
std::string encoded(const std::string& revision) {
  return std::regex_replace(escaped(revision, Format::UriPath), std::regex("/"), "%2F");
}

}  // namespace

std::uint64_t HubModel::bytes() const {
  std::uint64_t sum = 0;
  for (const HubFile& file : files) sum += file.bytes;
  return sum;
}

// Scales add about 3 % to int8; int4 has 4.25 bits a weight, and keeps about a tenth of the weights as int8.
WeightMemory weight_memory(std::uint64_t parameters) {
  return {.f16 = parameters * 2, .int8 = parameters + parameters / 32, .int4 = parameters * 5 / 8};
}

WeightMemory weight_memory(const HubModel& model) {
  return weight_memory(model.parameters != 0 ? model.parameters : model.bytes() / 2);
}

HubModel look_up(const std::string& id, const std::string& revision, const HubOptions& options,
                 const std::stop_token& stop, const OnHubWait& on_wait) {
  check_hub_id(id);
  check_hub_revision(revision);
  HubModel model{.id = id, .revision = revision, .host = options.endpoint};
  std::string text;
  HttpRequest request{
      .url = fmt::format("{}/api/models/{}/revision/{}?blobs=true", options.endpoint, id, encoded(revision))};
  request.on_head = [&](const HttpHead&) { text.clear(); };
  request.on_body = [&](std::string_view piece) {
    if (text.size() + piece.size() > kMostAnswer)
      fail(ErrorKind::Network, "{}: the hub answers more than {} MB about this model", id, kMostAnswer >> 20);
    text += piece;
  };
  HttpSession session(options);
  const HubQuestion about{.options = options, .id = id, .revision = revision};
  static_cast<void>(ask_hub(session, request, about, stop, on_wait));
  try {
    read_listing(text, model);
  } catch (const Error& error) {
    throw Error(ErrorKind::Network, error.what());
  }
  if (model.files.empty())
    fail(ErrorKind::Network, "{}: no weights here that Sparsight reads, *.safetensors or pytorch_model.bin", id);
  return model;
}

}  // namespace sparsight
