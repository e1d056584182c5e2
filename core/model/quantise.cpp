#include "core/model/quantise.h"

#include "core/base/file_lock.h"
#include "core/base/free_space.h"
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/base/os/os.h"
#include "core/base/replace_file.h"
#include "core/model/families/family.h"
#include "core/model/gguf_model.h"
#include "core/model/model_folder.h"
#include "core/model/model_identity.h"
#include "core/model/safetensors.h"
#include "core/model/weights.h"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWeights = "model.safetensors";
// Files in the unfinished folder: a Written for each complete tensor; the model's hash and the format; the lock.
constexpr std::string_view kErrors = "errors", kSource = "source", kLock = "lock";

struct Written {
  double error = 0;
  std::array<char, 32> hash{};  // of its bytes
};
static_assert(sizeof(Written) == sizeof(double) + 32);

std::string_view bytes_of(HostView tensor) { return {static_cast<const char*>(tensor.data()), tensor.bytes()}; }

void expect_done(const std::error_code& error, const fs::path& file) {
  if (error) fail(ErrorKind::File, "{}: cannot be written: {}", file.string(), error.message());
}

// A tensor of the new file as it is in the checkpoint, and the tensors that represent it.
struct Job {
  std::string name;
  std::string source;  // its name in the checkpoint
  Weights::Form form;
  std::optional<Quantisation> to;
  std::vector<SafetensorsPart> parts;

  [[nodiscard]] std::size_t bytes_before() const {  // none for a copy of another tensor
    return name == source ? form.shape.elements() * size_of(form.dtype) : 0;
  }

  [[nodiscard]] std::size_t bytes() const {
    std::size_t sum = 0;
    for (const SafetensorsPart& part : parts) sum += part.bytes();
    return sum;
  }
};

std::vector<SafetensorsPart> parts_of(const std::string& name, const Weights::Form& form,
                                      std::optional<Quantisation> to) {
  if (!to) return {{name, form.dtype, form.shape}};
  const QuantisedShapes shapes = quantised_shapes(*to, form.shape[0], form.shape[1]);
  std::vector<SafetensorsPart> parts{{name, DType::U8, shapes.values}, {name + "_scale", DType::F32, shapes.scales}};
  if (*to == Quantisation::Int4) parts.push_back({name + "_block_scale", DType::I8, shapes.block_scales});
  return parts;
}

Job job_of(std::string name, std::string source, const Weights& weights, Quantisation to, const ModelConfig& config) {
  Job job{.name = std::move(name), .source = std::move(source), .form = {}, .to = {}, .parts = {}};
  job.form = weights.form(job.source);
  const DType type = job.form.dtype;
  if (type == DType::F32 || type == DType::F16 || type == DType::BF16)
    job.to = quantisation_of(job.name, job.form.shape, to, config.family->names);
  job.parts = parts_of(job.name, job.form, job.to);
  return job;
}

std::vector<Job> jobs_of(const Weights& weights, Quantisation to, const ModelConfig& config) {
  std::vector<Job> jobs;
  for (const std::string& name : weights.names()) {
    if (name.ends_with("_scale"))
      fail(ErrorKind::Model, "{}: expected a checkpoint with float weights, found a quantised one", shown(name));
    jobs.push_back(job_of(name, name, weights, to, config));
  }
  // Tied embeddings are looked up, which needs floats, and every word goes through them: the head becomes a copy.
  if (config.text.tied_embeddings && !weights.contains(kLmHead))
    for (const std::string& name : weights.names())
      if (canonical_name(name, config.family->names) == decoder_tensor("embed_tokens.weight"))
        jobs.push_back(job_of(std::string(kLmHead), name, weights, to, config));
  if (std::ranges::none_of(jobs, [](const Job& job) { return job.to.has_value(); }))
    fail(ErrorKind::Model, "{}: expected the weights of a model, found none that can be quantised",
         weights.files().front().path.string());
  return jobs;
}

std::string_view name_of(Quantisation to) { return to == Quantisation::Int8 ? "int8" : "int4"; }

std::string header_of(const std::vector<Job>& jobs, Quantisation to) {
  std::vector<SafetensorsPart> parts;
  for (const Job& job : jobs) parts.insert(parts.end(), job.parts.begin(), job.parts.end());
  return safetensors_header(parts, std::array{std::pair<std::string, std::string>{"format", "pt"},
                                              std::pair<std::string, std::string>{kQuantisedKey, name_of(to)},
                                              std::pair<std::string, std::string>{kLayoutKey, kQuantisedLayout}});
}

