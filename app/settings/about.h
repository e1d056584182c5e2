// What this program is: its version, the libraries in it and their licences, and a text for reports of problems.
#pragma once

#include "core/engine.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <QVariantList>

#include <memory>
#include <utility>
#include <vector>

namespace sparsight {

class About : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(QString version READ version CONSTANT)
  // {name, version (empty: not asked), licence, link}, this program first; from resources/licences.json.
  Q_PROPERTY(QVariantList licences READ licences CONSTANT)

 public:
  using QObject::QObject;
  [[nodiscard]] static QString version();
  [[nodiscard]] static QVariantList licences();
};

// Facts about the program, the machine and the model (null: none is loaded), a line each, in English. It names no file
// or folder but those in `paths` {what, path}. GUI thread.
[[nodiscard]] QString diagnosis_text(const ModelInfo* model, const std::vector<std::pair<QString, QString>>& paths);

}  // namespace sparsight
