#include "core/model_card.h"

#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/model/model_folder.h"
#include "core/pruning/registry.h"

#include <cmath>
#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kMostText = 1000, kMostEntries = 1000, kMostQuestions = 10'000'000;
constexpr std::size_t kMostCode = 35;    // length of a BCP 47 language code
constexpr std::size_t kHashLength = 32;  // hex digits of XXH3-128

std::string text_of_card(const JsonObject& object, const char* key) {
  const auto found = object.string(key);
  if (!found) object.refuse(key, "expected a text, found none");
  if (found->empty() || found->size() > kMostText)
    object.refuse(key, fmt::format("expected 1 to {} bytes of text, found {}", kMostText, found->size()));
  return one_line(*found, kMostText);
}

// An object or a list of bounded size; null counts as empty.
const json& bounded(const JsonObject& object, const char* key, const json& none) {
  const json* found = object.find(key);
  if (found == nullptr) return none;
  if (found->type() != none.type()) object.wrong(key, none.is_array() ? "a list" : "an object", *found);
  if (found->size() > kMostEntries)
    object.refuse(key, fmt::format("expected at most {} entries, found more", kMostEntries));
  return *found;
}
const json kNoList = json::array(), kNoObject = json::object();

std::vector<std::string> texts_of_card(const JsonObject& object, const char* key) {
  std::vector<std::string> out;
  for (const json& entry : bounded(object, key, kNoList)) {
    if (!entry.is_string() || entry.get_ref<const std::string&>().size() > kMostText)
      object.wrong(key, fmt::format("texts of at most {} bytes", kMostText), entry);
    out.push_back(one_line(entry.get<std::string>(), kMostText));
  }
  return out;
}

std::vector<std::string> languages_of(const JsonObject& card) {
  std::vector<std::string> codes = texts_of_card(card, "languages");
  for (const std::string& code : codes)
    if (code.empty() || code.size() > kMostCode)
      card.refuse("languages", fmt::format("expected codes of 1 to {} letters, found \"{}\"", kMostCode, code));
  return codes;
}

// An unknown strategy, perhaps of a later version, gives a warning; a budget that a known strategy does not have is an
// error.
CardPruning pruning_of(const JsonObject& object, std::vector<std::string>& warnings) {
  const CardPruning pruning{text_of_card(object, "strategy"), object.string("budget").value_or("")};
  if (find_strategy(pruning.strategy) == nullptr) {
    warnings.push_back(fmt::format(
        "{}: pruning.strategy: this Sparsight has no strategy \"{}\"; nothing is pruned unless another one is chosen",
        object.where(), shown(pruning.strategy)));
    return {};
  }
  Budget budget;
  if (const std::string expected = read_budget(pruning.budget, budget); !expected.empty())
    object.refuse("budget", fmt::format("expected {}, found \"{}\"", expected, shown(pruning.budget)));
  try {
    // Which budgets a strategy accepts hardly depends on the model (pool's: on the grid): any layout will do.
    const VisualLayout layout = VisualLayout::alike(8, {.rows = 16, .columns = 16, .cls = true});
    static_cast<void>(make_strategy({.strategy = pruning.strategy, .budget = budget},
                                    {.layers = 32, .visual_tokens = layout.tokens(), .layout = layout}));
  } catch (const Error& error) {
    object.refuse("budget", error.what());
  }
  return pruning;
}

CardClip clip_of(const JsonObject& object) {
  CardClip clip{text_of_card(object, "name"), 0, text_of_card(object, "hash"), texts_of_card(object, "questions")};
  clip.bytes = object.size("bytes", std::size_t{1} << 50).value_or(0);
  const bool hex = clip.hash.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!hex || clip.hash.size() != kHashLength)
    object.refuse("hash", fmt::format("expected {} digits of lower-case hex", kHashLength));
  return clip;
}

CardAccuracy accuracy_of(const JsonObject& object) {
  CardAccuracy accuracy{.on = text_of_card(object, "on")};
  accuracy.questions = object.size("questions", kMostQuestions).value_or(0);
  if (accuracy.questions == 0) object.refuse("questions", "expected the number of questions, found none");
  for (const auto& [strategy, budgets] : bounded(object, "right", kNoObject).items()) {
    const JsonObject by_budget(budgets, object.where(), "accuracy.right." + strategy + ".");
    if (budgets.size() > kMostEntries)
      object.refuse("right", fmt::format("expected at most {} budgets, found more", kMostEntries));
    for (const auto& [budget, right] : budgets.items()) {
      if (!right.is_number_unsigned() || right.get<std::uint64_t>() > accuracy.questions)
        by_budget.wrong(budget, fmt::format("a whole number up to {}", accuracy.questions), right);
      accuracy.rows.push_back({{strategy, budget}, right.get<std::size_t>()});
    }
  }
  return accuracy;
}

