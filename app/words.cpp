#include "app/words.h"

#include "app/format.h"
#include "core/base/time_text.h"

#include <QAccessible>
#include <QLocale>

namespace sparsight {
namespace {

QString with_decimal_sign(const std::string& text) {
  return QString::fromStdString(text).replace(QLatin1Char('.'), QLocale().decimalPoint());
}

}  // namespace

QString time_in_words(double seconds, int decimals) { return with_decimal_sign(time_text(seconds, decimals)); }

QString clock_in_words(double seconds) { return with_decimal_sign(clock_text(seconds)); }

QString Words::time(double seconds, int decimals) { return time_in_words(seconds, decimals); }

QString Words::number(double value, int decimals) { return number_text(value, decimals); }

QString Words::rough(double value) { return QLocale().toString(value, 'g', 2); }

QString Words::date(const QDateTime& when) { return date_text(when.toMSecsSinceEpoch()); }

QString Words::bytes(double count) {
  return QLocale().formattedDataSize(static_cast<qint64>(count), 1, QLocale::DataSizeTraditionalFormat);
}

QString Words::clock(double seconds) { return clock_in_words(seconds); }

void Words::announce(QQuickItem* item) {
  if (item == nullptr) return;
  QAccessibleEvent event(item, QAccessible::Alert);
  QAccessible::updateAccessibility(&event);
  if (QAccessibleInterface* reader = QAccessible::queryAccessibleInterface(item))
    emit announced(reader->text(QAccessible::Name));
}

}  // namespace sparsight