double relative_error(HostView before, const HostWeight& after) {
  const HostTensor stands_for = dequantise(after), was = to_f32(before);
  double lost = 0, all = 0;
  for (std::size_t i = 0; i < was.shape().elements(); ++i) {
    const double value = static_cast<double>(was.f32()[i]), error = static_cast<double>(stands_for.f32()[i]) - value;
    lost += error * error;
    all += value * value;
  }
  return all == 0 ? 0 : std::sqrt(lost / all);
}

os::File open_unfinished(const fs::path& file) {
  std::error_code error;
  os::File open(file, os::Access::Change, error);
  expect_done(error, file);
  return open;
}

// "x/" and "x" are the same folder; "." and ".." always exist.
fs::path folder_named(const fs::path& out) {
  fs::path folder = out.lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (!folder.has_filename())
    fail(ErrorKind::Usage, "\"{}\": expected the name of a new folder to write to", out.string());
  return folder;
}

// The first bytes of a file, at most `most`.
std::string beginning(const os::File& file, std::size_t most) {
  std::string found(most, '\0');
  found.resize(file.read_at(0, std::as_writable_bytes(std::span(found))));
  return found;
}

void cut_to(os::File& file, std::size_t bytes, const fs::path& name) {
  std::error_code error;
  file.resize(bytes, error);
  expect_done(error, name);
}

// Whether the unfinished file belongs to this model and format, so that it can be continued.
bool belongs_to(const fs::path& file, const std::string& source) {
  std::error_code error;
  const os::File open(file, os::Access::Read, error);
  return !error && beginning(open, source.size() + 1) == source;
}

std::array<char, 32> digits_of(const Digest& digest) {
  std::array<char, 32> digits{};
  digest.hex().copy(digits.data(), digits.size());
  return digits;
}

Written write_job(os::File& handle, const Job& job, const fs::path& file, const Weights& weights) {
  Written written;
  Digest digest;
  const auto put = [&](HostView tensor) {
    write_all(handle, bytes_of(tensor), file);
    digest.add(bytes_of(tensor));
  };
  // Read before it is written: of a file that became shorter, reading gives zeros, which check() reports.
  const HostTensor tensor = weights.read(job.source);
  if (job.to) {
    const QuantisedWeights made = quantise(tensor, *job.to);
    written.error = relative_error(tensor, made.view());
    put(made.values);
    put(made.scales);
    if (*job.to == Quantisation::Int4) put(made.block_scales);
  } else {
    put(tensor);
  }
  written.hash = digits_of(digest);
  return written;
}

// Whether the bytes in the file are those that were written.
bool is_whole(const os::File& handle, std::size_t at, std::size_t bytes, const Written& written,
              const std::stop_token& stop) {
  Digest digest;
  std::vector<std::byte> piece(std::min<std::size_t>(bytes, std::size_t{1} << 20));
  for (const std::size_t end = at + bytes; at < end;) {
    stop_here_if_asked(stop);
    const std::size_t got = handle.read_at(at, std::span(piece).first(std::min(piece.size(), end - at)));
    if (got == 0) return false;
    digest.add(std::span<const std::byte>(piece).first(got));
    at += got;
  }
  return digits_of(digest) == written.hash;
}

std::vector<Written> written_in(const os::File& file, std::size_t most) {
  const std::string bytes = beginning(file, most * sizeof(Written));
  std::vector<Written> all(bytes.size() / sizeof(Written));
  if (!all.empty()) std::memcpy(all.data(), bytes.data(), all.size() * sizeof(Written));
  return all;
}

// The job to continue with, and where its bytes begin. `have`: bytes in the file.
std::pair<std::size_t, std::size_t> continued_at(const os::File& handle, std::size_t header, std::size_t have,
                                                 const std::vector<Job>& jobs, const std::vector<Written>& earlier,
                                                 const Control& control) {
  std::size_t first = 0, at = header;
  while (first < earlier.size() && at + jobs[first].bytes() <= have) {
    control.report(Stage::Verify, first, earlier.size());
    if (!is_whole(handle, at, jobs[first].bytes(), earlier[first], control.stop)) break;
    at += jobs[first++].bytes();
  }
  return {first, at};
}

