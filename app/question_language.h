// In which language a question is put, where that is plain: for models that do not know all of them.
#pragma once

#include <QString>

namespace sparsight {

// The code ("de") of the language whose commonest words or letters `text` is made of; empty: it may be any.
[[nodiscard]] QString language_of(const QString& text);

// In the language of the interface where it has a word for it, else as the language calls itself.
[[nodiscard]] QString language_name(const QString& code);

}  // namespace sparsight
