// Every family of models in the window: what its card says, questions about a video and a picture, and another model
// for an open session. SPARSIGHT_FAMILIES as for the tests of the goldens.
#include "tests/qml/app_support.h"
#include "tests/qml/window_items.h"

#include "core/model/families/family.h"
#include "core/model/weights.h"
#include "tests/goldens.h"
#include "tests/support.h"

#include <map>

namespace sparsight::test {
namespace fs = std::filesystem;
namespace {

// By the family's name; a model of each.
std::map<std::string, fs::path> models_of_families() {
  std::map<std::string, fs::path> found;
  for (const fs::path& dir :
       golden_dirs("SPARSIGHT_FAMILIES", {shared_dir() / "families", source_dir() / "tests/data/golden/tiny-hub"}))
    found.emplace(std::string(read_config(dir).family->name()), dir);
  return found;
}

}  // namespace

class FamiliesTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    models_ = models_of_families();
    if (models_.empty()) QSKIP("no models of other families: see SPARSIGHT_FAMILIES");
  }
  void init() {
    warnings().clear();
    folder_ = std::make_unique<QTemporaryDir>();
  }
  void cleanup() {
    run_.reset();
    QCOMPARE(warnings(), QStringList());
  }

  void answers_about_a_video_and_a_picture_data();
  void answers_about_a_video_and_a_picture();
  void a_card_says_what_a_model_looks_at();
  void a_session_keeps_its_video_while_a_model_refuses_it();

 private:
  bool start(const fs::path& model) {
    run_.reset();
    AppOptions options = Running::options(folder_->filePath("chats.db"), false);
    options.model = model;
    run_ = std::make_unique<Running>(real_engine(), options);
    run_->app.settings()->setMaxNewTokens(8);
    return QTest::qWaitForWindowExposed(run_->window, kPatience) &&
           QTest::qWaitFor([&] { return !run_->app.loading(); }, kPatience);
  }
  bool done() {
    Application& app = run_->app;
    return QTest::qWaitFor([&] { return !app.loading() && !app.chat()->busy() && app.checking().isEmpty(); },
                           kPatience);
  }
  bool asked(const QString& question) {
    run_->ask(question);
    return done();
  }
  [[nodiscard]] QString state() {
    return run_->get(run_->app.chat()->rowCount() - 1, Conversation::StateRole).toString();
  }

  std::map<std::string, fs::path> models_;
  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<Running> run_;
};

void FamiliesTest::answers_about_a_video_and_a_picture_data() {
  QTest::addColumn<QString>("path");
  for (const auto& [name, path] : models_) QTest::newRow(name.c_str()) << QString::fromStdString(path.string());
}

void FamiliesTest::answers_about_a_video_and_a_picture() {
  QFETCH(QString, path);
  QVERIFY(start(path.toStdString()));
  Conversation& chat = *run_->app.chat();
  const ModelConfig& config = chat.model()->config;
  QImage picture(120, 80, QImage::Format_RGB888);
  for (int y = 0; y < 80; ++y)
    for (int x = 0; x < 120; ++x) picture.setPixelColor(x, y, {2 * x, 3 * y, 90});
  const QString photo = folder_->filePath("photo.png");
  QVERIFY(picture.save(photo));
  QStringList files{photo};
  if (config.takes(MediaKind::Video)) files << resource("clips/crossing.mp4");
  for (const QString& file : files) {
    run_->app.open(file);
    QVERIFY(done());
    QCOMPARE(run_->app.notice(), QString());
    for (const char* strategy : {"none", "fastv", "sparsevlm-v1.5", "visionzip"}) {
      chat.setStrategy(strategy);
      chat.setBudget(strategy == std::string("none") ? "" : "50%");
      QVERIFY(asked("What is there?"));
      if (state() == "failed") {  // it says by name what the model lacks
        QVERIFY(run_->get(chat.rowCount() - 1, Conversation::LineRole).toString().startsWith(strategy));
        QCOMPARE(QString(strategy), QStringLiteral("visionzip"));
        continue;
      }
      const TraceView& trace = *run_->app.trace();
      QVERIFY(trace.hasTrace());
      const QVariantMap counts = trace.counts();
      QCOMPARE(trace.visualTokens(), chat.visualTokens());
      QCOMPARE(counts["kept"].toInt() + counts["recycled"].toInt() + counts["dropped"].toInt(), trace.visualTokens());
      // Recycled tokens become new ones or, in families whose positions are places, go on in kept ones.
      const int left = trace.layers().last().toMap()["tokensOut"].toInt();
      QVERIFY(counts["kept"].toInt() <= left && left <= counts["kept"].toInt() + counts["merged"].toInt());
      // Each place on the picture has a token, or was not seen.
      for (int frame = 0; frame < trace.frameCount(); ++frame) {
        run_->app.trace()->select(frame, 0.5, 0.5);
        QVERIFY(!trace.token().isEmpty() || trace.unseen());
        QVERIFY(!trace.token().contains("what") || !trace.token()["what"].toString().isEmpty());
      }
    }
  }
}

