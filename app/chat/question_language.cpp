#include "app/chat/question_language.h"

#include "app/format.h"

#include <QLocale>
#include <QRegularExpression>
#include <QStringList>

#include <array>

namespace sparsight {
namespace {

// Words that are common in questions. Words that two languages share say nothing and are left out.
struct CommonWords {
  const char* code;
  const char* words;
};
constexpr std::array<CommonWords, 6> kWords{{
    {"en",
     "what which where when who how why does do did is are the there you see many color colour happens happen appear "
     "appears later move moves moving describe video and of and it"},
    {"de",
     "was welche welcher welches wo wann wer wie warum wohin ist sind der die das den dem ein eine einen es gibt "
     "siehst "
     "passiert geschieht viele farbe hat bewegt sich beschreibe im und nicht zeigt mir"},
    {"fr",
     "que quoi quel quelle quels quelles comment pourquoi combien est sont le les une dans vois voit couleur passe qui "
     "il elle se des du ce cette décris"},
    {"es",
     "qué cuál cuáles dónde cuándo quién cómo cuántos cuántas hay está están el los las una del color pasa mueve ves "
     "describe en"},
    {"it",
     "che cosa quale quali dove quando chi come perché quanti quante sono il lo gli una nel della colore succede muove "
     "vedi descrivi"},
    {"pt", "que qual quais onde quando quem como quantos quantas está são os uma no na cor acontece move vê descreva"},
}};

struct Script {
  QChar::Script script;
  const char* code;
};
// Kana first: Japanese shares its other characters with Chinese.
constexpr std::array<Script, 11> kScripts{{{QChar::Script_Hiragana, "ja"},
                                           {QChar::Script_Katakana, "ja"},
                                           {QChar::Script_Hangul, "ko"},
                                           {QChar::Script_Han, "zh"},
                                           {QChar::Script_Cyrillic, "ru"},
                                           {QChar::Script_Arabic, "ar"},
                                           {QChar::Script_Hebrew, "he"},
                                           {QChar::Script_Greek, "el"},
                                           {QChar::Script_Devanagari, "hi"},
                                           {QChar::Script_Thai, "th"},
                                           {QChar::Script_Bengali, "bn"}}};

}  // namespace

QString language_of(const QString& text) {
  for (const auto& [script, code] : kScripts)
    for (const QChar c : text)
      if (c.script() == script) return QString::fromLatin1(code);
  static const QRegularExpression others(QStringLiteral("[^\\p{L}]+"), QRegularExpression::UseUnicodePropertiesOption);
  const QStringList said = text.toLower().split(others, Qt::SkipEmptyParts);
  const char* best = "";
  qsizetype most = 0;
  bool alone = false;
  for (const auto& [code, words] : kWords) {
    const QStringList known = QString::fromUtf8(words).split(QLatin1Char(' '));
    qsizetype found = 0;
    for (const QString& word : said) found += known.contains(word) ? 1 : 0;
    if (found > most) {
      best = code;
      alone = true;
    } else if (found == most) {
      alone = false;
    }
    most = std::max(most, found);
  }
  constexpr qsizetype kFewest = 2;  // a single word may be of any language
  return most >= kFewest && alone ? QString::fromLatin1(best) : QString();
}

QString language_name(const QString& code) {
  if (code == QLatin1String("en")) return tr("English");
  if (code == QLatin1String("de")) return tr("German");
  const QLocale locale(code);
  return locale.language() == QLocale::C ? code : locale.nativeLanguageName();
}

}  // namespace sparsight
