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

#include <filesystem>

namespace sparsight {

class Settings : public QObject {
  Q_OBJECT
  QML_NAMED_ELEMENT(AppSettings)
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(QString theme READ theme WRITE setTheme NOTIFY changed)           // "system", "light", "dark"
  Q_PROPERTY(QString language READ language WRITE setLanguage NOTIFY changed)  // "system", "en", "de"
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

 public:
  explicit Settings(const std::filesystem::path& file = {}, QObject* parent = nullptr);  // empty: the user's own

  [[nodiscard]] QString theme() const;
  void setTheme(const QString& theme) { put("theme", theme); }
  [[nodiscard]] QString language() const;
  void setLanguage(const QString& language) { put("language", language); }
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
  // Not for QML: the models page handles them.
  [[nodiscard]] QString model() const;  // the chosen folder; empty: the demo model
  void set_model(const QString& directory) { put("model", directory); }
  [[nodiscard]] QStringList model_folders() const;
  void set_model_folders(const QStringList& folders) { put("model_folders", folders); }

  // The window's last place, moved onto the present screens; the first time, centred with the given size.
  Q_INVOKABLE QRect window(int width, int height) const;
  Q_INVOKABLE bool windowMaximized() const;
  Q_INVOKABLE void keepWindow(const QRect& window, bool maximized);  // of a maximized window, the former place is kept

 signals:
  void changed();

 private:
  void put(const char* key, const QVariant& value);
  [[nodiscard]] bool kept_pruning() const;
  [[nodiscard]] QString one_of(const char* key, const QStringList& allowed) const;  // the first is the default
  [[nodiscard]] int number(const char* key, int fallback, int least, int most) const;
  [[nodiscard]] double share(const char* key, double fallback) const;

  QSettings file_;
  int most_frames_ = 64;
  bool has_own_frames_ = false;
};

// Moves `window`, and shrinks it if necessary, so that it is completely on one screen: the one that it covers most,
// else the first. Without screens, it stays as it is.
[[nodiscard]] QRect on_a_screen(QRect window, const QList<QRect>& screens);

}  // namespace sparsight