// `have`: bytes that are there already.
void check_room(const std::vector<Job>& jobs, std::size_t header, std::size_t have, const fs::path& out) {
  std::uint64_t needed = header;
  for (const Job& job : jobs) needed += job.bytes();
  needed -= std::min<std::uint64_t>(needed, have);
  const auto gib = [](std::uint64_t bytes) { return static_cast<double>(bytes) / static_cast<double>(1 << 30); };
  if (const auto free = free_space(out); free && *free < needed)
    fail(ErrorKind::File, "{}: {:.2f} GiB are still to be written, {:.2f} GiB are free on this disk", out.string(),
         gib(needed), gib(*free));
}

bool holds_weights(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const char* ending :
       {".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".pt", ".pth", ".gguf"})
    if (name.ends_with(ending)) return true;
  return false;
}

void copy_others(const fs::path& model, const fs::path& to) {
  std::error_code error;
  if (!fs::is_directory(model, error)) return;
  for (fs::directory_iterator it(model, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file() || holds_weights(it->path()) || it->path().filename() == kModelCardFile) continue;
    fs::copy_file(it->path(), to / it->path().filename(), fs::copy_options::overwrite_existing, error);
    if (error)
      fail(ErrorKind::File, "{}: cannot be copied to {}: {}", it->path().string(), to.string(), error.message());
  }
  if (error) fail(ErrorKind::File, "{}: {}", model.string(), error.message());
  // The card without its accuracy, which was measured with the weights as they were.
  if (const auto text = read_json_file(model / kModelCardFile)) {
    nlohmann::json card = parse_json(*text, (model / kModelCardFile).string());
    if (card.is_object()) card.erase("accuracy");
    replace_file(to / kModelCardFile, card.dump(1) + "\n");
  }
}

// A folder that is not what an earlier run left: the user's own, or the model itself.
void refuse_foreign(const fs::path& unfinished, const fs::path& model) {
  std::error_code ignored;
  bool foreign = fs::is_symlink(unfinished, ignored) || fs::equivalent(unfinished, model, ignored);
  if (!foreign && fs::is_directory(unfinished, ignored) && !is_there(unfinished / kSource))
    for (fs::directory_iterator it(unfinished, ignored), end; !ignored && it != end; it.increment(ignored)) {
      const fs::path name = it->path().filename();
      // Killed before it wrote what it is working on, a run leaves these, all empty.
      const bool ours =
          name == kLock || ((name == kWeights || name == kErrors) && fs::file_size(it->path(), ignored) == 0);
      foreign = foreign || !ours;
    }
  if (foreign)
    fail(ErrorKind::File,
         "{}: is in the way, and not the unfinished result of an earlier run; move it, or name another folder",
         unfinished.string());
}

void refuse_gguf_tower(const fs::path& model) {
  if (const auto tower = tower_gguf(model))
    fail(ErrorKind::Model,
         "{}: GGUF files with a vision tower cannot be quantised; quantise the model that they were made from",
         tower->string());
}

void write_described(const fs::path& gguf, Families families, const fs::path& to) {
  const MappedFile file = MappedFile::open(gguf);
  write_gguf_folder(parse_gguf(file.bytes(), gguf.string()), families, to);
  file.check();
}

// Measured on SmolLM2-135M (docs/quantised.md): nine tenths of what a decoder as narrow as this one loses as int4, it
// loses in these.
bool is_sensitive(std::string_view name, const Shape& shape) {
  constexpr std::size_t kNarrow = 1024;
  const auto is = [&](std::string_view matrix) { return name.ends_with(matrix); };
  const bool down = is(".down_proj.weight");
  return shape[down ? 0 : 1] < kNarrow &&
         (down || is(".up_proj.weight") || is(".k_proj.weight") || is(".v_proj.weight"));
}

}  // namespace

std::optional<Quantisation> quantisation_of(std::string_view name, const Shape& shape, Quantisation to,
                                            TensorNames names) {
  const std::string known = canonical_name(name, names);
  if (shape.rank() != 2 || !known.ends_with(".weight")) return std::nullopt;
  switch (part_of(known)) {
    case TensorPart::Head:
    case TensorPart::TowerLayer:
    case TensorPart::Projector: return Quantisation::Int8;
    case TensorPart::DecoderLayer:
      return can_quantise(to, shape[1]) && !is_sensitive(known, shape) ? to : Quantisation::Int8;
    case TensorPart::Other: break;
  }
  return std::nullopt;
}

