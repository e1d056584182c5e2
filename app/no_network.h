// The window's pages load nothing from a network, whatever a text or a picture in them names.
#pragma once

class QQmlEngine;

namespace sparsight {

// For an engine before it loads anything. What is asked for all the same fails as an unknown protocol does.
void refuse_network(QQmlEngine& engine);

}  // namespace sparsight
