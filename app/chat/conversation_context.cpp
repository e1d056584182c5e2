// How a conversation is pruned, as people choose it, and how much of the model's context it takes.
#include "app/chat/answer_facts.h"
#include "app/chat/conversation.h"
#include "app/core_words.h"
#include "app/sessions/stored.h"
#include "core/chat/export.h"
#include "core/pruning/registry.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <utility>

namespace sparsight {
namespace {

constexpr int kCountMs = 250;            // until typed text is counted
constexpr qsizetype kLongestName = 200;  // shown; the store has a limit of its own
constexpr const char* kPruningKey = "session_pruning";

QJsonObject stored_prunings(const ChatStore& store) {
  return QJsonDocument::fromJson(QByteArray::fromStdString(store.setting(kPruningKey).value_or(""))).object();
}

}  // namespace

// ---- Pruning

std::vector<PruningChoice> Conversation::choices(std::size_t visual_tokens) const {
  const EncodedMedia* media = clip_ && clip_->media ? clip_->media->encoded.get() : nullptr;
  return choices_for(model_.get(), media, pruning(), visual_tokens);
}

bool Conversation::measured_here() const {
  if (!model_ || !model_->card) return false;
  const ModelCard& card = *model_->card;
  return card.knows.empty() || video_.isEmpty() || (media_ && card.clip(media_->hash) != nullptr);
}

QString Conversation::accuracy() const {
  return measured_here() ? accuracy_text(*model_->card, strategy_, budget_, visual_tokens_) : QString();
}

QVariantList Conversation::pruningChoices() const {
  const std::vector<PruningChoice> all = choices(visual_tokens_);
  const QString chosen = key_of(all, pruning(), visual_tokens_);
  const bool measured = measured_here() && model_->card->accuracy && visual_tokens_ != 0;
  QVariantList list;
  for (const PruningChoice& choice : all) {
    const auto& [strategy, budget] = choice.pruning;
    const bool known =
        measured && accuracy_at(*model_->card->accuracy, strategy, parse_budget(budget), visual_tokens_).has_value();
    list << QVariantMap{{"key", choice.key},
                        {"name", choice.name},
                        {"line", choice.line},
                        {"accuracy", known ? accuracy_text(*model_->card, QString::fromStdString(strategy),
                                                           QString::fromStdString(budget), visual_tokens_)
                                           : QString()},
                        {"chosen", choice.key == chosen}};
  }
  return list;
}

QString Conversation::pruningName() const { return pruning_name(choices(visual_tokens_), pruning(), visual_tokens_); }

QString Conversation::budgetWords() const { return budget_words(budget_.trimmed().toStdString(), visual_tokens_); }

QString Conversation::amountWords(const QString& budget) const { return amount_words(budget, visual_tokens_); }

QString Conversation::shareWords(const QString& budget) {
  return isBudget(budget) ? amount_words(budget, 0) : QString();
}

bool Conversation::isBudget(const QString& budget) { return is_budget(budget); }

void Conversation::choosePruning(const QString& key) {
  for (const PruningChoice& choice : choices(visual_tokens_))
    if (choice.key == key) return take_pruning(choice.pruning);
}

QString Conversation::chip_of(const Message& message) const {
  const AnswerFigures figures = figures_of_details(message.details);
  const auto made = pruning_of_details(message.details);
  const auto all = static_cast<std::size_t>(std::max(0.0, figures.visual_tokens));
  QStringList parts;
  if (made && all != 0) {
    parts << pruning_name(choices(all), *made, all);
    parts << tr("%1 tokens").arg(number_text(figures.tokens > 0 ? figures.tokens : figures.visual_tokens));
  }
  if (figures.seconds >= 0.05) parts << tr("%1 s").arg(number_text(figures.seconds, 1));
  return parts.join(QStringLiteral(" · "));
}

// A choice that no question was asked with yet: the answers do not tell it.
void Conversation::keep_pruning() {
  if (!session_ || store_.store().read_only()) return;
  std::optional<CardPruning> chosen;
  Budget budget;
  const bool valid = read_budget(budget_.trimmed().toStdString(), budget).empty();
  if (valid && pruningChosen() && pruning() != pruning_of_answer()) chosen = pruning();
  const auto at = kept_prunings_.find(*session_);
  if (at == kept_prunings_.end() ? !chosen : at->second == chosen) return;
  kept_prunings_[*session_] = chosen;
  store_.add(
      this,
      [session = *session_, chosen](ChatStore& store) {
        ChatStore::Batch batch(store);
        QJsonObject all = stored_prunings(store);
        const QString key = QString::number(session);
        all.remove(key);
        if (chosen)
          all[key] = QJsonArray{QString::fromStdString(chosen->strategy), QString::fromStdString(chosen->budget)};
        store.set_setting(kPruningKey, QJsonDocument(all).toJson(QJsonDocument::Compact).toStdString());
        batch.commit();
      },
      {}, [this](const QString& why) { emit errorOccurred(why); });
}

void Conversation::take_pruning_of_session() {
  take_pruning_of_answer();
  auto at = kept_prunings_.find(*session_);
  if (at == kept_prunings_.end()) {
    QJsonArray kept;
    stored(*this, [&] { kept = stored_prunings(store_.store())[QString::number(*session_)].toArray(); });
    std::optional<CardPruning> chosen;
    if (kept.size() == 2) chosen = CardPruning{kept[0].toString().toStdString(), kept[1].toString().toStdString()};
    if (chosen && find_strategy(chosen->strategy) == nullptr) chosen.reset();  // of another version
    at = kept_prunings_.emplace(*session_, chosen).first;
  }
  if (at->second) take_pruning(*at->second);
}

// ---- Context

void Conversation::watch_context() {
  count_.setSingleShot(true);
  count_.setInterval(0);
  const auto again = [this] { count_.start(0); };
  connect(&count_, &QTimer::timeout, this, &Conversation::count_context);
  connect(this, &Conversation::pathChanged, this, again);
  connect(this, &Conversation::draftChanged, this, [this] { count_.start(kCountMs); });
  connect(this, &Conversation::clipChanged, this, again);
  connect(this, &Conversation::sessionChanged, this, again);
  connect(this, &Conversation::busyChanged, this, again);
  connect(&worker_, &Worker::counted, this, [this](quint64 job, quint64 positions) {
    if (job != counting_) return;
    counting_ = 0;
    set_context(static_cast<std::size_t>(positions));
  });
  connect(&worker_, &Worker::failed, this, [this](quint64 job) {
    if (job != counting_) return;
    counting_ = 0;
    set_context(0);
  });
}

void Conversation::set_context(std::size_t positions) {
  context_ = positions;
  emit contextChanged();
}

// The prompt of what is typed, after all that is shown; of a short question if nothing is typed.
void Conversation::count_context() {
  if (busy()) return;  // what the answer adds is not known; it is counted when it ends
  if (counting_ != 0) worker_.stop(std::exchange(counting_, 0));
  const bool ready = positions() != 0 && (video_.isEmpty() || (clip_ && clip_->media));
  if (!ready) return set_context(0);
  std::vector<Turn> turns = this->turns(rowCount());
  if (!turns.empty() && turns.back().answer.empty()) turns.pop_back();
  const QString typed = draft_.trimmed();
  turns.push_back({typed.isEmpty() ? "?" : typed.toStdString(), ""});
  counting_ = worker_.count(
      {.media = clip_ ? clip_->media->encoded : nullptr, .system = {}, .turns = std::move(turns), .sampling = {}});
}

double Conversation::context() const {
  if (context_ == 0 || positions() == 0) return -1;
  return std::min(1.0, static_cast<double>(context_ + style_.max_new_tokens) / static_cast<double>(positions()));
}

bool Conversation::contextFull() const { return context_ != 0 && positions() != 0 && context_ >= positions(); }

QString Conversation::contextText() const {
  if (context_ == 0 || positions() == 0) return {};
  const std::size_t all = positions(),
                    visual = std::min(
                        clip_ && clip_->media && clip_->media->encoded ? clip_->media->encoded->visual_tokens() : 0,
                        context_);
  const QString takes =
      tr("The next prompt takes %1 of the model's %2 positions: %3 for the visual tokens and %4 for the text.")
          .arg(number_text(context_), number_text(all), number_text(visual), number_text(context_ - visual));
  if (contextFull())
    return entries_.empty()
               ? takes + ' ' + tr("It does not fit: ask about fewer frames, or shorten the question.")
               : takes + ' ' + tr("It does not fit any more: begin a new session, or shorten the question.");
  const std::size_t room = std::min(style_.max_new_tokens, all - context_);
  return takes + ' ' + tr("An answer can have up to %1 more.").arg(number_text(room)) + ' ' +
         tr("Nothing is left out when it gets full: then a new session is needed.");
}

// ---- The session as a whole

void Conversation::rename(const QString& title) {
  const QString name = title.trimmed();
  if (!session_ || name.isEmpty()) return;
  title_ = name.size() > kLongestName ? name.left(kLongestName - 1) + QChar(0x2026) : name;
  store_.add(
      this, [session = *session_, name = name.toStdString()](ChatStore& store) { store.rename_session(session, name); },
      [this] { emit sessionsChanged(); }, [this](const QString& why) { emit errorOccurred(why); });
  emit sessionChanged();
}

QString Conversation::asMarkdown() {
  QString text;
  if (session_) stored(*this, [&] { text = QString::fromStdString(export_markdown(store_.store(), *session_)); });
  return text;
}

}  // namespace sparsight
