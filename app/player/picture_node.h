// A picture in the scene graph, as an item's updatePaintNode() returns it. On the rendering thread.
#pragma once

#include <QImage>
#include <QQuickWindow>
#include <QRectF>
#include <QSGImageNode>

#include <utility>

namespace sparsight {

// `node` is what the item returned last, or null. Its texture is made anew if `fresh`, which is then cleared. Null for
// no picture or an empty place.
[[nodiscard]] inline QSGNode* picture_node(QSGNode* node, QQuickWindow& window, const QImage& picture,
                                           const QRectF& place, bool& fresh) {
  auto* image = static_cast<QSGImageNode*>(node);
  if (picture.isNull() || place.isEmpty()) {
    delete image;
    return nullptr;
  }
  if (image == nullptr) {
    image = window.createImageNode();
    image->setOwnsTexture(true);
    image->setFiltering(QSGTexture::Linear);
    fresh = true;
  }
  if (std::exchange(fresh, false))
    image->setTexture(window.createTextureFromImage(picture, QQuickWindow::TextureIsOpaque));
  image->setRect(place);
  return image;
}

}  // namespace sparsight
