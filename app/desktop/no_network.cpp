#include "app/desktop/no_network.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QNetworkRequest>
#include <QQmlEngine>
#include <QQmlNetworkAccessManagerFactory>

namespace sparsight {
namespace {

class Refusing final : public QNetworkAccessManager {
 public:
  using QNetworkAccessManager::QNetworkAccessManager;

 protected:
  QNetworkReply* createRequest(Operation operation, const QNetworkRequest&, QIODevice* data) override {
    return QNetworkAccessManager::createRequest(operation, QNetworkRequest(), data);
  }
};

class RefusingFactory final : public QQmlNetworkAccessManagerFactory {
 public:
  QNetworkAccessManager* create(QObject* parent) override { return new Refusing(parent); }
};

}  // namespace

void refuse_network(QQmlEngine& engine) {
  static RefusingFactory factory;
  engine.setNetworkAccessManagerFactory(&factory);
}

}  // namespace sparsight
