// What is visible in a window: its items, their contrast, their parts on screen.
#pragma once

#include <QQuickItem>
#include <QQuickWindow>
#include <QRgb>
#include <QString>
#include <QtTest>

#include <algorithm>
#include <cmath>

namespace sparsight::test {

inline double luminance(QRgb rgb) {
  const auto linear = [](int c8) {
    const double c = c8 / 255.0;
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(qRed(rgb)) + 0.7152 * linear(qGreen(rgb)) + 0.0722 * linear(qBlue(rgb));
}

// As WCAG 2.1 defines it.
inline double contrast(QRgb one, QRgb other) {
  const double a = luminance(one), b = luminance(other);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

inline bool is_control(const QQuickItem* item) {
  for (const char* type :
       {"QQuickAbstractButton", "QQuickSlider", "QQuickComboBox", "QQuickSpinBox", "QQuickTextField", "QQuickTextArea"})
    if (item->inherits(type)) return true;
  return false;
}

inline void collect_visible(QQuickItem* item, QList<QQuickItem*>& found) {
  if (!item->isVisible()) return;
  found << item;
  for (QQuickItem* child : item->childItems()) collect_visible(child, found);
}

inline QList<QQuickItem*> visible_items(QQuickItem* root) {
  QList<QQuickItem*> found;
  collect_visible(root, found);
  return found;
}

inline QString described(const QQuickItem* item) {
  const QString type = QString::fromUtf8(item->metaObject()->className()).section("_QML", 0, 0);
  return type + ' ' + item->objectName() + ' ' + item->property("text").toString().left(30);
}

inline QString text_of(const QQuickItem* item) { return item->property("text").toString(); }

inline QRectF in_window(const QQuickItem* item) {
  return item->mapRectToScene(QRectF(0, 0, item->width(), item->height()));
}

inline QPoint middle_of(const QQuickItem* item) { return in_window(item).center().toPoint(); }

inline void click_on(QQuickWindow* window, const QQuickItem* item, Qt::MouseButton button = Qt::LeftButton,
                     Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
  QTest::mouseClick(window, button, modifiers, middle_of(item));
}

// The item of a row; null if it is out of view. A list places its rows when it is drawn, which may be still to come.
inline QQuickItem* row_of(QQuickItem* list, int row) {
  QMetaObject::invokeMethod(list, "forceLayout");
  QQuickItem* item = nullptr;
  QMetaObject::invokeMethod(list, "itemAtIndex", Q_RETURN_ARG(QQuickItem*, item), Q_ARG(int, row));
  return item;
}

// Whether an item comes from a file of qml/, such as "VideoPane".
inline bool made_of(const QQuickItem* item, const QByteArray& file) {
  const QByteArray type(item->metaObject()->className());
  return type == file || type.startsWith(file + '_');
}

}  // namespace sparsight::test
