// The models there are on this machine, as a list model: the demo, those in folders that the person added, those in
// Hugging Face's cache. Looked for on a thread of its own, headers only; which one is loaded is the application's to
// say. GUI thread.
#pragma once

#include "app/settings.h"
#include "core/model/model_folder.h"
#include "core/model_check.h"

#include <QtQml/qqmlregistration.h>
#include <QAbstractListModel>
#include <QString>

#include <filesystem>
#include <stop_token>
#include <thread>
#include <vector>

namespace sparsight {

class ModelList : public QAbstractListModel {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)
  Q_PROPERTY(bool searching READ searching NOTIFY searchingChanged)
  Q_PROPERTY(QString memory READ memory NOTIFY searchingChanged)  // what this machine has, for people

 public:
  enum Role { PathRole = Qt::UserRole + 1, NameRole, OriginRole, ShapeRole, MemoryRole, ProblemRole, AddedRole };
  enum class Origin { Demo, Folder, Cache };
  struct Found {
    std::filesystem::path path;
    Origin origin = Origin::Folder;
    std::filesystem::path folder{};  // that the person added; empty: none
  };

  explicit ModelList(Settings& settings, QObject* parent = nullptr);

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
  [[nodiscard]] bool searching() const { return searching_; }
  [[nodiscard]] QString memory() const;
  void retranslate();  // tells of all texts anew, in another language

  Q_INVOKABLE void search();                       // anew; the list changes once it is done
  Q_INVOKABLE void addFolder(const QString& url);  // a model, or a folder of models; a path or file: URL
  Q_INVOKABLE void removeFolder(int row);          // the one a row came from; nothing on disk is touched

 signals:
  void countChanged();
  void searchingChanged();

 private:
  struct Row {
    Found found;
    ModelCheck check;
  };

  void search_folders(const std::vector<std::filesystem::path>& folders, std::size_t frames,
                      const std::stop_token& stop);

  Settings& settings_;
  std::vector<Row> rows_;
  std::size_t memory_ = 0, available_ = 0;  // bytes
  bool searching_ = false, again_ = false;  // once more when it is done
  std::jthread thread_;
};

// Where models lie: `demo`, then `folders` and the folders in them, then `caches`, each laid out as Hugging Face's hub
// does. What is not there is passed over; each place once. A folder that was added counts even if it holds no model, so
// that the list can say what is missing; a cache that was added gives the models in it. Any thread.
[[nodiscard]] std::vector<ModelList::Found> find_models(const std::filesystem::path& demo,
                                                        const std::vector<std::filesystem::path>& folders,
                                                        const std::vector<std::filesystem::path>& caches);

// "4,7 M", "7,1 G": of bytes or parameters, in the language of the interface.
[[nodiscard]] QString short_number(double value);

}  // namespace sparsight
