#include "app/desktop/single_window.h"

#include "core/base/hash.h"
#include "kernels/error.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QLockFile>
#include <QStandardPaths>

#include <cstdio>

namespace sparsight {
namespace {

constexpr int kAnswerMs = 30'000;               // a window that does not answer for so long counts as gone
constexpr qint64 kMostBytes = 4 * 1024 * 1024;  // longest request, which is one line of JSON
constexpr auto kTaken = "taken\n";

}  // namespace

SingleWindow::SingleWindow(const std::filesystem::path& database, QObject* parent) : QObject(parent) {
  std::error_code ignored;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(database, ignored);
  const std::string key = (whole.empty() ? database : whole).string();
  // Only the user can access this folder. The name is short because socket paths must be.
  name_ = QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation) + QStringLiteral("/sparsight-") +
          QString::fromStdString(Digest().add(key).hex().substr(0, 16));
  connect(&server_, &QLocalServer::newConnection, this, &SingleWindow::accept_requests);
}

bool SingleWindow::handed_over(const QStringList& files) {
  // Of two simultaneous starts, one waits for the other, so that neither mistakes a fresh socket for a stale one.
  QLockFile lock(name_ + QStringLiteral(".lock"));
  (void)lock.tryLock(kAnswerMs);
  QLocalSocket first;
  first.connectToServer(name_);
  if (first.waitForConnected(kAnswerMs)) {
    const QJsonObject request{{"files", QJsonArray::fromStringList(files)},
                              {"activation", qEnvironmentVariable("XDG_ACTIVATION_TOKEN")}};
    const QByteArray line = QJsonDocument(request).toJson(QJsonDocument::Compact) + '\n';
    if (line.size() > kMostBytes)
      fail(ErrorKind::Usage,
           "the open window takes at most {} bytes of file names at once, these {} files have {}: open fewer at a time",
           kMostBytes, files.size(), line.size());
    first.write(line);
    while (!first.canReadLine() && first.waitForReadyRead(kAnswerMs)) {
    }
    if (first.readAll() == kTaken) return true;
    std::fprintf(stderr, "sparsight: the open window does not answer; this start opens another one\n");
  }
  QLocalServer::removeServer(name_);
  if (!server_.listen(name_))
    std::fprintf(stderr, "sparsight: %s: %s; every start opens its own window\n", qPrintable(name_),
                 qPrintable(server_.errorString()));
  return false;
}

void SingleWindow::accept_requests() {
  while (QLocalSocket* other = server_.nextPendingConnection()) {
    other->setReadBufferSize(kMostBytes);
    connect(other, &QLocalSocket::disconnected, other, &QObject::deleteLater);
    const auto hear = [this, other] {
      if (!other->canReadLine()) {
        if (other->bytesAvailable() >= kMostBytes) other->abort();  // Sparsight never sends so much
        return;
      }
      const QJsonObject request = QJsonDocument::fromJson(other->readLine()).object();
      if (!request["files"].isArray()) return other->abort();
      QStringList files;
      for (const QJsonValue& file : request["files"].toArray()) files << file.toString();
      other->write(kTaken);
      other->flush();
      emit wanted(files, request["activation"].toString());
    };
    connect(other, &QLocalSocket::readyRead, this, hear);
    hear();
  }
}

}  // namespace sparsight
