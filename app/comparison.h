// Two answers to the conversation's last question side by side: two views that look at the same frame, depth and
// tokens, and what became of tokens differently. A side shows an answer of the conversation, or asks anew with settings
// of its own, the whole prompt anew so that times can be compared; what is asked here is not kept. GUI thread.
#pragma once

#include "app/conversation.h"
#include "app/trace_view.h"
#include "app/worker.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <QVariantList>

#include <memory>
#include <vector>

namespace sparsight {

class ComparisonSide : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(sparsight::TraceView* trace READ trace CONSTANT)
  Q_PROPERTY(QString strategy READ strategy WRITE setStrategy NOTIFY changed)
  Q_PROPERTY(QString budget READ budget WRITE setBudget NOTIFY changed)
  Q_PROPERTY(qint64 shown READ shown NOTIFY changed)  // which of the comparison's answers; 0: none of them
  Q_PROPERTY(bool stale READ stale NOTIFY changed)    // what is shown was not made with these settings, or nothing is
  Q_PROPERTY(bool running READ running NOTIFY changed)
  Q_PROPERTY(QString answer READ answer NOTIFY changed)
  Q_PROPERTY(QString line READ line NOTIFY changed)    // what the answer took
  Q_PROPERTY(QString facts READ facts NOTIFY changed)  // what the trace says of tokens, FLOPs and time
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
  QString shown_strategy_, shown_budget_;  // of what is shown; no strategy: nothing is
  QString answer_, error_;
  std::string details_;                 // as the store keeps them
  std::shared_ptr<const Trace> trace_;  // of the answer, if its frames are open or not
  quint64 job_ = 0;
};

class Comparison : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(sparsight::ComparisonSide* left READ left CONSTANT)
  Q_PROPERTY(sparsight::ComparisonSide* right READ right CONSTANT)
  Q_PROPERTY(QString question READ question NOTIFY changed)  // empty: nothing was asked about the video yet
  Q_PROPERTY(
      QVariantList answers READ answers NOTIFY changed)  // of the conversation to it, all versions: {id, setting}
  Q_PROPERTY(bool busy READ busy NOTIFY changed)
  Q_PROPERTY(bool stale READ stale NOTIFY changed)  // run() has something to do
  Q_PROPERTY(int frame READ frame WRITE setFrame NOTIFY differenceChanged)
  // Tokens whose fate at this depth differs, in all and in this frame; -1: there are no two traces.
  Q_PROPERTY(int differing READ differing NOTIFY differenceChanged)
  Q_PROPERTY(int differingHere READ differingHere NOTIFY differenceChanged)

 public:
  Comparison(Worker& worker, Conversation& chat, QObject* parent = nullptr);

  void set_media(std::shared_ptr<const OpenedMedia> media);
  void retranslate();  // tells of all texts anew, in another language

  [[nodiscard]] ComparisonSide* left() { return &left_; }
  [[nodiscard]] ComparisonSide* right() { return &right_; }
  [[nodiscard]] QString question() const;
  [[nodiscard]] QVariantList answers() const;
  [[nodiscard]] bool busy() const { return left_.running() || right_.running(); }
  [[nodiscard]] bool stale() const { return left_.stale() || right_.stale(); }
  [[nodiscard]] int frame() const { return frame_; }
  void setFrame(int frame);
  [[nodiscard]] int differing() const;
  [[nodiscard]] int differingHere() const;

  Q_INVOKABLE static QStringList strategies() { return Conversation::strategies(); }
  // Takes up the conversation's last question and the version of its answer that is shown there, as is done whenever
  // these are others or an answer is there. Beside it stands the one that was shown before it, else a neighbour of it;
  // where there is only one, it is to be compared with no pruning.
  Q_INVOKABLE void refresh();
  Q_INVOKABLE void take(sparsight::ComparisonSide* side, qint64 id);  // one of answers()
  Q_INVOKABLE void run();                                             // the sides that are stale, one after the other
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
  std::vector<Turn> turns_;       // of the session; the last one is compared
  std::vector<Message> answers_;  // of the session, to it, which have traces
  MessageId shown_ = 0;           // of these, the one that the conversation shows; 0: none
  ComparisonSide left_, right_;
  bool linking_ = false;
  std::vector<bool> differing_;
  int frame_ = 0;
};

}  // namespace sparsight
