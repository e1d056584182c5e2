// What is done to several sessions at once, and the long work: imports, exports, sessions for many videos.
#include "app/core_words.h"
#include "app/desktop/file_check.h"
#include "app/format.h"
#include "app/sessions/session_list.h"
#include "app/sessions/stored.h"
#include "core/base/progress.h"
#include "core/chat/export.h"

#include <QFileInfo>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace sparsight {
namespace {

std::vector<SessionId> ids_of(const QVariantList& list) {
  std::vector<SessionId> ids;
  for (const QVariant& id : list) ids.push_back(id.toLongLong());
  return ids;
}

// One transaction, so that undoing and other windows see all of it or nothing.
StoreThread::Write for_each(const QVariantList& list, std::function<void(ChatStore&, SessionId)> change) {
  return [ids = ids_of(list), change = std::move(change)](ChatStore& store) {
    ChatStore::Batch batch(store);
    for (const SessionId id : ids) change(store, id);
    batch.commit();
  };
}

}  // namespace

void SessionList::removeAll(const QVariantList& ids) {
  if (ids.isEmpty()) return;
  write(for_each(ids, [](ChatStore& store, SessionId id) { store.delete_session(id); }),
        [this, ids] { emit removed(ids); });
}

void SessionList::restoreAll(const QVariantList& ids) {
  if (!ids.isEmpty()) write(for_each(ids, [](ChatStore& store, SessionId id) { store.restore_session(id); }));
}

void SessionList::pinAll(const QVariantList& ids, bool pinned) {
  if (!ids.isEmpty()) write(for_each(ids, [pinned](ChatStore& store, SessionId id) { store.pin_session(id, pinned); }));
}

bool SessionList::allPinned(const QVariantList& ids) const {
  const std::vector<SessionId> all = ids_of(ids);
  const std::set<SessionId> wanted(all.begin(), all.end());
  return std::ranges::all_of(rows_, [&](const Row& row) { return row.pinned || !wanted.contains(row.id); });
}

void SessionList::setTag(const QVariantList& ids, const QString& tag, bool has) {
  std::string kept = tag_of(tag.toStdString());
  if (ids.isEmpty() || kept.empty()) return;
  // The store knows only the case of ASCII letters.
  const QString wanted = QString::fromStdString(kept);
  stored(*this, [&] {
    const auto all = store_.store().tags();
    const bool there = std::ranges::any_of(all, [&](const auto& one) { return one.first == kept; });
    for (const auto& [name, count] : all)
      if (!there && wanted.compare(QString::fromStdString(name), Qt::CaseInsensitive) == 0) kept = name;
  });
  write(for_each(ids, [kept, has](ChatStore& store, SessionId id) { store.set_tag(id, kept, has); }));
}

QVariantList SessionList::tagsOf(const QVariantList& ids) {
  QVariantList out;
  stored(*this, [&] {
    std::map<QString, int> here;
    for (const SessionId id : ids_of(ids))
      if (const auto session = store_.store().session(id))
        for (const std::string& tag : session->tags) ++here[QString::fromStdString(tag).toLower()];
    for (const auto& [tag, count] : store_.store().tags()) {
      const QString name = QString::fromStdString(tag);
      const auto at = here.find(name.toLower());
      out << QVariantMap{
          {"name", name}, {"count", static_cast<int>(count)}, {"here", at == here.end() ? 0 : at->second}};
    }
  });
  return out;
}

QString SessionList::searchFor(const QString& tag) {
  return (tag.contains(QLatin1Char(' ')) ? QStringLiteral("tag:\"%1\"") : QStringLiteral("tag:%1")).arg(tag);
}

// ---- Long work

QString SessionList::work() const {
  if (!importing()) return {};
  const bool known = import_progress_ >= 0;
  const QString percent = number_text(std::floor(100 * std::max(0.0, import_progress_)));
  switch (aside_kind_) {
    case Aside::Import: return known ? tr("Importing: %1 %").arg(percent) : tr("Importing …");
    case Aside::Export: return known ? tr("Exporting: %1 %").arg(percent) : tr("Exporting …");
    case Aside::Videos: return known ? tr("Opening: %1 %").arg(percent) : tr("Opening …");
  }
  return {};
}

void SessionList::begin_aside(Aside kind, AsideWork work) {
  import_progress_ = -1;
  aside_kind_ = kind;
  exported_.clear();
  import_ = aside_.add([this, work = std::move(work)](JobQueue::Job, const std::stop_token& stop) {
    try {
      work(stop);
    } catch (const Cancelled&) {
      end_aside();
    } catch (const std::exception& error) {
      end_aside([this, message = QString::fromUtf8(message_of(error))] { emit errorOccurred(message); });
    }
  });
  emit importChanged();
}

