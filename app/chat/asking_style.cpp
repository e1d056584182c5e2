#include "app/chat/asking_style.h"

#include <QRandomGenerator>

#include <limits>

namespace sparsight {

Question AskingStyle::question() const {
  Question question{
      .media = nullptr, .system = system, .turns = {}, .sampling = sampling, .max_new_tokens = max_new_tokens};
  if (new_seed && sampling.temperature > 0)
    question.sampling.seed = QRandomGenerator::global()->bounded(std::numeric_limits<int>::max());
  return question;
}

}  // namespace sparsight
