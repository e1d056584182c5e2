// How the window is drawn. A machine without OpenGL, a remote desktop or a virtual machine has at times none that
// works, and at times one that seems to until it is used: then the processor draws, which every machine can.
#pragma once

#include "core/base/os/os.h"

#include <QString>

#include <optional>

class QQuickWindow;

namespace sparsight {

// Tries OpenGL as the window will use it, in a process of its own, since drivers that are broken may crash or hang.
// To be made first of all in main(), before any thread and before Qt; both go on at the same time.
class GraphicsTrial {
 public:
  GraphicsTrial(int argc, char** argv);

  // What is wrong with OpenGL, in a few words; nullopt: nothing. Waits for the trial to end.
  [[nodiscard]] std::optional<QString> fault();

 private:
  std::optional<os::Trial> trial_;
};

// Chooses for the windows that are made from now on, from what the trial says; what the person or the desktop chose
// (QT_QUICK_BACKEND, QSG_RHI_BACKEND) stays. Where the processor draws, says why on standard error.
void choose_graphics(GraphicsTrial& trial);

// Where a window cannot be drawn after all, the program starts anew, in its own place and with the same arguments, and
// lets the processor draw.
void restart_on_graphics_error(QQuickWindow& window, char** argv);

}  // namespace sparsight
