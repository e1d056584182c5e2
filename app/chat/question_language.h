// Guesses the language of a question, for models that do not understand every language.
#pragma once

#include <QString>

namespace sparsight {

// The code ("de") of the language whose common words or letters `text` uses; empty: not clear.
[[nodiscard]] QString language_of(const QString& text);

// The language's name, in the language of the interface if it has a word for it, else in that language itself.
[[nodiscard]] QString language_name(const QString& code);

}  // namespace sparsight
