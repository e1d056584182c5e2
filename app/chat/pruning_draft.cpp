#include "app/chat/pruning_draft.h"

#include "core/pruning/registry.h"

#include <QVariantMap>

#include <utility>

namespace sparsight {

PruningDraft::PruningDraft(QObject* parent) : QObject(parent) {}

QStringList PruningDraft::strategies() {
  QStringList names;
  for (const StrategyInfo& info : sparsight::strategies())
    names << QString::fromUtf8(info.name.data(), static_cast<qsizetype>(info.name.size()));
  return names;
}

void PruningDraft::take(const CardPruning& pruning) {
  if (pruning == pruning_) return;
  pruning_ = pruning;
  emit changed();
}

void PruningDraft::setStrategy(const QString& strategy) { take({strategy.toStdString(), pruning_.budget}); }
void PruningDraft::setBudget(const QString& budget) { take({pruning_.strategy, budget.trimmed().toStdString()}); }

std::vector<PruningChoice> PruningDraft::choices() const {
  const CardPruning named = default_pruning(model_ ? model_->card : std::nullopt);
  const bool own = named.strategy != "none";
  return pruning_choices(own ? named : general_pruning(model_.get(), nullptr), own, pruning_, 0);
}

QVariantList PruningDraft::pruningChoices() const {
  const std::vector<PruningChoice> all = choices();
  const QString chosen = key_of(all, pruning_, 0);
  QVariantList list;
  for (const PruningChoice& choice : all)
    list << QVariantMap{{"key", choice.key},
                        {"name", choice.name},
                        {"line", choice.line},
                        {"accuracy", QString()},
                        {"chosen", choice.key == chosen}};
  return list;
}

QString PruningDraft::name_of(const CardPruning& pruning) const { return pruning_name(choices(), pruning, 0); }

void PruningDraft::choosePruning(const QString& key) {
  for (const PruningChoice& choice : choices())
    if (choice.key == key) return take(choice.pruning);
}

void PruningDraft::set_model(std::shared_ptr<const ModelInfo> model) {
  model_ = std::move(model);
  emit changed();
}

void PruningDraft::set_usual(const CardPruning& usual) {
  const bool follows = !pruningChosen();
  usual_ = usual;
  if (follows) pruning_ = usual;
  emit changed();
}

}  // namespace sparsight
