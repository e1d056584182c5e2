#include "app/tokens/exporter.h"

#include "app/format.h"
#include "core/base/replace_file.h"
#include "core/chat/export.h"
#include "core/pictures/film.h"
#include "core/pictures/report.h"
#include "core/pictures/sheet.h"
#include "core/pictures/shown_clip.h"
#include "core/pictures/token_table.h"

#include <QDesktopServices>
#include <QFileInfo>
#include <QUrl>

#include <algorithm>
#include <array>
#include <utility>

namespace sparsight {
namespace {

// Everything that the pictures are made of, by value: the view may change while they are drawn.
struct Shown {
  std::shared_ptr<const OpenedMedia> media;
  std::shared_ptr<const Trace> trace;
  Heatmap heatmap;
  PaintOptions paint;
  std::size_t frame;
  Answer answer;
  std::string question, model;
  std::vector<GridWindow> windows{};
};

void write_picture(const Shown& shown, Exporter::Kind kind, const std::filesystem::path& file, const Control& control) {
  const auto [clip, windows] = as_shown(shown.media->clip, shown.windows);
  const auto frames = sheet_frames(clip, windows);
  control.report(kind == Exporter::Film ? Stage::Film : Stage::Pictures, 0, 0);
  switch (kind) {
    case Exporter::Picture:
      return write_png(frame_picture(*shown.trace, shown.heatmap, frames.at(shown.frame), shown.frame, shown.paint),
                       file);
    case Exporter::Svg:
      return replace_file(file, frame_svg(shown.heatmap, frames.at(shown.frame), shown.frame, shown.paint));
    case Exporter::Sheet:
      return write_png(
          contact_sheet(*shown.trace, step_heatmaps(*shown.trace, shown.heatmap.mode, shown.heatmap.colours), frames,
                        shown.paint),
          file);
    case Exporter::Film:
      (void)write_film(clip, windows, *shown.trace, shown.heatmap, file, shown.paint, control);
      return;
    case Exporter::TraceFile: return save_trace(*shown.trace, file);
    case Exporter::Report:
      return replace_file(file, make_report({.clip = clip,
                                             .windows = windows,
                                             .trace = *shown.trace,
                                             .answer = shown.answer,
                                             .question = shown.question,
                                             .model = shown.model,
                                             .colours = shown.heatmap.colours}));
    case Exporter::Tokens: return replace_file(file, token_table(*shown.trace));
    case Exporter::Markdown:
    case Exporter::Json: break;
  }
}

}  // namespace

Exporter::Exporter(Worker& worker, ChatStore* store, Conversation& chat, TraceView& trace, QObject* parent)
    : QObject(parent), worker_(worker), store_(store), chat_(chat), trace_(trace) {
  connect(&trace, &TraceView::traceChanged, this, &Exporter::contentChanged);
  connect(&chat, &Conversation::sessionChanged, this, &Exporter::contentChanged);
  connect(&worker, &Worker::loaded, this, [this](quint64, const std::shared_ptr<const ModelInfo>& info) {
    model_ = QString::fromStdString(info->path.filename().string());
  });
  connect(&worker, &Worker::progressed, this, [this](quint64 job, const Progress& progress) {
    if (job != job_) return;
    stage_ = progress_text(progress, time_left_.note(progress, clock_.seconds()));
    progress_ = progress.total != 0 ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : -1;
    emit progressChanged();
  });
  connect(&worker, &Worker::done, this, [this](quint64 job, const QString& file) {
    if (job != job_) return;
    end(job);
    set_saved(file);
  });
  connect(&worker, &Worker::stopped, this, &Exporter::end);
  connect(&worker, &Worker::failed, this, [this](quint64 job, const QString& message) {
    if (job != job_) return;
    end(job);
    emit errorOccurred(message);
  });
}

void Exporter::end(quint64 job) {
  if (job != job_) return;
  job_ = 0;
  stage_.clear();
  emit progressChanged();
}

void Exporter::set_saved(const QString& saved) {
  saved_ = saved;
  emit savedChanged();
}

QString Exporter::nameFor(Kind kind) const {
  static constexpr std::array kEndings{"-tokens.png",  "-tokens.svg",  "-contact-sheet.png",
                                       "-overlay.mp4", ".safetensors", "-report.html",
                                       "-chat.md",     "-chat.json",   "-tokens.csv"};
  const QString base =
      chat_.video().isEmpty() ? QStringLiteral("sparsight") : QFileInfo(chat_.video()).completeBaseName();
  return base + QLatin1String(kEndings.at(static_cast<std::size_t>(kind)));
}

Exporter::Write Exporter::writer(Kind kind, std::size_t frame) const {
  if (kind == Markdown || kind == Json) {
    if (!hasChat()) return {};
    const SessionId session = *chat_.session();
    return [text = kind == Markdown ? export_markdown(*store_, session) : export_json(*store_, {session})](
               const std::filesystem::path& file, const Control&) { replace_file(file, text); };
  }
  const Heatmap* seen = trace_.heatmap();
  if (!hasTokens() || seen == nullptr || (kind == Film && !hasFilm())) return {};
  Shown shown{
      .media = trace_.media(),
      .trace = trace_.trace(),
      // The strip of a film shows fates.
      .heatmap = kind == Film ? make_heatmap(*trace_.trace(), seen->behind, HeatmapMode::Fate, seen->colours) : *seen,
      .paint = {.opacity = trace_.strength(), .view = trace_.view()},
      .frame = std::min(frame, trace_.media()->clip.frames.size() - 1),
      .answer = {},
      .question = {},
      .model = trace_.model().isEmpty() ? model_.toStdString() : trace_.trace()->source.model};
  const auto [question, answer] = chat_.told(trace_.trace());
  shown.question = question.toStdString();
  shown.answer.text = answer.toStdString();
  for (std::size_t f = 0; f < shown.media->clip.frames.size(); ++f) shown.windows.push_back(trace_.window(f));
  return [shown = std::move(shown), kind](const std::filesystem::path& file, const Control& control) {
    write_picture(shown, kind, file, control);
  };
}

void Exporter::save(Kind kind, const QString& file, int frame) {
  if (busy()) return;
  const QString path = local_path(file);
  Write write;
  try {
    write = writer(kind, static_cast<std::size_t>(std::max(0, frame)));
  } catch (const Error& error) {
    emit errorOccurred(QString::fromUtf8(error.what()));
  }
  if (!write) return;
  set_saved({});
  time_left_.reset();
  stage_ = tr("Writing %1").arg(QFileInfo(path).fileName());
  progress_ = -1;
  job_ = worker_.carry_out([write = std::move(write), path](const Control& control) {
    write(path.toStdString(), control);
    return path;
  });
  emit progressChanged();
}

bool Exporter::isThere(const QString& file) { return QFileInfo::exists(local_path(file)); }

void Exporter::stop() {
  if (busy()) worker_.stop(job_);
}

void Exporter::openFolder() const { QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(saved_).absolutePath())); }

void Exporter::forget() { set_saved({}); }

}  // namespace sparsight
