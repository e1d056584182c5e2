// The user's settings, in their own INI file: they work without a chat database, and people can read and delete the
// file. A value that is out of range counts as the default. GUI thread.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QList>
#include <QObject>
#include <QRect>
#include <QSettings>
#include <QString>
#include <QStringList>
#include <QVariantList>

#include <filesystem>
#include <map>
#include <optional>

namespace sparsight {

class Settings : public QObject {
  Q_OBJECT
  QML_NAMED_ELEMENT(AppSettings)
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(QString theme READ theme WRITE setTheme NOTIFY changed)           // "system", "light", "dark"
  Q_PROPERTY(QString language READ language WRITE setLanguage NOTIFY changed)  // "system", "en", "de"
  Q_PROPERTY(QString motion READ motion WRITE setMotion NOTIFY changed)        // "system", "full", "none"
  Q_PROPERTY(int scale READ scale WRITE setScale NOTIFY changed)               // per cent: one of scales
  Q_PROPERTY(QList<int> scales READ scales CONSTANT)
  // Pruning, for sessions without their own choice; an empty strategy: the model's default strategy and budget.
  Q_PROPERTY(QString strategy READ strategy WRITE setStrategy NOTIFY changed)
  Q_PROPERTY(QString budget READ budget WRITE setBudget NOTIFY changed)  // as core's parse_budget() reads it
  Q_PROPERTY(int frames READ frames WRITE setFrames NOTIFY changed)      // sampled from a video
  Q_PROPERTY(int mostFrames READ mostFrames NOTIFY changed)              // at most, with the loaded model
  // In place of `frames` those that the loaded model was trained with; hasOwnFrames: it has a rule for them.
  Q_PROPERTY(bool framesAsTrained READ framesAsTrained WRITE setFramesAsTrained NOTIFY changed)
  Q_PROPERTY(bool hasOwnFrames READ hasOwnFrames NOTIFY changed)
  Q_PROPERTY(bool toneMap READ toneMap WRITE setToneMap NOTIFY changed)  // converts HDR for ordinary screens
  Q_PROPERTY(int maxNewTokens READ maxNewTokens WRITE setMaxNewTokens NOTIFY changed)
  Q_PROPERTY(
      double strength READ strength WRITE setStrength NOTIFY changed)  // opacity of the tokens over the video, 0..1
  Q_PROPERTY(QString colours READ colours WRITE setColours NOTIFY changed)  // a name of core's colour_map()
  Q_PROPERTY(double volume READ volume WRITE setVolume NOTIFY changed)      // 0..1
  Q_PROPERTY(bool sessionsShown READ sessionsShown WRITE setSessionsShown NOTIFY changed)
  Q_PROPERTY(bool tokensShown READ tokensShown WRITE setTokensShown NOTIFY changed)
  // Sizes of parts of the window, in pixels at a scale of 100 %.
  Q_PROPERTY(int sessionsWidth READ sessionsWidth WRITE setSessionsWidth NOTIFY changed)
  Q_PROPERTY(int chatWidth READ chatWidth WRITE setChatWidth NOTIFY changed)
  Q_PROPERTY(int tokensHeight READ tokensHeight WRITE setTokensHeight NOTIFY changed)
  Q_PROPERTY(bool tourSeen READ tourSeen WRITE setTourSeen NOTIFY changed)
  Q_PROPERTY(bool languageHintSeen READ languageHintSeen WRITE setLanguageHintSeen NOTIFY changed)
  Q_PROPERTY(bool reopenLast READ reopenLast WRITE setReopenLast NOTIFY changed)  // the last session, at the start
  // How questions are asked from now on; as Sampling in core/model/sampler.h.
  Q_PROPERTY(QString system READ system WRITE setSystem NOTIFY changed)  // cut after mostSystem characters
  Q_PROPERTY(int mostSystem READ mostSystem CONSTANT)
  Q_PROPERTY(double temperature READ temperature WRITE setTemperature NOTIFY changed)  // 0..2; 0: greedy
  Q_PROPERTY(double topP READ topP WRITE setTopP NOTIFY changed)                       // 0.01..1
  Q_PROPERTY(int topK READ topK WRITE setTopK NOTIFY changed)                          // 0..1000; 0: all
  Q_PROPERTY(bool newSeed READ newSeed WRITE setNewSeed NOTIFY changed)  // one for each answer, in place of `seed`
  Q_PROPERTY(int seed READ seed WRITE setSeed NOTIFY changed)            // 0 and up
  // How the model is computed, from its next loading on.
  Q_PROPERTY(QString device READ device WRITE setDevice NOTIFY changed)  // as read_device() in app/device.h takes it
  // A folder with NVIDIA's libraries, before the system's own places; empty: none.
  Q_PROPERTY(QString cudaFolder READ cudaFolder WRITE setCudaFolder NOTIFY changed)
  Q_PROPERTY(int threads READ threads WRITE setThreads NOTIFY changed)               // 0: one for each physical core
  Q_PROPERTY(QString arithmetic READ arithmetic WRITE setArithmetic NOTIFY changed)  // "f32", "bf16"
  // Named values of the section "answers": {id, name, own}. Those that come with the program have no name here, and
  // change only how words are drawn; the user's own have all values of the section.
  Q_PROPERTY(QVariantList presets READ presets NOTIFY changed)
  Q_PROPERTY(QString preset READ preset NOTIFY changed)  // the id of the one that is set; empty: none of them
  // The sections ("general", "answers", "tokens", "player", "machine") in which something is not at its default.
  Q_PROPERTY(QStringList altered READ altered NOTIFY changed)
  Q_PROPERTY(bool canUndo READ canUndo NOTIFY changed)  // undoReset() has something to bring back