std::map<std::string, HostTensor> quantised_tensors(const std::string& name, HostView weight, Quantisation to) {
  QuantisedWeights made = quantise(weight, to);
  std::map<std::string, HostTensor> out;
  if (to == Quantisation::Int4) out.emplace(name + "_block_scale", std::move(made.block_scales));
  out.emplace(name + "_scale", std::move(made.scales));
  out.emplace(name, std::move(made.values));
  return out;
}

QuantiseResult quantise_checkpoint(const fs::path& given, Quantisation to, const fs::path& out_as_named,
                                   const Control& control, const std::function<void(const QuantisedTensor&)>& on_tensor,
                                   Families families) {
  const fs::path model = model_folder(given);
  const fs::path out = folder_named(out_as_named), unfinished = out.string() + ".part";
  const auto refuse_existing = [&] {
    if (std::error_code ignored; fs::exists(fs::symlink_status(out, ignored)))
      fail(ErrorKind::File, "{}: already exists; expected a new folder", out.string());
  };
  refuse_existing();
  check_model_folder(model);
  const ModelConfig config = read_config(model, families);
  refuse_gguf_tower(model);
  const Weights weights = Weights::open(model, config.family->names);
  const std::vector<Job> jobs = jobs_of(weights, to, config);
  const std::string header = header_of(jobs, to);

  refuse_foreign(unfinished, model);
  std::error_code error;
  fs::create_directories(unfinished, error);
  if (error) fail(ErrorKind::File, "{}: {}", unfinished.string(), error.message());
  FileLock lock(unfinished / kLock, unfinished.string());
  refuse_existing();  // the former holder of the lock may have just finished
  const std::string source = fmt::format("{} {}\n", model_hash(model, weights, control.stop), name_of(to));
  const bool same = belongs_to(unfinished / kSource, source);
  const fs::path file = unfinished / kWeights, errors_file = unfinished / kErrors;
  os::File handle = open_unfinished(file), errors_handle = open_unfinished(errors_file);
  const std::uint64_t length = handle.size(error);
  expect_done(error, file);
  const std::size_t have = same && beginning(handle, header.size()) == header ? static_cast<std::size_t>(length) : 0;
  const std::vector<Written> earlier = written_in(errors_handle, jobs.size());

  QuantiseResult result;
  const auto [first, at] = continued_at(handle, header.size(), have, jobs, earlier, control);
  result.damaged = first < earlier.size() && at + jobs[first].bytes() <= have;
  check_room(jobs, header.size(), first == 0 ? 0 : at, unfinished);
  result.resumed = first;
  result.discarded = !same && length > 0;
  cut_to(errors_handle, first * sizeof(Written), errors_file);
  cut_to(handle, first == 0 ? 0 : at, file);
  if (!same) replace_file(unfinished / kSource, source);
  if (first == 0) write_all(handle, header, file);

  for (std::size_t i = 0; i < jobs.size(); ++i) {
    control.report(Stage::Quantise, i, jobs.size());
    const Job& job = jobs[i];
    QuantisedTensor done{job.name, job.to.value_or(to), job.bytes_before(), job.bytes()};
    result.bytes_before += done.bytes_before;
    result.bytes_after += done.bytes_after;
    if (i < first) {
      done.error = earlier[i].error;
    } else {
      Written written;
      try {
        written = write_job(handle, job, file, weights);
      } catch (const Error&) {
        weights.check_unchanged();  // a changed file explains any other error
        throw;
      }
      weights.check();
      done.error = written.error;
      write_all(errors_handle, {reinterpret_cast<const char*>(&written), sizeof written}, errors_file);
    }
    if (!job.to) continue;
    if (on_tensor) on_tensor(done);
    result.tensors.push_back(std::move(done));
  }
  handle.sync(error);
  expect_done(error, file);
  weights.check_unchanged();
  copy_others(model, unfinished);
  if (const auto gguf = decoder_gguf(model)) write_described(*gguf, families, unfinished);
  for (const fs::path& ours : {errors_file, unfinished / kSource})
    if (!error) fs::remove(ours, error);
  if (!error) os::replace(unfinished, out, error);
  if (error) fail(ErrorKind::File, "{}: {}", out.string(), error.message());
  lock.moved_to(out / kLock);
  control.report(Stage::Quantise, jobs.size(), jobs.size());
  return result;
}

}  // namespace sparsight
