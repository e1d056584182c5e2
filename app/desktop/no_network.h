// Keeps the window from loading anything from a network, whatever a text or picture names.
#pragma once

class QQmlEngine;

namespace sparsight {

// Call this before the engine loads anything. Network requests then fail like an unknown protocol.
void refuse_network(QQmlEngine& engine);

}  // namespace sparsight
