#include "app/tokens/answer_times.h"

#include "app/format.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <utility>
#include <vector>

namespace sparsight {
namespace {

struct TimePart {
  const char* kind;
  QString name;
  double ms;
};

QString time_text_of(double ms) {
  return ms < 100 ? tr("%1 ms").arg(number_text(ms, ms < 10 ? 1 : 0)) : tr("%1 s").arg(number_text(ms / 1000, 2));
}

// Steps before the decoder, then the layers, each with the step after it.
void add_prompt(const Trace& trace, std::vector<TimePart>& parts) {
  const auto add_steps = [&](auto at) {
    for (const TraceStep& step : trace.steps)
      if (at(step)) parts.push_back({"pruning", tr("Pruning"), step.ms});
  };
  add_steps([](const TraceStep& step) { return step.layer < 0; });
  for (std::size_t i = 0; i < trace.layers.size(); ++i) {
    const TraceLayer& layer = trace.layers[i];
    parts.push_back({"layer",
                     tr("Layer %1 of %2, %3 tokens")
                         .arg(number_text(i), number_text(trace.decoder_layers()), number_text(layer.tokens)),
                     layer.ms});
    add_steps([i](const TraceStep& step) { return step.layer == static_cast<std::int32_t>(i); });
  }
}

std::vector<TimePart> parts_of(const Trace& trace, const std::string& details) {
  const QJsonObject all = QJsonDocument::fromJson(QByteArray::fromStdString(details)).object();
  const QJsonObject times = all["times"].toObject();
  std::vector<TimePart> parts;
  parts.push_back({"encode", tr("Reading the frames, once"), times["encode_ms"].toDouble()});
  add_prompt(trace, parts);
  double layers = 0;
  for (std::size_t i = 1; i < parts.size(); ++i) layers += parts[i].ms;
  parts.push_back({"other", tr("The rest of reading the question"), times["prefill_ms"].toDouble() - layers});
  const double writing = times["generate_ms"].toDouble();
  const qint64 tokens = all["generated_tokens"].toInteger();
  parts.push_back({"words",
                   tokens > 0 ? tr("Writing %1 tokens, about %2 each")
                                    .arg(number_text(tokens), time_text_of(writing / static_cast<double>(tokens)))
                              : tr("Writing the answer"),
                   writing});
  std::erase_if(parts, [](const TimePart& part) { return !(part.ms > 0); });
  return parts;
}

double whole_ms(const std::vector<TimePart>& parts) {
  double sum = 0;
  for (const TimePart& part : parts) sum += part.ms;
  return sum;
}

QVariantList as_list(const std::vector<TimePart>& parts) {
  QVariantList list;
  const double sum = whole_ms(parts);
  double before = 0;
  for (const TimePart& part : parts) {
    list << QVariantMap{{"kind", QString::fromLatin1(part.kind)},
                        {"name", part.name},
                        {"time", time_text_of(part.ms)},
                        {"from", before / sum},
                        {"share", part.ms / sum}};
    before += part.ms;
  }
  return list;
}

}  // namespace

QVariantList time_parts(const Trace& trace, const std::string& details) { return as_list(parts_of(trace, details)); }

AnswerTimes::AnswerTimes(Conversation& chat, QObject* parent) : QObject(parent), chat_(chat) {
  connect(&chat, &Conversation::traceChanged, this, [this](std::shared_ptr<const Trace> trace) {
    trace_ = std::move(trace);
    look();
  });
  connect(&chat, &Conversation::pathChanged, this, &AnswerTimes::look);
}

void AnswerTimes::look() {
  parts_.clear();
  total_.clear();
  if (trace_) {
    const int row = chat_.row_of_trace(trace_);
    const std::vector<TimePart> parts = parts_of(*trace_, row < 0 ? "{}" : chat_.message(row).details);
    parts_ = as_list(parts);
    if (!parts.empty()) total_ = time_text_of(whole_ms(parts));
  }
  emit changed();
}

}  // namespace sparsight