 public:
  explicit Settings(const std::filesystem::path& file = {}, QObject* parent = nullptr);  // empty: the user's own

  [[nodiscard]] QString theme() const;
  void setTheme(const QString& theme) { put("theme", theme); }
  [[nodiscard]] QString language() const;
  void setLanguage(const QString& language) { put("language", language); }
  [[nodiscard]] QString motion() const;
  void setMotion(const QString& motion) { put("motion", motion); }
  [[nodiscard]] int scale() const;
  void setScale(int scale) { put("scale", scale); }
  [[nodiscard]] static QList<int> scales() { return {100, 150, 200}; }
  Q_INVOKABLE void zoom(int steps);  // steps along scales(); 0: back to 100
  [[nodiscard]] QString strategy() const;
  void setStrategy(const QString& strategy) { set_pruning(strategy, strategy.isEmpty() ? QString() : budget()); }
  [[nodiscard]] QString budget() const;
  void setBudget(const QString& budget) { set_pruning(strategy(), budget); }
  void set_pruning(const QString& strategy, const QString& budget);
  [[nodiscard]] int frames() const;  // the chosen number, at most mostFrames
  void setFrames(int frames) { put("frames", frames); }
  [[nodiscard]] int mostFrames() const { return most_frames_; }
  [[nodiscard]] bool framesAsTrained() const;  // the default for a model that has a rule
  void setFramesAsTrained(bool on);
  [[nodiscard]] bool hasOwnFrames() const { return has_own_frames_; }
  void set_most_frames(std::size_t frames, bool has_own = false);  // for the loaded model
  [[nodiscard]] bool toneMap() const;
  void setToneMap(bool map) { put("tone_map", map); }
  [[nodiscard]] int maxNewTokens() const;
  void setMaxNewTokens(int tokens) { put("max_new_tokens", tokens); }
  [[nodiscard]] double strength() const;
  void setStrength(double strength) { put("strength", strength); }
  [[nodiscard]] QString colours() const;
  void setColours(const QString& colours) { put("colours", colours); }
  [[nodiscard]] double volume() const;
  void setVolume(double volume) { put("volume", volume); }
  [[nodiscard]] bool sessionsShown() const;
  void setSessionsShown(bool shown) { put("sessions_shown", shown); }
  [[nodiscard]] bool tokensShown() const;
  void setTokensShown(bool shown) { put("tokens_shown", shown); }
  [[nodiscard]] int sessionsWidth() const;
  void setSessionsWidth(int width) { put("sessions_width", width); }
  [[nodiscard]] int chatWidth() const;
  void setChatWidth(int width) { put("chat_width", width); }
  [[nodiscard]] int tokensHeight() const;
  void setTokensHeight(int height) { put("tokens_height", height); }
  [[nodiscard]] bool tourSeen() const;
  void setTourSeen(bool seen) { put("tour_seen", seen); }
  [[nodiscard]] bool languageHintSeen() const;
  void setLanguageHintSeen(bool seen) { put("language_hint_seen", seen); }
  [[nodiscard]] bool reopenLast() const;
  void setReopenLast(bool reopen) { put("reopen_last", reopen); }
  [[nodiscard]] QString system() const;
  void setSystem(const QString& text);
  [[nodiscard]] static int mostSystem() { return 1 << 13; }
  [[nodiscard]] double temperature() const;
  void setTemperature(double temperature) { put("temperature", temperature); }
  [[nodiscard]] double topP() const;
  void setTopP(double share) { put("top_p", share); }
  [[nodiscard]] int topK() const;
  void setTopK(int count) { put("top_k", count); }
  [[nodiscard]] bool newSeed() const;
  void setNewSeed(bool each_time) { put("new_seed", each_time); }
  [[nodiscard]] int seed() const;
  void setSeed(int seed) { put("seed", seed); }
  [[nodiscard]] QString device() const;
  void setDevice(const QString& device) { put("device", device); }
  [[nodiscard]] QString cudaFolder() const;
  void setCudaFolder(const QString& folder);
  [[nodiscard]] int threads() const;
  void setThreads(int threads) { put("threads", threads); }
  [[nodiscard]] QString arithmetic() const;
  void setArithmetic(const QString& arithmetic) { put("arithmetic", arithmetic); }

