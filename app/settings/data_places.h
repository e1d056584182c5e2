// Where the program keeps what belongs to the user, and how much room it takes. GUI thread; sizes are found out on a
// thread of their own.
#pragma once

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <QVariantList>

#include <filesystem>
#include <stop_token>
#include <thread>
#include <vector>

namespace sparsight {

// Bytes of a file, or of all files below a folder; links are not followed. 0 if there is nothing. What cannot be read
// is left out. Stops early on request.
[[nodiscard]] std::uintmax_t bytes_below(const std::filesystem::path& path, const std::stop_token& stop = {});

class DataPlaces : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  // {key, path, there, size (a text; empty: not known yet)}
  Q_PROPERTY(QVariantList places READ places NOTIFY changed)
  Q_PROPERTY(bool measuring READ measuring NOTIFY changed)

 public:
  struct Place {
    QString key;                                    // for its name in QML
    std::filesystem::path path;                     // that is shown; empty: there is none
    std::vector<std::filesystem::path> parts = {};  // that count; empty: `path`
  };
  explicit DataPlaces(std::vector<Place> places, QObject* parent = nullptr);

  [[nodiscard]] QVariantList places() const;
  [[nodiscard]] bool measuring() const { return measuring_; }
  Q_INVOKABLE void measure();  // changed() when it is done
  // Shows the folder, or that of the file, in the desktop's file manager; where it does not exist yet, the next one
  // above. False: the desktop has none.
  Q_INVOKABLE bool openFolder(int place) const;
  [[nodiscard]] const std::vector<Place>& list() const { return places_; }

 signals:
  void changed();

 private:
  struct Measured {
    bool there = false;
    std::uintmax_t bytes = 0;
  };
  std::vector<Place> places_;
  std::vector<Measured> measured_;  // empty: not measured yet
  bool measuring_ = false;
  std::jthread thread_;
};

}  // namespace sparsight
