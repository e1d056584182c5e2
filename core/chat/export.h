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

// One session: a heading, its video, then every question and answer that it shows, with its date. Other versions are
// left out; the heading mentions them ("version 2 of 3"). Error{Usage} if there is no such session.
[[nodiscard]] std::string export_markdown(const ChatStore& store, SessionId session);
// {"format": "sparsight-sessions", "version": 2, "sessions": [...]}: import_json() restores from it the sessions with
// all their versions, without traces. docs/sessions.md describes it.
[[nodiscard]] std::string export_json(const ChatStore& store, const std::vector<SessionId>& sessions);

// Reports the progress of an export, on its thread, between two sessions; and stops it: it throws Cancelled.
struct ExportControl {
  std::function<void(std::size_t done, std::size_t total)> on_progress{};  // sessions
  std::stop_token stop{};
};
// Writes the text of export_json() without holding all of it in memory; the file is complete or, if it is stopped or
// fails, as it was before. Sessions that are gone by now are left out. Error{File, Store}; Error{Usage}: it would be
// too long for an import (kMostImport).
void export_json_file(const ChatStore& store, const std::vector<SessionId>& sessions, const std::filesystem::path& file,
                      const ExportControl& control = {});
// Makes a new folder in `parent`, "sparsight-2026-11-24" or with a number behind it, with a file of export_markdown()
// for each session, and returns it. The folder appears when all of them are in it. Error{File, Store}.
std::filesystem::path export_markdown_folder(const ChatStore& store, const std::vector<SessionId>& sessions,
                                             const std::filesystem::path& parent, const ExportControl& control = {});

// Reports the progress of an import, on its thread, between its parts; and stops it: it throws Cancelled.
struct ImportControl {
  std::function<void(std::size_t done, std::size_t total)> on_progress{};  // messages
  std::stop_token stop{};
  std::stop_token leave{};  // stops at once: what it wrote stays, deleted, until purge_deleted() removes it
};
// Each adds the sessions of a text as new ones, all or none, and returns their ids. A long text is written in parts,
// with pauses in which others can write; nothing of it shows until all of it is there. Error{Usage} says what is wrong
// with the text, and where; Error{Store}.
std::vector<SessionId> import_json(ChatStore& store, std::string_view text,
                                   const ImportControl& control = {});  // version 1 too
// One or more texts of export_markdown(). They hold no details; a message without a date gets today's.
std::vector<SessionId> import_markdown(ChatStore& store, std::string_view text, const ImportControl& control = {});
// A file in either form; its first character tells which. Error{File}: it cannot be read, or is larger than kMostImport
// bytes.
constexpr std::uintmax_t kMostImport = std::uintmax_t{1} << 28;
std::vector<SessionId> import_file(ChatStore& store, const std::filesystem::path& file,
                                   const ImportControl& control = {});

// "2026-11-24 09:30", in the local time zone.
[[nodiscard]] std::string local_time(std::int64_t ms);

}  // namespace sparsight
