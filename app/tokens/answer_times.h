// Where the time of the shown answer went, as the parts of a bar: reading the frames, each layer of the prompt, what
// was pruned between them, the words. GUI thread.
#pragma once

#include "app/chat/conversation.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <QVariantList>

#include <memory>
#include <string>

namespace sparsight {

// {kind "encode", "layer", "pruning", "other" or "words", name, time (a text), from and share (0..1 of the bar)} in the
// order of events; parts that took no time are left out. `details` as in the store; "{}" while the answer is written.
[[nodiscard]] QVariantList time_parts(const Trace& trace, const std::string& details);

class AnswerTimes : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(QVariantList parts READ parts NOTIFY changed)
  Q_PROPERTY(QString total READ total NOTIFY changed)  // of all parts, as a text; empty: there are none

 public:
  explicit AnswerTimes(Conversation& chat, QObject* parent = nullptr);  // borrows it

  [[nodiscard]] const QVariantList& parts() const { return parts_; }
  [[nodiscard]] QString total() const { return total_; }
  void retranslate() { look(); }

 signals:
  void changed();

 private:
  void look();

  Conversation& chat_;
  std::shared_ptr<const Trace> trace_;
  QVariantList parts_;
  QString total_;
};

}  // namespace sparsight