  [[nodiscard]] QVariantList presets() const;
  [[nodiscard]] QString preset() const;
  Q_INVOKABLE void usePreset(const QString& id);
  // Keeps the present values under this name, in place of an own one with the same name. False: there is no name, or
  // there are mostPresets() already.
  Q_INVOKABLE bool savePreset(const QString& name);
  Q_INVOKABLE void removePreset(const QString& id);  // an own one
  [[nodiscard]] static int mostPresets() { return 50; }

  [[nodiscard]] QStringList altered() const;
  // Sets a section, or all of them (""), to the defaults. What was set before can be brought back until a setting of
  // any section changes.
  Q_INVOKABLE void reset(const QString& section);
  Q_INVOKABLE void undoReset();
  Q_INVOKABLE void forgetReset();  // it cannot be undone any more
  [[nodiscard]] bool canUndo() const { return !former_.empty(); }

  [[nodiscard]] QString file() const { return file_.fileName(); }
  // The session that is being opened at the start: one that ends the program is not opened at the next start again.
  [[nodiscard]] std::optional<qint64> opening() const;
  void set_opening(std::optional<qint64> session);
  // The session of this database that was open last; nullopt: none, or one of another database.
  [[nodiscard]] std::optional<qint64> last_session(const std::filesystem::path& database) const;
  void set_last_session(const std::filesystem::path& database, std::optional<qint64> session);
  // The clip that was open last beside this database, asked about or not; empty: none, or of another database.
  [[nodiscard]] QString last_clip(const std::filesystem::path& database) const;
  void set_last_clip(const std::filesystem::path& database, const QString& file);

  // Not for QML: the models page handles them.
  [[nodiscard]] QString model() const;  // the chosen folder; empty: the demo model
  void set_model(const QString& directory) { put("model", directory); }
  [[nodiscard]] QStringList model_folders() const;
  void set_model_folders(const QStringList& folders) { put("model_folders", folders); }

  // Where a file dialog begins: the folder of "videos", "exports" or "models" that was chosen last, if it is still
  // there; else the user's movies, documents or home.
  [[nodiscard]] QString folder(const QString& place) const;
  void set_folder(const QString& place, const QString& folder);

  // The window's last place, moved onto the present screens; the first time, centred with the given size.
  Q_INVOKABLE QRect window(int width, int height) const;
  Q_INVOKABLE bool windowMaximized() const;
  Q_INVOKABLE void keepWindow(const QRect& window, bool maximized);  // of a maximized window, the former place is kept

 signals:
  void changed();

 private:
  void put(const char* key, const QVariant& value);
  void note_change(const QString& key);
  [[nodiscard]] bool kept_pruning() const;
  [[nodiscard]] QString one_of(const char* key, const QStringList& allowed) const;  // the first is the default
  [[nodiscard]] int number(const char* key, int fallback, int least, int most) const;
  [[nodiscard]] double share(const char* key, double fallback) const { return real(key, fallback, 0, 1); }
  [[nodiscard]] double real(const char* key, double fallback, double least, double most) const;

  QSettings file_;
  std::map<QString, QVariant> former_;  // the values before a reset; invalid: there was none
  int most_frames_ = 64;
  bool has_own_frames_ = false;
};

// Moves `window`, and shrinks it if necessary, so that it is completely on one screen: the one that it covers most,
// else the first. Without screens, it stays as it is.
[[nodiscard]] QRect on_a_screen(QRect window, const QList<QRect>& screens);

}  // namespace sparsight
