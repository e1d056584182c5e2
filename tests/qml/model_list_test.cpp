// Which models are found, what is shown about them, and what happens when another one is chosen.
#include "tests/qml/app_support.h"

#include <fstream>

namespace sparsight::test {
namespace fs = std::filesystem;

class ModelListTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() {
    qunsetenv("HF_HUB_CACHE");
    QCOMPARE(warnings(), QStringList());
  }

  void models_are_found();
  void the_cache_is_where_hugging_face_says();
  void problems_of_models_are_reported();
  void notes_of_a_family_are_shown();
  void folders_without_a_model_are_named();
  void a_question_has_a_time();
  void another_model_and_back();
  void a_card_that_is_not_followed();
  void a_model_that_fails();
  void real_videos_get_a_hint();
};

namespace {

fs::path demo() { return resource("models/sparsight-demo").toStdString(); }

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

void copy_demo(const fs::path& to) {
  fs::create_directories(to);
  for (const auto& file : fs::directory_iterator(demo())) fs::create_symlink(file.path(), to / file.path().filename());
}

QString at(const ModelList& models, int row, int role) { return models.data(models.index(row), role).toString(); }

}  // namespace

void ModelListTest::models_are_found() {
  const QTemporaryDir temporary;
  const fs::path root = temporary.path().toStdString();
  write(root / "one" / "config.json", "{}");
  write(root / "many" / "b" / "config.json", "{}");
  write(root / "many" / "a" / "config.json", "{}");
  write(root / "many" / "not" / "readme.txt", "");
  fs::create_directories(root / "nothing");
  write(root / "hub" / "models--Some--Model" / "snapshots" / "abc" / "config.json", "{}");
  write(root / "hub" / "models--Other--Model" / "refs" / "main", "");
  write(root / "hub" / "datasets--Some--Data" / "snapshots" / "abc" / "config.json", "{}");
  const auto found =
      find_models(demo(), {root / "one", root / "many", root / "many" / "a", root / "nothing", root / "gone"},
                  {root / "hub", root / "no hub"});
  std::vector<fs::path> paths;
  for (const auto& model : found) paths.push_back(model.path);
  const std::vector<fs::path> expected{demo(),
                                       root / "one",
                                       root / "many" / "a",
                                       root / "many" / "b",
                                       root / "nothing",
                                       root / "gone",
                                       root / "hub" / "models--Some--Model" / "snapshots" / "abc"};
  QVERIFY(paths == expected);
  QVERIFY(found[3].folder == root / "many");
  QVERIFY(found.back().origin == ModelOrigin::Cache);
  // A cache that was added as a folder shows its models, and can be removed again.
  const auto added = find_models({}, {root / "hub"}, {});
  QCOMPARE(added.size(), std::size_t{1});
  QVERIFY(added[0].path == root / "hub" / "models--Some--Model" / "snapshots" / "abc");
  QVERIFY(added[0].folder == root / "hub");
}

void ModelListTest::the_cache_is_where_hugging_face_says() {
  const QByteArray before = qgetenv("HF_HOME");
  qputenv("HF_HOME", "/somewhere");
  QVERIFY(hugging_face_cache() == fs::path("/somewhere/hub"));
  qputenv("HF_HUB_CACHE", "/elsewhere");
  QVERIFY(hugging_face_cache() == fs::path("/elsewhere"));
  if (before.isNull())
    qunsetenv("HF_HOME");
  else
    qputenv("HF_HOME", before);
}

