// The window gets a model from a hub on this machine: what is shown first, how it goes on, fails and ends.
#include "tests/qml/app_support.h"

#include "tests/hub_server.h"

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <mutex>

namespace sparsight::test {
namespace fs = std::filesystem;

class ModelFetchTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    warnings().clear();
    folder_ = std::make_unique<QTemporaryDir>();
    server_ = std::make_unique<HubServer>();
    server_->files = contents_of(resource("models/sparsight-demo").toStdString());
    server_->facts = R"("cardData": {"license": "apache-2.0"}, "safetensors": {"total": 4700000})";
    qputenv("HF_ENDPOINT", QByteArray::fromStdString(server_->endpoint()));
    qputenv("HF_HUB_CACHE", folder_->filePath("hub").toUtf8());
    qputenv("XDG_DATA_HOME", folder_->filePath("data").toUtf8());
    qunsetenv("HF_TOKEN");
    qunsetenv("HF_HUB_OFFLINE");
    run_ = std::make_unique<Running>(folder_->filePath("chats.db"));
    QTRY_VERIFY(!run_->app.loading());
    QVERIFY(QTest::qWaitForWindowExposed(run_->window, kPatience));
    run_->window->setGeometry(0, 0, 1024, 640);
  }
  void cleanup() {
    run_.reset();
    server_.reset();
    for (const char* name : {"HF_ENDPOINT", "HF_HUB_CACHE", "XDG_DATA_HOME"}) qunsetenv(name);
    QCOMPARE(warnings(), QStringList());
  }

  void what_it_costs_is_shown_first();
  void a_model_is_fetched_made_smaller_and_asked();
  void a_download_is_paused_and_goes_on();
  void a_failure_is_said_and_tried_again();

 private:
  void open_page() {
    QMetaObject::invokeMethod(run_->find<QObject>("modelsPage"), "open");
    QTRY_VERIFY(!run_->app.models()->searching());
    click("modelsToGet");
    QTRY_VERIFY(run_->find("modelId")->isVisible());
  }
  void click(const char* name) {
    QQuickItem* button = nullptr;
    QTRY_VERIFY((button = find(name)) != nullptr && button->isVisible() && button->isEnabled());
    QMetaObject::invokeMethod(button, "clicked");
  }
  // Items of repeaters and lists are no children of the window.
  QQuickItem* find(const char* name) { return in(run_->window->contentItem(), name); }
  static QQuickItem* in(QQuickItem* item, const QString& name) {
    if (item->objectName() == name) return item;
    for (QQuickItem* child : item->childItems())
      if (QQuickItem* found = in(child, name)) return found;
    return nullptr;
  }
  void ask() {
    open_page();
    find("modelId")->setProperty("text", QString::fromStdString(server_->id));
    click("askHub");
  }
  [[nodiscard]] QString text(const char* name) { return find(name)->property("text").toString(); }
  [[nodiscard]] ModelFetch& fetch() const { return *run_->app.fetch(); }
  // Looked at by people, if they say where to.
  void shoot(const char* name) {
    const QString folder = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS");
    if (!folder.isEmpty()) still(run_->window).save(folder + '/' + name + ".png");
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<HubServer> server_;
  std::unique_ptr<Running> run_;
};

void ModelFetchTest::what_it_costs_is_shown_first() {
  open_page();
  QVERIFY(server_->requests().empty());
  const QVariantList recommended = fetch().recommended();
  QCOMPARE(recommended.size(), 8);
  const QVariantMap first = recommended.first().toMap();
  QCOMPARE(first["id"].toString(), QStringLiteral("HuggingFaceTB/SmolVLM2-500M-Video-Instruct"));
  QVERIFY(first["facts"].toString().contains("2.0 GB"));
  QVERIFY(first["facts"].toString().contains("Apache License 2.0"));
  QVERIFY(!first["here"].toBool());
  QCOMPARE(fetch().times().size(), recommended.size());
  for (const QString& time : {QStringLiteral("A question about 8 frames: "), QStringLiteral("int4: ")})
    QTRY_VERIFY(text("recommendedTime0").contains(time));
  shoot("models-get");
  run_->app.settings()->setLanguage("de");
  QVERIFY(fetch().recommended().first().toMap()["goodAt"].toString().contains("Laptop: was geschieht"));
  run_->app.settings()->setLanguage("en");
  find("modelId")->setProperty("text", QString::fromStdString(server_->id));
  click("askHub");
  QTRY_COMPARE(fetch().state(), ModelFetch::Offered);
  const QString facts = fetch().facts().join('\n');
  for (const QString& expected : {QString::fromStdString(server_->endpoint()), QStringLiteral("apache-2.0"),
                                  QStringLiteral("are free"), folder_->filePath("hub"), QStringLiteral("as int8")})
    QVERIFY2(facts.contains(expected), qPrintable(facts));
  shoot("models-offer");
  // The hub was asked once, and nothing was written.
  QCOMPARE(server_->requests().size(), std::size_t{1});
  QVERIFY(!fs::exists(folder_->filePath("hub").toStdString()));
  click("dismissFetch");
  QTRY_VERIFY(!run_->find("fetchCard")->isVisible());
}

