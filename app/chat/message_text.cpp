#include "app/chat/message_text.h"

#include "app/words.h"

#include <QDesktopServices>
#include <QTextDocument>
#include <QUrl>

#include <algorithm>

namespace sparsight {

MessageText::MessageText(QObject* parent) : QObject(parent) {
  connect(this, &MessageText::lookChanged, this, &MessageText::show);
}

void MessageText::setText(const QString& text) {
  if (text == text_) return;
  text_ = text;
  show();
}

void MessageText::componentComplete() {
  complete_ = true;
  show();
}

void MessageText::show() {
  if (!complete_ || document_ == nullptr) return;
  QTextDocument& document = *document_->textDocument();
  const TextLook look{.font_px = font_px_, .link = link_, .code = code_, .quote = quote_, .line = line_};
  (markdown_ ? show_markdown : show_plain)(document, text_, look, last_s_);
  links_.clear();
  codes_.clear();
  for (const ShownLink& link : links_in(document))
    links_ << QVariantMap{{"address", link.address}, {"begin", link.begin}, {"end", link.end}};
  if (markdown_)
    for (const ShownCode& code : code_in(document))
      codes_ << QVariantMap{{"text", code.text}, {"begin", code.begin}, {"end", code.end}};
  emit changed();
}

void MessageText::follow(const QString& address) {
  const bool here =
      std::ranges::any_of(links_, [&](const QVariant& link) { return link.toMap()["address"] == address; });
  if (!here) return;
  if (const auto time = time_of_link(address))
    emit seekWanted(*time);
  else
    QDesktopServices::openUrl(QUrl(address));
}

QString MessageText::tip(const QString& address) {
  const auto time = time_of_link(address);
  return time ? tr("Go to %1 in the video").arg(clock_in_words(*time)) : address;
}

int MessageText::sourceOffset(int shown) const {
  return document_ == nullptr ? -1 : source_of_word(text_, document_->textDocument()->toPlainText(), shown);
}

}  // namespace sparsight
