// The pruning that is chosen for something else than a conversation, with the properties that qml/chat/PruningMenu.qml
// shows. GUI thread.
#pragma once

#include "app/chat/pruning_choices.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QVariantList>

#include <memory>

namespace sparsight {

class PruningDraft : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(QString strategy READ strategy WRITE setStrategy NOTIFY changed)
  Q_PROPERTY(QString budget READ budget WRITE setBudget NOTIFY changed)  // empty: as published
  Q_PROPERTY(QStringList strategies READ strategies CONSTANT)
  Q_PROPERTY(QVariantList pruningChoices READ pruningChoices NOTIFY changed)  // {key, name, line, accuracy, chosen}
  Q_PROPERTY(QString pruningName READ pruningName NOTIFY changed)
  Q_PROPERTY(QString budgetWords READ budgetWords NOTIFY changed)   // "25 %": each clip has its own number of tokens
  Q_PROPERTY(bool pruningChosen READ pruningChosen NOTIFY changed)  // it is not the usual one

 public:
  explicit PruningDraft(QObject* parent = nullptr);

  [[nodiscard]] QString strategy() const { return QString::fromStdString(pruning_.strategy); }
  [[nodiscard]] QString budget() const { return QString::fromStdString(pruning_.budget); }
  void setStrategy(const QString& strategy);
  void setBudget(const QString& budget);
  [[nodiscard]] static QStringList strategies() { return strategy_names(); }
  [[nodiscard]] QVariantList pruningChoices() const;
  [[nodiscard]] QString pruningName() const { return name_of(pruning_); }
  [[nodiscard]] QString budgetWords() const { return amountWords(budget()); }
  Q_INVOKABLE [[nodiscard]] static QString amountWords(const QString& budget) { return amount_words(budget, 0); }
  Q_INVOKABLE [[nodiscard]] static bool isBudget(const QString& budget) { return is_budget(budget); }
  [[nodiscard]] QString name_of(const CardPruning& pruning) const;
  [[nodiscard]] bool pruningChosen() const { return pruning_ != usual_; }
  Q_INVOKABLE void choosePruning(const QString& key);
  Q_INVOKABLE void pruneAsUsual() { take(usual_); }

  void set_model(std::shared_ptr<const ModelInfo> model);  // null: none is loaded
  void set_usual(const CardPruning& usual);                // taken unless another was chosen
  void retranslate() { emit changed(); }

 signals:
  void changed();

 private:
  [[nodiscard]] std::vector<PruningChoice> choices() const;
  void take(const CardPruning& pruning);

  std::shared_ptr<const ModelInfo> model_;
  CardPruning pruning_, usual_;
};

}  // namespace sparsight
