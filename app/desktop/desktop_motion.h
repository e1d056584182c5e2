// Whether the desktop asks for less motion: on Linux by its portal, on Windows by its setting for animations. GUI
// thread.
#pragma once

#include "app/desktop/desktop_portal.h"

#include <QtQml/qqmlregistration.h>
#include <QHash>
#include <QObject>

namespace sparsight {

class DesktopMotion : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(bool reduced READ reduced NOTIFY reducedChanged)  // false until the desktop has answered

 public:
  explicit DesktopMotion(QObject* parent = nullptr);
  ~DesktopMotion() override;
  [[nodiscard]] bool reduced() const { return reduced_; }

 signals:
  void reducedChanged();

 private:
  void set_reduced(bool reduced);
  void take(const QString& group, const QString& name, const QVariant& value);

  PortalSettings portal_;
  QHash<QString, bool> reduces_;  // what the desktop has said, by the group of the setting
  bool reduced_ = false;
};

}  // namespace sparsight