// The tokens of a count or a share; nullopt for budgets of another kind.
std::optional<std::size_t> tokens_of(const Budget& budget, std::size_t visual_tokens) {
  if (budget.kind != Budget::Kind::Count && budget.kind != Budget::Kind::Share) return std::nullopt;
  return budget.tokens(visual_tokens);
}

std::optional<Budget> readable(const std::string& text) {
  try {
    return parse_budget(text);
  } catch (const Error&) {
    return std::nullopt;  // written by a version that has other budgets
  }
}

}  // namespace

std::string ModelCard::knows_only(std::string_view language) const {
  for (const std::string_view wanted : {language, std::string_view("en")})
    if (const auto at = knows.find(std::string(wanted)); at != knows.end()) return at->second;
  return {};
}

const CardClip* ModelCard::clip(std::string_view hash) const {
  for (const CardClip& one : clips)
    if (one.hash == hash) return &one;
  return nullptr;
}

const CardClip* ModelCard::clip_in(const fs::path& file) const {
  std::error_code absent;
  const std::uint64_t bytes = fs::file_size(file, absent);
  if (absent || std::ranges::none_of(clips, [&](const CardClip& one) { return one.bytes == bytes; })) return nullptr;
  return clip(content_hash(file));
}

std::optional<MeasuredAccuracy> accuracy_at(const CardAccuracy& accuracy, std::string_view strategy,
                                            const Budget& budget, std::size_t visual_tokens) {
  const auto share = [&](std::size_t right) {
    return static_cast<double>(right) / static_cast<double>(accuracy.questions);
  };
  // Accuracy by tokens; the value at all tokens is that of the unpruned model, whatever the strategy.
  std::map<std::size_t, double> known;
  for (const CardAccuracy::Row& row : accuracy.rows) {
    const std::optional<Budget> at = readable(row.pruning.budget);
    if (!at) continue;
    const bool unpruned = row.pruning.strategy == "none" || at->everything();
    if (row.pruning.strategy == strategy && to_string(*at) == to_string(budget))
      return MeasuredAccuracy{share(row.right), share(row.right)};
    const auto tokens = unpruned ? visual_tokens : tokens_of(*at, visual_tokens);
    if (tokens && (unpruned || row.pruning.strategy == strategy)) known.emplace(*tokens, share(row.right));
  }
  const auto wanted = strategy == "none" ? visual_tokens : tokens_of(budget, visual_tokens);
  if (!wanted) return std::nullopt;
  const auto above = known.lower_bound(*wanted);
  if (above == known.end()) return std::nullopt;
  if (above->first == *wanted) return MeasuredAccuracy{above->second, above->second};
  if (above == known.begin()) return std::nullopt;
  const double below = std::prev(above)->second;
  return MeasuredAccuracy{std::min(below, above->second), std::max(below, above->second)};
}

ModelCard parse_model_card(std::string_view json_text, std::string_view where) {
  const json parsed = parse_json(json_text, where);
  const JsonObject top(parsed, where);
  ModelCard card{.name = text_of_card(top, "name")};
  for (const auto& [language, words] : bounded(top, "knows", kNoObject).items()) {
    if (!words.is_string() || words.get_ref<const std::string&>().size() > kMostText)
      top.wrong("knows", fmt::format("texts of at most {} bytes by language", kMostText), words);
    card.knows.emplace(language, one_line(words.get<std::string>(), kMostText));
  }
  if (!card.knows.empty() && card.knows_only().empty()) top.refuse("knows", "expected a text for \"en\", found none");
  card.languages = languages_of(top);
  if (const auto pruning = top.object("pruning")) card.pruning = pruning_of(*pruning, card.warnings);
  card.questions = texts_of_card(top, "questions");
  for (const json& clip : bounded(top, "clips", kNoList)) card.clips.push_back(clip_of({clip, where, "clips[]."}));
  if (const auto accuracy = top.object("accuracy")) card.accuracy = accuracy_of(*accuracy);
  return card;
}

std::optional<ModelCard> read_model_card(const fs::path& dir) {
  const auto content = read_json_file(dir / kModelCardFile);
  if (!content) return std::nullopt;
  return parse_model_card(*content, (dir / kModelCardFile).string());
}

CardPruning default_pruning(const std::optional<ModelCard>& card) { return card ? card->pruning : CardPruning{}; }

std::optional<std::string> beyond_knowledge(const std::optional<ModelCard>& card, const fs::path& clip) {
  if (!card || card->knows.empty() || (!clip.empty() && card->clip_in(clip) != nullptr)) return std::nullopt;
  return fmt::format("{} knows only {}: its answers about anything else are guesses", card->name, card->knows_only());
}

}  // namespace sparsight
