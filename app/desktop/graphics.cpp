#include "app/desktop/graphics.h"

#include "core/base/os/os.h"

#include <QGuiApplication>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QQuickWindow>
#include <QSGRendererInterface>
#include <QWindow>

#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace sparsight {
namespace {

constexpr std::chrono::seconds kTrial{30};
constexpr auto kBackend = "QT_QUICK_BACKEND";
constexpr std::string_view kWorks = "works";

bool chosen_already() { return qEnvironmentVariableIsSet(kBackend) || qEnvironmentVariableIsSet("QSG_RHI_BACKEND"); }

GLuint shader_of(QOpenGLFunctions& gl, GLenum kind, const char* source) {
  const GLuint shader = gl.glCreateShader(kind);
  gl.glShaderSource(shader, 1, &source, nullptr);
  gl.glCompileShader(shader);
  GLint compiled = 0;
  gl.glGetShaderiv(shader, GL_COMPILE_STATUS, &compiled);
  return compiled != 0 ? shader : 0;
}

// Draws a triangle that covers everything, and checks a pixel. Returns what is wrong; empty: nothing.
std::string_view fault_of(QOpenGLContext& context, QWindow& window) {
  if (!context.create()) return "there is none";
  if (!context.makeCurrent(&window)) return "it cannot be used in a window";
  QOpenGLFunctions& gl = *context.functions();
  gl.initializeOpenGLFunctions();
  constexpr int kSide = 16;
  GLuint texture = 0, frame = 0;
  gl.glGenTextures(1, &texture);
  gl.glBindTexture(GL_TEXTURE_2D, texture);
  gl.glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, kSide, kSide, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
  gl.glGenFramebuffers(1, &frame);
  gl.glBindFramebuffer(GL_FRAMEBUFFER, frame);
  gl.glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
  if (gl.glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) return "it cannot draw into textures";
  const GLuint vertices =
      shader_of(gl, GL_VERTEX_SHADER, "attribute vec2 at; void main() { gl_Position = vec4(at, 0.0, 1.0); }");
  const GLuint colours = shader_of(gl, GL_FRAGMENT_SHADER, "void main() { gl_FragColor = vec4(0.0, 1.0, 0.0, 1.0); }");
  const GLuint program = gl.glCreateProgram();
  if (vertices == 0 || colours == 0 || program == 0) return "it cannot compile shaders";
  gl.glAttachShader(program, vertices);
  gl.glAttachShader(program, colours);
  gl.glBindAttribLocation(program, 0, "at");
  gl.glLinkProgram(program);
  GLint linked = 0;
  gl.glGetProgramiv(program, GL_LINK_STATUS, &linked);
  if (linked == 0) return "it cannot link shaders";
  gl.glUseProgram(program);
  constexpr std::array<GLfloat, 6> kTriangle{-1, -1, 3, -1, -1, 3};
  GLuint buffer = 0;
  gl.glGenBuffers(1, &buffer);
  gl.glBindBuffer(GL_ARRAY_BUFFER, buffer);
  gl.glBufferData(GL_ARRAY_BUFFER, sizeof kTriangle, kTriangle.data(), GL_STATIC_DRAW);
  gl.glEnableVertexAttribArray(0);
  gl.glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, 0, nullptr);
  gl.glViewport(0, 0, kSide, kSide);
  gl.glDrawArrays(GL_TRIANGLES, 0, 3);
  std::array<unsigned char, 4> pixel{};
  gl.glReadPixels(kSide / 2, kSide / 2, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel.data());
  if (gl.glGetError() != GL_NO_ERROR || pixel[0] != 0 || pixel[1] != 255) return "it draws nothing";
  context.swapBuffers(&window);
  return {};
}

// What is wrong, or kWorks. The caller reports it, in place of the messages of drivers and Qt.
std::string carry_out_trial(int argc, char** argv) {
  QGuiApplication gui(argc, argv);
  QWindow window;
  window.setSurfaceType(QSurface::OpenGLSurface);
  window.create();
  QOpenGLContext context;
  const std::string_view fault = fault_of(context, window);
  return std::string(fault.empty() ? kWorks : fault);
}

}  // namespace

GraphicsTrial::GraphicsTrial(int argc, char** argv) {
  if (!chosen_already()) trial_.emplace([&] { return carry_out_trial(argc, argv); });
}

std::optional<QString> GraphicsTrial::fault() {
  if (!trial_ || !trial_->runs()) return std::nullopt;
  const std::optional<std::string> said = trial_->answer(kTrial);
  if (said == kWorks) return std::nullopt;
  return said ? QString::fromStdString(*said) : QStringLiteral("its driver crashes or hangs");
}

void choose_graphics(GraphicsTrial& trial) {
  const auto fault = trial.fault();
  if (!fault) return;
  std::fprintf(stderr, "sparsight: OpenGL does not work here (%s); the processor draws the window\n",
               qPrintable(*fault));
  QQuickWindow::setGraphicsApi(QSGRendererInterface::Software);
}

void restart_on_graphics_error(QQuickWindow& window, char** argv) {
  if (QQuickWindow::sceneGraphBackend() == QLatin1String("software")) return;
  QObject::connect(&window, &QQuickWindow::sceneGraphError, &window,
                   [argv](QQuickWindow::SceneGraphError, const QString& message) {
                     std::fprintf(stderr, "sparsight: %s; restarting, the processor will draw the window\n",
                                  qPrintable(message.simplified()));
                     qunsetenv("QSG_RHI_BACKEND");
                     qputenv(kBackend, "software");
                     os::restart_program(argv);
                     std::perror("sparsight");
                     os::end_now(1);
                   });
}

}  // namespace sparsight
