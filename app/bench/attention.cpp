// `attention`: the tiled attention, and what the raters' scores cost beside it.
#include "app/bench/bench.h"
#include "core/progress.h"
#include "kernels/backend.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <memory>
#include <random>
#include <vector>

namespace sparsight::bench {
namespace {

using nlohmann::ordered_json;

struct Options {
  Common common;
  std::size_t tokens = 2100, heads = 32, kv_heads = 32, head_dim = 128, raters = 8;
};

Tensor random_rows(std::size_t rows, std::size_t cols, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> values(-1.0f, 1.0f);
  Tensor t(Shape{rows, cols});
  for (std::size_t i = 0; i < rows * cols; ++i) t.f32()[i] = values(random);
  return t;
}

void run(const Options& options, Context& context) {
  const cli::Interrupts::Job job(context.interrupts);
  if (options.heads % options.kv_heads != 0)
    fail(ErrorKind::Usage, "--kv-heads: expected a divisor of {} heads, found {}", options.heads, options.kv_heads);
  options.common.choose_target();
  const std::size_t threads = options.common.thread_count(), n = options.tokens;
  const Peak peak = Peak::measure(threads);
  const auto backend = make_cpu_backend(threads);
  const Tensor q = random_rows(n, options.heads * options.head_dim, 1);
  const Tensor k = random_rows(n, options.kv_heads * options.head_dim, 2), v = random_rows(n, k.cols(), 3);
  const AttentionArgs args{.q = q,
                           .k = k,
                           .v = v,
                           .heads = options.heads,
                           .kv_heads = options.kv_heads,
                           .scale = 1.0f / std::sqrt(static_cast<float>(options.head_dim))};
  Tensor out(q.shape());
  std::vector<std::size_t> rows;  // as a question's words: the last ones
  for (std::size_t i = 0; i < std::min(options.raters, n); ++i) rows.push_back(n - 1 - i);
  Tensor scores;
  const ScoreRequest request{rows, &scores};

  Times plain, with_scores;
  for (std::size_t r = 0; r <= options.common.repeat; ++r) {
    stop_here_if_asked(job.token());
    fmt::print(stderr, "run {} of {}\n", r, options.common.repeat);
    if (r == 0) {
      backend->attention(args, out, &request);  // grows scratch memory
    } else {
      plain.run([&] { backend->attention(args, out); });
      with_scores.run([&] { backend->attention(args, out, &request); });
    }
  }
  // Alone, as the difference of two large times would be mostly noise.
  Tensor asked(Shape{rows.size(), q.cols()});
  for (std::size_t i = 0; i < rows.size(); ++i) std::copy_n(q.row(rows[i]).data(), q.cols(), asked.row(i).data());
  AttentionArgs only = args;
  only.q = asked;
  Times alone;
  Tensor alone_out(Shape{options.heads, rows.size(), n});
  for (std::size_t r = 0; r < 3 * options.common.repeat; ++r)
    alone.run([&] { backend->scores(only, rows, alone_out); });

  const auto d = static_cast<double>(options.heads * options.head_dim), m = static_cast<double>(n);
  const double pairs = m * (m + 1) / 2, score_flops = 2 * m * static_cast<double>(rows.size()) * d;
  print({{"machine", machine_json(peak, threads)},
         {"tokens", n},
         {"heads", options.heads},
         {"kv_heads", options.kv_heads},
         {"head_dim", options.head_dim},
         {"raters", rows.size()},
         {"attention", plain.json(4 * pairs * d, peak.flops, threads)},
         {"attention_with_scores", with_scores.json(4 * pairs * d + score_flops, peak.flops, threads)},
         {"scores_alone", alone.json(score_flops, peak.flops, threads)},
         {"scores_share_of_attention", rounded(alone.cpu.median() / plain.cpu.median())}});
}

}  // namespace

void add_attention(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("attention", "Causal attention of a prompt, with and without raters' scores");
  const auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, std::size_t& to, int most, const char* help) {
    command->add_option(name, to, help)->check(CLI::Range(1, most))->type_name("N")->capture_default_str();
  };
  add("--tokens", options->tokens, 1 << 17, "Tokens of the prompt");
  add("--heads", options->heads, 1 << 10, "Query heads");
  add("--kv-heads", options->kv_heads, 1 << 10, "Heads of keys and values");
  add("--head-dim", options->head_dim, 1 << 10, "Width of a head");
  add("--raters", options->raters, 1 << 10, "Rows whose scores are wanted");
  options->common.add_to(*command);
  command->footer("Example:\n  sparsight_bench attention --tokens 2100 --raters 8");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::bench
