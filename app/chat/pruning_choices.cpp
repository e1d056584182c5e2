#include "app/chat/pruning_choices.h"

#include "app/core_words.h"
#include "app/format.h"
#include "core/pruning/registry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace sparsight {
namespace {

constexpr const char* kQuarter = "25%";

std::optional<Budget> read_choice_budget(const std::string& text) {
  Budget budget;
  return read_budget(text, budget).empty() ? std::optional(budget) : std::nullopt;
}

bool is_amount(const Budget& budget) {
  return budget.kind == Budget::Kind::Count || budget.kind == Budget::Kind::Share;
}

bool prunes_nothing(const CardPruning& pruning) {
  const auto budget = read_choice_budget(pruning.budget);
  return pruning.strategy == "none" || (budget && budget->everything());
}

// How much stays, 0 to 1; 0: the budget does not say, or needs the number of tokens.
double share_kept(const std::string& text, std::size_t visual_tokens) {
  const auto budget = read_choice_budget(text);
  if (!budget || !is_amount(*budget)) return 0;
  if (budget->kind == Budget::Kind::Share) return budget->value;
  return visual_tokens == 0 ? 0
                            : static_cast<double>(budget->tokens(visual_tokens)) / static_cast<double>(visual_tokens);
}

bool alike(const CardPruning& one, const CardPruning& other, std::size_t visual_tokens) {
  if (prunes_nothing(one) && prunes_nothing(other)) return true;
  if (one.strategy != other.strategy) return false;
  const auto a = read_choice_budget(one.budget), b = read_choice_budget(other.budget);
  if (!a || !b) return false;
  if (visual_tokens != 0 && is_amount(*a) && is_amount(*b)) return a->tokens(visual_tokens) == b->tokens(visual_tokens);
  return to_string(*a) == to_string(*b);
}

// An eighth where there is nothing to halve.
std::string half_of(const std::string& text) {
  const auto budget = read_choice_budget(text);
  const double half = budget && budget->kind == Budget::Kind::Share ? budget->value / 2 : 0.125;
  if (budget && budget->kind == Budget::Kind::Count)
    return to_string(Budget{.kind = Budget::Kind::Count, .value = std::max(1.0, std::floor(budget->value / 2))});
  return to_string(Budget{.kind = Budget::Kind::Share, .value = half});
}

// "25 %", "9.4 %".
QString share_in_percent(double share) {
  const double per_cent = 100 * share;
  const bool round = std::abs(per_cent - std::round(per_cent)) < 0.05;
  return tr("%1 %").arg(number_text(per_cent, round ? 0 : 1));
}

QString strategy_name(const std::string& strategy) { return QString::fromStdString(strategy); }

}  // namespace

QString budget_words(const std::string& budget, std::size_t visual_tokens) {
  const auto read = read_choice_budget(budget);
  if (!read) return QString::fromStdString(budget);
  if (read->kind == Budget::Kind::Default) return tr("as published");
  if (!is_amount(*read)) return QString::fromStdString(budget);
  const double part = share_kept(budget, visual_tokens);
  if (visual_tokens == 0)
    return part > 0 ? share_in_percent(part) : tr("%1 tokens").arg(number_text(static_cast<double>(read->value)));
  return tr("%1 (%2 tokens)").arg(share_in_percent(part), number_text(read->tokens(visual_tokens)));
}

QString amount_words(const QString& budget, std::size_t visual_tokens) {
  Budget read;
  const std::string text = budget.trimmed().toStdString();
  const std::string expected = read_budget(text, read);
  if (expected.empty()) return budget_words(text, visual_tokens);
  return in_words(QStringLiteral("budget \"%1\": %2").arg(budget.trimmed(), QString::fromStdString(expected)));
}

bool is_budget(const QString& budget) {
  Budget read;
  return read_budget(budget.trimmed().toStdString(), read).empty();
}

std::string share_of(std::size_t tokens, std::size_t visual_tokens) {
  if (tokens >= visual_tokens) return "100%";
  const double exact = 100 * static_cast<double>(tokens) / static_cast<double>(visual_tokens);
  constexpr int kMostDecimals = 6;
  for (int decimals = 0; decimals <= kMostDecimals; ++decimals) {
    const std::string text = QString::number(exact, 'f', decimals).toStdString() + '%';
    const auto budget = read_choice_budget(text);
    if (budget && is_amount(*budget) && budget->tokens(visual_tokens) == tokens) return text;
  }
  return std::to_string(tokens);
}