void ModelListTest::problems_of_models_are_reported() {
  const QTemporaryDir temporary;
  const fs::path root = temporary.path().toStdString();
  copy_demo(root / "models" / "cut");
  fs::remove(root / "models" / "cut" / "model.safetensors");
  write(root / "models" / "cut" / "model.safetensors", "short");
  write(root / "models" / "other" / "config.json", R"({"model_type": "bert"})");
  copy_demo(root / "hub" / "models--Some--Model" / "snapshots" / "abc");
  qputenv("HF_HUB_CACHE", (root / "hub").c_str());
  Settings settings(root / "settings.ini");
  ModelList models(settings);
  models.addFolder(QUrl::fromLocalFile(QString::fromStdString((root / "models").string())).toString());
  QVERIFY(models.searching());
  QTRY_VERIFY_WITH_TIMEOUT(!models.searching(), kPatience);
  QCOMPARE(models.rowCount(), 4);
  QCOMPARE(at(models, 0, ModelList::NameRole), QStringLiteral("sparsight-demo"));
  QCOMPARE(at(models, 0, ModelList::ProblemRole), QString());
  QVERIFY(at(models, 0, ModelList::ShapeRole).contains("6 layers"));
  QVERIFY(at(models, 0, ModelList::ShapeRole).contains("257 tokens"));
  QVERIFY(at(models, 0, ModelList::MemoryRole).contains("MB"));
  QVERIFY(!models.data(models.index(0), ModelList::AddedRole).toBool());
  QCOMPARE(at(models, 1, ModelList::NameRole), QStringLiteral("cut"));
  QVERIFY(at(models, 1, ModelList::ProblemRole).contains("model.safetensors"));
  QVERIFY(at(models, 1, ModelList::ShapeRole).contains("6 layers"));
  QVERIFY(at(models, 2, ModelList::ProblemRole).contains("bert"));
  QCOMPARE(at(models, 2, ModelList::ShapeRole), QString());
  QCOMPARE(at(models, 3, ModelList::NameRole), QStringLiteral("Some/Model"));
  QCOMPARE(at(models, 3, ModelList::ProblemRole), QString());
  QVERIFY(models.memory().contains("GB"));
  models.removeFolder(1);
  QTRY_VERIFY_WITH_TIMEOUT(!models.searching(), kPatience);
  QCOMPARE(models.rowCount(), 2);
  QVERIFY(fs::exists(root / "models" / "cut"));
}

void ModelListTest::notes_of_a_family_are_shown() {
  const QTemporaryDir temporary;
  const fs::path root = temporary.path().toStdString();
  copy_demo(root / "plain");
  fs::remove(root / "plain" / kModelCardFile);
  qputenv("HF_HUB_CACHE", (root / "hub").c_str());
  Settings settings(root / "settings.ini");
  ModelList models(settings);
  models.addFolder(QString::fromStdString((root / "plain").string()));
  QTRY_VERIFY_WITH_TIMEOUT(!models.searching(), kPatience);
  QCOMPARE(models.rowCount(), 2);
  QCOMPARE(at(models, 0, ModelList::NotesRole), QString());  // the demo's card speaks for it
  QVERIFY(at(models, 1, ModelList::NotesRole).contains("no temporal attention"));
}

void ModelListTest::folders_without_a_model_are_named() {
  const QTemporaryDir temporary;
  const fs::path root = temporary.path().toStdString();
  qputenv("HF_HUB_CACHE", (root / "none").c_str());
  write(root / "gguf" / "model.gguf", "x");
  write(root / "adapter" / "adapter_config.json", "{}");
  write(root / "pickled" / "pytorch_model.bin", "x");
  Settings settings(root / "settings.ini");
  ModelList models(settings);
  for (const char* name : {"gguf", "adapter", "pickled"}) {
    models.addFolder(QString::fromStdString((root / name).string()));
    QTRY_VERIFY_WITH_TIMEOUT(!models.searching(), kPatience);
  }
  QCOMPARE(models.rowCount(), 4);
  QVERIFY(at(models, 1, ModelList::ProblemRole).contains("GGUF"));
  QVERIFY(at(models, 2, ModelList::ProblemRole).contains("adapter"));
  QVERIFY(at(models, 3, ModelList::ProblemRole).contains("pickled"));
}

void ModelListTest::a_question_has_a_time() {
  const QTemporaryDir temporary;
  Running run(temporary.filePath("chats.db"));
  ModelList& models = *run.app.models();
  models.search();
  QTRY_VERIFY(!models.searching());
  QCOMPARE(at(models, 0, ModelList::TimeRole), QString());
  run.app.measureSpeed();
  QTRY_VERIFY(at(models, 0, ModelList::TimeRole).startsWith("A question about 8 frames: "));
  run.app.settings()->setFrames(3);
  QVERIFY(at(models, 0, ModelList::TimeRole).startsWith("A question about 3 frames: "));
}

