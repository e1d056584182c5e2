#include "app/settings/data_places.h"

#include "app/format.h"

#include <QDesktopServices>
#include <QMetaObject>
#include <QUrl>

#include <memory>
#include <system_error>
#include <utility>

namespace sparsight {

namespace fs = std::filesystem;

std::uintmax_t bytes_below(const fs::path& path, const std::stop_token& stop) {
  std::error_code error;
  const auto size_of = [](const fs::path& file) -> std::uintmax_t {
    std::error_code unreadable;
    const std::uintmax_t bytes = fs::file_size(file, unreadable);
    return unreadable ? 0 : bytes;
  };
  const fs::file_status status = fs::symlink_status(path, error);
  if (fs::is_regular_file(status)) return size_of(path);
  if (!fs::is_directory(status)) return 0;
  std::uintmax_t sum = 0;
  fs::recursive_directory_iterator at(path, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator() && !stop.stop_requested(); at.increment(error)) {
    std::error_code unreadable;
    if (fs::is_regular_file(at->symlink_status(unreadable))) sum += size_of(at->path());
  }
  return sum;
}

DataPlaces::DataPlaces(std::vector<Place> places, QObject* parent) : QObject(parent), places_(std::move(places)) {}

QVariantList DataPlaces::places() const {
  QVariantList list;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const bool known = i < measured_.size();
    const QString size = known && measured_[i].there ? bytes_text(measured_[i].bytes) : QString();
    list << QVariantMap{{"key", places_[i].key},
                        {"path", QString::fromStdString(places_[i].path.string())},
                        {"there", !known || measured_[i].there},
                        {"size", size}};
  }
  return list;
}

void DataPlaces::measure() {
  if (std::exchange(measuring_, true)) return;
  emit changed();
  try {
    thread_ = std::jthread([this, places = places_](const std::stop_token& stop) {
      auto measured = std::make_shared<std::vector<Measured>>();
      for (const Place& place : places) {
        std::error_code absent;
        Measured here{.there = !place.path.empty() && fs::exists(place.path, absent)};
        for (const fs::path& part : place.parts.empty() ? std::vector{place.path} : place.parts)
          here.bytes += bytes_below(part, stop);
        measured->push_back(here);
      }
      QMetaObject::invokeMethod(
          this,
          [this, measured] {
            measured_ = std::move(*measured);
            measuring_ = false;
            emit changed();
          },
          Qt::QueuedConnection);
    });
  } catch (const std::system_error&) {  // no further thread can be started: sizes stay unknown
    measuring_ = false;
    emit changed();
  }
}

bool DataPlaces::openFolder(int place) const {
  if (place < 0 || std::cmp_greater_equal(place, places_.size())) return false;
  fs::path folder = places_[static_cast<std::size_t>(place)].path;
  std::error_code absent;
  while (!folder.empty() && !fs::is_directory(folder, absent) && folder != folder.parent_path())
    folder = folder.parent_path();
  return !folder.empty() && QDesktopServices::openUrl(QUrl::fromLocalFile(QString::fromStdString(folder.string())));
}

}  // namespace sparsight
