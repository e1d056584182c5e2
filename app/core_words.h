// What core reports, in the language of the interface. Core knows no Qt and no languages; its messages are English, and
// are kept so in the chat database. GUI thread.
#pragma once

#include <QString>

#include <exception>

namespace sparsight {

// The format that `message` was made with is found again (app/translations/core_messages.h lists them all), and said in
// the language that is installed with what stood in it; so is what stood in it, where that is a message itself. What is
// no message of core, or has been translated already, stays as it is.
[[nodiscard]] QString in_words(const QString& message);
[[nodiscard]] QString in_words(const std::exception& error);

}  // namespace sparsight
