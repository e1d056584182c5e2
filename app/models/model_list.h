// The models on this machine, as a list model: the demo, those in folders that the user added, those in the Hugging
// Face cache. The search runs on its own thread and reads only headers. The application knows which model is loaded.
// GUI thread.
#pragma once

#include "app/settings/settings.h"
#include "core/measure/question_time.h"
#include "core/model/model_folder.h"
#include "core/model_check.h"

#include <QtQml/qqmlregistration.h>
#include <QAbstractListModel>
#include <QString>

#include <filesystem>
#include <optional>
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
  Q_PROPERTY(QString memory READ memory NOTIFY searchingChanged)  // of this machine, as a text

 public:
  enum Role {
    PathRole = Qt::UserRole + 1,
    NameRole,
    OriginRole,
    ShapeRole,
    MemoryRole,
    TimeRole,
    ProblemRole,
    WarningRole,
    NotesRole,
    AddedRole
  };

  explicit ModelList(Settings& settings, QObject* parent = nullptr);

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
  [[nodiscard]] bool searching() const { return searching_; }
  [[nodiscard]] QString memory() const;
  void set_loaded(const QString& path);       // it is listed wherever it is; empty: none
  void set_speed(const MachineSpeed& speed);  // of this machine: rows say how long a question takes
  void retranslate();                         // announces all texts again, after a change of language

  Q_INVOKABLE void search();                       // the list changes when the search is done
  Q_INVOKABLE void addFolder(const QString& url);  // a model or a folder of models; a path or file: URL
  Q_INVOKABLE void removeFolder(int row);          // the folder that a row came from; nothing on disk changes

 signals:
  void countChanged();
  void searchingChanged();

 private:
  struct Row {
    FoundModel found;
    ModelCheck check;
  };

  void search_folders(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& loaded,
                      std::size_t frames, const std::stop_token& stop);

  Settings& settings_;
  std::vector<Row> rows_;
  QString loaded_;
  std::size_t memory_ = 0, available_ = 0;  // bytes
  std::optional<MachineSpeed> speed_;
  bool searching_ = false, again_ = false;  // again_: search again when this one is done
  std::jthread thread_;
};

}  // namespace sparsight
