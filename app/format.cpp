#include "app/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>
#include <QStringList>
#include <QUrl>
#include "app/core_words.h"
#include "app/words.h"

#include <algorithm>
#include <cmath>

namespace sparsight {
namespace {

QJsonObject facts_of(const Answer& answer, const TimeRange& range) {
  QJsonObject facts{{"stop", QString::fromUtf8(to_string(answer.stop).data())},
                    {"generated_tokens", static_cast<qint64>(answer.generated_ids.size())},
                    {"first_token_ms", answer.first_token_ms},
                    {"tokens_per_second", answer.tokens_per_second}};
  if (answer.trace && !answer.trace->layers.empty()) {
    const Trace& trace = *answer.trace;
    const TraceLayer& last = trace.layers.back();
    facts["strategy"] = QString::fromStdString(trace.strategy);
    facts["budget"] = QString::fromStdString(trace.budget);
    facts["visual_tokens"] = static_cast<qint64>(trace.counted());
    facts["visual_tokens_left"] = static_cast<qint64>(trace.counted(last.visual_out));
    facts["visual_tokens_mean"] = trace.mean_behind_first_pruning();
    facts["flops_saved"] = trace.flops_saved();
  }
  QJsonArray notes;
  for (const AnswerNote note : notes_of(answer)) notes.append(QString::fromUtf8(to_string(note).data()));
  if (!notes.isEmpty()) facts["notes"] = notes;
  if (!range.whole()) facts["range"] = QJsonArray{range.start_s, range.end_s};
  return facts;
}

TimeRange range_of(const QJsonObject& facts) {
  const QJsonArray range = facts["range"].toArray();
  return {std::max(0.0, range.at(0).toDouble()), std::max(0.0, range.at(1).toDouble())};
}

// A number with its unit, which stays on one line.
QString unbroken(QString text) {
  return text.replace(QLatin1Char(' '), QChar(0x00a0)).replace(QLatin1Char('/'), QStringLiteral(u"\u2060/\u2060"));
}

QStringList notes_of_facts(const QJsonObject& facts) {
  QStringList notes;
  for (const QJsonValue& kept : facts["notes"].toArray())
    for (const AnswerNote note : kAnswerNotes)
      if (kept.toString() == QLatin1String(to_string(note).data())) notes << note_text(note);
  return notes;
}

QString line_of(const QJsonObject& facts) {
  QStringList parts = notes_of_facts(facts);
  if (facts.contains("strategy")) {
    const qint64 all = facts["visual_tokens"].toInteger(), left = facts["visual_tokens_left"].toInteger();
    const double mean = facts["visual_tokens_mean"].toDouble();  // 0: the answer is from an older version
    if (left < all)
      parts << facts["strategy"].toString()
            << (mean <= 0 ? tr("%1 tokens → %2 in the last layer").arg(number_text(all), number_text(left))
                : std::lround(mean) == left
                    ? tr("%1 → %2 tokens").arg(number_text(all), number_text(left))
                    : tr("%1 tokens → %2 on average after the first pruning, %3 in the last layer")
                          .arg(number_text(all), number_text(mean), number_text(left)));
    else
      parts << tr("%1 tokens, none pruned").arg(number_text(all));
    if (const double saved = facts["flops_saved"].toDouble(); saved >= 0.005)
      parts << tr("%1 % fewer FLOPs").arg(number_text(saved * 100));
  }
  if (facts["first_token_ms"].toDouble() > 0)
    parts << tr("first word after %1 s").arg(number_text(facts["first_token_ms"].toDouble() / 1000, 2));
  if (facts["tokens_per_second"].toDouble() > 0)
    parts << unbroken(tr("%1 tokens/s").arg(number_text(facts["tokens_per_second"].toDouble(), 1)));
  if (const TimeRange range = range_of(facts); !range.whole()) {
    // Below an hour, the unit is written once.
    const bool hours = std::max(range.start_s, range.end_s) >= 3600;
    const auto at = [&](double s) { return hours ? time_in_words(s, 1) : number_text(s, 1); };
    const QString from = at(range.start_s), to = at(range.end_s);
    if (range.end_s > 0)
      parts << (hours ? tr("from %1 to %2") : tr("from %1 to %2 s")).arg(from, to);
    else
      parts << (hours ? tr("from %1 on") : tr("from %1 s on")).arg(from);
  }
  if (const QString error = facts["error"].toString(); !error.isEmpty()) parts << in_words(error);
  return parts.join(QStringLiteral(" · "));
}

// Two digits: the rest of an estimate is noise.
QString rate_text(const QuestionTime& time) {
  const double rate = time.tokens_per_second();
  if (rate < 10) return number_text(rate, 1);
  const double unit = std::pow(10.0, std::floor(std::log10(rate)) - 1);
  return number_text(std::round(rate / unit) * unit);
}

QString first_word_text(const QuestionTime& time) {
  const double seconds = time.first_word_s();
  if (seconds < 1) return tr("less than a second");
  return seconds < 99.5 ? tr("about %1 s").arg(number_text(seconds))
                        : tr("about %1 min").arg(number_text(std::max(2.0, seconds / 60)));
}

QString about_text(const QuestionTime& time) {
  if (time.media == MediaKind::None) return tr("A question");
  if (time.media == MediaKind::Image) return tr("A question about a picture");
  return time.frames == 1 ? tr("A question about 1 frame")
                          : tr("A question about %1 frames").arg(number_text(time.frames));
}

}  // namespace

QString tr(const char* text) { return QCoreApplication::translate("sparsight", text); }

QString number_text(double number, int decimals) { return QLocale().toString(number, 'f', decimals); }

QString date_text(std::int64_t ms) {
  //: A date and a time of day, as QLocale::toString() takes it.
  const QString format = QCoreApplication::translate("sparsight", "d MMM yyyy, HH:mm");
  return QLocale().toString(QDateTime::fromMSecsSinceEpoch(ms), format);
}

std::string answer_details(const Answer& answer, const TimeRange& range) {
  return QJsonDocument(facts_of(answer, range)).toJson(QJsonDocument::Compact).toStdString();
}

QString line_of_details(const std::string& details) {
  return line_of(QJsonDocument::fromJson(QByteArray::fromStdString(details)).object());
}

QString notes_of_details(const std::string& details) {
  const QJsonObject facts = QJsonDocument::fromJson(QByteArray::fromStdString(details)).object();
  return notes_of_facts(facts).join(QStringLiteral(" · "));
}

TimeRange range_of_details(const std::string& details) {
  return range_of(QJsonDocument::fromJson(QByteArray::fromStdString(details)).object());
}

QString accuracy_text(const ModelCard& card, const QString& strategy, const QString& budget,
                      std::size_t visual_tokens) {
  if (!card.accuracy) return {};
  constexpr std::size_t kAnyNumber = 1'000'000;  // no clip yet: shares work with any number
  const std::size_t all = visual_tokens != 0 ? visual_tokens : kAnyNumber;
  const auto percent = [](double share) { return number_text(100 * share, 1); };
  const auto at = [&](const QString& name, const QString& tokens) -> std::optional<MeasuredAccuracy> {
    try {
      return accuracy_at(*card.accuracy, name.toStdString(), parse_budget(tokens.trimmed().toStdString()), all);
    } catch (const Error&) {
      return std::nullopt;  // a budget that is half typed
    }
  };
  const auto here = at(strategy, budget), whole = at(QStringLiteral("none"), {});
  if (!here) return tr("Accuracy was not measured with this setting");
  const QString questions = number_text(card.accuracy->questions);
  QString text =
      here->exact()
          ? tr("%1 % of %2 test questions right").arg(percent(here->most), questions)
          : tr("%1 to %2 % of %3 test questions right").arg(percent(here->least), percent(here->most), questions);
  if (whole && strategy != QLatin1String("none")) text = tr("%1; %2 % with all tokens").arg(text, percent(whole->most));
  return text;
}

QString note_text(AnswerNote note) {
  switch (note) {
    case AnswerNote::Empty: return tr("the model had no answer");
    case AnswerNote::CutOff: return tr("cut off: the settings limit how long an answer gets");
    case AnswerNote::Repeats: return tr("it repeated itself and was cut off");
    case AnswerNote::NoVideo: return tr("no video was looked at");
  }
  return {};
}

QString short_number(double value) {
  const QLocale locale;
  constexpr double kKilo = 1e3, kMega = 1e6, kGiga = 1e9;
  if (value >= kGiga) return locale.toString(value / kGiga, 'f', 1) + QStringLiteral(" G");
  if (value >= kMega) return locale.toString(value / kMega, 'f', 1) + QStringLiteral(" M");
  return locale.toString(value / kKilo, 'f', 1) + QStringLiteral(" k");
}

QString bytes_text(std::uint64_t bytes) { return short_number(static_cast<double>(bytes)) + QLatin1Char('B'); }

QString step_text(const Progress& progress) {
  const QString text = stage_name(progress.stage);
  if (progress.stage == Stage::Prefill)
    return text.arg(std::min(progress.done + 1, progress.total)).arg(progress.total);
  if (progress.stage == Stage::Read) return text.arg(bytes_text(progress.done), bytes_text(progress.total));
  return text;
}

QString left_text(const Progress& progress, std::optional<double> left_s) {
  if (!left_s || *left_s < 1 || progress.stage == Stage::Generate) return {};
  const auto seconds = static_cast<qint64>(std::ceil(*left_s));
  if (seconds >= 3600) return tr("%1 left").arg(time_in_words(static_cast<double>(seconds), 0));
  return seconds < 100 ? tr("%1 s left").arg(seconds) : tr("%1 min left").arg((seconds + 30) / 60);
}

QString progress_text(const Progress& progress, std::optional<double> left_s) {
  const QString text = step_text(progress), left = left_text(progress, left_s);
  return left.isEmpty() ? text : tr("%1, about %2").arg(text, left);
}

QString stage_name(Stage stage) {
  switch (stage) {
    case Stage::Load: return tr("Loading the model");
    case Stage::Read: return tr("Reading the model, %1 of %2");
    case Stage::Open: return tr("Opening the video");
    case Stage::Frames: return tr("Reading frames");
    case Stage::Preprocess: return tr("Preparing frames");
    case Stage::Vision: return tr("Looking at the frames");
    case Stage::Prefill: return tr("Reading the question, layer %1 of %2");
    case Stage::Generate: return tr("Answering");
    case Stage::Pictures: return tr("Drawing pictures");
    case Stage::Film: return tr("Drawing the video");
    case Stage::Quantise: return tr("Quantising");
    case Stage::Fetch: return tr("Downloading");
    case Stage::Verify: return tr("Verifying");
  }
  return {};
}

QString question_time_text(const QuestionTime& time) {
  return tr("%1: %2 to the first word, then about %3 tokens a second (estimate for this machine)")
      .arg(about_text(time), first_word_text(time), rate_text(time));
}

QString question_time_text(const QuestionTime& whole, const QuestionTime& int8, const QuestionTime& int4) {
  return tr("%1: %2 to the first word (int8: %3, int4: %4), then about %5 tokens a second (int8: %6, int4: %7); "
            "estimate "
            "for this machine")
      .arg(about_text(whole), first_word_text(whole), first_word_text(int8), first_word_text(int4), rate_text(whole),
           rate_text(int8), rate_text(int4));
}

QString local_path(const QString& file) {
  const QUrl url(file);
  return url.isLocalFile() ? url.toLocalFile() : file;
}

}  // namespace sparsight
