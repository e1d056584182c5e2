#include "app/chat/pruning_draft.h"

#include <QVariantMap>

#include <utility>

namespace sparsight {

PruningDraft::PruningDraft(QObject* parent) : QObject(parent) {}

void PruningDraft::take(const CardPruning& pruning) {
  if (pruning == pruning_) return;
  pruning_ = pruning;
  emit changed();
}

void PruningDraft::setStrategy(const QString& strategy) { take({strategy.toStdString(), pruning_.budget}); }
void PruningDraft::setBudget(const QString& budget) { take({pruning_.strategy, budget.trimmed().toStdString()}); }

std::vector<PruningChoice> PruningDraft::choices() const { return choices_for(model_.get(), nullptr, pruning_, 0); }

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
