// `attention`: of all rows of a prompt or its last ones, and what the raters' scores cost in addition.
#include "app/bench/bench.h"
#include "core/base/progress.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace sparsight::bench {
namespace {

using nlohmann::ordered_json;

struct AttentionOptions {
  Common common;
  std::size_t tokens = 2100, rows = 0, heads = 32, kv_heads = 32, head_dim = 128, raters = 8;
  std::optional<DType> kv;
};

HostTensor random_rows(std::size_t rows, std::size_t cols, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> values(-1.0f, 1.0f);
  HostTensor t(Shape{rows, cols});
  for (std::size_t i = 0; i < rows * cols; ++i) t.f32()[i] = values(random);
  return t;
}

void run(const AttentionOptions& options, Context& context) {
  const cli::Interrupts::Job job(context.interrupts);
  if (options.heads % options.kv_heads != 0)
    fail(ErrorKind::Usage, "--kv-heads: expected a divisor of {} heads, found {}", options.heads, options.kv_heads);
  options.common.choose_target();
  const std::size_t threads = options.common.thread_count(), n = options.tokens;
  const Peak peak = Peak::measure(threads);
  const auto backend = options.common.backend();
  const double most = options.common.known_on_processor(peak.flops);
  const std::size_t own = options.rows == 0 ? n : std::min(options.rows, n);
  const DType kv = options.kv.value_or(DType::F32);
  const Tensor q = backend->upload(random_rows(own, options.heads * options.head_dim, 1));
  const auto cached = [&](std::uint32_t seed) {
    const Tensor rows = backend->upload(random_rows(n, options.kv_heads * options.head_dim, seed));
    Tensor stored = backend->make(rows.shape(), kv);
    backend->store(rows, stored, 0);
    return stored;
  };
  const Tensor k = cached(2), v = cached(3);
  const AttentionArgs args{.q = q,
                           .k = k,
                           .v = v,
                           .heads = options.heads,
                           .kv_heads = options.kv_heads,
                           .scale = 1.0f / std::sqrt(static_cast<float>(options.head_dim)),
                           .first_visible = n - own};
  Tensor out = backend->make(q.shape());
  std::vector<std::size_t> rows;  // the last ones, where a question's words are
  for (std::size_t i = 0; i < std::min(options.raters, own); ++i) rows.push_back(own - 1 - i);
  Tensor scores;
  const ScoreRequest request{rows, &scores};

  const auto time = [&](Times& times, const auto& work) {
    times.run([&] {
      work();
      backend->finish();
    });
  };
  Times plain, with_scores;
  for (std::size_t r = 0; r <= options.common.repeat; ++r) {
    stop_here_if_asked(job.token());
    fmt::print(stderr, "run {} of {}\n", r, options.common.repeat);
    if (r == 0) {
      backend->attention(args, out, &request);  // grows scratch memory
    } else {
      time(plain, [&] { backend->attention(args, out); });
      time(with_scores, [&] { backend->attention(args, out, &request); });
    }
  }
  // Measured alone, since the difference of two large times would be mostly noise.
  Tensor asked = backend->make(Shape{rows.size(), q.cols()});
  backend->gather_rows(q, rows, asked, 0);
  std::vector<std::size_t> places;
  for (const std::size_t row : rows) places.push_back(n - own + row);
  AttentionArgs only = args;
  only.q = asked;
  Times alone;
  Tensor alone_out = backend->make(Shape{options.heads, rows.size(), n});
  for (std::size_t r = 0; r < 3 * options.common.repeat; ++r)
    time(alone, [&] { backend->scores(only, places, alone_out); });

  const auto d = static_cast<double>(options.heads * options.head_dim), m = static_cast<double>(n);
  const double pairs = static_cast<double>(own) * (m - (static_cast<double>(own) - 1) / 2),
               score_flops = 2 * m * static_cast<double>(rows.size()) * d;
  print({{"machine", machine_json(peak, threads, options.common.device())},
         {"tokens", n},
         {"rows", own},
         {"kv", to_string(kv)},
         {"heads", options.heads},
         {"kv_heads", options.kv_heads},
         {"head_dim", options.head_dim},
         {"raters", rows.size()},
         {"attention", plain.json(4 * pairs * d, most, threads)},
         {"kv_gb_per_s", rounded(static_cast<double>(k.view().bytes() + v.view().bytes()) / plain.wall.median() / 1e6)},
         {"attention_with_scores", with_scores.json(4 * pairs * d + score_flops, most, threads)},
         {"scores_alone", alone.json(score_flops, most, threads)},
         {"scores_share_of_attention", rounded(alone.cpu.median() / plain.cpu.median())}});
}

}  // namespace

void add_attention(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("attention", "Causal attention of a prompt, with and without raters' scores");
  const auto options = std::make_shared<AttentionOptions>();
  add_count(*command, "--tokens", options->tokens, 1, 1 << 17, "Tokens of the prompt");
  add_count(*command, "--rows", options->rows, 0, 1 << 17,
            "Last rows to compute, such as 1 for the next token; 0: all");
  add_count(*command, "--heads", options->heads, 1, 1 << 10, "Query heads");
  add_count(*command, "--kv-heads", options->kv_heads, 1, 1 << 10, "Heads of keys and values");
  add_count(*command, "--head-dim", options->head_dim, 1, 1 << 10, "Width of a head");
  add_count(*command, "--raters", options->raters, 1, 1 << 10, "Rows whose scores are returned too");
  add_kv(*command, options->kv, "f32");
  options->common.add_to(*command);
  command->footer(
      "Examples:\n  sparsight_bench attention --tokens 2100 --raters 8\n  sparsight_bench attention --rows 1 --kv "
      "bf16");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::bench