void ModelListTest::another_model_and_back() {
  const QTemporaryDir temporary;
  const fs::path root = temporary.path().toStdString();
  copy_demo(root / "other");
  Running run(temporary.filePath("chats.db"));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  run.ask("Which way does the star move?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  run.app.chooseModel(QString::fromStdString((root / "other").string()));
  QVERIFY(run.app.loading());
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading() && !run.app.chat()->busy(), kPatience);
  QVERIFY(run.app.model().startsWith("other"));
  // The video was encoded again, the session continues.
  run.ask("How many objects are there?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  QCOMPARE(run.app.chat()->rowCount(), 4);
  QCOMPARE(run.get(3, Conversation::StateRole).toString(), QStringLiteral("complete"));
  // A model that cannot be loaded: the former one is loaded again and remains the saved choice.
  write(root / "broken" / "config.json", "{}");
  run.app.chooseModel(QString::fromStdString((root / "broken").string()));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading() && !run.app.chat()->busy(), kPatience);
  QVERIFY(run.app.notice().contains("broken"));
  QVERIFY(run.app.model().startsWith("other"));
  QCOMPARE(run.app.settings()->model(), QString::fromStdString((root / "other").string()));
  run.ask("What happens in the video?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  QCOMPARE(run.get(5, Conversation::StateRole).toString(), QStringLiteral("complete"));
}

// A card of another version, and an invalid one.
void ModelListTest::a_card_that_is_not_followed() {
  const QTemporaryDir temporary;
  const fs::path root = temporary.path().toStdString();
  const auto with_card = [&](const char* name, const char* pruning) {
    copy_demo(root / name);
    fs::remove(root / name / "sparsight.json");
    write(root / name / "sparsight.json", std::string(R"({"name": "toy", "pruning": )") + pruning + "}");
    return QString::fromStdString((root / name).string());
  };
  Running run(temporary.filePath("chats.db"));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  run.app.chooseModel(with_card("later", R"({"strategy": "of-next-year", "budget": "5 stars"})"));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  QVERIFY(run.app.model().startsWith("later"));
  QVERIFY(run.app.notice().contains("sparsight.json: pruning.strategy") && run.app.notice().contains("of-next-year"));
  QCOMPARE(run.app.chat()->strategy(), QStringLiteral("none"));
  run.app.chooseModel(with_card("wrong", R"({"strategy": "fastv", "budget": "rank*2"})"));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  QVERIFY(run.app.notice().contains("sparsight.json: pruning.budget") && run.app.notice().contains("rank*2"));
  QVERIFY(run.app.model().startsWith("later"));
}

void ModelListTest::a_model_that_fails() {
  const QTemporaryDir temporary;
  Script script;
  EngineDoor door = script.door();
  std::atomic<bool> none = false;
  door.load = [&](const EngineOptions& options, const Control&) {
    if (none || options.model == "huge") throw std::bad_alloc();
  };
  Running run(temporary.filePath("chats.db"), door);
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  QVERIFY(run.app.model().startsWith("sparsight-demo"));
  run.app.chooseModel("huge");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  QVERIFY(run.app.notice().contains("not enough memory"));
  QVERIFY(run.app.model().startsWith("sparsight-demo"));
  none = true;
  run.app.chooseModel("huge");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  QVERIFY(run.app.notice().contains("No model is loaded"));
  QVERIFY(run.app.model().isEmpty());
}

void ModelListTest::real_videos_get_a_hint() {
  const QTemporaryDir temporary;
  const QString copy = temporary.filePath("a copy of ours.mp4"), mine = temporary.filePath("crossing.mp4");
  QVERIFY(QFile::copy(resource("clips/crossing.mp4"), copy));
  QVERIFY(QFile::copy(resource("clips/crossing.mp4"), mine));
  QFile changed(mine);
  QVERIFY(changed.setPermissions(QFile::ReadOwner | QFile::WriteOwner) && changed.open(QIODevice::Append));
  changed.write(QByteArray::fromHex("0000000866726565"));  // an empty box, "free": the same frames in another file
  changed.close();
  Running run(temporary.filePath("chats.db"));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  for (const QString& ours : {resource("clips/crossing.mp4"), copy}) {
    run.app.open(ours);
    QTRY_VERIFY_WITH_TIMEOUT(run.app.chat()->video() == ours && run.app.chat()->visualTokens() > 0, kPatience);
    QCOMPARE(run.app.beyond(), QString());
    QVERIFY(!run.find("beyondDemo")->isVisible());
    const QStringList asked = run.app.chat()->suggestions();
    QCOMPARE(asked.size(), 3);
    QVERIFY(asked.contains("Which way does the star go?"));
  }
  run.app.open(mine);
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.beyond().isEmpty(), kPatience);
  QVERIFY(run.find("beyondDemo")->isVisible());
  QVERIFY(run.find("beyondDemo")->property("text").toString().contains("coloured shapes"));
  QVERIFY(!run.app.chat()->suggestions().contains("Which way does the star go?"));
  QCOMPARE(run.app.chat()->suggestions().size(), 3);
  run.app.settings()->setLanguage("de");
  QVERIFY(run.app.beyond().contains("farbige Formen"));
  QCOMPARE(run.app.chat()->suggestions().first(),
           QStringLiteral("What happens in the video?"));  // it knows English only
  QMetaObject::invokeMethod(run.find("beyondDemo"), "dismissed");
  QVERIFY(!run.find("beyondDemo")->isVisible());
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
}

const Registered<ModelListTest> registered("model_list");

}  // namespace sparsight::test

#include "model_list_test.moc"
