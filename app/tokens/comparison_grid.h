// One question under many pruning settings: strategies and budgets, the unpruned answer first. They are asked one after
// the other, each with the whole prompt computed, so that times can be compared; between two of them, questions of the
// chat have their turn. The answers are not stored. All views show the same depth, mode and token. GUI thread.
#pragma once

#include "app/chat/conversation.h"
#include "app/models/worker.h"
#include "app/tokens/trace_view.h"

#include <QtQml/qqmlregistration.h>
#include <QAbstractListModel>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sparsight {

// How much of two answers is the same: the longest sequence of tokens that both have in this order, as a share of the
// longer answer; 1 for two empty ones.
[[nodiscard]] double token_agreement(std::span<const std::int32_t> a, std::span<const std::int32_t> b);

class ComparisonGrid : public QAbstractListModel {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(int count READ rowCount NOTIFY changed)
  Q_PROPERTY(bool busy READ busy NOTIFY changed)
  Q_PROPERTY(bool stale READ stale NOTIFY changed)                   // run() has something to do
  Q_PROPERTY(QStringList allStrategies READ allStrategies CONSTANT)  // all that prune
  Q_PROPERTY(
      QString progress READ progress NOTIFY progressChanged)  // "2 of 5: Thinking, layer 3 of 8"; empty: not busy
  Q_PROPERTY(double share READ share NOTIFY progressChanged)  // 0..1 of all runs
  Q_PROPERTY(sparsight::TraceView* first READ first NOTIFY changed)  // of the first run with tokens; null: none has

 public:
  enum Role {
    SettingRole = Qt::UserRole + 1,  // "sparsevlm-plus · 25 %"
    StateRole,                       // "waiting", "running", "done", "stopped", "failed"
    AnswerRole,
    AgreementRole,  // with the unpruned answer, as a text; empty: not known
    SameRole,       // it has the same words
    TokensRole,     // on average after the first pruning, as a text; so are the next three
    SavedRole,
    FirstRole,
    TimeRole,
    ErrorRole,
    TraceRole,  // a TraceView, perhaps without a trace
  };
  static constexpr std::size_t kMostRuns = 24;

  ComparisonGrid(Worker& worker, Conversation& chat, QObject* parent = nullptr);  // borrows both
  ~ComparisonGrid() override;

  // The open clip and the question, with how it is asked. Drops the answers if one of them is another.
  void set_media(std::shared_ptr<const OpenedMedia> media);
  void set_turns(const std::vector<Turn>& turns);
  void retranslate();

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
  [[nodiscard]] bool busy() const { return running_.has_value(); }
  [[nodiscard]] bool stale() const;
  [[nodiscard]] static QStringList allStrategies();
  [[nodiscard]] QString progress() const;
  [[nodiscard]] double share() const;
  [[nodiscard]] TraceView* first() const;

  // The strategies and budgets of the present runs, for choose().
  Q_INVOKABLE [[nodiscard]] QStringList strategies() const;
  Q_INVOKABLE [[nodiscard]] QString budgets() const;  // "25%, 12.5%"
  // Makes a run for each strategy with each budget (separated by commas; none: as published), and one without pruning.
  // Runs that are there already keep their answers. Returns "", or what is wrong; then nothing changes.
  Q_INVOKABLE QString choose(const QStringList& strategies, const QString& budgets);
  // Valid budgets for choose(), in the words of the menu of prunings: "25 % (514 tokens), 12.5 % (257 tokens)".
  Q_INVOKABLE [[nodiscard]] QString amounts(const QString& budgets) const;
  // How many runs choose() would make; 0: it would refuse.
  Q_INVOKABLE [[nodiscard]] int wouldRun(const QStringList& strategies, const QString& budgets) const;
  // No pruning, the model's own ("balanced"), the same with half as many tokens ("fast"), and two others.
  Q_INVOKABLE void chooseUsual();
  Q_INVOKABLE void run();   // what has no answer yet
  Q_INVOKABLE void stop();  // answers that are complete stay
  // A table with the first row as its head, for spreadsheets (RFC 4180). Numbers are in plain English form.
  Q_INVOKABLE [[nodiscard]] QString csv() const;

 signals:
  void changed();
  void progressChanged();

 private:
  enum class State { Waiting, Running, Done, Stopped, Failed };
  struct Run;

  [[nodiscard]] std::vector<CardPruning> planned(const QStringList& strategies, const QString& budgets,
                                                 QString& problem) const;
  void set_runs(const std::vector<CardPruning>& wanted);
  void drop_answers();
  void ask_next();
  void end(State state, const QString& error);
  void take(const std::shared_ptr<const Answer>& answer);
  void link(const TraceView& from);
  void tell(std::size_t row);
  [[nodiscard]] QString agreement(const Run& run) const;
  [[nodiscard]] std::size_t visual_tokens() const;  // of the open clip; 0: none
  [[nodiscard]] bool answers(quint64 job) const { return running_ && job == job_; }

  Worker& worker_;
  Conversation& chat_;
  std::shared_ptr<const OpenedMedia> media_;
  std::vector<Turn> turns_;
  std::optional<Question> style_;  // how all runs are asked; nullopt: none was asked yet
  std::vector<std::unique_ptr<Run>> runs_;
  bool usual_ = true;                   // the runs were not chosen
  std::optional<std::size_t> running_;  // which run
  quint64 job_ = 0;
  bool stopping_ = false;
  std::optional<Progress> progress_;
  bool linking_ = false;
};

}  // namespace sparsight
