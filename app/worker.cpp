#include "app/worker.h"

#include <QMetaObject>

#include <algorithm>
#include <new>
#include <utility>

namespace sparsight {

EngineDoor real_engine() {
  const auto engine = std::make_shared<std::unique_ptr<Engine>>();
  return {.load =
              [engine](const EngineOptions& options, const Control& control) {
                engine->reset();  // two models may not fit in memory together
                *engine = Engine::load(options, control);
              },
          .info = [engine] { return (*engine)->info(); },
          .encode =
              [engine](const Clip& clip, const Control& control) {
                if (!*engine) fail(ErrorKind::Model, "no model is loaded");
                return (*engine)->encode(clip, control);
              },
          .answer =
              [engine](const Question& question, const std::function<void(std::string_view)>& on_text,
                       const Control& control) {
                if (!*engine) fail(ErrorKind::Model, "no model is loaded");
                return (*engine)->answer(question, on_text, control);
              }};
}

Worker::Worker(EngineDoor door, QObject* parent)
    : QObject(parent), door_(std::move(door)), thread_([this](const std::stop_token& end) { run(end); }) {}

Worker::~Worker() {
  thread_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
    running_stop_.request_stop();
  }
  wake_.notify_all();
  thread_.join();
}

template <typename Function>
void Worker::tell(Function&& function) {
  QMetaObject::invokeMethod(this, std::forward<Function>(function), Qt::QueuedConnection);
}

Worker::Job Worker::queue(std::function<void(Job, const Control&)> work) {
  Job job = 0;
  {
    const std::lock_guard lock(mutex_);
    job = ++last_;
    waiting_.push_back({job, {}, std::move(work)});
  }
  wake_.notify_all();
  return job;
}

void Worker::stop(Job job) {
  bool never_began = false;
  {
    const std::lock_guard lock(mutex_);
    if (running_ == job) running_stop_.request_stop();
    never_began = std::erase_if(waiting_, [&](const Task& task) { return task.job == job; }) != 0;
  }
  if (never_began) tell([this, job] { emit stopped(job); });
}

void Worker::run(const std::stop_token& end) {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, end, [this] { return !waiting_.empty(); }) || end.stop_requested()) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
      running_ = task.job;
      running_stop_ = task.stop;
    }
    run_task(task);
    const std::lock_guard lock(mutex_);
    running_ = 0;
  }
}

void Worker::run_task(Task& task) {
  const Job job = task.job;
  const Control control{
      [this, job](const Progress& progress) { tell([this, job, progress] { emit progressed(job, progress); }); },
      task.stop.get_token()};
  const auto fails = [this, job](const char* message) {
    tell([this, job, text = QString::fromUtf8(message)] { emit failed(job, text); });
  };
  try {
    task.work(job, control);
  } catch (const Cancelled&) {
    tell([this, job] { emit stopped(job); });
  } catch (const std::bad_alloc&) {
    fails("There is not enough memory for this.");
  } catch (const std::exception& error) {
    fails(error.what());
  }
}

Worker::Job Worker::load(EngineOptions options) {
  return queue([this, options = std::move(options)](Job job, const Control& control) {
    media_.reset();
    door_.load(options, control);
    tell([this, job, info = std::make_shared<const ModelInfo>(door_.info())] { emit loaded(job, info); });
  });
}

Worker::Job Worker::open(std::filesystem::path file, FrameRequest request) {
  return queue([this, file = std::move(file), request](Job job, const Control& control) {
    media_.reset();
    wants_media_ = true;
    auto media = std::make_shared<OpenedMedia>();
    media->clip = read_clip(file, request, control);
    media->encoded = door_.encode(media->clip, control);
    media->source = describe_media(file);
    media_ = media;
    tell([this, job, media = media_] { emit opened(job, media); });
  });
}

void Worker::close() {
  (void)queue([this](Job, const Control&) {
    media_.reset();
    wants_media_ = false;
  });
}

Worker::Job Worker::ask(Question question) {
  return queue([this, question = std::move(question)](Job job, const Control& control) mutable {
    if (!question.media && wants_media_ && !media_) throw Cancelled{};
    if (!question.media && media_) question.media = media_->encoded;
    question.text_attention = true;
    question.on_trace = [this, job](const Trace& trace) {
      tell([this, job, copy = std::make_shared<const Trace>(trace)] { emit traced(job, copy); });
    };
    const auto on_text = [this, job](std::string_view text) {
      tell([this, job, piece = QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()))] {
        emit said(job, piece);
      });
    };
    const auto answer = std::make_shared<const Answer>(door_.answer(question, on_text, control));
    tell([this, job, answer] { emit answered(job, answer); });
  });
}

Worker::Job Worker::carry_out(std::function<QString(const Control&)> work) {
  return queue([this, work = std::move(work)](Job job, const Control& control) {
    tell([this, job, result = work(control)] { emit done(job, result); });
  });
}

}  // namespace sparsight
