#include "app/models/worker.h"

#include "app/core_words.h"
#include "kernels/out_of_memory.h"

#include <QMetaObject>

#include <future>
#include <mutex>
#include <stop_token>
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
          .open =
              [engine](const std::filesystem::path& file, const FrameRequest& request, const Control& control) {
                if (!*engine) fail(ErrorKind::Model, "no model is loaded");
                return (*engine)->open(file, request, control);
              },
          .answer =
              [engine](const Question& question, const std::function<void(std::string_view)>& on_text,
                       const Control& control) {
                if (!*engine) fail(ErrorKind::Model, "no model is loaded");
                return (*engine)->answer(question, on_text, control);
              },
          .length = [engine](const Question& question) -> std::size_t {
            return *engine ? (*engine)->lay_out(question).length : 0;
          }};
}

// Passes what the engine's own thread tells at any time to the worker, but only while the worker exists, and the
// model's hash only after loaded().
class Worker::Relay {
 public:
  void tell(const std::function<void()>& now) {
    const std::lock_guard lock(mutex_);
    if (state_ != State::Over) now();
  }
  void known(std::function<void()> tell) {
    const std::lock_guard lock(mutex_);
    if (state_ == State::Loaded) tell();
    if (state_ == State::Loading) waiting_ = std::move(tell);
  }
  void loaded() {
    const std::lock_guard lock(mutex_);
    state_ = State::Loaded;
    if (waiting_) waiting_();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    state_ = State::Over;
  }

 private:
  enum class State { Loading, Loaded, Over };
  std::mutex mutex_;
  State state_ = State::Loading;
  std::function<void()> waiting_;
};

Worker::Worker(EngineDoor door, QObject* parent)
    : QObject(parent), door_(std::move(door)), queue_([this] {
        QMetaObject::invokeMethod(
            this, [this] { queue_.deliver(); }, Qt::QueuedConnection);
      }) {}

Worker::~Worker() {
  queue_.end();
  if (relay_) relay_->end();
}

Worker::Job Worker::queue(std::function<void(Job, const Control&)> work) {
  if (const Job behind = std::exchange(yielding_, 0); behind != 0) stop(behind);
  return queue_.add([this, work = std::move(work)](Job job, const std::stop_token& stop) {
    const Control control{[this, job](const Progress& progress) {
                            queue_.post([this, job, progress] { emit progressed(job, progress); });
                          },
                          stop};
    const auto fails = [this, job](ErrorKind kind, const char* message) {
      queue_.post([this, job, kind, text = QString::fromUtf8(message)] { emit failed(job, text, kind); });
    };
    try {
      work(job, control);
    } catch (const Cancelled&) {
      queue_.post([this, job] { emit stopped(job); });
    } catch (const Error& error) {
      fails(error.kind(), error.what());
    } catch (const std::exception& error) {
      fails(lacks_memory(error) ? ErrorKind::Memory : ErrorKind::Usage, message_of(error));
    }
  });
}

void Worker::stop(Job job) {
  if (queue_.stop(job)) queue_.post([this, job] { emit stopped(job); });
}

Worker::Job Worker::load(EngineOptions options) {
  return queue([this, options = std::move(options)](Job job, const Control& control) {
    if (relay_) relay_->end();
    relay_ = std::make_shared<Relay>();
    EngineOptions asked = options;
    asked.on_hash = [this, job, relay = relay_](const std::string& hash) {
      relay->known([this, job, hash = QString::fromStdString(hash)] {
        queue_.post([this, job, hash] { emit identified(job, hash); });
      });
    };
    asked.on_read = [this, job, relay = relay_](const Progress& progress) {
      relay->tell([this, job, progress] { queue_.post([this, job, progress] { emit read(job, progress); }); });
    };
    door_.load(asked, control);
    queue_.post([this, job, info = std::make_shared<const ModelInfo>(door_.info())] { emit loaded(job, info); });
    relay_->loaded();
  });
}

Worker::Job Worker::open(std::filesystem::path file, FrameRequest request) {
  return queue([this, file = std::move(file), request](Job job, const Control& control) {
    // The hash needs the whole file: read it in parallel to the frames, which take more computing.
    std::stop_source reading;
    const std::stop_callback stop_both(control.stop, [&reading] { reading.request_stop(); });
    std::future<SessionMedia> source =
        std::async(std::launch::async, [file, stop = reading.get_token()] { return describe_media(file, stop); });
    try {
      OpenedClip clip = door_.open(file, request, control);
      const auto media =
          std::make_shared<const OpenedMedia>(OpenedMedia{std::move(clip.clip), source.get(), std::move(clip.encoded)});
      queue_.post([this, job, media] { emit opened(job, media); });
    } catch (...) {
      reading.request_stop();
      throw;
    }
  });
}

Worker::Job Worker::ask(Question question, bool keep) {
  return queue([this, keep, question = std::move(question)](Job job, const Control& control) mutable {
    question.attention = true;
    question.rank = true;  // reports of the answer show it
    question.on_trace = [this, job](const Trace& trace) {
      queue_.post([this, job, copy = std::make_shared<const Trace>(trace)] { emit traced(job, copy); });
    };
    const auto on_text = [this, job](std::string_view text) {
      queue_.post([this, job, piece = QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()))] {
        emit said(job, piece);
      });
    };
    const auto answer = std::make_shared<const Answer>(door_.answer(question, on_text, control));
    std::shared_ptr<const PackedTrace> packed;
    try {
      if (keep && answer->trace) packed = std::make_shared<const PackedTrace>(*answer->trace);
    } catch (const std::exception&) {
      // The answer is still good. The trace is packed when it is stored, where an error can be reported.
    }
    queue_.post([this, job, answer, packed] { emit answered(job, answer, packed); });
  });
}

Worker::Job Worker::count(Question question) {
  return queue([this, question = std::move(question)](Job job, const Control&) {
    const quint64 positions = door_.length ? door_.length(question) : 0;
    queue_.post([this, job, positions] { emit counted(job, positions); });
  });
}

Worker::Job Worker::measure(MakeBackend backend) {
  return queue([this, backend = std::move(backend)](Job job, const Control& control) {
    queue_.post([this, job, speed = measure_speed(backend, control.stop)] { emit measured(job, speed); });
  });
}

Worker::Job Worker::carry_out(std::function<QString(const Control&)> work) {
  return queue([this, work = std::move(work)](Job job, const Control& control) {
    queue_.post([this, job, result = work(control)] { emit done(job, result); });
  });
}

}  // namespace sparsight
