// Shared by the tests of the chat: an engine that records the questions, and helpers for the window.
#pragma once

#include "tests/qml/app_support.h"
#include "tests/qml/window_items.h"

#include <mutex>

namespace sparsight::test {

// Follows a script, counts encodings, records the questions, and gives each answer a trace of 2056 tokens.
struct RecordingEngine {
  Script script;
  std::atomic<int> encodes = 0;
  std::atomic<bool> hold = false;       // answers begin with a word, then wait until it is false
  std::atomic<bool> hold_open = false;  // the same for clips
  std::mutex mutex;
  std::vector<std::string> budgets, questions;
  std::vector<std::size_t> turns;
  std::vector<Question> whole;        // the questions as they were asked, without medium
  std::vector<std::string> warnings;  // about each clip that is opened

  EngineDoor door() {
    EngineDoor door = script.door();
    door.open = [this, open = door.open](const std::filesystem::path& file, const FrameRequest& request,
                                         const Control& control) {
      while (hold_open) wait(control, Stage::Vision);
      OpenedClip opened = open(file, request, control);
      ++encodes;
      opened.clip.warnings.insert(opened.clip.warnings.end(), warnings.begin(), warnings.end());
      return opened;
    };
    door.answer = [this, answer = door.answer](const Question& question,
                                               const std::function<void(std::string_view)>& say,
                                               const Control& control) {
      {
        const std::lock_guard lock(mutex);
        budgets.push_back(to_string(question.pruning.budget));
        questions.push_back(question.turns.back().question);
        turns.push_back(question.turns.size());
        whole.push_back(question);
        whole.back().media.reset();
        whole.back().on_trace = {};
      }
      auto trace = std::make_shared<Trace>();
      trace->visual_tokens = 2056;
      if (question.on_trace) question.on_trace(*trace);
      if (hold) say("begun ");
      try {
        while (hold) wait(control, Stage::Generate);
      } catch (const Cancelled&) {
        Answer stopped;
        stopped.text = "begun";
        stopped.stop = StopReason::Cancelled;
        return stopped;
      }
      Answer result = answer(question, say, control);
      result.trace = trace;
      return result;
    };
    return door;
  }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex);
    return budgets;
  }
  std::vector<std::string> texts() {
    const std::lock_guard lock(mutex);
    return questions;
  }

 private:
  static void wait(const Control& control, Stage stage) {
    control.report(stage, 0, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

// What a window needs: a folder of its own, and a script whose answers come at once, or begin with a word and wait.
enum class Answers { AtOnce, Held };
struct Scripted {
  explicit Scripted(Answers answers = Answers::AtOnce) {
    engine.script.pause = std::chrono::milliseconds(0);
    engine.hold = answers == Answers::Held;
  }
  [[nodiscard]] QString database() const { return folder.filePath("chats.db"); }
  // A file with the name of a video that is none; empty: it could not be written.
  [[nodiscard]] QString no_video() const {
    QFile file(folder.filePath("text.mp4"));
    return file.open(QIODevice::WriteOnly) && file.write("no video at all") > 0 ? file.fileName() : QString();
  }
  QTemporaryDir folder;
  RecordingEngine engine;
};

// A chat without a window, its sessions in memory.
struct Talk {
  explicit Talk(EngineDoor door) : worker(std::move(door)) {}
  ChatStore store = ChatStore::open(":memory:");
  StoreThread writes{store};
  Worker worker;
  Answering answering{worker, writes};
  Conversation chat{worker, writes, answering};
};

// All objects of that name in the window, those made by delegates included.
// The items of that name in another one; in none (null) there are none.
inline QList<QQuickItem*> all(QQuickItem* from, const QString& name) {
  QList<QQuickItem*> found;
  if (from == nullptr) return found;
  if (from->objectName() == name) found << from;
  for (QQuickItem* child : from->childItems()) found << all(child, name);
  return found;
}

inline QList<QQuickItem*> visible(QQuickItem* from, const QString& name) {
  QList<QQuickItem*> found = all(from, name);
  found.removeIf([](QQuickItem* item) { return !item->isVisible(); });
  return found;
}

// Keeps a picture for people to look at, if they name a folder for it.
inline void keep(QQuickWindow* window, const QString& name) {
  if (const QString pictures = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS"); !pictures.isEmpty())
    QVERIFY(still(window).save(pictures + '/' + name + ".png"));
}

inline void click(QQuickItem* button) { QMetaObject::invokeMethod(button, "clicked"); }

inline void press(QQuickWindow* window, int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
  QTest::keyClick(window, static_cast<Qt::Key>(key), modifiers);
}

// Whether a popup, menu or page is.
inline bool opened(const Running& run, const char* popup) {
  return run.find<QObject>(popup)->property("opened").toBool();
}

inline void slide(QQuickItem* slider, double value) {
  slider->setProperty("value", value);
  QMetaObject::invokeMethod(slider, "moved");
}

}  // namespace sparsight::test
