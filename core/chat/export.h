// Sessions as text for people (Markdown) and for programs (JSON), and back from either.
#pragma once

#include "core/chat/store.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// One session: a heading, what it is about, then every question and answer that it shows, with its date. Where there
// are other versions the heading says so ("version 2 of 3"); they are left out. Error{Usage} if it is not there.
[[nodiscard]] std::string export_markdown(const ChatStore& store, SessionId session);
// {"format": "sparsight-sessions", "version": 2, "sessions": [...]}: all that import_json() needs to restore them with
// all their versions, but for traces. docs/sessions.md describes it.
[[nodiscard]] std::string export_json(const ChatStore& store, const std::vector<SessionId>& sessions);

// How far an import is, told on its thread between its parts; and the requests to stop, which is Cancelled.
struct ImportControl {
  std::function<void(std::size_t done, std::size_t total)> on_progress{};  // messages
  std::stop_token stop{};
  std::stop_token leave{};  // at once: what is written stays deleted, until purge_deleted() finds it
};
// Each adds the sessions of such a text as new ones, all or none, and returns their ids. Much is written in parts, with
// pauses in which others write; until all of it is there none of it shows. Error{Usage} says what is wrong with the
// text, and where; Error{Store}.
std::vector<SessionId> import_json(ChatStore& store, std::string_view text,
                                   const ImportControl& control = {});  // version 1 too
// One or more texts of export_markdown(). Details are not in it, and a message without a date is of now.
std::vector<SessionId> import_markdown(ChatStore& store, std::string_view text, const ImportControl& control = {});
// A file in either form, told apart by its first character. Error{File}: it cannot be read, or has more than
// kMostImport bytes.
constexpr std::uintmax_t kMostImport = std::uintmax_t{1} << 28;
std::vector<SessionId> import_file(ChatStore& store, const std::filesystem::path& file,
                                   const ImportControl& control = {});

// "2026-11-24 09:30", in the local time zone.
[[nodiscard]] std::string local_time(std::int64_t ms);

}  // namespace sparsight