void FamiliesTest::a_card_says_what_a_model_looks_at() {
  const fs::path any = models_.begin()->second;
  QVERIFY(start(any));
  ModelList& list = *run_->app.models();
  for (const auto& [name, path] : models_) list.addFolder(QString::fromStdString(path.string()));
  QTRY_VERIFY(!list.searching());
  std::size_t seen = 0;
  for (int row = 0; row < list.rowCount(); ++row) {
    const auto text = [&](int role) { return list.data(list.index(row), role).toString(); };
    const fs::path path = text(ModelList::PathRole).toStdString();
    QCOMPARE(text(ModelList::ProblemRole), QString());
    const ModelConfig config = read_config(path, Weights::open(path, read_config(path).family->names));
    const QString shape = text(ModelList::ShapeRole);
    QVERIFY2(shape.startsWith(QString::fromUtf8(config.family->name().data())), qPrintable(shape));
    const MediaKind media = config.main_medium();
    if (config.tower(media).any_size())
      QVERIFY2(!shape.contains(QRegularExpression("[0-9] tokens")), qPrintable(shape));
    else
      QVERIFY2(shape.contains(QStringLiteral("%1 tokens").arg(config.layout(media, 1).tokens())), qPrintable(shape));
    QCOMPARE(shape.contains("pictures only"), !config.takes(MediaKind::Video));
    ++seen;
  }
  QCOMPARE(seen, models_.size() + 1);  // and the demo model
  // The one in use is listed wherever it is.
  for (int row = list.rowCount() - 1; row >= 0; --row) list.removeFolder(row);
  QTRY_VERIFY(!list.searching());
  QCOMPARE(list.rowCount(), 2);
  QCOMPARE(list.data(list.index(1), ModelList::PathRole).toString(), QString::fromStdString(any.string()));
  QVERIFY(!list.data(list.index(1), ModelList::AddedRole).toBool());
}

void FamiliesTest::a_session_keeps_its_video_while_a_model_refuses_it() {
  fs::path pictures, videos;
  for (const auto& [name, path] : models_) (read_config(path).takes(MediaKind::Video) ? videos : pictures) = path;
  if (pictures.empty() || videos.empty()) QSKIP("needs a model that takes no videos, and one that does");
  QVERIFY(start(videos));
  Conversation& chat = *run_->app.chat();
  const QString clip = resource("clips/crossing.mp4");
  run_->app.open(clip);
  QVERIFY(done() && asked("What is there?"));
  const qint64 session = *chat.session();
  const auto refused = [&] {
    QVERIFY(done());
    QCOMPARE(chat.refused(), clip);
    QVERIFY(chat.refusedByModel());
    QCOMPARE(chat.missing(), QString());  // it is there
    QVERIFY2(run_->app.notice().contains("crossing.mp4") && run_->app.notice().contains("takes no videos"),
             qPrintable(run_->app.notice()));
    QTRY_VERIFY(run_->find("fileBanner")->isVisible() && run_->find("chooseModel")->isVisible());
    QVERIFY(!run_->find("findFile")->isVisible());
    const int rows = chat.rowCount();
    run_->ask("And now?");  // no answer without the video that the session is about
    QVERIFY(done());
    QCOMPARE(chat.rowCount(), rows);
    QVERIFY(run_->app.notice().contains("crossing.mp4"));
  };
  run_->app.chooseModel(QString::fromStdString(pictures.string()));
  refused();
  // Also after the session was opened anew.
  chat.newSession();
  QCOMPARE(chat.refused(), QString());
  chat.openSession(session);
  refused();
  run_->app.chooseModel(QString::fromStdString(videos.string()));
  QVERIFY(done());
  QCOMPARE(run_->app.notice(), QString());
  QCOMPARE(chat.refused(), QString());
  QCOMPARE(chat.video(), clip);
  run_->find("input")->setProperty("text", "");
  QVERIFY(asked("And then?"));
  QCOMPARE(state(), QStringLiteral("complete"));
  QVERIFY(run_->app.trace()->hasTrace());
}

const Registered<FamiliesTest> registered_families("families");

}  // namespace sparsight::test

#include "families_test.moc"
