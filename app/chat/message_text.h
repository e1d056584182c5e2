// Shows the text of a message in a TextEdit (app/chat/shown_text.h), and follows its links. GUI thread.
#pragma once

#include "app/chat/shown_text.h"

#include <QtQml/qqmlregistration.h>
#include <QColor>
#include <QObject>
#include <QPointer>
#include <QQmlParserStatus>
#include <QQuickTextDocument>
#include <QString>
#include <QVariantList>

namespace sparsight {

class MessageText : public QObject, public QQmlParserStatus {
  Q_OBJECT
  QML_ELEMENT
  Q_INTERFACES(QQmlParserStatus)
  Q_PROPERTY(QQuickTextDocument* document MEMBER document_ NOTIFY changed)  // of the TextEdit; this fills it
  Q_PROPERTY(QString text READ text WRITE setText NOTIFY changed)
  Q_PROPERTY(bool markdown MEMBER markdown_ NOTIFY lookChanged)  // else the text is shown as it is
  Q_PROPERTY(double lastTime MEMBER last_s_ NOTIFY lookChanged)  // of the clip, in seconds; 0: no time is a link
  Q_PROPERTY(int fontSize MEMBER font_px_ NOTIFY lookChanged)    // in pixels
  Q_PROPERTY(QColor linkColor MEMBER link_ NOTIFY lookChanged)
  Q_PROPERTY(QColor codeColor MEMBER code_ NOTIFY lookChanged)
  Q_PROPERTY(QColor quoteColor MEMBER quote_ NOTIFY lookChanged)
  Q_PROPERTY(QColor lineColor MEMBER line_ NOTIFY lookChanged)  // of tables
  Q_PROPERTY(QVariantList links READ links NOTIFY changed)      // {address, begin, end}, characters of the document
  Q_PROPERTY(QVariantList codes READ codes NOTIFY changed)      // blocks of code: {text, begin, end}

 public:
  explicit MessageText(QObject* parent = nullptr);

  [[nodiscard]] QString text() const { return text_; }
  void setText(const QString& text);
  [[nodiscard]] QVariantList links() const { return links_; }
  [[nodiscard]] QVariantList codes() const { return codes_; }
  // Emits seekWanted(), or opens the address in the user's browser. Does nothing with an address that is not shown.
  Q_INVOKABLE void follow(const QString& address);
  // What a link does, for its tool tip.
  Q_INVOKABLE [[nodiscard]] static QString tip(const QString& address);
  // Where a character's word is in text(); -1: it is in none.
  Q_INVOKABLE [[nodiscard]] int sourceOffset(int shown) const;

  void classBegin() override {}
  void componentComplete() override;

 signals:
  void changed();
  void lookChanged();
  void seekWanted(double seconds);

 private:
  void show();

  QPointer<QQuickTextDocument> document_;
  QString text_;
  bool markdown_ = false, complete_ = false;
  double last_s_ = 0;
  int font_px_ = 14;
  QColor link_, code_, quote_, line_;
  QVariantList links_, codes_;
};

}  // namespace sparsight
