#include "app/desktop/recent_files.h"

#include "kernels/error.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

namespace sparsight {
namespace {
constexpr const char* kSetting = "recent_files";
}

RecentFiles::RecentFiles(StoreThread* store, QObject* parent) : QObject(parent), store_(store) {
  if (store_ == nullptr) return;
  try {
    const auto kept = store_->store().setting(kSetting);
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
  if (store_ == nullptr || store_->store().read_only()) return;
  const std::string kept =
      QJsonDocument(QJsonArray::fromStringList(files_)).toJson(QJsonDocument::Compact).toStdString();
  store_->wait_a_moment(store_->add(
      this, [kept](ChatStore& store) { store.set_setting(kSetting, kept); }, {}, tells(*this)));
}

}  // namespace sparsight