std::vector<PruningChoice> pruning_choices(const CardPruning& balanced, bool own, const CardPruning& now,
                                           std::size_t visual_tokens) {
  const auto words = [&](const CardPruning& pruning) { return budget_words(pruning.budget, visual_tokens); };
  const bool suits = !prunes_nothing(balanced);
  const CardPruning fast{balanced.strategy, half_of(balanced.budget)};
  const CardPruning published{prunes_nothing(now) ? balanced.strategy : now.strategy, {}};
  std::vector<PruningChoice> choices;
  choices.push_back({"off",
                     tr("Off"),
                     visual_tokens != 0 ? tr("All %1 visual tokens stay.").arg(number_text(visual_tokens))
                                        : tr("All visual tokens stay."),
                     {}});
  if (suits)
    choices.push_back({"balanced", tr("Balanced"),
                       (own ? tr("%1: %2 stay, the model's default.") : tr("%1: %2 stay. The model names no default."))
                           .arg(strategy_name(balanced.strategy), words(balanced)),
                       balanced});
  const auto budget = read_choice_budget(balanced.budget);
  const bool halved = budget && is_amount(*budget);
  if (suits)
    choices.push_back({"fast", tr("Fast"),
                       (halved ? tr("%1: %2 stay, half of Balanced.") : tr("%1: %2 stay."))
                           .arg(strategy_name(fast.strategy), words(fast)),
                       fast});
  if (!prunes_nothing(published) && !alike(published, balanced, visual_tokens))
    choices.push_back({"published", tr("As published"),
                       tr("%1 with the budget of its publication.").arg(strategy_name(published.strategy)), published});
  return choices;
}

std::vector<PruningChoice> choices_for(const ModelInfo* model, const EncodedMedia* media, const CardPruning& now,
                                       std::size_t visual_tokens) {
  const CardPruning named = default_pruning(model != nullptr ? model->card : std::nullopt);
  const bool own = named.strategy != "none";
  return pruning_choices(own ? named : general_pruning(model, media), own, now, visual_tokens);
}

QStringList strategy_names() {
  QStringList names;
  for (const StrategyInfo& info : strategies())
    names << QString::fromUtf8(info.name.data(), static_cast<qsizetype>(info.name.size()));
  return names;
}

QString key_of(const std::vector<PruningChoice>& choices, const CardPruning& pruning, std::size_t visual_tokens) {
  const auto found = std::ranges::find_if(
      choices, [&](const PruningChoice& choice) { return alike(choice.pruning, pruning, visual_tokens); });
  return found == choices.end() ? QString() : found->key;
}

QString pruning_name(const std::vector<PruningChoice>& choices, const CardPruning& pruning, std::size_t visual_tokens) {
  const auto found = std::ranges::find_if(choices, [&](const PruningChoice& choice) {
    return choice.key != QLatin1String("published") && alike(choice.pruning, pruning, visual_tokens);
  });
  const QString name = found != choices.end() ? found->name : strategy_name(pruning.strategy);
  if (prunes_nothing(pruning)) return tr("Off");
  const double part = share_kept(pruning.budget, visual_tokens);
  return QStringLiteral("%1 · %2").arg(name,
                                       part > 0 ? share_in_percent(part) : budget_words(pruning.budget, visual_tokens));
}

CardPruning general_pruning(const ModelInfo* model, const EncodedMedia* media) {
  static constexpr std::array kCandidates{"sparsevlm-v1.5", "fastv", "uniform"};
  if (model == nullptr || media == nullptr || media->visual_tokens() == 0) return {kCandidates.front(), kQuarter};
  const PruningSetting setting = setting_of(model->config, media->kind(), media->layout());
  for (const char* strategy : kCandidates) {
    try {
      (void)make_strategy({.strategy = strategy, .budget = parse_budget(kQuarter)}, setting);
      return {strategy, kQuarter};
    } catch (const Error&) {
      // It does not suit; the next one may.
    }
  }
  return {};
}

}  // namespace sparsight