void ModelFetchTest::a_model_is_fetched_made_smaller_and_asked() {
  ask();
  click("download");
  QTRY_COMPARE(fetch().state(), ModelFetch::Fetched);
  const QString fetched = fetch().folder();
  QTRY_VERIFY(text("fetchTime").startsWith("A question about 8 frames: "));
  shoot("models-fetched");
  QTRY_VERIFY(!run_->app.models()->searching());
  ModelList& models = *run_->app.models();
  const auto listed = [&](const QString& name) {
    for (int row = 0; row < models.rowCount(); ++row)
      if (models.data(models.index(row), ModelList::NameRole).toString() == name)
        return models.data(models.index(row), ModelList::ProblemRole).toString().isEmpty();
    return false;
  };
  QVERIFY(listed("Some/Model"));
  QVERIFY(!listed("Model-int8"));
  QCOMPARE(fetch().smaller().size(), 2);
  click("smaller0");
  QTRY_COMPARE(fetch().state(), ModelFetch::Quantised);
  QTRY_VERIFY(!models.searching() && listed("Model-int8"));
  QCOMPARE(fetch().folder(), folder_->filePath("data/sparsight/models/Model-int8"));
  click("useFetched");
  QTRY_VERIFY(!run_->app.loading() && run_->app.modelPath() == fetch().folder());
  QVERIFY(run_->app.model().startsWith("Model-int8"));
  QMetaObject::invokeMethod(run_->find<QObject>("modelsPage"), "close");
  run_->app.openDemo();
  QTRY_VERIFY(run_->app.trace()->hasMedia() && !run_->app.chat()->busy());
  run_->ask(kPictured[0]);
  QTRY_VERIFY(run_->app.chat()->rowCount() == 2 && !run_->app.chat()->busy());
  QCOMPARE(run_->text(1), true_answer(kPictured[0]));
  QVERIFY(run_->app.trace()->hasTrace());
  shoot("models-asked");
  run_->app.chooseModel(fetched);
  QTRY_VERIFY(!run_->app.loading() && run_->app.modelPath() == fetched);
  QCOMPARE(run_->app.notice(), QString());
}

void ModelFetchTest::a_download_is_paused_and_goes_on() {
  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
    std::atomic<bool> waits = false;
  };
  const auto gate = std::make_shared<Gate>();
  server_->on_sent = [gate](std::uint64_t bytes) {
    if (bytes < 5'000'000) return;
    std::unique_lock lock(gate->mutex);
    gate->waits = true;
    gate->changed.wait(lock, [&] { return gate->open; });
  };
  ask();
  click("download");
  QTRY_VERIFY(gate->waits && fetch().stage().contains("Downloading"));
  shoot("models-downloading");
  click("pauseFetch");
  QTRY_COMPARE(fetch().state(), ModelFetch::Paused);
  {
    const std::lock_guard lock(gate->mutex);
    gate->open = true;
  }
  gate->changed.notify_all();
  click("resumeFetch");
  QTRY_COMPARE(fetch().state(), ModelFetch::Fetched);
  QVERIFY(!fetch().folder().isEmpty());
}

void ModelFetchTest::a_failure_is_said_and_tried_again() {
  const auto refused = std::make_shared<std::atomic<bool>>(false);
  server_->on_request = [refused](const HubRequest&, HubAnswer& to) {
    if (refused->exchange(true)) return false;
    to.send(403, {}, "");
    return true;
  };
  ask();
  QTRY_COMPARE(fetch().state(), ModelFetch::Failed);
  QTRY_VERIFY(text("fetchProblem").contains("HF_TOKEN"));
  shoot("models-failed");
  click("retryFetch");
  QTRY_COMPARE(fetch().state(), ModelFetch::Offered);
  QCOMPARE(fetch().problem(), QString());
  find("modelId")->setProperty("text", "no id");
  click("askHub");
  QTRY_COMPARE(fetch().state(), ModelFetch::Failed);
  QVERIFY(text("fetchProblem").contains("no id"));
}

const Registered<ModelFetchTest> registered_fetch("model_fetch");

}  // namespace sparsight::test

#include "model_fetch_test.moc"
