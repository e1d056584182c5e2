// Translates core's messages into the language of the interface. Core knows no Qt and no languages: its messages are
// English, and the chat database stores them in English. GUI thread.
#pragma once

#include <QString>

#include <exception>

namespace sparsight {

// Finds the format that `message` was made with (app/translations/core_messages.h lists them all) and fills its
// translation with the same values. A value that is itself a message is translated, too. A text that is not a message
// of core, or is translated already, stays as it is.
[[nodiscard]] QString in_words(const QString& message);
[[nodiscard]] QString in_words(const std::exception& error);

// The English message of a failure, which is what() unless memory is lacking. Any thread; valid as long as `error`.
[[nodiscard]] const char* message_of(const std::exception& error);

}  // namespace sparsight
