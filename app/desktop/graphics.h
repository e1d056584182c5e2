// How the window is drawn. OpenGL may be missing or broken, on virtual machines and remote desktops above all, and
// sometimes it only fails once it is used. The processor draws the window then, which works on every machine.
#pragma once

#include "core/base/os/os.h"

#include <QString>

#include <optional>

class QQuickWindow;

namespace sparsight {

// Tries OpenGL as the window will use it, in its own process, because broken drivers may crash or hang. Make it first
// in main(), before any thread and before Qt; the trial runs in parallel.
class GraphicsTrial {
 public:
  GraphicsTrial(int argc, char** argv);

  // What is wrong with OpenGL, in a few words; nullopt: it works. Waits for the end of the trial.
  [[nodiscard]] std::optional<QString> fault();

 private:
  std::optional<os::Trial> trial_;
};

// Chooses how windows made from now on are drawn, by the result of the trial. A choice of the user or the desktop
// (QT_QUICK_BACKEND, QSG_RHI_BACKEND) stays. If the processor draws, standard error says why.
void choose_graphics(GraphicsTrial& trial);

// If the window cannot be drawn after all, restarts the program in the same process, with the same arguments, and lets
// the processor draw.
void restart_on_graphics_error(QQuickWindow& window, char** argv);

}  // namespace sparsight