void SessionList::note_aside(std::size_t done, std::size_t total) {
  const double share = static_cast<double>(done) / static_cast<double>(std::max({total, done, std::size_t{1}}));
  aside_.post([this, share] {
    import_progress_ = share;
    emit importChanged();
  });
}

void SessionList::end_aside(std::function<void()> then) {
  aside_.post([this, then = std::move(then)] {
    import_ = 0;
    emit importChanged();
    refresh();
    if (then) then();
  });
}

void SessionList::stopImport() {
  if (!importing() || !aside_.stop(import_)) return;
  import_ = 0;
  emit importChanged();
}

void SessionList::importFile(const QString& path) {
  if (importing()) return;
  const std::filesystem::path file = local_path(path).toStdString(), database = store_.store().file();
  const auto tell = [this](const std::vector<SessionId>& added) {
    if (!added.empty()) emit imported(static_cast<int>(added.size()), added.front());
  };
  if (database == ":memory:") {  // a second connection would have a database of its own
    std::vector<SessionId> added;
    stored(*this, [&] { added = import_file(store_.store(), file); });
    refresh();
    return tell(added);
  }
  begin_aside(Aside::Import, [this, file, database, tell](const std::stop_token& stop) {
    ChatStore store = ChatStore::open(database, ChatStore::IfAbsent::Refuse);
    const ImportControl control{[this](std::size_t done, std::size_t total) { note_aside(done, total); }, stop,
                                leaving_.get_token()};
    end_aside([tell, added = import_file(store, file, control)] { tell(added); });
  });
}

void SessionList::exportTo(const QVariantList& list, const QString& path, bool markdown) {
  if (importing()) return;
  const std::filesystem::path to = local_path(path).toStdString(), database = store_.store().file();
  const auto write = [ids = ids_of(list), to, markdown](const ChatStore& store, const ExportControl& control) {
    std::vector<SessionId> chosen = ids;
    if (chosen.empty())
      for (const Session& session : store.sessions()) chosen.push_back(session.id);
    if (markdown) return export_markdown_folder(store, chosen, to, control);
    export_json_file(store, chosen, to, control);
    return to;
  };
  const auto tell = [this](const std::filesystem::path& written) {
    exported_ = QString::fromStdString(written.string());
    emit importChanged();
    emit exported(exported_);
  };
  if (database == ":memory:") {
    stored(*this, [&] { tell(write(store_.store(), {})); });
    return;
  }
  begin_aside(Aside::Export, [this, write, database, tell](const std::stop_token& stop) {
    const ChatStore store = ChatStore::open(database, ChatStore::IfAbsent::Refuse);
    const ExportControl control{[this](std::size_t done, std::size_t total) { note_aside(done, total); }, stop};
    end_aside([tell, written = write(store, control)] { tell(written); });
  });
}

void SessionList::forgetExport() {
  exported_.clear();
  emit importChanged();
}

void SessionList::addVideos(const QStringList& paths) {
  if (importing() || paths.isEmpty()) return;
  begin_aside(Aside::Videos, [this, paths](const std::stop_token& stop) {
    std::vector<SessionMedia> media;
    QStringList unreadable;
    for (qsizetype i = 0; i < paths.size(); ++i) {
      note_aside(static_cast<std::size_t>(i), static_cast<std::size_t>(paths.size()));
      try {
        read_first_picture(paths[i], stop);
        media.push_back(describe_media(paths[i].toStdString(), stop));
      } catch (const Error&) {
        unreadable << QFileInfo(paths[i]).fileName();
      }
    }
    end_aside([this, media = std::move(media), unreadable] { add_sessions(media, unreadable); });
  });
}

// Each has the name of its file until a question is asked.
void SessionList::add_sessions(const std::vector<SessionMedia>& media, const QStringList& unreadable) {
  const auto ids = std::make_shared<std::vector<SessionId>>();
  const auto tell = [this, ids, unreadable] {
    emit videosAdded(static_cast<int>(ids->size()), ids->empty() ? 0 : ids->front(), unreadable);
  };
  if (media.empty()) return tell();
  write(
      [media, ids](ChatStore& store) {
        ChatStore::Batch batch(store);
        for (const SessionMedia& file : media) ids->push_back(store.add_session(file.path.filename().string(), file));
        batch.commit();
      },
      [this, tell] {
        refresh();
        tell();
      });
}

}  // namespace sparsight
