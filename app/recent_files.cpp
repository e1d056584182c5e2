#include "app/recent_files.h"

#include "app/stored.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

namespace sparsight {
namespace {
constexpr const char* kSetting = "recent_files";
}

RecentFiles::RecentFiles(ChatStore* store, QObject* parent) : QObject(parent), store_(store) {
  if (store_ == nullptr) return;
  try {
    const auto kept = store_->setting(kSetting);
    if (!kept) return;
    for (const QJsonValue& file : QJsonDocument::fromJson(QByteArray::fromStdString(*kept)).array())
      if (file.isString() && files_.size() < kMost) files_ << file.toString();
  } catch (const Error&) {  // the list of sessions reports a store that cannot be read
  }
}

void RecentFiles::add(const QString& path) {
  QStringList files = files_;
  files.removeAll(path);
  files.prepend(path);
  set(files.mid(0, kMost));
}

void RecentFiles::clear() { set({}); }

QString RecentFiles::nameOf(const QString& path) { return QFileInfo(path).fileName(); }

void RecentFiles::set(const QStringList& files) {
  if (files == files_) return;
  files_ = files;
  emit filesChanged();
  if (store_ == nullptr || store_->read_only()) return;
  stored(*this, [this] {
    store_->set_setting(kSetting,
                        QJsonDocument(QJsonArray::fromStringList(files_)).toJson(QJsonDocument::Compact).toStdString());
  });
}

}  // namespace sparsight
