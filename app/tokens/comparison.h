// Two answers to the conversation's last question side by side: two views of the same frame, depth and tokens, and the
// tokens whose fates differ. A side shows an answer of the conversation, or asks again with its own settings. It then
// computes the whole prompt, so that times can be compared; its answer is not stored. GUI thread.
#pragma once

#include "app/chat/conversation.h"
#include "app/models/worker.h"
#include "app/tokens/comparison_grid.h"
#include "app/tokens/trace_view.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <QVariantList>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sparsight {

class ComparisonSide : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(sparsight::TraceView* trace READ trace CONSTANT)
  Q_PROPERTY(QString strategy READ strategy WRITE setStrategy NOTIFY changed)
  Q_PROPERTY(QString budget READ budget WRITE setBudget NOTIFY changed)
  Q_PROPERTY(qint64 shown READ shown NOTIFY changed)  // which one of answers(); 0: none
  Q_PROPERTY(bool stale READ stale NOTIFY changed)    // nothing is shown, or it was made with other settings
  Q_PROPERTY(bool running READ running NOTIFY changed)
  Q_PROPERTY(QString answer READ answer NOTIFY changed)
  Q_PROPERTY(QString line READ line NOTIFY changed)    // what the answer cost
  Q_PROPERTY(QString facts READ facts NOTIFY changed)  // tokens, FLOPs and time, from the trace
  Q_PROPERTY(QString error READ error NOTIFY changed)

 public:
  [[nodiscard]] TraceView* trace() { return &view_; }
  [[nodiscard]] QString strategy() const { return strategy_; }
  [[nodiscard]] QString budget() const { return budget_; }
  [[nodiscard]] qint64 shown() const { return shown_; }
  void setStrategy(const QString& strategy);
  void setBudget(const QString& budget);
  [[nodiscard]] bool stale() const;
  [[nodiscard]] bool running() const { return job_ != 0; }
  [[nodiscard]] QString answer() const { return answer_; }
  [[nodiscard]] QString line() const;
  [[nodiscard]] QString facts() const;
  [[nodiscard]] QString error() const;

 signals:
  void changed();

 private:
  friend class Comparison;
  void show(std::shared_ptr<const Trace> trace, const QString& answer, std::string details);
  void end(const QString& error);

  TraceView view_;
  QString strategy_ = "none", budget_;
  MessageId shown_ = 0;
  QString shown_strategy_, shown_budget_;  // of the shown answer; no strategy: nothing is shown
  QString answer_, error_;
  std::string details_;                 // as in the store
  std::shared_ptr<const Trace> trace_;  // of the answer, whether its frames are open or not
  std::optional<std::uint64_t> seed_;   // of the shown answer; nullopt: nothing was drawn
  quint64 job_ = 0;
};

class Comparison : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(sparsight::ComparisonSide* left READ left CONSTANT)
  Q_PROPERTY(sparsight::ComparisonSide* right READ right CONSTANT)
  Q_PROPERTY(sparsight::ComparisonGrid* grid READ grid CONSTANT)  // the same question under many settings
  Q_PROPERTY(QString question READ question NOTIFY changed)       // empty: no question about the video yet
  Q_PROPERTY(QVariantList answers READ answers NOTIFY
                 changed)  // the conversation's answers to it, all versions: {id, setting}
  Q_PROPERTY(bool busy READ busy NOTIFY changed)
  Q_PROPERTY(bool stale READ stale NOTIFY changed)  // run() has something to do
  Q_PROPERTY(int frame READ frame WRITE setFrame NOTIFY differenceChanged)
  // Number of tokens whose fates differ at this depth, in all and in this frame; -1: there are not two traces.
  Q_PROPERTY(int differing READ differing NOTIFY differenceChanged)
  Q_PROPERTY(int differingHere READ differingHere NOTIFY differenceChanged)

 public:
  Comparison(Worker& worker, Conversation& chat, QObject* parent = nullptr);

  void set_media(std::shared_ptr<const OpenedMedia> media);
  void retranslate();  // announces all texts again, after a change of language

  [[nodiscard]] ComparisonSide* left() { return &left_; }
  [[nodiscard]] ComparisonSide* right() { return &right_; }
  [[nodiscard]] ComparisonGrid* grid() { return &grid_; }
  [[nodiscard]] QString question() const;
  [[nodiscard]] QVariantList answers() const;
  [[nodiscard]] bool busy() const { return left_.running() || right_.running(); }
  [[nodiscard]] bool stale() const { return left_.stale() || right_.stale(); }
  [[nodiscard]] int frame() const { return frame_; }
  void setFrame(int frame);
  [[nodiscard]] int differing() const;
  [[nodiscard]] int differingHere() const;

  Q_INVOKABLE static QStringList strategies() { return Conversation::strategies(); }
  // Takes the conversation's last question and the shown version of its answer; called whenever these change or an
  // answer is complete. The other side gets the answer shown before, else a neighbouring version. If there is only one
  // answer, the other side is set to no pruning or, if that answer was not pruned, to the model's default.
  Q_INVOKABLE void refresh();
  Q_INVOKABLE void take(sparsight::ComparisonSide* side, qint64 id);  // one of answers()
  Q_INVOKABLE void run();                                             // asks on the stale sides, one after the other
  Q_INVOKABLE void stop();

 signals:
  void changed();
  void differenceChanged();

 private:
  void ask(ComparisonSide& side);
  void oppose(MessageId former);
  void drop(ComparisonSide& side);
  void link(ComparisonSide& from, ComparisonSide& to);
  void compare();
  [[nodiscard]] ComparisonSide* side_of(quint64 job);

  Worker& worker_;
  Conversation& chat_;
  std::shared_ptr<const OpenedMedia> media_;
  std::optional<SessionId> session_;
  std::vector<Turn> turns_;       // of the session; the last one is the question to compare
  std::vector<Message> answers_;  // the session's answers to it that have traces
  MessageId shown_ = 0;           // the one of these that the conversation shows; 0: none
  ComparisonSide left_, right_;
  ComparisonGrid grid_;
  bool linking_ = false;
  std::vector<bool> differing_;
  int frame_ = 0;
};

}  // namespace sparsight
