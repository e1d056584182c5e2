<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>AboutPane</name>
    <message>
        <source>Sparsight %1</source>
        <translation>Sparsight %1</translation>
    </message>
    <message>
        <source>Ask your videos, and watch what the model looks at. Apache License 2.0.</source>
        <translation>Fragen Sie Ihre Videos, und sehen Sie, was das Modell betrachtet. Apache-Lizenz 2.0.</translation>
    </message>
    <message>
        <source>Diagnosis</source>
        <translation>Diagnose</translation>
    </message>
    <message>
        <source>For a report of a problem: the versions, the machine and the model, in English. It names no files unless you want it to.</source>
        <translation>Für eine Fehlermeldung: Versionen, Rechner und Modell, auf Englisch. Dateien nennt sie nur, wenn Sie es wollen.</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy the diagnosis</source>
        <translation>Die Diagnose kopieren</translation>
    </message>
    <message>
        <source>With the folders of model and data</source>
        <translation>Mit den Ordnern von Modell und Daten</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>Lizenzen</translation>
    </message>
    <message>
        <source>Sparsight uses these libraries.</source>
        <translation>Sparsight benutzt diese Bibliotheken.</translation>
    </message>
</context>
<context>
    <name>AnswerFacts</name>
    <message>
        <source>No details were saved with this answer.</source>
        <translation>Zu dieser Antwort wurden keine Einzelheiten gespeichert.</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy all</source>
        <translation>Alles kopieren</translation>
    </message>
</context>
<context>
    <name>AnswerTimeline</name>
    <message>
        <source>Where the time went: %1 in all</source>
        <translation>Wohin die Zeit ging: zusammen %1</translation>
    </message>
</context>
<context>
    <name>Application</name>
    <message>
        <source>Chats will not be saved: %1</source>
        <translation>Gespräche werden nicht gespeichert: %1</translation>
    </message>
</context>
<context>
    <name>AskFirst</name>
    <message>
        <source>Answers in progress or waiting: %1.</source>
        <translation>Antworten, die entstehen oder warten: %1.</translation>
    </message>
    <message>
        <source>Let them finish</source>
        <translation>Zu Ende schreiben lassen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>AttentionChoice</name>
    <message>
        <source>The layer whose attention is shown; the depth follows it</source>
        <translation>Die Schicht, deren Aufmerksamkeit gezeigt wird; die Tiefe folgt ihr</translation>
    </message>
    <message>
        <source>Choose a word first: then its attention in a layer and a head</source>
        <translation>Erst ein Wort wählen: dann seine Aufmerksamkeit in einer Schicht und einem Kopf</translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation>Schicht %1</translation>
    </message>
    <message>
        <source>The head of this layer, or the mean of all</source>
        <translation>Der Kopf dieser Schicht oder der Mittelwert aller</translation>
    </message>
    <message>
        <source>This layer has the mean over the heads only</source>
        <translation>Von dieser Schicht gibt es nur den Mittelwert über die Köpfe</translation>
    </message>
    <message>
        <source>All heads</source>
        <translation>Alle Köpfe</translation>
    </message>
    <message>
        <source>Head %1</source>
        <translation>Kopf %1</translation>
    </message>
</context>
<context>
    <name>BatchForm</name>
    <message>
        <source>Videos</source>
        <translation>Videos</translation>
    </message>
    <message>
        <source>A folder with videos</source>
        <translation>Ein Ordner mit Videos</translation>
    </message>
    <message>
        <source>Videos: %1</source>
        <translation>Videos: %1</translation>
    </message>
    <message>
        <source>Files …</source>
        <translation>Dateien …</translation>
    </message>
    <message>
        <source>Folder …</source>
        <translation>Ordner …</translation>
    </message>
    <message>
        <source>Drop videos or folders here</source>
        <translation>Videos oder Ordner hier ablegen</translation>
    </message>
    <message>
        <source>Leave %1 out (Del)</source>
        <translation>%1 weglassen (Entf)</translation>
    </message>
    <message>
        <source>Questions, one in each line</source>
        <translation>Fragen, eine je Zeile</translation>
    </message>
    <message>
        <source>What happens?
How many people are there?</source>
        <translation>Was passiert?
Wie viele Personen sind zu sehen?</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>Ask for 1 answer</source>
        <translation>1 Antwort anfordern</translation>
    </message>
    <message>
        <source>Ask for %1 answers</source>
        <translation>%1 Antworten anfordern</translation>
    </message>
    <message>
        <source>How visual tokens are pruned for all of these questions</source>
        <translation>Wie visuelle Token bei allen diesen Fragen ausgedünnt werden</translation>
    </message>
    <message>
        <source>They are answered behind what you ask yourself, with the settings of Answers</source>
        <translation>Sie werden nach dem beantwortet, was Sie selbst fragen, mit den Einstellungen unter Antworten</translation>
    </message>
</context>
<context>
    <name>BatchPage</name>
    <message>
        <source>Many questions, many videos</source>
        <translation>Viele Fragen, viele Videos</translation>
    </message>
</context>
<context>
    <name>BatchRow</name>
    <message>
        <source>%1 of %2 answers</source>
        <translation>%1 von %2 Antworten</translation>
    </message>
    <message>
        <source>Paused: %1 of %2 answers</source>
        <translation>Angehalten: %1 von %2 Antworten</translation>
    </message>
    <message>
        <source>Many questions, many videos (Ctrl+Shift+B)</source>
        <translation>Viele Fragen, viele Videos (Strg+Umschalt+B)</translation>
    </message>
</context>
<context>
    <name>BatchTable</name>
    <message>
        <source>Done: 1 answer</source>
        <translation>Fertig: 1 Antwort</translation>
    </message>
    <message>
        <source>Done: %1 answers</source>
        <translation>Fertig: %1 Antworten</translation>
    </message>
    <message>
        <source>%1 of %2 answers</source>
        <translation>%1 von %2 Antworten</translation>
    </message>
    <message>
        <source>Paused: %1 of %2 answers</source>
        <translation>Angehalten: %1 von %2 Antworten</translation>
    </message>
    <message>
        <source>about %1 s left</source>
        <translation>noch etwa %1 s</translation>
    </message>
    <message>
        <source>about %1 min left</source>
        <translation>noch etwa %1 min</translation>
    </message>
    <message>
        <source>Save the table</source>
        <translation>Tabelle speichern</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>Tabellen (*.csv)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>%1 fehlgeschlagen</translation>
    </message>
    <message>
        <source>Video</source>
        <translation>Video</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>Frage</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Antworten</translation>
    </message>
    <message>
        <source>Failed: %1</source>
        <translation>Fehlgeschlagen: %1</translation>
    </message>
    <message>
        <source>● Answering …</source>
        <translation>● Antwortet …</translation>
    </message>
    <message>
        <source>Saved: %1</source>
        <translation>Gespeichert: %1</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Leave out what is not answered yet</source>
        <translation>Weglassen, was noch nicht beantwortet ist</translation>
    </message>
    <message>
        <source>Retry %1 failed</source>
        <translation>%1 fehlgeschlagene erneut</translation>
    </message>
    <message>
        <source>Save as CSV …</source>
        <translation>Als CSV speichern …</translation>
    </message>
    <message>
        <source>New …</source>
        <translation>Neu …</translation>
    </message>
    <message>
        <source>Other videos and questions. The table gives way to the new one; its sessions stay</source>
        <translation>Andere Videos und Fragen. Die neue Tabelle ersetzt diese; die Sitzungen bleiben</translation>
    </message>
    <message>
        <source>What it answered</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>The first failure: %1</source>
        <translation>Der erste Fehler: %1</translation>
    </message>
    <message>
        <source>answers</source>
        <translation>antworten</translation>
    </message>
</context>
<context>
    <name>BesideRow</name>
    <message>
        <source>Tokens beside the picture</source>
        <translation>Token neben dem Bild</translation>
    </message>
    <message>
        <source>Left and right choose a token, Enter pins it</source>
        <translation>Links und rechts wählen ein Token, Enter hält es fest</translation>
    </message>
</context>
<context>
    <name>BudgetField</name>
    <message>
        <source>as published</source>
        <translation>wie veröffentlicht</translation>
    </message>
    <message>
        <source>Visual tokens that stay</source>
        <translation>Visuelle Token, die bleiben</translation>
    </message>
    <message>
        <source>Visual tokens that stay, on average after the first pruning: a share (9.4%) or a number (194). Leave empty for the published value.</source>
        <translation>Visuelle Token, die bleiben, im Mittel nach dem ersten Ausdünnen: ein Anteil (9.4%) oder eine Zahl (194). Leer: wie veröffentlicht.</translation>
    </message>
</context>
<context>
    <name>BudgetSlider</name>
    <message>
        <source>Visual tokens that stay</source>
        <translation>Visuelle Token, die bleiben</translation>
    </message>
    <message>
        <source>Answers the last question again; the earlier answer is kept. For this session only.</source>
        <translation>Beantwortet die letzte Frage noch einmal; die frühere Antwort bleibt erhalten. Nur für diese Sitzung.</translation>
    </message>
    <message>
        <source>all %1 visual tokens stay</source>
        <translation>alle %1 visuellen Token bleiben</translation>
    </message>
    <message>
        <source>%1 visual tokens, pruned as published</source>
        <translation>%1 visuelle Token, ausgedünnt wie veröffentlicht</translation>
    </message>
    <message>
        <source>%1 of %2 stay, on average after the first pruning</source>
        <translation>%1 von %2 bleiben, im Mittel nach dem ersten Ausdünnen</translation>
    </message>
</context>
<context>
    <name>ChatHeader</name>
    <message>
        <source>New session</source>
        <translation>Neue Sitzung</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Two answers side by side (Ctrl+D)</source>
        <translation>Zwei Antworten nebeneinander (Strg+D)</translation>
    </message>
    <message>
        <source>Copy, save or rename this session</source>
        <translation>Diese Sitzung kopieren, speichern oder umbenennen</translation>
    </message>
    <message>
        <source>Copy the whole session</source>
        <translation>Die ganze Sitzung kopieren</translation>
    </message>
    <message>
        <source>Save for reading (Markdown) …</source>
        <translation>Zum Lesen speichern (Markdown) …</translation>
    </message>
    <message>
        <source>Save for import (JSON) …</source>
        <translation>Zum Importieren speichern (JSON) …</translation>
    </message>
    <message>
        <source>Rename …</source>
        <translation>Umbenennen …</translation>
    </message>
    <message>
        <source>New session about this picture</source>
        <translation>Neue Sitzung zu diesem Bild</translation>
    </message>
    <message>
        <source>New session about this video</source>
        <translation>Neue Sitzung zu diesem Video</translation>
    </message>
</context>
<context>
    <name>ChatPane</name>
    <message>
        <source>Ask about this video</source>
        <translation>Fragen Sie etwas zu diesem Video</translation>
    </message>
    <message>
        <source>Open a video to ask about it</source>
        <translation>Öffnen Sie ein Video, um danach zu fragen</translation>
    </message>
    <message>
        <source>A question can have at most %1 characters; the rest is cut off.</source>
        <translation>Eine Frage kann höchstens %1 Zeichen haben; der Rest wird abgeschnitten.</translation>
    </message>
    <message>
        <source>Ask about this picture</source>
        <translation>Fragen Sie zu diesem Bild</translation>
    </message>
    <message>
        <source>New session</source>
        <translation>Neue Sitzung</translation>
    </message>
    <message>
        <source>A new session about the same clip; what is typed moves along</source>
        <translation>Eine neue Sitzung zum selben Clip; der getippte Text kommt mit</translation>
    </message>
    <message>
        <source>No video is open: the model sees nothing, and answers from the words alone.</source>
        <translation>Kein Video ist geöffnet: Das Modell sieht nichts und antwortet nur nach den Worten.</translation>
    </message>
    <message>
        <source>Open …</source>
        <translation>Öffnen …</translation>
    </message>
    <message>
        <source>Open a video or an image (Ctrl+O)</source>
        <translation>Ein Video oder Bild öffnen (Strg+O)</translation>
    </message>
</context>
<context>
    <name>CompareCell</name>
    <message>
        <source>%1 · %2 tokens</source>
        <translation>%1 · %2 Token</translation>
    </message>
    <message>
        <source>%1: show this run large</source>
        <translation>%1: diesen Lauf groß zeigen</translation>
    </message>
    <message>
        <source>running …</source>
        <translation>läuft …</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>gescheitert</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>no tokens</source>
        <translation>keine Token</translation>
    </message>
    <message>
        <source>not run yet</source>
        <translation>noch nicht gelaufen</translation>
    </message>
</context>
<context>
    <name>CompareChoice</name>
    <message>
        <source>Runs to compare</source>
        <translation>Läufe zum Vergleichen</translation>
    </message>
    <message>
        <source>Strategies</source>
        <translation>Strategien</translation>
    </message>
    <message>
        <source>Budgets</source>
        <translation>Budgets</translation>
    </message>
    <message>
        <source>Visual tokens that stay, separated by commas: shares (25%) or numbers (194). Empty: as published.</source>
        <translation>Visuelle Token, die bleiben, durch Kommas getrennt: Anteile (25%) oder Anzahlen (194). Leer: wie veröffentlicht.</translation>
    </message>
    <message>
        <source>This does not work as it is.</source>
        <translation>So geht es nicht.</translation>
    </message>
    <message>
        <source>%1 runs, one of them without pruning</source>
        <translation>%1 Läufe, einer davon ohne Ausdünnen</translation>
    </message>
    <message>
        <source>Compare these</source>
        <translation>Diese vergleichen</translation>
    </message>
    <message>
        <source>The usual five</source>
        <translation>Die üblichen fünf</translation>
    </message>
    <message>
        <source>No pruning, the model&apos;s own, half of that, and two other strategies</source>
        <translation>Kein Ausdünnen, das des Modells, die Hälfte davon und zwei andere Strategien</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>CompareGrid</name>
    <message>
        <source>Choose runs …</source>
        <translation>Läufe wählen …</translation>
    </message>
    <message>
        <source>Which strategies and budgets are compared</source>
        <translation>Welche Strategien und Budgets verglichen werden</translation>
    </message>
    <message>
        <source>All runs</source>
        <translation>Alle Läufe</translation>
    </message>
    <message>
        <source>Back to all pictures</source>
        <translation>Zurück zu allen Bildern</translation>
    </message>
    <message>
        <source>CSV</source>
        <translation>CSV</translation>
    </message>
    <message>
        <source>Copy the table as CSV, for a spreadsheet</source>
        <translation>Die Tabelle als CSV kopieren, für eine Tabellenkalkulation</translation>
    </message>
</context>
<context>
    <name>ComparePane</name>
    <message>
        <source>Ask a question about the video first. Then you can compare its answers.</source>
        <translation>Stellen Sie zuerst eine Frage zum Video. Dann können Sie die Antworten vergleichen.</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>Stop (Esc)</source>
        <translation>Anhalten (Esc)</translation>
    </message>
    <message>
        <source>Ask with the settings of each side</source>
        <translation>Mit den Einstellungen beider Seiten fragen</translation>
    </message>
    <message>
        <source>Back to the video (Ctrl+D)</source>
        <translation>Zurück zum Video (Strg+D)</translation>
    </message>
    <message>
        <source>Previous frame</source>
        <translation>Voriges Bild</translation>
    </message>
    <message>
        <source>Next frame</source>
        <translation>Nächstes Bild</translation>
    </message>
    <message>
        <source>%1 tokens differ here, %2 of them in this frame</source>
        <translation>%1 Token unterscheiden sich hier, davon %2 in diesem Bild</translation>
    </message>
    <message>
        <source>Frame %1 of %2 at %3</source>
        <translation>Bild %1 von %2 bei %3</translation>
    </message>
    <message>
        <source>The picture</source>
        <translation>Das Bild</translation>
    </message>
    <message>
        <source>%1 tokens differ here</source>
        <translation>%1 Token unterscheiden sich hier</translation>
    </message>
    <message>
        <source>What is compared</source>
        <translation>Was verglichen wird</translation>
    </message>
    <message>
        <source>Two</source>
        <translation>Zwei</translation>
    </message>
    <message>
        <source>Two answers side by side</source>
        <translation>Zwei Antworten nebeneinander</translation>
    </message>
    <message>
        <source>Many</source>
        <translation>Viele</translation>
    </message>
    <message>
        <source>One question under many settings, with a table</source>
        <translation>Eine Frage unter vielen Einstellungen, mit einer Tabelle</translation>
    </message>
    <message>
        <source>Run again</source>
        <translation>Noch einmal</translation>
    </message>
    <message>
        <source>Ask once with each setting</source>
        <translation>Einmal mit jeder Einstellung fragen</translation>
    </message>
</context>
<context>
    <name>CompareSide</name>
    <message>
        <source>How visual tokens are pruned</source>
        <translation>Wie visuelle Token ausgedünnt werden</translation>
    </message>
    <message>
        <source>Show an answer from the chat</source>
        <translation>Eine Antwort des Gesprächs zeigen</translation>
    </message>
    <message>
        <source>Answer %1</source>
        <translation>Antwort %1</translation>
    </message>
    <message>
        <source>Press Run to ask with these settings.</source>
        <translation>„Starten“ fragt mit diesen Einstellungen.</translation>
    </message>
    <message>
        <source>Answer %1 · %2</source>
        <translation>Antwort %1 · %2</translation>
    </message>
    <message>
        <source>New answer</source>
        <translation>Neue Antwort</translation>
    </message>
    <message>
        <source>as published</source>
        <translation>wie veröffentlicht</translation>
    </message>
</context>
<context>
    <name>CompareTable</name>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>Like unpruned</source>
        <translation>Wie mit allen</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>FLOPs saved</source>
        <translation>FLOPs gespart</translation>
    </message>
    <message>
        <source>First word</source>
        <translation>Erstes Wort</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>Einstellung</translation>
    </message>
    <message>
        <source>What it answered</source>
        <translation>Antwort</translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Ask about the picture (Ctrl+L)</source>
        <translation>Frage zum Bild (Strg+L)</translation>
    </message>
    <message>
        <source>Ask about the video (Ctrl+L)</source>
        <translation>Frage zum Video (Strg+L)</translation>
    </message>
    <message>
        <source>How visual tokens are pruned in this session</source>
        <translation>Wie visuelle Token in dieser Sitzung ausgedünnt werden</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Stop (Esc)</source>
        <translation>Anhalten (Esc)</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>Ask when this is done (Enter)</source>
        <translation>Fragen, wenn dies fertig ist (Eingabe)</translation>
    </message>
    <message>
        <source>Ask (Enter)</source>
        <translation>Fragen (Eingabe)</translation>
    </message>
    <message>
        <source>Ask without a video (Ctrl+L)</source>
        <translation>Frage ohne Video (Strg+L)</translation>
    </message>
</context>
<context>
    <name>ContextGauge</name>
    <message>
        <source>Context: %1</source>
        <translation>Kontext: %1</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
</context>
<context>
    <name>DepthPlot</name>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>in</source>
        <translation>vor</translation>
    </message>
    <message>
        <source>Depth in the decoder: %1</source>
        <translation>Tiefe im Decoder: %1</translation>
    </message>
    <message>
        <source>%1</source>
        <translation>%1</translation>
    </message>
    <message>
        <source>Tokens by layer</source>
        <translation>Token je Schicht</translation>
    </message>
    <message>
        <source>Play through the layers</source>
        <translation>Durch die Schichten gehen</translation>
    </message>
</context>
<context>
    <name>DialogButtons</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>ExportButton</name>
    <message>
        <source>Picture of this frame (PNG) …</source>
        <translation>Dieses Bild (PNG) …</translation>
    </message>
    <message>
        <source>Picture of this frame (SVG) …</source>
        <translation>Dieses Bild (SVG) …</translation>
    </message>
    <message>
        <source>All frames and steps (PNG) …</source>
        <translation>Alle Bilder und Schritte (PNG) …</translation>
    </message>
    <message>
        <source>Video with its tokens (MP4) …</source>
        <translation>Video mit seinen Token (MP4) …</translation>
    </message>
    <message>
        <source>Interactive page (HTML) …</source>
        <translation>Interaktive Seite (HTML) …</translation>
    </message>
    <message>
        <source>Trace (safetensors) …</source>
        <translation>Spur (safetensors) …</translation>
    </message>
    <message>
        <source>Chat for reading (Markdown) …</source>
        <translation>Gespräch zum Lesen (Markdown) …</translation>
    </message>
    <message>
        <source>Chat for import (JSON) …</source>
        <translation>Gespräch zum Einlesen (JSON) …</translation>
    </message>
    <message>
        <source>Export ▾</source>
        <translation>Export ▾</translation>
    </message>
    <message>
        <source>Save pictures, a video, the trace or the chat</source>
        <translation>Bilder, ein Video, die Spur oder das Gespräch speichern</translation>
    </message>
    <message>
        <source>Picture with its tokens (PNG) …</source>
        <translation>Bild mit seinen Token (PNG) …</translation>
    </message>
    <message>
        <source>Picture with its tokens (SVG) …</source>
        <translation>Bild mit seinen Token (SVG) …</translation>
    </message>
    <message>
        <source>All steps (PNG) …</source>
        <translation>Alle Schritte (PNG) …</translation>
    </message>
    <message>
        <source>Table of the tokens (CSV) …</source>
        <translation>Tabelle der Token (CSV) …</translation>
    </message>
</context>
<context>
    <name>FetchCard</name>
    <message>
        <source>Stop and close; what has arrived is kept</source>
        <translation>Anhalten und schließen; was angekommen ist, bleibt</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Asking the hub …</source>
        <translation>Der Hub wird gefragt …</translation>
    </message>
    <message>
        <source>Nothing has been downloaded yet.</source>
        <translation>Noch ist nichts heruntergeladen.</translation>
    </message>
    <message>
        <source>Paused; what has arrived is kept.</source>
        <translation>Angehalten; was angekommen ist, bleibt.</translation>
    </message>
    <message>
        <source>It is on this machine now.</source>
        <translation>Es ist jetzt auf diesem Rechner.</translation>
    </message>
    <message>
        <source>The smaller copy is on this machine now.</source>
        <translation>Die kleinere Kopie ist jetzt auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>Herunterladen</translation>
    </message>
    <message>
        <source>Download %1</source>
        <translation>%1 herunterladen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>What is done so far is kept</source>
        <translation>Was bisher getan ist, bleibt</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Continue the download where it was</source>
        <translation>Den Download fortsetzen, wo er war</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Noch einmal versuchen</translation>
    </message>
    <message>
        <source>Try again; what has arrived is kept</source>
        <translation>Noch einmal versuchen; was angekommen ist, bleibt</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>Use %1</source>
        <translation>%1 verwenden</translation>
    </message>
    <message>
        <source>Write a copy with 8-bit integers: half of the memory, faster answers</source>
        <translation>Eine Kopie mit 8-Bit-Zahlen schreiben: die Hälfte des Speichers, schnellere Antworten</translation>
    </message>
    <message>
        <source>Write a copy with 4-bit integers: a quarter of the memory, less exact</source>
        <translation>Eine Kopie mit 4-Bit-Zahlen schreiben: ein Viertel des Speichers, weniger genau</translation>
    </message>
</context>
<context>
    <name>FileBanner</name>
    <message>
        <source>%1 is not the file of this session: its content is different.</source>
        <translation>%1 ist nicht die Datei dieser Sitzung: Der Inhalt ist ein anderer.</translation>
    </message>
    <message>
        <source>Use it anyway</source>
        <translation>Trotzdem verwenden</translation>
    </message>
    <message>
        <source>Locate the file …</source>
        <translation>Datei suchen …</translation>
    </message>
    <message>
        <source>Locate the file of this session</source>
        <translation>Die Datei dieser Sitzung suchen</translation>
    </message>
    <message>
        <source>%1 no longer exists or cannot be read.</source>
        <translation>%1 gibt es nicht mehr, oder es ist nicht lesbar.</translation>
    </message>
    <message>
        <source>This model does not look at %1.</source>
        <translation>Dieses Modell sieht sich %1 nicht an.</translation>
    </message>
    <message>
        <source>Choose a model …</source>
        <translation>Modell wählen …</translation>
    </message>
    <message>
        <source>%1 is not open yet: it is opened as soon as a model can read it.</source>
        <translation>%1 ist noch nicht offen: die Datei wird geöffnet, sobald ein Modell sie lesen kann.</translation>
    </message>
</context>
<context>
    <name>FileChoice</name>
    <message>
        <source>Several files: open which one?</source>
        <translation>Mehrere Dateien: Welche öffnen?</translation>
    </message>
    <message>
        <source>Open all %1, one session each</source>
        <translation>Alle %1 öffnen, je eine Sitzung</translation>
    </message>
    <message>
        <source>Ask them all the same …</source>
        <translation>Allen dasselbe fragen …</translation>
    </message>
</context>
<context>
    <name>FileList</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Geändert</translation>
    </message>
    <message>
        <source>No folders here</source>
        <translation>Hier sind keine Ordner</translation>
    </message>
    <message>
        <source>No such files here</source>
        <translation>Hier sind keine solchen Dateien</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>%1, folder</source>
        <translation>%1, Ordner</translation>
    </message>
</context>
<context>
    <name>FilePicker</name>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>FileSheet</name>
    <message>
        <source>Give the file a name.</source>
        <translation>Geben Sie der Datei einen Namen.</translation>
    </message>
    <message>
        <source>Choose a file.</source>
        <translation>Wählen Sie eine Datei.</translation>
    </message>
    <message>
        <source>There is no folder %1.</source>
        <translation>Es gibt keinen Ordner %1.</translation>
    </message>
    <message>
        <source>There is no file %1.</source>
        <translation>Es gibt keine Datei %1.</translation>
    </message>
    <message>
        <source>To the folder above (Alt+Up)</source>
        <translation>Zum Ordner darüber (Alt+Auf)</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>Persönlicher Ordner</translation>
    </message>
    <message>
        <source>Videos</source>
        <translation>Videos</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Documents</source>
        <translation>Dokumente</translation>
    </message>
    <message>
        <source>Downloads</source>
        <translation>Downloads</translation>
    </message>
    <message>
        <source>Places</source>
        <translation>Orte</translation>
    </message>
    <message>
        <source>Name of the folder</source>
        <translation>Name des Ordners</translation>
    </message>
    <message>
        <source>Name of the file</source>
        <translation>Name der Datei</translation>
    </message>
    <message>
        <source>Kind of file</source>
        <translation>Art der Datei</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
</context>
<context>
    <name>FrameStrip</name>
    <message>
        <source>The picture that the model sees</source>
        <translation>Das Bild, das das Modell sieht</translation>
    </message>
    <message>
        <source>Frames that the model sees</source>
        <translation>Bilder, die das Modell sieht</translation>
    </message>
    <message>
        <source>The picture</source>
        <translation>Das Bild</translation>
    </message>
    <message>
        <source>Frame at %1; the frames from %2 to %3 share their tokens</source>
        <translation>Bild bei %1; die Bilder von %2 bis %3 teilen sich ihre Token</translation>
    </message>
    <message>
        <source>Frame at %1</source>
        <translation>Bild bei %1</translation>
    </message>
</context>
<context>
    <name>FullScreenVideo</name>
    <message>
        <source>Full screen</source>
        <translation>Vollbild</translation>
    </message>
    <message>
        <source>Pause (Space)</source>
        <translation>Pause (Leertaste)</translation>
    </message>
    <message>
        <source>Play (Space)</source>
        <translation>Wiedergabe (Leertaste)</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Show the tokens over the picture</source>
        <translation>Die Token über dem Bild zeigen</translation>
    </message>
    <message>
        <source>Show the tokens over the video</source>
        <translation>Die Token über dem Video zeigen</translation>
    </message>
    <message>
        <source>Leave full screen (Esc)</source>
        <translation>Vollbild verlassen (Esc)</translation>
    </message>
</context>
<context>
    <name>GetModel</name>
    <message>
        <source>A model&apos;s name on the hub: OWNER/NAME</source>
        <translation>Name eines Modells auf dem Hub: BESITZER/NAME</translation>
    </message>
    <message>
        <source>Ask the hub …</source>
        <translation>Hub fragen …</translation>
    </message>
    <message>
        <source>Ask the hub for size and licence; nothing is downloaded yet</source>
        <translation>Den Hub nach Größe und Lizenz fragen; noch wird nichts heruntergeladen</translation>
    </message>
    <message>
        <source>Recommended models</source>
        <translation>Empfohlene Modelle</translation>
    </message>
    <message>
        <source>Here</source>
        <translation>Vorhanden</translation>
    </message>
    <message>
        <source>Get …</source>
        <translation>Holen …</translation>
    </message>
    <message>
        <source>%1 is on this machine</source>
        <translation>%1 ist auf diesem Rechner</translation>
    </message>
    <message>
        <source>Ask the hub about %1; nothing is downloaded yet</source>
        <translation>Den Hub nach %1 fragen; noch wird nichts heruntergeladen</translation>
    </message>
</context>
<context>
    <name>Hint</name>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Less</source>
        <translation>Weniger</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
    <message>
        <source>Show only the beginning of this message</source>
        <translation>Nur den Anfang dieser Meldung zeigen</translation>
    </message>
    <message>
        <source>Show all of this message</source>
        <translation>Die ganze Meldung zeigen</translation>
    </message>
</context>
<context>
    <name>ImportRow</name>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Saved: %1</source>
        <translation>Gespeichert: %1</translation>
    </message>
    <message>
        <source>Stop it; nothing is added or changed</source>
        <translation>Abbrechen; nichts wird hinzugefügt oder geändert</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message>
        <source>%1 kept</source>
        <translation>%1 behalten</translation>
    </message>
    <message>
        <source>%1 recycled into %2</source>
        <translation>%1 zu %2 wiederverwertet</translation>
    </message>
    <message>
        <source>%1 dropped</source>
        <translation>%1 verworfen</translation>
    </message>
    <message>
        <source>“%1” attends to</source>
        <translation>„%1“ achtet auf</translation>
    </message>
    <message>
        <source>No attention was recorded here</source>
        <translation>Hier wurde keine Aufmerksamkeit aufgezeichnet</translation>
    </message>
    <message>
        <source>No scores here</source>
        <translation>Hier gibt es keine Werte</translation>
    </message>
    <message>
        <source>%1 recycled</source>
        <translation>%1 wiederverwertet</translation>
    </message>
    <message>
        <source>not seen</source>
        <translation>nicht gesehen</translation>
    </message>
    <message>
        <source>Show all tokens again</source>
        <translation>Wieder alle Token zeigen</translation>
    </message>
    <message>
        <source>Show these alone</source>
        <translation>Nur diese zeigen</translation>
    </message>
    <message>
        <source>Cluster of %1 tokens</source>
        <translation>Cluster aus %1 Token</translation>
    </message>
    <message>
        <source>%1 more</source>
        <translation>%1 weitere</translation>
    </message>
</context>
<context>
    <name>LocalKeys</name>
    <message>
        <source>In the list of sessions</source>
        <translation>In der Liste der Sitzungen</translation>
    </message>
    <message>
        <source>In tokens, words and lists</source>
        <translation>In Token, Wörtern und Listen</translation>
    </message>
    <message>
        <source>Send the question; start a new line</source>
        <translation>Die Frage stellen; eine neue Zeile beginnen</translation>
    </message>
    <message>
        <source>In an empty field: take back the waiting question</source>
        <translation>Im leeren Feld: die wartende Frage zurücknehmen</translation>
    </message>
    <message>
        <source>Scroll the messages; go to the first or latest</source>
        <translation>Durch die Nachrichten blättern; zur ersten oder neuesten</translation>
    </message>
    <message>
        <source>From the search into the list; along the list</source>
        <translation>Von der Suche in die Liste; durch die Liste</translation>
    </message>
    <message>
        <source>Open; in the search, open the first result</source>
        <translation>Öffnen; in der Suche das erste Ergebnis öffnen</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Umbenennen</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Restore what was deleted last</source>
        <translation>Das zuletzt Gelöschte wiederherstellen</translation>
    </message>
    <message>
        <source>Next token in that direction</source>
        <translation>Zum nächsten Token in dieser Richtung</translation>
    </message>
    <message>
        <source>Previous or next frame</source>
        <translation>Voriges oder nächstes Bild</translation>
    </message>
    <message>
        <source>Select</source>
        <translation>Auswählen</translation>
    </message>
    <message>
        <source>Next or previous control</source>
        <translation>Nächstes oder voriges Bedienelement</translation>
    </message>
    <message>
        <source>Select several, or all</source>
        <translation>Mehrere oder alle auswählen</translation>
    </message>
    <message>
        <source>Hold: the bare picture</source>
        <translation>Gedrückt halten: das bloße Bild</translation>
    </message>
    <message>
        <source>Along the links of a message; follow one</source>
        <translation>Die Links einer Nachricht entlang; einem folgen</translation>
    </message>
    <message>
        <source>What can be done with a message&apos;s text</source>
        <translation>Was mit dem Text einer Nachricht möglich ist</translation>
    </message>
    <message>
        <source>What can be done with it</source>
        <translation>Was sich damit tun lässt</translation>
    </message>
</context>
<context>
    <name>Losses</name>
    <message>
        <source>Quit?</source>
        <translation>Beenden?</translation>
    </message>
    <message>
        <source>Stop them and quit</source>
        <translation>Anhalten und beenden</translation>
    </message>
    <message>
        <source>Load another model?</source>
        <translation>Ein anderes Modell laden?</translation>
    </message>
    <message>
        <source>Stop them and load it</source>
        <translation>Anhalten und laden</translation>
    </message>
    <message>
        <source>The window closes when they are done.</source>
        <translation>Das Fenster schließt sich, wenn sie fertig sind.</translation>
    </message>
    <message>
        <source>The other model is loaded when they are done.</source>
        <translation>Das andere Modell wird geladen, wenn sie fertig sind.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>If you stop them, what they have written so far is kept. Waiting questions stay in their session.</source>
        <translation>Wenn Sie sie anhalten, bleibt erhalten, was bisher geschrieben wurde. Wartende Fragen bleiben in ihrer Sitzung.</translation>
    </message>
    <message>
        <source>They need the model that is loaded now. If you stop them, waiting questions stay and can be asked again.</source>
        <translation>Sie brauchen das Modell, das jetzt geladen ist. Wenn Sie sie anhalten, bleiben wartende Fragen stehen und können wieder gestellt werden.</translation>
    </message>
</context>
<context>
    <name>Main</name>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>MessageBody</name>
    <message>
        <source>Link %1 of %2: %3</source>
        <translation>Link %1 von %2: %3</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy this code</source>
        <translation>Diesen Code kopieren</translation>
    </message>
    <message>
        <source>Copy the selection</source>
        <translation>Das Markierte kopieren</translation>
    </message>
    <message>
        <source>Copy this question</source>
        <translation>Diese Frage kopieren</translation>
    </message>
    <message>
        <source>Copy this answer</source>
        <translation>Diese Antwort kopieren</translation>
    </message>
    <message>
        <source>What did it look at for this word?</source>
        <translation>Worauf hat es für dieses Wort geschaut?</translation>
    </message>
</context>
<context>
    <name>MessageItem</name>
    <message>
        <source>Question: %1</source>
        <translation>Frage: %1</translation>
    </message>
    <message>
        <source>Answer: %1</source>
        <translation>Antwort: %1</translation>
    </message>
    <message>
        <source>Failed. %1</source>
        <translation>Fehlgeschlagen. %1</translation>
    </message>
    <message>
        <source>Stopped. %1</source>
        <translation>Angehalten. %1</translation>
    </message>
    <message>
        <source>Cut off.</source>
        <translation>Abgeschnitten.</translation>
    </message>
    <message>
        <source>Edit the question</source>
        <translation>Die Frage ändern</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Alles zeigen</translation>
    </message>
    <message>
        <source>Show less</source>
        <translation>Weniger zeigen</translation>
    </message>
    <message>
        <source>Show all of this question</source>
        <translation>Die ganze Frage zeigen</translation>
    </message>
    <message>
        <source>Show only the beginning of this question</source>
        <translation>Nur den Anfang der Frage zeigen</translation>
    </message>
</context>
<context>
    <name>MessageList</name>
    <message>
        <source>Questions and answers</source>
        <translation>Fragen und Antworten</translation>
    </message>
    <message>
        <source>Latest</source>
        <translation>Neueste</translation>
    </message>
    <message>
        <source>Jump to the latest message (End)</source>
        <translation>Zur neuesten Nachricht springen (Ende)</translation>
    </message>
</context>
<context>
    <name>MessageTools</name>
    <message>
        <source>Copy this question</source>
        <translation>Diese Frage kopieren</translation>
    </message>
    <message>
        <source>Copy this answer</source>
        <translation>Diese Antwort kopieren</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Ändern</translation>
    </message>
    <message>
        <source>Rephrase this question. It and everything after it stay as a version.</source>
        <translation>Diese Frage anders stellen; sie und alles danach bleiben als Fassung erhalten</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>Ask the edited question (Enter)</source>
        <translation>Die geänderte Frage stellen (Eingabe)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Keep the question as it was (Esc)</source>
        <translation>Die Frage lassen, wie sie war (Esc)</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Show what happened to the visual tokens</source>
        <translation>Zeigen, was mit den visuellen Token geschah</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Beantworten</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Noch einmal versuchen</translation>
    </message>
    <message>
        <source>Again</source>
        <translation>Noch einmal</translation>
    </message>
    <message>
        <source>Answer this question</source>
        <translation>Diese Frage beantworten</translation>
    </message>
    <message>
        <source>Answer this question again. This answer and everything after it stay as a version.</source>
        <translation>Diese Frage neu beantworten; diese Antwort und alles danach bleiben als Fassung erhalten</translation>
    </message>
    <message>
        <source>Answer this question again. This answer stays as a version.</source>
        <translation>Diese Frage neu beantworten; diese Antwort bleibt als Fassung erhalten</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>Which model answered, how and when</source>
        <translation>Welches Modell geantwortet hat, wie und wann</translation>
    </message>
    <message>
        <source>Previous version</source>
        <translation>Vorige Fassung</translation>
    </message>
    <message>
        <source>Version %1 of %2</source>
        <translation>Fassung %1 von %2</translation>
    </message>
    <message>
        <source>Next version</source>
        <translation>Nächste Fassung</translation>
    </message>
</context>
<context>
    <name>ModeChoice</name>
    <message>
        <source>What the colours show</source>
        <translation>Was die Farben zeigen</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Fate</source>
        <translation>Verbleib</translation>
    </message>
    <message>
        <source>Clusters</source>
        <translation>Gruppen</translation>
    </message>
    <message>
        <source>Word</source>
        <translation>Wort</translation>
    </message>
    <message>
        <source>The bare picture; hold B to look at it for a moment</source>
        <translation>Das bloße Bild; B gedrückt halten zeigt es für einen Augenblick</translation>
    </message>
    <message>
        <source>How the strategy ranked the tokens</source>
        <translation>Wie die Strategie die Token bewertet hat</translation>
    </message>
    <message>
        <source>Kept, recycled or dropped</source>
        <translation>Behalten, wiederverwertet oder verworfen</translation>
    </message>
    <message>
        <source>Merged tokens, by colour</source>
        <translation>Zusammengeführte Token, nach Farbe</translation>
    </message>
    <message>
        <source>What one word of the question or the answer attends to</source>
        <translation>Worauf ein Wort der Frage oder der Antwort achtet</translation>
    </message>
    <message>
        <source>chosen</source>
        <translation>gewählt</translation>
    </message>
</context>
<context>
    <name>ModeRow</name>
    <message>
        <source>Colours of the scores</source>
        <translation>Farben der Werte</translation>
    </message>
    <message>
        <source>Opacity of the tokens over the video</source>
        <translation>Deckkraft der Token über dem Video</translation>
    </message>
    <message>
        <source>The model looked at tiles of the picture and at the whole of it</source>
        <translation>Das Modell hat Kacheln des Bildes und das ganze Bild angesehen</translation>
    </message>
    <message>
        <source>Tiles</source>
        <translation>Kacheln</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Übersicht</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>A folder with one model or several</source>
        <translation>Ein Ordner mit einem oder mehreren Modellen</translation>
    </message>
    <message>
        <source>Looking for models …</source>
        <translation>Modelle werden gesucht …</translation>
    </message>
    <message>
        <source>Remove this folder from the list; its files stay</source>
        <translation>Diesen Ordner aus der Liste entfernen; seine Dateien bleiben</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>In Gebrauch</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>%1 is in use</source>
        <translation>%1 ist in Gebrauch</translation>
    </message>
    <message>
        <source>Use %1</source>
        <translation>%1 verwenden</translation>
    </message>
    <message>
        <source>Search again</source>
        <translation>Erneut suchen</translation>
    </message>
    <message>
        <source>Add a folder …</source>
        <translation>Ordner hinzufügen …</translation>
    </message>
    <message>
        <source>Which models are shown</source>
        <translation>Welche Modelle gezeigt werden</translation>
    </message>
    <message>
        <source>On this machine</source>
        <translation>Auf diesem Rechner</translation>
    </message>
    <message>
        <source>Get a model</source>
        <translation>Modell holen</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>The loaded model knows only %1 and can only guess about this picture. The page Models offers some that know real pictures.</source>
        <translation>Das geladene Modell kennt nur %1 und kann bei diesem Bild nur raten. Die Seite „Modelle“ bietet welche an, die echte Bilder kennen.</translation>
    </message>
    <message>
        <source>The loaded model knows only %1 and can only guess about this video. The page Models offers some that know real videos.</source>
        <translation>Das geladene Modell kennt nur %1 und kann bei diesem Video nur raten. Die Seite „Modelle“ bietet welche an, die echte Videos kennen.</translation>
    </message>
    <message>
        <source>How to get it …</source>
        <translation>So bekommen Sie es …</translation>
    </message>
    <message>
        <source>Ask in %1: the loaded model understands no other language.</source>
        <translation>Fragen Sie in dieser Sprache: %1. Das geladene Modell versteht keine andere.</translation>
    </message>
    <message>
        <source>Not a model for this picture</source>
        <translation>Kein Modell für dieses Bild</translation>
    </message>
    <message>
        <source>Not a model for this video</source>
        <translation>Kein Modell für dieses Video</translation>
    </message>
    <message>
        <source>Ask in %1</source>
        <translation>Fragen auf %1</translation>
    </message>
    <message>
        <source>Use the processor</source>
        <translation>Den Prozessor nehmen</translation>
    </message>
</context>
<context>
    <name>OpenButton</name>
    <message>
        <source>Open …</source>
        <translation>Öffnen …</translation>
    </message>
    <message>
        <source>Open a video or an image (Ctrl+O)</source>
        <translation>Ein Video oder Bild öffnen (Strg+O)</translation>
    </message>
    <message>
        <source>Recent files</source>
        <translation>Zuletzt geöffnete Dateien</translation>
    </message>
    <message>
        <source>Clear this list</source>
        <translation>Diese Liste leeren</translation>
    </message>
</context>
<context>
    <name>PruningMenu</name>
    <message>
        <source>Pruning</source>
        <translation>Ausdünnen</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Erweitert</translation>
    </message>
    <message>
        <source>Every strategy and any budget</source>
        <translation>Jedes Verfahren und jedes Budget</translation>
    </message>
    <message>
        <source>Model default</source>
        <translation>Vorgabe des Modells</translation>
    </message>
    <message>
        <source>As in the settings</source>
        <translation>Wie in den Einstellungen</translation>
    </message>
    <message>
        <source>Prune this session like the others again. The last question is answered again.</source>
        <translation>Diese Sitzung wieder wie die anderen ausdünnen; die letzte Frage wird noch einmal beantwortet</translation>
    </message>
    <message>
        <source>Strategy</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>How visual tokens are pruned</source>
        <translation>Wie visuelle Token ausgedünnt werden</translation>
    </message>
    <message>
        <source>For this session, from the next question on; the slider answers the last one again.</source>
        <translation>Für diese Sitzung, ab der nächsten Frage; der Regler beantwortet die letzte noch einmal.</translation>
    </message>
    <message>
        <source>For all questions of this table.</source>
        <translation>Für alle Fragen dieser Tabelle.</translation>
    </message>
</context>
<context>
    <name>RangeHandle</name>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>RenameDialog</name>
    <message>
        <source>Rename the session</source>
        <translation>Sitzung umbenennen</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Umbenennen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>SaveDialog</name>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Replace the file?</source>
        <translation>Datei ersetzen?</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>%1 already exists.</source>
        <translation>%1 gibt es schon.</translation>
    </message>
</context>
<context>
    <name>SaveFile</name>
    <message>
        <source>Save as</source>
        <translation>Speichern unter</translation>
    </message>
    <message>
        <source>PNG pictures (*.png)</source>
        <translation>PNG-Bilder (*.png)</translation>
    </message>
    <message>
        <source>SVG pictures (*.svg)</source>
        <translation>SVG-Bilder (*.svg)</translation>
    </message>
    <message>
        <source>MP4 videos (*.mp4)</source>
        <translation>MP4-Videos (*.mp4)</translation>
    </message>
    <message>
        <source>Traces (*.safetensors)</source>
        <translation>Spuren (*.safetensors)</translation>
    </message>
    <message>
        <source>Web pages (*.html)</source>
        <translation>Webseiten (*.html)</translation>
    </message>
    <message>
        <source>Markdown (*.md)</source>
        <translation>Markdown (*.md)</translation>
    </message>
    <message>
        <source>Sessions (*.json)</source>
        <translation>Sitzungen (*.json)</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>Tabellen (*.csv)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>ScoreLine</name>
    <message>
        <source>Scores by step: %1</source>
        <translation>Werte nach Schritt: %1</translation>
    </message>
    <message>
        <source>in</source>
        <translation>vor</translation>
    </message>
    <message>
        <source>%1</source>
        <translation>%1</translation>
    </message>
</context>
<context>
    <name>SelectionBar</name>
    <message>
        <source>%1 selected</source>
        <translation>%1 ausgewählt</translation>
    </message>
    <message>
        <source>Pin or unpin them</source>
        <translation>Anheften oder lösen</translation>
    </message>
    <message>
        <source>Tags of these sessions</source>
        <translation>Schlagwörter dieser Sitzungen</translation>
    </message>
    <message>
        <source>Export them</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Delete them (Del); this can be undone</source>
        <translation>Löschen (Entf); das lässt sich rückgängig machen</translation>
    </message>
    <message>
        <source>Select none (Esc)</source>
        <translation>Nichts auswählen (Esc)</translation>
    </message>
</context>
<context>
    <name>SessionItem</name>
    <message>
        <source>%1, answering</source>
        <translation>%1, antwortet</translation>
    </message>
    <message>
        <source>%1, new answer</source>
        <translation>%1, neue Antwort</translation>
    </message>
    <message>
        <source>open</source>
        <translation>offen</translation>
    </message>
    <message>
        <source>● Answering …</source>
        <translation>● Antwortet …</translation>
    </message>
    <message>
        <source>● New answer</source>
        <translation>● Neue Antwort</translation>
    </message>
    <message>
        <source>no answer yet</source>
        <translation>noch keine Antwort</translation>
    </message>
    <message>
        <source>1 answer</source>
        <translation>1 Antwort</translation>
    </message>
    <message>
        <source>%1 answers</source>
        <translation>%1 Antworten</translation>
    </message>
    <message>
        <source>selected</source>
        <translation>ausgewählt</translation>
    </message>
</context>
<context>
    <name>SessionMenus</name>
    <message>
        <source>Import sessions …</source>
        <translation>Sitzungen importieren …</translation>
    </message>
    <message>
        <source>Export all sessions (JSON) …</source>
        <translation>Alle Sitzungen exportieren (JSON) …</translation>
    </message>
    <message>
        <source>Export all to read (Markdown) …</source>
        <translation>Alle zum Lesen exportieren (Markdown) …</translation>
    </message>
    <message>
        <source>Select all (Ctrl+A)</source>
        <translation>Alle auswählen (Strg+A)</translation>
    </message>
    <message>
        <source>Many questions, many videos … (Ctrl+Shift+B)</source>
        <translation>Viele Fragen, viele Videos … (Strg+Umschalt+B)</translation>
    </message>
    <message>
        <source>Tag: %1 (%2)</source>
        <translation>Schlagwort: %1 (%2)</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>Lösen</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>Anheften</translation>
    </message>
    <message>
        <source>Rename … (F2)</source>
        <translation>Umbenennen … (F2)</translation>
    </message>
    <message>
        <source>Tags …</source>
        <translation>Schlagwörter …</translation>
    </message>
    <message>
        <source>Export (JSON) …</source>
        <translation>Exportieren (JSON) …</translation>
    </message>
    <message>
        <source>Export to read (Markdown) …</source>
        <translation>Zum Lesen exportieren (Markdown) …</translation>
    </message>
    <message>
        <source>Delete (Del)</source>
        <translation>Löschen (Entf)</translation>
    </message>
    <message>
        <source>Delete %1 sessions (Del)</source>
        <translation>%1 Sitzungen löschen (Entf)</translation>
    </message>
    <message>
        <source>Import sessions</source>
        <translation>Sitzungen einlesen</translation>
    </message>
    <message>
        <source>Sessions (*.json *.md)</source>
        <translation>Sitzungen (*.json *.md)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Export sessions</source>
        <translation>Sitzungen exportieren</translation>
    </message>
    <message>
        <source>Sessions (*.json)</source>
        <translation>Sitzungen (*.json)</translation>
    </message>
    <message>
        <source>Where to make the folder with the sessions</source>
        <translation>Wo der Ordner mit den Sitzungen entstehen soll</translation>
    </message>
    <message>
        <source>sessions</source>
        <translation>sitzungen</translation>
    </message>
</context>
<context>
    <name>SessionPane</name>
    <message>
        <source>New session (Ctrl+N)</source>
        <translation>Neue Sitzung (Strg+N)</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Nichts gefunden</translation>
    </message>
    <message>
        <source>Your sessions will appear here.</source>
        <translation>Hier erscheinen Ihre Sitzungen.</translation>
    </message>
    <message>
        <source>Session deleted</source>
        <translation>Sitzung gelöscht</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Sitzungen</translation>
    </message>
    <message>
        <source>Restore it (Ctrl+Z in the list)</source>
        <translation>Wiederherstellen (Strg+Z in der Liste)</translation>
    </message>
    <message>
        <source>Search sessions</source>
        <translation>Sitzungen suchen</translation>
    </message>
    <message>
        <source>Clear the search (Esc)</source>
        <translation>Die Suche leeren (Esc)</translation>
    </message>
    <message>
        <source>Import, export, tags, many questions at once</source>
        <translation>Import, Export, Schlagwörter, viele Fragen auf einmal</translation>
    </message>
    <message>
        <source>%1 sessions deleted</source>
        <translation>%1 Sitzungen gelöscht</translation>
    </message>
</context>
<context>
    <name>SettingsAnswers</name>
    <message>
        <source>Exact</source>
        <translation>Genau</translation>
    </message>
    <message>
        <source>Natural</source>
        <translation>Natürlich</translation>
    </message>
    <message>
        <source>Creative</source>
        <translation>Kreativ</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>A named set of the values below. Exact, Natural and Creative change only how words are drawn; your own keep all of them.</source>
        <translation>Ein benannter Satz der Werte unten. Genau, Natürlich und Kreativ ändern nur, wie Wörter gewählt werden; eigene merken sich alle.</translation>
    </message>
    <message>
        <source>Choose a preset</source>
        <translation>Eine Vorgabe wählen</translation>
    </message>
    <message>
        <source>Other values</source>
        <translation>Andere Werte</translation>
    </message>
    <message>
        <source>Name for your own</source>
        <translation>Eigener Name</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Keep these values under this name</source>
        <translation>Diese Werte unter diesem Namen merken</translation>
    </message>
    <message>
        <source>Delete this preset</source>
        <translation>Diese Vorgabe löschen</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>Systemtext</translation>
    </message>
    <message>
        <source>Said to the model before the first question. Empty: “%1”</source>
        <translation>Wird dem Modell vor der ersten Frage gesagt. Leer: „%1“</translation>
    </message>
    <message>
        <source>Said to the model before the first question. Empty: nothing.</source>
        <translation>Wird dem Modell vor der ersten Frage gesagt. Leer: nichts.</translation>
    </message>
    <message>
        <source>The loaded model takes none.</source>
        <translation>Das geladene Modell nimmt keinen.</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>0: the most likely word each time, so the same question has the same answer. The higher, the more variety.</source>
        <translation>0: jedes Mal das wahrscheinlichste Wort, sodass dieselbe Frage dieselbe Antwort hat. Je höher, desto mehr Abwechslung.</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Draws only from the most likely words that together have this probability. 1: from all.</source>
        <translation>Wählt nur aus den wahrscheinlichsten Wörtern, die zusammen diese Wahrscheinlichkeit haben. 1: aus allen.</translation>
    </message>
    <message>
        <source>Top-k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>Draws only from this many of the most likely words. 0: from all.</source>
        <translation>Wählt nur aus so vielen der wahrscheinlichsten Wörter. 0: aus allen.</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>The same seed draws the same words. The details of an answer say which one it had.</source>
        <translation>Derselbe Startwert wählt dieselben Wörter. Die Einzelheiten einer Antwort nennen ihren.</translation>
    </message>
    <message>
        <source>A new one for each answer</source>
        <translation>Ein neuer für jede Antwort</translation>
    </message>
    <message>
        <source>A fixed number</source>
        <translation>Eine feste Anzahl</translation>
    </message>
    <message>
        <source>Longest answer, in tokens</source>
        <translation>Längste Antwort, in Token</translation>
    </message>
    <message>
        <source>An answer that reaches this is cut off, and says so</source>
        <translation>Eine Antwort, die das erreicht, wird abgeschnitten und sagt es</translation>
    </message>
</context>
<context>
    <name>SettingsData</name>
    <message>
        <source>Sessions</source>
        <translation>Sitzungen</translation>
    </message>
    <message>
        <source>All questions and answers with their tokens. Copy this file to keep or move them.</source>
        <translation>Alle Fragen und Antworten mit ihren Token. Kopieren Sie diese Datei, um sie zu sichern oder umzuziehen.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>A text file. Without it, the program starts as new.</source>
        <translation>Eine Textdatei. Ohne sie startet das Programm wie neu.</translation>
    </message>
    <message>
        <source>Downloaded models</source>
        <translation>Heruntergeladene Modelle</translation>
    </message>
    <message>
        <source>The cache that Hugging Face&apos;s own programs use, too.</source>
        <translation>Der Zwischenspeicher, den auch die Programme von Hugging Face benutzen.</translation>
    </message>
    <message>
        <source>Smaller models</source>
        <translation>Verkleinerte Modelle</translation>
    </message>
    <message>
        <source>Models that were made smaller here.</source>
        <translation>Modelle, die hier verkleinert wurden.</translation>
    </message>
    <message>
        <source>Demo model</source>
        <translation>Demomodell</translation>
    </message>
    <message>
        <source>Comes with the program.</source>
        <translation>Kommt mit dem Programm.</translation>
    </message>
    <message>
        <source>All of it is on this machine. Nothing is sent anywhere; only the page Models downloads, when you ask it to.</source>
        <translation>Alles liegt auf diesem Rechner. Nichts wird irgendwohin gesendet; nur die Seite Modelle lädt herunter, wenn Sie es wollen.</translation>
    </message>
    <message>
        <source>nothing yet</source>
        <translation>noch nichts</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Open folder: %1</source>
        <translation>Ordner öffnen: %1</translation>
    </message>
</context>
<context>
    <name>SettingsGeneral</name>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation>Hell oder dunkel</translation>
    </message>
    <message>
        <source>Like the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Size of the interface (Ctrl++, Ctrl+-)</source>
        <translation>Größe der Oberfläche (Strg++, Strg+-)</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>This window only has room for %1 %. Enlarge it to see %2 %.</source>
        <translation>In dieses Fenster passen nur %1 %. Vergrößern Sie es für %2 %.</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Language of the interface</source>
        <translation>Sprache der Oberfläche</translation>
    </message>
    <message>
        <source>Begin where I left off</source>
        <translation>Weitermachen, wo ich aufgehört habe</translation>
    </message>
    <message>
        <source>The program starts with the last session, its video and its tokens, unless it is given a file</source>
        <translation>Das Programm startet mit der letzten Sitzung, ihrem Video und ihren Token, außer es bekommt eine Datei</translation>
    </message>
    <message>
        <source>Motion</source>
        <translation>Bewegung</translation>
    </message>
    <message>
        <source>Whether parts of the window move to explain themselves</source>
        <translation>Ob sich Teile des Fensters bewegen, um sich zu erklären</translation>
    </message>
    <message>
        <source>Full</source>
        <translation>Voll</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>The system asks for less motion, so nothing moves.</source>
        <translation>Das System wünscht weniger Bewegung, deshalb bewegt sich nichts.</translation>
    </message>
</context>
<context>
    <name>SettingsMachine</name>
    <message>
        <source>Threads</source>
        <translation>Threads</translation>
    </message>
    <message>
        <source>The program was started with --threads %1.</source>
        <translation>Das Programm wurde mit --threads %1 gestartet.</translation>
    </message>
    <message>
        <source>Arithmetic</source>
        <translation>Rechenart</translation>
    </message>
    <message>
        <source>For BF16 weights: exact, or faster at reading prompts and nearly the same. From the next loading of the model on.</source>
        <translation>Für BF16-Gewichte: genau, oder schneller beim Lesen der Frage und fast gleich. Ab dem nächsten Laden des Modells.</translation>
    </message>
    <message>
        <source>The program was started with --arithmetic.</source>
        <translation>Das Programm wurde mit --arithmetic gestartet.</translation>
    </message>
    <message>
        <source>This processor has no AVX-512 BF16, so it computes exactly.</source>
        <translation>Dieser Prozessor hat kein AVX-512 BF16, daher rechnet er genau.</translation>
    </message>
    <message>
        <source>Exact (float32)</source>
        <translation>Genau (float32)</translation>
    </message>
    <message>
        <source>Fast (bfloat16)</source>
        <translation>Schnell (bfloat16)</translation>
    </message>
    <message>
        <source>Loaded model</source>
        <translation>Geladenes Modell</translation>
    </message>
    <message>
        <source>It is being loaded.</source>
        <translation>Es wird geladen.</translation>
    </message>
    <message>
        <source>No model is loaded.</source>
        <translation>Es ist kein Modell geladen.</translation>
    </message>
    <message>
        <source>Load it again</source>
        <translation>Neu laden</translation>
    </message>
    <message>
        <source>The window is drawn by</source>
        <translation>Gezeichnet mit</translation>
    </message>
    <message>
        <source>Where OpenGL does not work, the processor draws</source>
        <translation>Wo OpenGL nicht geht, zeichnet der Prozessor</translation>
    </message>
    <message>
        <source>the processor</source>
        <translation>dem Prozessor</translation>
    </message>
    <message>
        <source>OpenGL</source>
        <translation>OpenGL</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>What computes the model; Automatic: an NVIDIA GPU if one can be used. From the next loading of the model on.</source>
        <translation>Worauf das Modell gerechnet wird; Automatisch: eine GPU von NVIDIA, wenn eine benutzt werden kann. Ab dem nächsten Laden des Modells.</translation>
    </message>
    <message>
        <source>No GPU can be used: %1.</source>
        <translation>Es kann keine GPU benutzt werden: %1.</translation>
    </message>
    <message>
        <source>The program was started with --device %1.</source>
        <translation>Das Programm wurde mit --device %1 gestartet.</translation>
    </message>
    <message>
        <source>%1 cannot be used: %2</source>
        <translation>%1 kann nicht benutzt werden: %2</translation>
    </message>
    <message>
        <source>NVIDIA&apos;s libraries</source>
        <translation>Bibliotheken von NVIDIA</translation>
    </message>
    <message>
        <source>A folder in which cuBLAS and the driver&apos;s library are looked for first. Empty: beside the program, or where the system has them.</source>
        <translation>Ein Ordner, in dem cuBLAS und die Bibliothek des Treibers zuerst gesucht werden. Leer: neben dem Programm oder dort, wo das System sie hat.</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>How many compute at once on the processor. 0: one for each of its %1 cores, which is best for most machines. From the next loading of the model on.</source>
        <translation>Wie viele auf dem Prozessor zugleich rechnen. 0: einer für jeden seiner %1 Kerne, was auf den meisten Rechnern am besten ist. Ab dem nächsten Laden des Modells.</translation>
    </message>
    <message>
        <source>It was loaded on another device, with other threads or another arithmetic.</source>
        <translation>Es wurde auf einem anderen Gerät, mit anderen Threads oder einer anderen Rechenart geladen.</translation>
    </message>
    <message>
        <source>As set above; the session stays</source>
        <translation>Wie oben eingestellt; die Sitzung bleibt</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>General</source>
        <translation>Allgemein</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Antworten</translation>
    </message>
    <message>
        <source>Frames and tokens</source>
        <translation>Bilder und Token</translation>
    </message>
    <message>
        <source>Player</source>
        <translation>Wiedergabe</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>Dieser Rechner</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>About</source>
        <translation>Über Sparsight</translation>
    </message>
    <message>
        <source>Something here is not as it comes with the program</source>
        <translation>Hier ist etwas anders, als das Programm es mitbringt</translation>
    </message>
    <message>
        <source>Reset this section</source>
        <translation>Diesen Abschnitt zurücksetzen</translation>
    </message>
    <message>
        <source>Back to how it comes with the program</source>
        <translation>Zurück zu dem, was das Programm mitbringt</translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation>Alles zurücksetzen</translation>
    </message>
    <message>
        <source>All sections; models, folders and presets stay</source>
        <translation>Alle Abschnitte; Modelle, Ordner und Vorgaben bleiben</translation>
    </message>
    <message>
        <source>Undo the reset</source>
        <translation>Zurücksetzen rückgängig machen</translation>
    </message>
</context>
<context>
    <name>SettingsPlayer</name>
    <message>
        <source>Volume</source>
        <translation>Lautstärke</translation>
    </message>
    <message>
        <source>Of every video</source>
        <translation>Von jedem Video</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>HDR videos</source>
        <translation>HDR-Videos</translation>
    </message>
    <message>
        <source>How the player and the model get the pictures of HDR videos (PQ, HLG), from the next one on</source>
        <translation>Wie Wiedergabe und Modell die Bilder von HDR-Videos (PQ, HLG) bekommen, ab dem nächsten</translation>
    </message>
    <message>
        <source>How HDR (PQ, HLG) is handled</source>
        <translation>Wie mit HDR (PQ, HLG) umgegangen wird</translation>
    </message>
    <message>
        <source>Adapted to ordinary screens</source>
        <translation>An Bildschirm angepasst</translation>
    </message>
    <message>
        <source>As stored</source>
        <translation>Wie gespeichert</translation>
    </message>
</context>
<context>
    <name>SettingsTokens</name>
    <message>
        <source>Frames per video</source>
        <translation>Bilder je Video</translation>
    </message>
    <message>
        <source>How many frames the model sees, from the next video on: at most %1 with this model, to leave room for a chat</source>
        <translation>Wie viele Bilder das Modell sieht, ab dem nächsten Video: mit diesem Modell höchstens %1, damit Platz für ein Gespräch bleibt</translation>
    </message>
    <message>
        <source>How many frames the model sees</source>
        <translation>Wie viele Bilder das Modell sieht</translation>
    </message>
    <message>
        <source>As the model was trained</source>
        <translation>Wie das Modell trainiert wurde</translation>
    </message>
    <message>
        <source>A fixed number</source>
        <translation>Eine feste Anzahl</translation>
    </message>
    <message>
        <source>Pruning</source>
        <translation>Ausdünnen</translation>
    </message>
    <message>
        <source>Which visual tokens are dropped on the way, for sessions without their own setting</source>
        <translation>Welche visuellen Token unterwegs wegfallen, für Sitzungen ohne eigene Einstellung</translation>
    </message>
    <message>
        <source>How visual tokens are pruned</source>
        <translation>Wie visuelle Token ausgedünnt werden</translation>
    </message>
    <message>
        <source>Model default</source>
        <translation>Vorgabe des Modells</translation>
    </message>
    <message>
        <source>Visual tokens that stay</source>
        <translation>Visuelle Token, die bleiben</translation>
    </message>
    <message>
        <source>as published</source>
        <translation>wie veröffentlicht</translation>
    </message>
    <message>
        <source>Scores are shown in</source>
        <translation>Werte erscheinen in</translation>
    </message>
    <message>
        <source>Colours of the scores</source>
        <translation>Farben der Werte</translation>
    </message>
    <message>
        <source>Opacity of the tokens over the video</source>
        <translation>Deckkraft der Token über dem Video</translation>
    </message>
    <message>
        <source>At 0 % the video is bare</source>
        <translation>Bei 0 % ist das Video unverdeckt</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>On average after the first pruning: a share (9.4%) or a number (194). Empty: the published value.</source>
        <translation>Im Mittel nach dem ersten Ausdünnen: ein Anteil (9.4%) oder eine Anzahl (194). Leer: der veröffentlichte Wert.</translation>
    </message>
</context>
<context>
    <name>Sheet</name>
    <message>
        <source>Close (Esc)</source>
        <translation>Schließen (Esc)</translation>
    </message>
</context>
<context>
    <name>ShortcutSheet</name>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Show me around</source>
        <translation>Rundgang starten</translation>
    </message>
    <message>
        <source>The short tour from the first start</source>
        <translation>Die kurze Führung vom ersten Start</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Leertaste</translation>
    </message>
    <message>
        <source>Backspace</source>
        <translation>Rücktaste</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Tab</source>
        <translation>Tab</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Eingabe</translation>
    </message>
    <message>
        <source>Del</source>
        <translation>Entf</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Menü</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>Pos1</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Ende</translation>
    </message>
    <message>
        <source>Page Up</source>
        <translation>Bild auf</translation>
    </message>
    <message>
        <source>Page Down</source>
        <translation>Bild ab</translation>
    </message>
    <message>
        <source>Ctrl</source>
        <translation>Strg</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Umschalt</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Mausrad</translation>
    </message>
</context>
<context>
    <name>Shortcuts</name>
    <message>
        <source>Video</source>
        <translation>Video</translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation>Abspielen oder anhalten</translation>
    </message>
    <message>
        <source>Play or pause, as in video editors</source>
        <translation>Abspielen oder anhalten, wie im Videoschnitt</translation>
    </message>
    <message>
        <source>Five seconds back or forward</source>
        <translation>Fünf Sekunden zurück oder vor</translation>
    </message>
    <message>
        <source>One frame back or forward</source>
        <translation>Ein Bild zurück oder vor</translation>
    </message>
    <message>
        <source>Open a video or an image</source>
        <translation>Video oder Bild öffnen</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>Gespräch</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>New session</source>
        <translation>Neue Sitzung</translation>
    </message>
    <message>
        <source>Search sessions</source>
        <translation>Sitzungen suchen</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>Show or hide the sessions</source>
        <translation>Sitzungen zeigen oder verbergen</translation>
    </message>
    <message>
        <source>Show or hide what happened to the tokens</source>
        <translation>Zeigen oder verbergen, was mit den Token geschah</translation>
    </message>
    <message>
        <source>Larger or smaller</source>
        <translation>Größer oder kleiner</translation>
    </message>
    <message>
        <source>Normal size</source>
        <translation>Normale Größe</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>This list</source>
        <translation>Diese Liste</translation>
    </message>
    <message>
        <source>Ten seconds back or forward</source>
        <translation>Zehn Sekunden zurück oder vor</translation>
    </message>
    <message>
        <source>Sound on or off</source>
        <translation>Ton an oder aus</translation>
    </message>
    <message>
        <source>Two answers side by side</source>
        <translation>Zwei Antworten nebeneinander</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>One second back or forward</source>
        <translation>Eine Sekunde zurück oder vor</translation>
    </message>
    <message>
        <source>To the start or the end</source>
        <translation>Zum Anfang oder Ende</translation>
    </message>
    <message>
        <source>To a tenth of the video</source>
        <translation>Zu einem Zehntel des Videos</translation>
    </message>
    <message>
        <source>Slower or faster</source>
        <translation>Langsamer oder schneller</translation>
    </message>
    <message>
        <source>Normal speed</source>
        <translation>Normale Geschwindigkeit</translation>
    </message>
    <message>
        <source>Quieter or louder</source>
        <translation>Leiser oder lauter</translation>
    </message>
    <message>
        <source>Subtitles: the next ones, or none</source>
        <translation>Untertitel: die nächsten oder keine</translation>
    </message>
    <message>
        <source>Next track of sound</source>
        <translation>Nächste Tonspur</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>Vollbild</translation>
    </message>
    <message>
        <source>Copy the picture with its tokens</source>
        <translation>Das Bild mit seinen Token kopieren</translation>
    </message>
    <message>
        <source>Leave full screen; stop; clear the search; leave the text field; release the token</source>
        <translation>Vollbild verlassen; anhalten; Suche leeren; Textfeld verlassen; Token loslassen</translation>
    </message>
    <message>
        <source>Many questions, many videos</source>
        <translation>Viele Fragen, viele Videos</translation>
    </message>
    <message>
        <source>Over the picture: back or forward; in smaller steps; larger or smaller</source>
        <translation>Über dem Bild: zurück oder vor; in kleineren Schritten; größer oder kleiner</translation>
    </message>
</context>
<context>
    <name>ShownText</name>
    <message>
        <source>%1 … and %2 more characters</source>
        <translation>%1 … und %2 weitere Zeichen</translation>
    </message>
</context>
<context>
    <name>SpeedChoice</name>
    <message>
        <source>Speed ([ and ])</source>
        <translation>Geschwindigkeit ([ und ])</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Show or hide the sessions (Ctrl+B)</source>
        <translation>Sitzungen zeigen oder verbergen (Strg+B)</translation>
    </message>
    <message>
        <source>Loading the model …</source>
        <translation>Das Modell wird geladen …</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>Models (Ctrl+M)</source>
        <translation>Modelle (Strg+M)</translation>
    </message>
    <message>
        <source>Settings (Ctrl+,)</source>
        <translation>Einstellungen (Strg+,)</translation>
    </message>
    <message>
        <source>Keys (F1)</source>
        <translation>Tasten (F1)</translation>
    </message>
    <message>
        <source>Saved: %1</source>
        <translation>Gespeichert: %1</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Stop saving; nothing is left behind</source>
        <translation>Speichern abbrechen; nichts bleibt zurück</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
    <message>
        <source>Opening %1</source>
        <translation>%1 wird geöffnet</translation>
    </message>
    <message>
        <source>Computed on: %1</source>
        <translation>Gerechnet auf: %1</translation>
    </message>
</context>
<context>
    <name>SubtitlePictures</name>
    <message>
        <source>Subtitles as a picture</source>
        <translation>Untertitel als Bild</translation>
    </message>
</context>
<context>
    <name>TagDialog</name>
    <message>
        <source>Tags of the session</source>
        <translation>Schlagwörter der Sitzung</translation>
    </message>
    <message>
        <source>Tags of %1 sessions</source>
        <translation>Schlagwörter von %1 Sitzungen</translation>
    </message>
    <message>
        <source>New tag</source>
        <translation>Neues Schlagwort</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>%1 (%2 of %3)</source>
        <translation>%1 (%2 von %3)</translation>
    </message>
    <message>
        <source>Take the tag off</source>
        <translation>Schlagwort entfernen</translation>
    </message>
    <message>
        <source>Put the tag on</source>
        <translation>Schlagwort vergeben</translation>
    </message>
    <message>
        <source>Search for tag:name to see the sessions with a tag.</source>
        <translation>Suchen Sie nach tag:Name, um die Sitzungen mit einem Schlagwort zu sehen.</translation>
    </message>
</context>
<context>
    <name>TimeLine</name>
    <message>
        <source>Position</source>
        <translation>Stelle</translation>
    </message>
    <message>
        <source>Ask from</source>
        <translation>Fragen ab</translation>
    </message>
    <message>
        <source>Ask up to</source>
        <translation>Fragen bis</translation>
    </message>
</context>
<context>
    <name>TimeText</name>
    <message>
        <source>%1 / %2</source>
        <comment>position and duration</comment>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>%1 · frame %2</source>
        <comment>position and index</comment>
        <translation>%1 · Bild %2</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
    <message>
        <source>Open this session</source>
        <translation>Diese Sitzung öffnen</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
</context>
<context>
    <name>TokenCard</name>
    <message>
        <source>Point at a token to see its story; click to pin it. Arrow keys move on, Esc lets go.</source>
        <translation>Zeigen Sie auf ein Token, um seine Geschichte zu sehen; ein Klick hält es fest. Pfeiltasten gehen weiter, Esc lässt los.</translation>
    </message>
    <message>
        <source>Frame %1 at %2</source>
        <translation>Bild %1 bei %2</translation>
    </message>
    <message>
        <source>The picture</source>
        <translation>Das Bild</translation>
    </message>
    <message>
        <source>Frames %1 to %2, at %3 to %4</source>
        <translation>Bilder %1 bis %2, von %3 bis %4</translation>
    </message>
</context>
<context>
    <name>TokenOverlay</name>
    <message>
        <source>Tokens of frame %1</source>
        <translation>Token von Bild %1</translation>
    </message>
    <message>
        <source>Arrow keys move between tokens, Page Up and Page Down between frames</source>
        <translation>Pfeiltasten gehen von Token zu Token, Bild auf und Bild ab von Bild zu Bild</translation>
    </message>
</context>
<context>
    <name>TokenPane</name>
    <message>
        <source>This answer is from another model, %1.</source>
        <translation>Diese Antwort stammt von einem anderen Modell, %1.</translation>
    </message>
    <message>
        <source>Ask a question: here you see, layer by layer, which tokens the model keeps.</source>
        <translation>Stellen Sie eine Frage: Hier sehen Sie Schicht für Schicht, welche Token das Modell behält.</translation>
    </message>
</context>
<context>
    <name>Tour</name>
    <message>
        <source>Welcome to Sparsight</source>
        <translation>Willkommen bei Sparsight</translation>
    </message>
    <message>
        <source>Ask about a video, and watch which parts of it the model looks at. Nothing leaves this machine.</source>
        <translation>Befragen Sie ein Video und sehen Sie zu, wohin das Modell schaut. Nichts verlässt diesen Rechner.</translation>
    </message>
    <message>
        <source>The video</source>
        <translation>Das Video</translation>
    </message>
    <message>
        <source>Drop any video here. Space plays it; comma and full stop go frame by frame. The marks below are the frames that the model sees.</source>
        <translation>Ziehen Sie ein beliebiges Video hierher. Die Leertaste spielt es ab, Komma und Punkt gehen Bild für Bild. Die Marken darunter sind die Bilder, die das Modell sieht.</translation>
    </message>
    <message>
        <source>Your questions</source>
        <translation>Ihre Fragen</translation>
    </message>
    <message>
        <source>Ask in plain words (Ctrl+L). The answer appears as it is written, with what it cost; Esc stops it.</source>
        <translation>Fragen Sie in einfachen Worten (Strg+L). Die Antwort erscheint, während sie entsteht, mit ihrem Aufwand; Esc hält sie an.</translation>
    </message>
    <message>
        <source>What happens to the tokens</source>
        <translation>Was mit den Token geschieht</translation>
    </message>
    <message>
        <source>The model sees a video as thousands of small pieces, called tokens. While it answers, you see layer by layer which are kept, recycled or dropped.</source>
        <translation>Das Modell sieht ein Video als Tausende kleiner Stücke, die Token. Während es antwortet, sehen Sie Schicht für Schicht, welche behalten, wiederverwertet oder verworfen werden.</translation>
    </message>
    <message>
        <source>Everything else</source>
        <translation>Alles Übrige</translation>
    </message>
    <message>
        <source>The buttons below show the sessions, models, settings and keys (F1). The small model that comes with Sparsight knows only moving shapes.</source>
        <translation>Die Knöpfe unten zeigen Sitzungen, Modelle, Einstellungen und Tasten (F1). Das kleine mitgelieferte Modell kennt nur bewegte Formen.</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>Überspringen</translation>
    </message>
    <message>
        <source>Skip the tour (Esc)</source>
        <translation>Führung überspringen (Esc)</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Previous step (←)</source>
        <translation>Voriger Schritt (←)</translation>
    </message>
</context>
<context>
    <name>TrackChoices</name>
    <message>
        <source>%1, chosen</source>
        <translation>%1, gewählt</translation>
    </message>
</context>
<context>
    <name>TracksButton</name>
    <message>
        <source>Subtitles (V)</source>
        <translation>Untertitel (V)</translation>
    </message>
    <message>
        <source>Tracks of sound (#)</source>
        <translation>Tonspuren (#)</translation>
    </message>
    <message>
        <source>Subtitles (V) and sound (#)</source>
        <translation>Untertitel (V) und Tonspuren (#)</translation>
    </message>
    <message>
        <source>No subtitles</source>
        <translation>Keine Untertitel</translation>
    </message>
    <message>
        <source>This machine has no sound device</source>
        <translation>Dieser Rechner hat kein Audiogerät</translation>
    </message>
</context>
<context>
    <name>TransportBar</name>
    <message>
        <source>Pause (Space)</source>
        <translation>Pause (Leertaste)</translation>
    </message>
    <message>
        <source>Play (Space)</source>
        <translation>Abspielen (Leertaste)</translation>
    </message>
    <message>
        <source>Repeat the part that you ask about</source>
        <translation>Den Ausschnitt wiederholen, nach dem Sie fragen</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>Ausschnitt</translation>
    </message>
    <message>
        <source>Ask about a part of the video: two handles on the timeline</source>
        <translation>Nach einem Ausschnitt fragen: zwei Griffe auf der Zeitleiste</translation>
    </message>
    <message>
        <source>Full screen (F11)</source>
        <translation>Vollbild (F11)</translation>
    </message>
</context>
<context>
    <name>VideoPane</name>
    <message>
        <source>Open a video or an image</source>
        <translation>Video oder Bild öffnen</translation>
    </message>
    <message>
        <source>Drop a video here</source>
        <translation>Ziehen Sie ein Video hierher</translation>
    </message>
    <message>
        <source>Nothing leaves this machine.</source>
        <translation>Nichts verlässt diesen Rechner.</translation>
    </message>
    <message>
        <source>Try the demo clip</source>
        <translation>Den Beispielclip ausprobieren</translation>
    </message>
</context>
<context>
    <name>VideoPicker</name>
    <message>
        <source>Videos and pictures (%1)</source>
        <translation>Videos und Bilddateien (%1)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>ViewMenu</name>
    <message>
        <source>How the tokens are drawn</source>
        <translation>Wie die Token gezeichnet werden</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Deckkraft</translation>
    </message>
    <message>
        <source>Opacity of the tokens over the video</source>
        <translation>Deckkraft der Token über dem Video</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Colours of the scores</source>
        <translation>Farben der Werte</translation>
    </message>
    <message>
        <source>Shown</source>
        <translation>Gezeigt</translation>
    </message>
    <message>
        <source>The model looked at tiles of the picture and at the whole of it</source>
        <translation>Das Modell hat Kacheln des Bildes und das ganze Bild angesehen</translation>
    </message>
    <message>
        <source>Tiles</source>
        <translation>Kacheln</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Vergrößerung</translation>
    </message>
    <message>
        <source>Zoom of the picture</source>
        <translation>Vergrößerung des Bildes</translation>
    </message>
    <message>
        <source>Ctrl and the wheel do the same; drag the picture to move it</source>
        <translation>Strg und das Mausrad tun dasselbe; ziehen Sie das Bild, um es zu verschieben</translation>
    </message>
    <message>
        <source>Copy the picture</source>
        <translation>Das Bild kopieren</translation>
    </message>
    <message>
        <source>As it is seen, with its tokens (Ctrl+Shift+C)</source>
        <translation>So, wie es zu sehen ist, mit seinen Token (Strg+Umschalt+C)</translation>
    </message>
    <message>
        <source>Hold B for the bare picture. Click an entry of the legend to see these tokens alone.</source>
        <translation>Halten Sie B gedrückt, um das bloße Bild zu sehen. Klicken Sie auf einen Eintrag der Legende, um nur diese Token zu sehen.</translation>
    </message>
</context>
<context>
    <name>VolumeControl</name>
    <message>
        <source>Muted</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>Ton</translation>
    </message>
    <message>
        <source>Unmute (M)</source>
        <translation>Ton an (M)</translation>
    </message>
    <message>
        <source>Mute (M)</source>
        <translation>Stumm (M)</translation>
    </message>
    <message>
        <source>Volume</source>
        <translation>Lautstärke</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
</context>
<context>
    <name>WaitingItem</name>
    <message>
        <source>Another answer</source>
        <translation>Noch eine Antwort</translation>
    </message>
    <message>
        <source>Waiting for its turn</source>
        <translation>Wartet, bis sie an der Reihe ist</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>Zurücknehmen</translation>
    </message>
    <message>
        <source>Do not answer again</source>
        <translation>Nicht neu beantworten</translation>
    </message>
    <message>
        <source>Move this question back into the input</source>
        <translation>Diese Frage zurück ins Eingabefeld holen</translation>
    </message>
    <message>
        <source>Not asked yet</source>
        <translation>Noch nicht gestellt</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>Ask this question now (Enter in the empty field)</source>
        <translation>Diese Frage jetzt stellen (Eingabe im leeren Feld)</translation>
    </message>
</context>
<context>
    <name>WordRow</name>
    <message>
        <source>Left and right choose a word, Enter shows what it attends to</source>
        <translation>Links und rechts wählen ein Wort, Eingabe zeigt, worauf es achtet</translation>
    </message>
    <message>
        <source>Rates tokens; weight, relative to the largest: %1</source>
        <translation>Bewertet Token; Gewicht, bezogen auf das größte: %1</translation>
    </message>
    <message>
        <source>Show what this word attends to</source>
        <translation>Zeigen, worauf dieses Wort achtet</translation>
    </message>
    <message>
        <source>Token %1 of the text: %2</source>
        <translation>Token %1 des Textes: %2</translation>
    </message>
    <message>
        <source>Words of the question and the answer</source>
        <translation>Wörter der Frage und der Antwort</translation>
    </message>
    <message>
        <source>Tokens %1 to %2 of the text: %3</source>
        <translation>Token %1 bis %2 des Textes: %3</translation>
    </message>
    <message>
        <source>Show what this word attends to: the mean of its tokens</source>
        <translation>Zeigen, worauf dieses Wort achtet: der Mittelwert seiner Token</translation>
    </message>
    <message>
        <source>Fold the earlier turns</source>
        <translation>Frühere Fragen einklappen</translation>
    </message>
    <message>
        <source>Show the words of earlier turns</source>
        <translation>Wörter früherer Fragen zeigen</translation>
    </message>
    <message>
        <source>Answer:</source>
        <translation>Antwort:</translation>
    </message>
    <message>
        <source>Show what the model looked at when it said this word</source>
        <translation>Zeigen, worauf das Modell sah, als es dieses Wort sagte</translation>
    </message>
    <message>
        <source>The trace has no attention of this word</source>
        <translation>Zu diesem Wort hat die Spur keine Aufmerksamkeit</translation>
    </message>
</context>
<context>
    <name>core</name>
    <message>
        <source>no memory left for a picture of {} x {}</source>
        <translation>Für ein Bild von {} x {} ist kein Speicher frei</translation>
    </message>
    <message>
        <source>{}: there is no session {}</source>
        <translation>{}: Eine Sitzung {} gibt es nicht</translation>
    </message>
    <message>
        <source>import: expected at most {} sessions and {} messages, found {} and {}</source>
        <translation>Import: erwartet werden höchstens {} Sitzungen und {} Nachrichten, gefunden wurden {} und {}</translation>
    </message>
    <message>
        <source>null or an integer below {}</source>
        <translation>null oder eine ganze Zahl unter {}</translation>
    </message>
    <message>
        <source>one of </source>
        <translation>eines von </translation>
    </message>
    <message>
        <source>a list</source>
        <translation>eine Liste</translation>
    </message>
    <message>
        <source>no less than 0</source>
        <translation>nicht weniger als 0</translation>
    </message>
    <message>
        <source>a path</source>
        <translation>ein Pfad</translation>
    </message>
    <message>
        <source>import: expected a date from 1970 to 9999, found &quot;{}&quot;</source>
        <translation>Import: erwartet wird ein Datum von 1970 bis 9999, gefunden wurde &quot;{}&quot;</translation>
    </message>
    <message>
        <source>import: expected &quot;{}&quot; and &quot;{}&quot; headings, as an export has them</source>
        <translation>Import: erwartet werden Überschriften &quot;{}&quot; und &quot;{}&quot;, wie ein Export sie hat</translation>
    </message>
    <message>
        <source>import: expected an object with &quot;format&quot;: &quot;{}&quot;, as an export has it</source>
        <translation>Import: erwartet wird ein Objekt mit &quot;format&quot;: &quot;{}&quot;, wie ein Export es hat</translation>
    </message>
    <message>
        <source>import: expected version 1 to {}, found {}: a newer Sparsight wrote it</source>
        <translation>Import: erwartet wird Version 1 bis {}, gefunden wurde {}: Ein neueres Sparsight hat die Datei geschrieben</translation>
    </message>
    <message>
        <source>{}: expected a file that can be read</source>
        <translation>{}: erwartet wird eine lesbare Datei</translation>
    </message>
    <message>
        <source>{}: expected at most {} bytes, the file has {}</source>
        <translation>{}: erwartet werden höchstens {} Bytes, die Datei hat {}</translation>
    </message>
    <message>
        <source>{}: expected UTF-8 text, found UTF-16</source>
        <translation>{}: erwartet wird Text in UTF-8, gefunden wurde UTF-16</translation>
    </message>
    <message>
        <source>{}: expected a chat database of Sparsight, found a database of another program</source>
        <translation>{}: erwartet wird eine Gesprächsdatenbank von Sparsight, gefunden wurde die eines anderen Programms</translation>
    </message>
    <message>
        <source>{}: the database has version {}, this Sparsight reads up to {}: a newer Sparsight wrote it. It was not changed</source>
        <translation>{}: Die Datenbank hat Version {}, dieses Sparsight liest sie bis {}: Ein neueres Sparsight hat sie geschrieben. Sie wurde nicht verändert</translation>
    </message>
    <message>
        <source>{}: there is no {} {}</source>
        <translation>{}: {} {} gibt es nicht</translation>
    </message>
    <message>
        <source>no place for the chat database: neither XDG_DATA_HOME nor HOME is set</source>
        <translation>Kein Ort für die Gesprächsdatenbank: Weder XDG_DATA_HOME noch HOME ist gesetzt</translation>
    </message>
    <message>
        <source>{}: the database is damaged: &quot;{}&quot; is not expected there</source>
        <translation>{}: Die Datenbank ist beschädigt: &quot;{}&quot; gehört dort nicht hin</translation>
    </message>
    <message>
        <source>{}: there is no {} {} in session {}</source>
        <translation>{}: {} {} gibt es in Sitzung {} nicht</translation>
    </message>
    <message>
        <source>{}: there is no message {} in session {}</source>
        <translation>{}: Eine Nachricht {} gibt es in Sitzung {} nicht</translation>
    </message>
    <message>
        <source>{}: there is no message {}</source>
        <translation>{}: Eine Nachricht {} gibt es nicht</translation>
    </message>
    <message>
        <source>a trace could not be compressed: {}</source>
        <translation>Eine Spur konnte nicht gepackt werden: {}</translation>
    </message>
    <message>
        <source>{}: is damaged: {} bytes long</source>
        <translation>{}: ist beschädigt: {} Bytes lang</translation>
    </message>
    <message>
        <source>{}: is damaged</source>
        <translation>{}: ist beschädigt</translation>
    </message>
    <message>
        <source>{}: expected a database, found something that is not a file</source>
        <translation>{}: erwartet wird eine Datenbank, gefunden wurde etwas, das keine Datei ist</translation>
    </message>
    <message>
        <source>{}: there is no chat database; the app makes it with the first question</source>
        <translation>{}: Eine Gesprächsdatenbank gibt es nicht; die App legt sie mit der ersten Frage an</translation>
    </message>
    <message>
        <source>{}: may only be read, and there is no room for a copy of it: {}: {}</source>
        <translation>{}: darf nur gelesen werden, und für eine Kopie ist kein Platz: {}: {}</translation>
    </message>
    <message>
        <source>{}: may only be read, and cannot be copied: {}</source>
        <translation>{}: darf nur gelesen und kann nicht kopiert werden: {}</translation>
    </message>
    <message>
        <source>{}: not enough memory; the last change was not saved</source>
        <translation>{}: Nicht genug Speicher; die letzte Änderung wurde nicht gespeichert</translation>
    </message>
    <message>
        <source>{}: the disk is full; the last change was not saved</source>
        <translation>{}: Der Datenträger ist voll; die letzte Änderung wurde nicht gespeichert</translation>
    </message>
    <message>
        <source>{}: may only be read{}; the last change was not saved</source>
        <translation>{}: darf nur gelesen werden{}; die letzte Änderung wurde nicht gespeichert</translation>
    </message>
    <message>
        <source>{}: another program has been writing to it for {} s; the last change was not saved</source>
        <translation>{}: Ein anderes Programm schreibt seit {} s darin; die letzte Änderung wurde nicht gespeichert</translation>
    </message>
    <message>
        <source>{}: expected a chat database, found a file of another kind</source>
        <translation>{}: erwartet wird eine Gesprächsdatenbank, gefunden wurde eine Datei anderer Art</translation>
    </message>
    <message>
        <source>{}: the database is damaged ({}); a copy of it may be read with `sqlite3 FILE .recover`</source>
        <translation>{}: Die Datenbank ist beschädigt ({}); eine Kopie lässt sich vielleicht mit `sqlite3 DATEI .recover` lesen</translation>
    </message>
    <message>
        <source>{}: cannot be opened{}</source>
        <translation>{}: lässt sich nicht öffnen{}</translation>
    </message>
    <message>
        <source>{}: the disk is full ({}); the last change was not saved</source>
        <translation>{}: Der Datenträger ist voll ({}); die letzte Änderung wurde nicht gespeichert</translation>
    </message>
    <message>
        <source>{}: reading or writing failed ({}{}{}); is the disk full or gone?</source>
        <translation>{}: Lesen oder Schreiben ist misslungen ({}{}{}); ist der Datenträger voll oder nicht mehr da?</translation>
    </message>
    <message>
        <source>gelu, gelu_pytorch_tanh, quick_gelu, silu, relu or linear</source>
        <translation>gelu, gelu_pytorch_tanh, quick_gelu, silu, relu oder linear</translation>
    </message>
    <message>
        <source>a checkpoint quantised with {} cannot be read; take the float16, bfloat16 or float32 one</source>
        <translation>Ein mit {} quantisiertes Modell kann nicht gelesen werden; bitte das mit float16, bfloat16 oder float32 nehmen</translation>
    </message>
    <message>
        <source>only 1 is supported, found {}</source>
        <translation>nur 1 wird unterstützt, gefunden wurde {}</translation>
    </message>
    <message>
        <source>expected a positive number for {}, the key is missing</source>
        <translation>erwartet wird eine positive Zahl für {}, der Schlüssel fehlt</translation>
    </message>
    <message>
        <source>more than low_freq_factor</source>
        <translation>mehr als low_freq_factor</translation>
    </message>
    <message>
        <source>default, linear or llama3</source>
        <translation>default, linear oder llama3</translation>
    </message>
    <message>
        <source>expected a divisor of num_attention_heads, {}, found {}</source>
        <translation>erwartet wird ein Teiler von num_attention_heads, {}, gefunden wurde {}</translation>
    </message>
    <message>
        <source>expected a multiple of num_attention_heads, {}, found {}</source>
        <translation>erwartet wird ein Vielfaches von num_attention_heads, {}, gefunden wurde {}</translation>
    </message>
    <message>
        <source>expected an even number, found {}</source>
        <translation>erwartet wird eine gerade Zahl, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{} heads of {} are wider than {}</source>
        <translation>{} Köpfe von {} sind breiter als {}</translation>
    </message>
    <message>
        <source>a positive integer, or two equal ones</source>
        <translation>eine positive ganze Zahl oder zwei gleiche</translation>
    </message>
    <message>
        <source>expected at most image_size, {}, found {}</source>
        <translation>erwartet wird höchstens image_size, {}, gefunden wurde {}</translation>
    </message>
    <message>
        <source>3: frames are RGB</source>
        <translation>3: Bilder sind RGB</translation>
    </message>
    <message>
        <source>{} .. {}, as the tower has {} layers</source>
        <translation>{} .. {}, da der Turm {} Schichten hat</translation>
    </message>
    <message>
        <source>an integer or a list of some</source>
        <translation>eine ganze Zahl oder eine Liste davon</translation>
    </message>
    <message>
        <source>a token id</source>
        <translation>die Nummer eines Token</translation>
    </message>
    <message>
        <source>expected another id than image_token_index, found {}</source>
        <translation>erwartet wird eine andere Nummer als image_token_index, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{} layers of {} are wider than {}</source>
        <translation>{} Schichten von {} sind breiter als {}</translation>
    </message>
    <message>
        <source>default or full</source>
        <translation>default oder full</translation>
    </message>
    <message>
        <source>{}: no such file; is this a model&apos;s directory?</source>
        <translation>{}: Diese Datei gibt es nicht; ist dies der Ordner eines Modells?</translation>
    </message>
    <message>
        <source>a picture of {} x {} could not be made: {}</source>
        <translation>Ein Bild von {} x {} konnte nicht angelegt werden: {}</translation>
    </message>
    <message>
        <source>the question is empty</source>
        <translation>Die Frage ist leer</translation>
    </message>
    <message>
        <source>the prompt has {} tokens ({} of them visual), the model takes {}: start a new chat, or shorten the question</source>
        <translation>Die Eingabe hat {} Token ({} davon visuell), das Modell nimmt {}: bitte ein neues Gespräch beginnen oder die Frage kürzen</translation>
    </message>
    <message>
        <source>the prompt has {} tokens ({} of them visual), the model takes {}: shorten the question</source>
        <translation>Die Eingabe hat {} Token ({} davon visuell), das Modell nimmt {}: bitte die Frage kürzen</translation>
    </message>
    <message>
        <source>the prompt has {} tokens ({} of them visual), the model takes {}: ask about fewer frames (at most {} fit), or shorten the question</source>
        <translation>Die Eingabe hat {} Token ({} davon visuell), das Modell nimmt {}: bitte nach weniger Bildern fragen (höchstens {} passen) oder die Frage kürzen</translation>
    </message>
    <message>
        <source>the prompt has {} tokens ({} of them visual), the model takes {}: ask about fewer frames (at most {} fit), or start a new chat</source>
        <translation>Die Eingabe hat {} Token ({} davon visuell), das Modell nimmt {}: bitte nach weniger Bildern fragen (höchstens {} passen) oder ein neues Gespräch beginnen</translation>
    </message>
    <message>
        <source>{}: cannot be written: {}</source>
        <translation>{}: kann nicht geschrieben werden: {}</translation>
    </message>
    <message>
        <source>{}: {} is working on it; wait until it is done, or name another folder</source>
        <translation>{}: {} arbeitet daran; bitte warten, bis das fertig ist, oder einen anderen Ordner nennen</translation>
    </message>
    <message>
        <source>{}: expected a trace of {} frames, found {}</source>
        <translation>{}: erwartet wird eine Spur von {} Bildern, gefunden wurden {}</translation>
    </message>
    <message>
        <source> and CLS</source>
        <translation> und CLS</translation>
    </message>
    <message>
        <source>a JPEG of {} x {} could not be made: {}</source>
        <translation>Ein JPEG von {} x {} konnte nicht angelegt werden: {}</translation>
    </message>
    <message>
        <source>the JPEG is damaged or cut short; parts of the picture are missing</source>
        <translation>Das JPEG ist beschädigt oder abgeschnitten; Teile des Bildes fehlen</translation>
    </message>
    <message>
        <source>this libwebp has another version than the one that Sparsight was built with</source>
        <translation>Diese libwebp hat eine andere Version als die, mit der Sparsight gebaut wurde</translation>
    </message>
    <message>
        <source>a WebP frame of {} x {} at {}, {} does not fit into {} x {}</source>
        <translation>Ein WebP-Einzelbild von {} x {} bei {}, {} passt nicht in {} x {}</translation>
    </message>
    <message>
        <source>not enough memory for decoding</source>
        <translation>Zum Dekodieren ist kein Speicher frei</translation>
    </message>
    <message>
        <source>the WebP is damaged</source>
        <translation>Das WebP ist beschädigt</translation>
    </message>
    <message>
        <source>the WebP is damaged or cut short before its picture</source>
        <translation>Das WebP ist beschädigt oder vor seinem Bild abgeschnitten</translation>
    </message>
    <message>
        <source>a picture of {} x {} pixels is too large</source>
        <translation>Ein Bild von {} x {} Pixeln ist zu groß</translation>
    </message>
    <message>
        <source>the WebP is damaged or cut short; its picture cannot be decoded</source>
        <translation>Das WebP ist beschädigt oder abgeschnitten; sein Bild kann nicht dekodiert werden</translation>
    </message>
    <message>
        <source>the WebP is damaged or cut short; parts of the picture are missing</source>
        <translation>Das WebP ist beschädigt oder abgeschnitten; Teile des Bildes fehlen</translation>
    </message>
    <message>
        <source>the WebP is cut short after its first picture</source>
        <translation>Das WebP ist nach seinem ersten Bild abgeschnitten</translation>
    </message>
    <message>
        <source>{}: this is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`</source>
        <translation>{}: Das ist ein Verweis von Git LFS, nicht die Datei selbst; `git lfs pull` holt sie</translation>
    </message>
    <message>
        <source>{}: expected JSON of at most {} lists and objects, found more</source>
        <translation>{}: erwartet wurde JSON mit höchstens {} Listen und Objekten, gefunden mehr</translation>
    </message>
    <message>
        <source>{}: JSON nested deeper than {} levels</source>
        <translation>{}: JSON ist tiefer als {} Ebenen verschachtelt</translation>
    </message>
    <message>
        <source>{}: not valid JSON at byte {}</source>
        <translation>{}: kein gültiges JSON bei Byte {}</translation>
    </message>
    <message>
        <source>{}: not valid JSON: {}</source>
        <translation>{}: kein gültiges JSON: {}</translation>
    </message>
    <message>
        <source>{}: expected a file of at most {} bytes, found {}</source>
        <translation>{}: erwartet wurde eine Datei von höchstens {} Bytes, gefunden {}</translation>
    </message>
    <message>
        <source>{}: {}expected an object, found {}</source>
        <translation>{}: {}erwartet wird ein Objekt, gefunden wurde {}</translation>
    </message>
    <message>
        <source>a string</source>
        <translation>eine Zeichenkette</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true oder false</translation>
    </message>
    <message>
        <source>a positive number</source>
        <translation>eine positive Zahl</translation>
    </message>
    <message>
        <source>a positive integer</source>
        <translation>eine positive ganze Zahl</translation>
    </message>
    <message>
        <source>a positive integer up to {}</source>
        <translation>eine positive ganze Zahl bis {}</translation>
    </message>
    <message>
        <source>an integer</source>
        <translation>eine ganze Zahl</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>eine Zahl</translation>
    </message>
    <message>
        <source>{}: {}{}: expected {}, found {}</source>
        <translation>{}: {}{}: erwartet wird {}, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: no such file</source>
        <translation>{}: Diese Datei gibt es nicht</translation>
    </message>
    <message>
        <source>{}: cannot be opened: {}</source>
        <translation>{}: lässt sich nicht öffnen: {}</translation>
    </message>
    <message>
        <source>{}: cannot be examined: {}</source>
        <translation>{}: lässt sich nicht untersuchen: {}</translation>
    </message>
    <message>
        <source>{}: expected a regular file, found {}</source>
        <translation>{}: erwartet wird eine gewöhnliche Datei, gefunden wurde {}</translation>
    </message>
    <message>
        <source>a directory</source>
        <translation>ein Ordner</translation>
    </message>
    <message>
        <source>a pipe or a device</source>
        <translation>eine Pipe oder ein Gerät</translation>
    </message>
    <message>
        <source>{}: {} bytes cannot be mapped: {}</source>
        <translation>{}: {} Bytes lassen sich nicht einblenden: {}</translation>
    </message>
    <message>
        <source>{}: the file became shorter while it was in use, or its disk cannot be read; restore the whole file and load it again</source>
        <translation>{}: Die Datei wurde gekürzt, während sie benutzt wurde, oder ihr Datenträger lässt sich nicht lesen; bitte die ganze Datei ablegen und neu laden</translation>
    </message>
    <message>
        <source>{}: the file was changed while it was in use; load it again</source>
        <translation>{}: Die Datei wurde geändert, während sie benutzt wurde; bitte neu laden</translation>
    </message>
    <message>
        <source>expected a text, found none</source>
        <translation>erwartet wird ein Text, gefunden wurde keiner</translation>
    </message>
    <message>
        <source>expected 1 to {} bytes of text, found {}</source>
        <translation>erwartet werden 1 bis {} Bytes Text, gefunden wurden {}</translation>
    </message>
    <message>
        <source>an object</source>
        <translation>ein Objekt</translation>
    </message>
    <message>
        <source>expected at most {} entries, found more</source>
        <translation>erwartet werden höchstens {} Einträge, gefunden mehr</translation>
    </message>
    <message>
        <source>texts of at most {} bytes</source>
        <translation>Texte von höchstens {} Bytes</translation>
    </message>
    <message>
        <source>expected {} digits of lower-case hex</source>
        <translation>erwartet werden {} kleine hexadezimale Ziffern</translation>
    </message>
    <message>
        <source>expected the number of questions, found none</source>
        <translation>erwartet wird die Zahl der Fragen, gefunden wurde keine</translation>
    </message>
    <message>
        <source>expected at most {} budgets, found more</source>
        <translation>erwartet werden höchstens {} Budgets, gefunden mehr</translation>
    </message>
    <message>
        <source>a whole number up to {}</source>
        <translation>eine ganze Zahl bis {}</translation>
    </message>
    <message>
        <source>texts of at most {} bytes by language</source>
        <translation>Texte von höchstens {} Bytes je Sprache</translation>
    </message>
    <message>
        <source>expected a text for &quot;en&quot;, found none</source>
        <translation>erwartet wird ein Text für &quot;en&quot;, gefunden wurde keiner</translation>
    </message>
    <message>
        <source>{}: no such folder; expected the folder of a model</source>
        <translation>{}: Diesen Ordner gibt es nicht; erwartet wird der Ordner eines Modells</translation>
    </message>
    <message>
        <source>{}: these are pickled weights, which could run any code; expected a folder with *.safetensors; convert the checkpoint with transformers&apos; save_pretrained</source>
        <translation>{}: Das sind Gewichte als Pickle, die beliebigen Code ausführen könnten; erwartet wird ein Ordner mit *.safetensors; bitte mit save_pretrained von transformers umwandeln</translation>
    </message>
    <message>
        <source>{}: this is a file of a model; give its folder, {}</source>
        <translation>{}: Das ist eine Datei eines Modells; bitte den Ordner nennen, {}</translation>
    </message>
    <message>
        <source>{}: this is a file; expected the folder of a model</source>
        <translation>{}: Das ist eine Datei; erwartet wird der Ordner eines Modells</translation>
    </message>
    <message>
        <source>{}: this is an adapter (LoRA), not a whole model; merge it into {} with peft&apos;s merge_and_unload, save the result with save_pretrained, and give that folder</source>
        <translation>{}: Das ist ein Adapter (LoRA), kein ganzes Modell; bitte mit merge_and_unload von peft in {} einfügen, mit save_pretrained speichern und dessen Ordner nennen</translation>
    </message>
    <message>
        <source>{}: a broken symbolic link</source>
        <translation>{}: ein symbolischer Verweis ohne Ziel</translation>
    </message>
    <message>
        <source>{}: this is Hugging Face&apos;s cache, or a part of it; give the folder of one model in it: {}</source>
        <translation>{}: Das ist der Zwischenspeicher von Hugging Face oder ein Teil davon; bitte den Ordner eines Modells darin nennen: {}</translation>
    </message>
    <message>
        <source>{}: this model in Hugging Face&apos;s cache has not been downloaded completely; download it again</source>
        <translation>{}: Dieses Modell im Zwischenspeicher von Hugging Face ist nicht vollständig heruntergeladen; bitte erneut herunterladen</translation>
    </message>
    <message>
        <source>{}: this is a folder of models; give one of them: {}</source>
        <translation>{}: Das ist ein Ordner voller Modelle; bitte eines davon nennen: {}</translation>
    </message>
    <message>
        <source>{}: only pickled weights here ({}), which could run any code; convert the checkpoint to safetensors with transformers&apos; save_pretrained</source>
        <translation>{}: nur Gewichte als Pickle ({}), die beliebigen Code ausführen könnten; bitte mit save_pretrained von transformers in safetensors umwandeln</translation>
    </message>
    <message>
        <source>{}: weights without config.json; download the model&apos;s other files, too</source>
        <translation>{}: Gewichte ohne config.json; bitte auch die anderen Dateien des Modells herunterladen</translation>
    </message>
    <message>
        <source>{}: no config.json here; is this a model&apos;s folder?</source>
        <translation>{}: keine config.json; ist das der Ordner eines Modells?</translation>
    </message>
    <message>
        <source>{}: neither model.safetensors nor model.safetensors.index.json here, only {}; download the model&apos;s other files, too</source>
        <translation>{}: weder model.safetensors noch model.safetensors.index.json, aber {}; bitte auch die anderen Dateien des Modells holen</translation>
    </message>
    <message>
        <source>{}: neither model.safetensors nor model.safetensors.index.json here; download the weights, too</source>
        <translation>{}: weder model.safetensors noch model.safetensors.index.json; bitte auch die Gewichte holen</translation>
    </message>
    <message>
        <source>preprocessing: expected sizes of 1 to {} and 3 channels</source>
        <translation>Vorverarbeitung: erwartet werden Größen von 1 bis {} und 3 Kanäle</translation>
    </message>
    <message>
        <source>frame {}: expected pixels {}, the first frame&apos;s, found {}</source>
        <translation>Bild {}: erwartet werden Pixel {} wie im ersten Bild, gefunden wurden {}</translation>
    </message>
    <message>
        <source>expected a positive integer, the key is missing</source>
        <translation>erwartet wird eine positive ganze Zahl, der Schlüssel fehlt</translation>
    </message>
    <message>
        <source>height and width</source>
        <translation>height und width</translation>
    </message>
    <message>
        <source>three numbers</source>
        <translation>drei Zahlen</translation>
    </message>
    <message>
        <source>positive numbers</source>
        <translation>positive Zahlen</translation>
    </message>
    <message>
        <source>one of PIL&apos;s filters, 0 .. 5</source>
        <translation>einer der Filter von PIL, 0 .. 5</translation>
    </message>
    <message>
        <source>{}: {}: expected {} x {}, the tower&apos;s image_size, found {} x {}</source>
        <translation>{}: {}: erwartet wird {} x {}, die image_size des Turms, gefunden wurde {} x {}</translation>
    </message>
    <message>
        <source>the chat: expected a question, found none</source>
        <translation>Das Gespräch: erwartet wird eine Frage, gefunden wurde keine</translation>
    </message>
    <message>
        <source>question {} of {} is empty</source>
        <translation>Frage {} von {} ist leer</translation>
    </message>
    <message>
        <source>the last of {} turns already has an answer: there is no question to answer</source>
        <translation>Die letzte von {} Fragen ist schon beantwortet: Es gibt keine offene Frage</translation>
    </message>
    <message>
        <source>the prompt has {} at position {}, but no {} is given</source>
        <translation>Die Eingabe hat {} an Stelle {}, und ein {} ist nicht gegeben</translation>
    </message>
    <message>
        <source>the prompt has {} at position {}, but the medium is {} {}: expected {}</source>
        <translation>Die Eingabe hat {} an Stelle {}, und gegeben ist {} {}: erwartet wird {}</translation>
    </message>
    <message>
        <source>the prompt has token {} at position {}, the model&apos;s vocabulary ends at {}</source>
        <translation>Die Eingabe hat Token {} an Stelle {}, der Wortschatz des Modells endet bei {}</translation>
    </message>
    <message>
        <source>{} visual tokens for a prompt without media</source>
        <translation>{} visuelle Token für eine Eingabe ohne Medium</translation>
    </message>
    <message>
        <source>a {} is given, but the prompt has no {}</source>
        <translation>Ein {} ist gegeben, und die Eingabe hat kein {}</translation>
    </message>
    <message>
        <source>the prompt has {} {} times: expected once</source>
        <translation>Die Eingabe hat {} {}-mal: erwartet wird es einmal</translation>
    </message>
    <message>
        <source>the prompt has {}, but the {} gave no visual tokens</source>
        <translation>Die Eingabe hat {}, und das {} ergab keine visuellen Token</translation>
    </message>
    <message>
        <source>the tokenizer has no {}: the model can&apos;t take a {}</source>
        <translation>Der Tokenizer hat kein {}: Das Modell nimmt kein {} an</translation>
    </message>
    <message>
        <source>{} is {} in the tokenizer, config.json says {}</source>
        <translation>{} ist im Tokenizer {}, config.json sagt {}</translation>
    </message>
    <message>
        <source>pyramiddrop: expected pruning layers below {}, since the next layer scores; found {}</source>
        <translation>pyramiddrop: bewertet mit der Schicht nach der, die ausdünnt; erwartet werden Schichten unter {}, gefunden wurde {}</translation>
    </message>
    <message>
        <source>dycoke: expected a layer from 1 on, since the layer before it chooses; found 0</source>
        <translation>dycoke: Die Aufmerksamkeit der Schicht davor wählt aus; erwartet wird eine Schicht ab 1, gefunden wurde 0</translation>
    </message>
    <message>
        <source>pruning layers: expected none, since {} prunes before the decoder</source>
        <translation>Schichten zum Ausdünnen: {} dünnt vor dem Decoder aus, Schichten sind da keine zu wählen</translation>
    </message>
    <message>
        <source>{}: recycling can&apos;t be chosen, it merges as published</source>
        <translation>{}: verschmilzt wie veröffentlicht, die Wiederverwertung lässt sich nicht wählen</translation>
    </message>
    <message>
        <source>{}: expected a count (194), a share (9.4%) or no budget at all, found &quot;{}&quot;</source>
        <translation>{}: erwartet wird eine Anzahl (194), ein Anteil (9.4%) oder gar kein Budget, gefunden wurde &quot;{}&quot;</translation>
    </message>
    <message>
        <source>{}: expected repacked positions, since merged tokens have no original one</source>
        <translation>{}: Verschmolzene Token haben keine ursprüngliche Position; erwartet werden neu gezählte</translation>
    </message>
    <message>
        <source>{}: expected finite numbers, found {}</source>
        <translation>{}: erwartet werden Zahlen, gefunden wurde {}</translation>
    </message>
    <message>
        <source>pruning layer {}: the decoder has layers 0 to {}</source>
        <translation>Schicht zum Ausdünnen {}: Der Decoder hat Schichten 0 bis {}</translation>
    </message>
    <message>
        <source>pruning layers: expected ascending numbers, found {} after {}</source>
        <translation>Schichten zum Ausdünnen: erwartet werden steigende Zahlen, gefunden wurde {} nach {}</translation>
    </message>
    <message>
        <source>pruning layers: expected one for {}, found {}</source>
        <translation>Schichten zum Ausdünnen: {} wirkt nach einer Schicht, gefunden wurden {}</translation>
    </message>
    <message>
        <source>{}: expected a count or a share as budget, there is no published setting; found {}</source>
        <translation>{}: erwartet wird als Budget eine Anzahl oder ein Anteil, eine veröffentlichte Einstellung gibt es nicht; gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: expected a count or a share as budget, it has no rank; found {}</source>
        <translation>{}: erwartet wird als Budget eine Anzahl oder ein Anteil, einen Rang gibt es nicht; gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: expected one count or a share as budget, found {}</source>
        <translation>{}: erwartet wird als Budget eine Anzahl oder ein Anteil, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: recycling can&apos;t be chosen, it drops what it prunes</source>
        <translation>{}: verwirft, was es ausdünnt, und verwertet nichts wieder</translation>
    </message>
    <message>
        <source>pruning &quot;{}&quot;: expected one of {}</source>
        <translation>Ausdünnen &quot;{}&quot;: erwartet wird eines von {}</translation>
    </message>
    <message>
        <source>the model&apos;s attention in layer {} is not a number</source>
        <translation>Die Aufmerksamkeit des Modells in Schicht {} ist keine Zahl</translation>
    </message>
    <message>
        <source>the model&apos;s visual tokens are not numbers</source>
        <translation>Die visuellen Token des Modells sind keine Zahlen</translation>
    </message>
    <message>
        <source>{}: published settings are 192, 128, 96 and 64, found {}</source>
        <translation>{}: Veröffentlicht sind 192, 128, 96 und 64, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: expected repacked positions or no recycling, since merged tokens have no original position</source>
        <translation>{}: Verschmolzene Token haben keine ursprüngliche Position; erwartet werden neu gezählte oder keine Wiederverwertung</translation>
    </message>
    <message>
        <source>sparsevlm-first: published settings are 192, 128 and 64, found {}</source>
        <translation>sparsevlm-first: Veröffentlicht sind 192, 128 und 64, gefunden wurde {}</translation>
    </message>
    <message>
        <source>sparsevlm-video: expected no published setting, it keeps as many tokens as the rank</source>
        <translation>sparsevlm-video: behält so viele wie der Rang, eine veröffentlichte Einstellung gibt es nicht</translation>
    </message>
    <message>
        <source>{}: expected the name of a file, found a folder</source>
        <translation>{}: erwartet wird der Name einer Datei, gefunden wurde ein Ordner</translation>
    </message>
    <message>
        <source>{}: expected the name of a file, found a device</source>
        <translation>{}: erwartet wird der Name einer Datei, gefunden wurde ein Gerät</translation>
    </message>
    <message>
        <source>SPARSIGHT_RESOURCES: expected a directory, found none at {}</source>
        <translation>SPARSIGHT_RESOURCES: erwartet wird ein Ordner, {} ist keiner</translation>
    </message>
    <message>
        <source>Sparsight&apos;s resources: no directory at {}; set SPARSIGHT_RESOURCES to the folder that holds them</source>
        <translation>Sparsights eigene Dateien: kein Ordner {}; bitte mit SPARSIGHT_RESOURCES angeben, wo sie sind</translation>
    </message>
    <message>
        <source>any known place</source>
        <translation>einem bekannten Ort</translation>
    </message>
    <message>
        <source>occurs twice</source>
        <translation>kommt zweimal vor</translation>
    </message>
    <message>
        <source>unexpected key &quot;{}&quot;</source>
        <translation>unerwarteter Schlüssel &quot;{}&quot;</translation>
    </message>
    <message>
        <source>{} occurs twice</source>
        <translation>{} kommt zweimal vor</translation>
    </message>
    <message>
        <source>unknown dtype &quot;{}&quot;</source>
        <translation>unbekannter dtype &quot;{}&quot;</translation>
    </message>
    <message>
        <source>more than {} dimensions</source>
        <translation>mehr als {} Dimensionen</translation>
    </message>
    <message>
        <source>data_offsets: expected two numbers, found {}</source>
        <translation>data_offsets: erwartet werden zwei Zahlen, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{} is missing</source>
        <translation>{} fehlt</translation>
    </message>
    <message>
        <source>{}: the header is not valid JSON at byte {}</source>
        <translation>{}: Der Kopf ist bei Byte {} kein gültiges JSON</translation>
    </message>
    <message>
        <source>a size of {} x {} overflows</source>
        <translation>eine Größe von {} x {} läuft über</translation>
    </message>
    <message>
        <source>{} x {} is no whole number of bytes</source>
        <translation>{} x {} ist keine ganze Zahl von Bytes</translation>
    </message>
    <message>
        <source>data_offsets [{}, {}]: expected {} bytes for {} x {}</source>
        <translation>data_offsets [{}, {}]: erwartet werden {} Bytes für {} x {}</translation>
    </message>
    <message>
        <source>{}: tensor {}: {}</source>
        <translation>{}: Tensor {}: {}</translation>
    </message>
    <message>
        <source>{}: the header: expected an object of tensors, found {}</source>
        <translation>{}: Der Kopf: erwartet wird ein Objekt von Tensoren, gefunden wurde {}</translation>
    </message>
    <message>
        <source>unexpected {} in the header</source>
        <translation>unerwartetes {} im Kopf</translation>
    </message>
    <message>
        <source>{}: tensor {}: data_offsets [{}, {}] are outside the file&apos;s {} bytes of data; is it cut off?</source>
        <translation>{}: Tensor {}: data_offsets [{}, {}] liegen außerhalb der {} Bytes Daten der Datei; ist sie abgeschnitten?</translation>
    </message>
    <message>
        <source>{}: tensor {}: its data overlaps that of {}</source>
        <translation>{}: Tensor {}: Seine Daten überschneiden sich mit denen von {}</translation>
    </message>
    <message>
        <source>{}: tensor {}: {} bytes before its data belong to no tensor</source>
        <translation>{}: Tensor {}: {} Bytes vor seinen Daten gehören zu keinem Tensor</translation>
    </message>
    <message>
        <source>{}: the last {} bytes belong to no tensor</source>
        <translation>{}: Die letzten {} Bytes gehören zu keinem Tensor</translation>
    </message>
    <message>
        <source>{}: this is a Git LFS pointer, not the weights; fetch them with `git lfs pull`</source>
        <translation>{}: Das ist ein Verweis von Git LFS, nicht die Gewichte; `git lfs pull` holt sie</translation>
    </message>
    <message>
        <source>{}: {} bytes are too few for a safetensors file</source>
        <translation>{}: {} Bytes sind zu wenige für eine Datei von safetensors</translation>
    </message>
    <message>
        <source>{}: the header&apos;s length, {}, is more than the file&apos;s {} bytes; not a safetensors file, or cut off</source>
        <translation>{}: Die Länge des Kopfes, {}, ist mehr als die {} Bytes der Datei; keine Datei von safetensors, oder abgeschnitten</translation>
    </message>
    <message>
        <source>{}: a header of {} bytes is longer than the format&apos;s limit of {}</source>
        <translation>{}: Ein Kopf von {} Bytes ist länger, als das Format erlaubt ({})</translation>
    </message>
    <message>
        <source>the model produced NaN for token {} of {}</source>
        <translation>Das Modell ergab NaN für Token {} von {}</translation>
    </message>
    <message>
        <source>the model produced {} as its largest logit, of token {}: expected a finite number</source>
        <translation>Das Modell ergab {} als größten Logit, von Token {}: erwartet wird eine endliche Zahl</translation>
    </message>
    <message>
        <source>temperature: expected 0 (greedy) or more, found {}</source>
        <translation>Temperatur: erwartet wird 0 (gierig) oder mehr, gefunden wurde {}</translation>
    </message>
    <message>
        <source>top_p: expected more than 0 and at most 1, found {}</source>
        <translation>top_p: erwartet wird mehr als 0 und höchstens 1, gefunden wurde {}</translation>
    </message>
    <message>
        <source>SentencePiece: {}</source>
        <translation>SentencePiece: {}</translation>
    </message>
    <message>
        <source>{}: expected {}, found {}</source>
        <translation>{}: erwartet wird {}, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: expected an object, found {}</source>
        <translation>{}: erwartet wird ein Objekt, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: ends inside a field at byte {}</source>
        <translation>{}: endet bei Byte {} mitten in einem Feld</translation>
    </message>
    <message>
        <source>{}: expected a number at byte {}, found more than 64 bits</source>
        <translation>{}: erwartet wird bei Byte {} eine Zahl, gefunden wurden mehr als 64 Bits</translation>
    </message>
    <message>
        <source>{}: expected a SentencePiece model, found an unknown field at byte {}</source>
        <translation>{}: erwartet wird ein Modell von SentencePiece, gefunden wurde ein unbekanntes Feld bei Byte {}</translation>
    </message>
    <message>
        <source>{}: cut off: the field at byte {} needs {} bytes, the file has {} left</source>
        <translation>{}: abgeschnitten: Das Feld bei Byte {} braucht {} Bytes, die Datei hat noch {}</translation>
    </message>
    <message>
        <source>{}: expected a SentencePiece model, found no pieces</source>
        <translation>{}: erwartet wird ein Modell von SentencePiece, gefunden wurden keine Stücke</translation>
    </message>
    <message>
        <source>{}: expected the spelling of a token, found none</source>
        <translation>{}: erwartet wird die Schreibung eines Token, gefunden wurde keine</translation>
    </message>
    <message>
        <source>{}: id {} is given to &quot;{}&quot;, elsewhere to &quot;{}&quot;</source>
        <translation>{}: Die Nummer {} gehört &quot;{}&quot;, anderswo &quot;{}&quot;</translation>
    </message>
    <message>
        <source>{}: &quot;{}&quot; is given the id {}, elsewhere {}</source>
        <translation>{}: &quot;{}&quot; hat die Nummer {}, anderswo {}</translation>
    </message>
    <message>
        <source>{}: expected at most {} added tokens</source>
        <translation>{}: erwartet werden höchstens {} hinzugefügte Token</translation>
    </message>
    <message>
        <source>{}: not a file</source>
        <translation>{}: keine Datei</translation>
    </message>
    <message>
        <source>{}: cannot be read</source>
        <translation>{}: kann nicht gelesen werden</translation>
    </message>
    <message>
        <source>{}: expected an id as the key</source>
        <translation>{}: erwartet wird eine Nummer als Schlüssel</translation>
    </message>
    <message>
        <source>{}: {}: missing</source>
        <translation>{}: {}: fehlt</translation>
    </message>
    <message>
        <source>{}: {}: expected a row of {}, the file has {} {}</source>
        <translation>{}: {}: erwartet wird eine Zeile von {}, die Datei hat {} {}</translation>
    </message>
    <message>
        <source>{}: this trace can&apos;t be shown: {}</source>
        <translation>{}: keine Spur, die gezeigt werden kann: {}</translation>
    </message>
    <message>
        <source>expected at most {} decoder layers, found {}</source>
        <translation>erwartet wurden höchstens {} Decoder-Schichten, gefunden wurden {}</translation>
    </message>
    <message>
        <source>expected {} sampled frames, found {}</source>
        <translation>erwartet werden {} Bilder, gefunden wurden {}</translation>
    </message>
    <message>
        <source>a sampled frame has no valid time or window</source>
        <translation>ein Bild ohne gültige Zeit oder gültigen Ausschnitt</translation>
    </message>
    <message>
        <source>a step does not start with the tokens that were left</source>
        <translation>ein Schritt beginnt nicht mit den Token, die übrig waren</translation>
    </message>
    <message>
        <source>a step&apos;s arrays do not match</source>
        <translation>die Felder eines Schritts passen nicht zusammen</translation>
    </message>
    <message>
        <source>a token was merged into one that does not exist</source>
        <translation>ein Token ging in eines auf, das es nicht gibt</translation>
    </message>
    <message>
        <source>raters outside the text</source>
        <translation>Bewertende außerhalb des Textes</translation>
    </message>
    <message>
        <source>a decode pass attends to more visual tokens than there are</source>
        <translation>ein Durchgang beachtet mehr visuelle Token, als da sind</translation>
    </message>
    <message>
        <source>its format is not sparsight-trace</source>
        <translation>sein Format ist nicht sparsight-trace</translation>
    </message>
    <message>
        <source>expected version {}, found {}</source>
        <translation>erwartet wird Version {}, gefunden wurde {}</translation>
    </message>
    <message>
        <source>too many tokens</source>
        <translation>zu viele Token</translation>
    </message>
    <message>
        <source>frames: expected at least 1, found 0</source>
        <translation>Bilder: erwartet wird mindestens 1, gefunden 0</translation>
    </message>
    <message>
        <source>the time range: expected numbers, found NaN</source>
        <translation>Der Zeitbereich: erwartet werden Zahlen, gefunden NaN</translation>
    </message>
    <message>
        <source>the range from {} s to {} s is empty</source>
        <translation>Der Bereich von {} s bis {} s ist leer</translation>
    </message>
    <message>
        <source>the file is damaged or cut short; what could be read is used</source>
        <translation>Die Datei ist beschädigt oder abgeschnitten; was gelesen werden konnte, wird benutzt</translation>
    </message>
    <message>
        <source>{} of {} packets could not be decoded; their frames are missing</source>
        <translation>{} von {} Paketen konnten nicht dekodiert werden; ihre Bilder fehlen</translation>
    </message>
    <message>
        <source>{} frames are damaged; parts of them are guessed</source>
        <translation>{} Bilder sind beschädigt; Teile davon sind erraten</translation>
    </message>
    <message>
        <source>the container declares {} frames, {} could be decoded</source>
        <translation>Der Container nennt {} Bilder, {} konnten dekodiert werden</translation>
    </message>
    <message>
        <source>{}: a picture of {} bytes is too large</source>
        <translation>{}: Ein Bild von {} Bytes ist zu groß</translation>
    </message>
    <message>
        <source>{}: the file could not be read to its end</source>
        <translation>{}: Die Datei konnte nicht bis zum Ende gelesen werden</translation>
    </message>
    <message>
        <source>{}: {} frames of {} x {} would take {:.1f} GiB, at most {} GiB are allowed; choose fewer frames</source>
        <translation>{}: {} Bilder von {} x {} bräuchten {} GiB, erlaubt sind höchstens {} GiB; bitte weniger Bilder wählen</translation>
    </message>
    <message>
        <source>{}: the text fills the model&apos;s context: no frame fits beside it; shorten the text</source>
        <translation>{}: Der Text füllt den Kontext des Modells: Daneben passt kein Bild; bitte den Text kürzen</translation>
    </message>
    <message>
        <source>{}: {} frames do not fit into the model&apos;s context beside the text: at most {} fit</source>
        <translation>{}: {} Bilder passen neben dem Text nicht in den Kontext des Modells: höchstens {} passen</translation>
    </message>
    <message>
        <source>{}: no picture could be decoded ({} in {}, {} packets)</source>
        <translation>{}: Kein Bild konnte dekodiert werden ({} in {}, {} Pakete)</translation>
    </message>
    <message>
        <source>{}: frame {} is missing; did the file change while it was read?</source>
        <translation>{}: Bild {} fehlt; hat sich die Datei beim Lesen geändert?</translation>
    </message>
    <message>
        <source>the GIF is cut short; its later frames are missing</source>
        <translation>Das GIF ist abgeschnitten; seine späteren Bilder fehlen</translation>
    </message>
    <message>
        <source>{}: not enough memory for its frames</source>
        <translation>{}: Für die Bilder ist kein Speicher frei</translation>
    </message>
    <message>
        <source>{}: no picture could be decoded</source>
        <translation>{}: Kein Bild konnte dekodiert werden</translation>
    </message>
    <message>
        <source>a picture of {} x {}: expected at most {} pixels a side and {} in all</source>
        <translation>Ein Bild von {} x {}: erwartet werden höchstens {} Pixel je Seite und {} insgesamt</translation>
    </message>
    <message>
        <source>pixel format {} cannot be converted</source>
        <translation>Das Pixelformat {} lässt sich nicht umwandeln</translation>
    </message>
    <message>
        <source>a picture with pixel format {} could not be converted</source>
        <translation>Ein Bild im Pixelformat {} konnte nicht umgewandelt werden</translation>
    </message>
    <message>
        <source>{}: there is no such file</source>
        <translation>{}: Diese Datei gibt es nicht</translation>
    </message>
    <message>
        <source>{}: expected a video or an image, found a directory</source>
        <translation>{}: erwartet wird ein Video oder ein Bild, gefunden wurde ein Ordner</translation>
    </message>
    <message>
        <source>{}: expected a regular file, found a device or a pipe</source>
        <translation>{}: erwartet wird eine gewöhnliche Datei, gefunden wurde ein Gerät oder eine Pipe</translation>
    </message>
    <message>
        <source>{}: cannot be opened for reading</source>
        <translation>{}: lässt sich nicht zum Lesen öffnen</translation>
    </message>
    <message>
        <source>{}: its size cannot be read: {}</source>
        <translation>{}: Die Größe ist nicht zu lesen: {}</translation>
    </message>
    <message>
        <source>{}: the file is empty</source>
        <translation>{}: Die Datei ist leer</translation>
    </message>
    <message>
        <source>{}: not a video or image: {}</source>
        <translation>{}: kein Video oder Bild: {}</translation>
    </message>
    <message>
        <source>{}: expected a video, found {} ({})</source>
        <translation>{}: erwartet wird ein Video, gefunden {} ({})</translation>
    </message>
    <message>
        <source>only sound</source>
        <translation>nur Ton</translation>
    </message>
    <message>
        <source>no picture</source>
        <translation>kein Bild</translation>
    </message>
    <message>
        <source>{}: a playlist ({}) refers to other files or addresses, which are not opened; open the video itself</source>
        <translation>{}: eine Wiedergabeliste ({}) verweist auf andere Dateien oder Adressen, die nicht geöffnet werden; bitte das Video selbst öffnen</translation>
    </message>
    <message>
        <source>{}: the file refers to other files or addresses, which are not opened</source>
        <translation>{}: Die Datei verweist auf andere Dateien oder Adressen, die nicht geöffnet werden</translation>
    </message>
    <message>
        <source>{}: FFmpeg cannot open it as a video or image: {}</source>
        <translation>{}: FFmpeg kann es nicht als Video oder Bild öffnen: {}</translation>
    </message>
    <message>
        <source>this FFmpeg has no decoder for {}</source>
        <translation>Dieses FFmpeg hat keinen Decoder für {}</translation>
    </message>
    <message>
        <source>the decoder for {} does not start: {}</source>
        <translation>Der Decoder für {} startet nicht: {}</translation>
    </message>
    <message>
        <source>this FFmpeg has no encoder for H.264 or MPEG-4 (libx264, libopenh264, mpeg4)</source>
        <translation>Dieses FFmpeg hat keinen Encoder für H.264 oder MPEG-4 (libx264, libopenh264, mpeg4)</translation>
    </message>
    <message>
        <source>{}: the video could not be written: {}</source>
        <translation>{}: Das Video konnte nicht geschrieben werden: {}</translation>
    </message>
    <message>
        <source>{}: a video of {} x {}: expected 1 to {} pixels a side</source>
        <translation>{}: Ein Video von {} x {}: erwartet wird 1 bis {} Pixel je Seite</translation>
    </message>
    <message>
        <source>the tower takes pixels of [frames, {}, {}, {}], the preprocessor gives {}</source>
        <translation>Der Turm nimmt Pixel von [Bilder, {}, {}, {}], die Vorverarbeitung gibt {}</translation>
    </message>
    <message>
        <source>layer {} of the tower, counted from its end: the tower has {} layers</source>
        <translation>Schicht {} des Turms, vom Ende gezählt: Der Turm hat {} Schichten</translation>
    </message>
    <message>
        <source>{}: the clip has no frames</source>
        <translation>{}: Der Clip hat keine Bilder</translation>
    </message>
    <message>
        <source>{}: weight_map: &quot;{}&quot; is not the name of a file in the same folder</source>
        <translation>{}: weight_map: &quot;{}&quot; ist nicht der Name einer Datei im selben Ordner</translation>
    </message>
    <message>
        <source>{}: its quantised weights are laid out as &quot;{}&quot;, expected &quot;{}&quot;; quantise the model again</source>
        <translation>{}: Die quantisierten Gewichte sind als „{}“ angeordnet, erwartet wird „{}“; quantisieren Sie das Modell noch einmal</translation>
    </message>
    <message>
        <source>{}: tensor {}: the same tensor as {} of {}</source>
        <translation>{}: Tensor {}: derselbe Tensor wie {} von {}</translation>
    </message>
    <message>
        <source>expected an object, the key is missing</source>
        <translation>erwartet wird ein Objekt, der Schlüssel fehlt</translation>
    </message>
    <message>
        <source>a file&apos;s name</source>
        <translation>der Name einer Datei</translation>
    </message>
    <message>
        <source>names no file</source>
        <translation>nennt keine Datei</translation>
    </message>
    <message>
        <source>{}: tensor {}: not in {}, where {} has it</source>
        <translation>{}: Tensor {}: nicht in {}, wo {} ihn hat</translation>
    </message>
    <message>
        <source>{}: expected {}, {} has {}</source>
        <translation>{}: erwartet wird {}, {} hat {}</translation>
    </message>
    <message>
        <source>{}: its tensors&apos; names have &quot;{}&quot; ({}), as {} saves them; save the model inside it instead</source>
        <translation>{}: Die Namen der Tensoren haben &quot;{}&quot; ({}), so wie {} sie speichert; bitte das Modell darin speichern</translation>
    </message>
    <message>
        <source>a model that torch.compile wraps</source>
        <translation>ein von torch.compile umhülltes Modell</translation>
    </message>
    <message>
        <source>a model that DataParallel wraps</source>
        <translation>ein von DataParallel umhülltes Modell</translation>
    </message>
    <message>
        <source>a model with peft&apos;s adapters</source>
        <translation>ein Modell mit Adaptern von peft</translation>
    </message>
    <message>
        <source>{}: expected {}, {} has no such tensor</source>
        <translation>{}: erwartet wird {}, {} hat keinen solchen Tensor</translation>
    </message>
    <message>
        <source>F32, F16, BF16, U8, I8, I32 or I64</source>
        <translation>F32, F16, BF16, U8, I8, I32 oder I64</translation>
    </message>
    <message>
        <source>at most {} dimensions</source>
        <translation>höchstens {} Dimensionen</translation>
    </message>
    <message>
        <source>{}: neither model.safetensors nor model.safetensors.index.json here</source>
        <translation>{}: weder model.safetensors noch model.safetensors.index.json</translation>
    </message>
    <message>
        <source>F32, F16 or BF16</source>
        <translation>F32, F16 oder BF16</translation>
    </message>
    <message>
        <source>no block scales: {} inputs are no multiple of {}</source>
        <translation>keine Skalen je Block: {} Eingänge sind kein Vielfaches von {}</translation>
    </message>
    <message>
        <source>{}: {} has no such tensor</source>
        <translation>{}: {} hat keinen solchen Tensor</translation>
    </message>
    <message>
        <source>{} compute threads requested, only {} could be started; choose fewer</source>
        <translation>{} Rechenthreads waren verlangt, nur {} ließen sich starten; bitte weniger wählen</translation>
    </message>
    <message>
        <source>output {} of a matrix {}: expected finite weights, found NaN or infinity</source>
        <translation>Ausgang {} einer Matrix {}: erwartet werden endliche Gewichte, gefunden wurde NaN oder unendlich</translation>
    </message>
    <message>
        <source>a tensor of shape {} does not fit into memory</source>
        <translation>Ein Tensor der Form {} passt nicht in den Speicher</translation>
    </message>
    <message>
        <source>not enough memory: {:.1f} MiB needed for a tensor of shape {}</source>
        <translation>Nicht genug Speicher: {} MiB für einen Tensor der Form {}</translation>
    </message>
    <message>
        <source>There is not enough memory for this.</source>
        <translation>Dafür reicht der Speicher nicht.</translation>
    </message>
    <message>
        <source>this FFmpeg cannot write PNG</source>
        <translation>Dieses FFmpeg kann kein PNG schreiben</translation>
    </message>
    <message>
        <source>not enough memory for a PNG of {} x {}</source>
        <translation>Für ein PNG von {} x {} ist kein Speicher frei</translation>
    </message>
    <message>
        <source>this {} cannot be decoded: {}; save it as JPEG or PNG</source>
        <translation>{} kann nicht dekodiert werden: {}; bitte als JPEG oder PNG speichern</translation>
    </message>
    <message>
        <source>this {} holds no picture that can be decoded; save it as JPEG or PNG</source>
        <translation>{} enthält kein Bild, das dekodiert werden kann; bitte als JPEG oder PNG speichern</translation>
    </message>
    <message>
        <source>the WebP is cut short; its later pictures are missing</source>
        <translation>Das WebP ist abgeschnitten; seine späteren Bilder fehlen</translation>
    </message>
    <message>
        <source>the WebP is damaged; its first picture cannot be decoded</source>
        <translation>Das WebP ist beschädigt; sein erstes Bild kann nicht dekodiert werden</translation>
    </message>
    <message>
        <source>the WebP is damaged; each missing picture is replaced by the one before it</source>
        <translation>Das WebP ist beschädigt; statt jedes fehlenden Bildes steht das davor</translation>
    </message>
    <message>
        <source>{}: not enough memory for its pictures</source>
        <translation>{}: Für die Bilder ist kein Speicher frei</translation>
    </message>
    <message>
        <source>timestamps repeat or go back; times are interpolated there, or follow the frame rate</source>
        <translation>Zeitstempel wiederholen sich oder springen zurück; die Zeiten dort folgen den umliegenden oder der Bildrate</translation>
    </message>
    <message>
        <source>{}: {} frames are too many; choose at most {}</source>
        <translation>{}: {} Bilder sind zu viele; bitte höchstens {} wählen</translation>
    </message>
    <message>
        <source>{}: an image has no duration; leave out the time range</source>
        <translation>{}: Ein Bild hat keine Dauer; bitte den Zeitbereich weglassen</translation>
    </message>
    <message>
        <source>{}: {} pictures of {} x {} would take more than {} GiB</source>
        <translation>{}: {} Bilder von {} x {} bräuchten mehr als {} GiB</translation>
    </message>
    <message>
        <source>this {} is damaged: its sizes are too large; save it as JPEG or PNG</source>
        <translation>Dieses {} ist beschädigt: Seine Größenangaben sind zu groß; bitte als JPEG oder PNG speichern</translation>
    </message>
    <message>
        <source>the {} is damaged; parts of the picture are guessed</source>
        <translation>Das {} ist beschädigt; Teile des Bildes sind geraten</translation>
    </message>
    <message>
        <source>its pixel format cannot be converted</source>
        <translation>Sein Pixelformat lässt sich nicht umwandeln</translation>
    </message>
    <message>
        <source>this libheif accepts no decoder plugin</source>
        <translation>Diese libheif nimmt kein Decoder-Plugin an</translation>
    </message>
    <message>
        <source>the container declares {}, the picture ends at {}</source>
        <translation>Der Container nennt {}, das Bild endet bei {}</translation>
    </message>
    <message>
        <source>{}: the video has no frame in the range; it lasts {}</source>
        <translation>{}: Das Video hat in dem Bereich kein Bild; es dauert {}</translation>
    </message>
    <message>
        <source>{}: pruning.strategy: this Sparsight has no strategy &quot;{}&quot;; nothing is pruned unless another one is chosen</source>
        <translation>{}: pruning.strategy: Dieses Sparsight hat keine Strategie &quot;{}&quot;; solange keine andere gewählt ist, wird nichts ausgedünnt</translation>
    </message>
    <message>
        <source>expected {}, found &quot;{}&quot;</source>
        <translation>erwartet wird {}, gefunden wurde &quot;{}&quot;</translation>
    </message>
    <message>
        <source>a rank (rank*13.5+6): multiplied by {} to {:.0f}, plus 0 to {:.0f} tokens</source>
        <translation>ein Rang (rank*13.5+6): mit {} bis {:.0f} malgenommen und um 0 bis {:.0f} Token vermehrt</translation>
    </message>
    <message>
        <source>a count for each pruning layer (300/200/110): up to {} of them, each from 1 to {:.0f}</source>
        <translation>eine Anzahl je ausdünnender Schicht (300/200/110): höchstens {}, jede von 1 bis {:.0f}</translation>
    </message>
    <message>
        <source>a share (9.4%), from {:.6f}% to 100%</source>
        <translation>ein Anteil (9.4%), von {:.6f}% bis 100%</translation>
    </message>
    <message>
        <source>a published setting (published:192): a whole number from 1 to {:.0f}</source>
        <translation>eine veröffentlichte Einstellung (published:192): eine ganze Zahl von 1 bis {:.0f}</translation>
    </message>
    <message>
        <source>a count (194), a share (9.4%), a published setting (published:192), a rank (rank*13.5+6) or a count for each pruning layer (300/200/110)</source>
        <translation>eine Anzahl (194), ein Anteil (9.4%), eine veröffentlichte Einstellung (published:192), ein Rang (rank*13.5+6) oder eine Anzahl je ausdünnender Schicht (300/200/110)</translation>
    </message>
    <message>
        <source>a count (194): a whole number from 1 to {:.0f}</source>
        <translation>eine Anzahl (194): eine ganze Zahl von 1 bis {:.0f}</translation>
    </message>
    <message>
        <source>budget &quot;{}&quot;: expected {}</source>
        <translation>Budget &quot;{}&quot;: erwartet wird {}</translation>
    </message>
    <message>
        <source>{}: the database is damaged: its version (user_version) is {}, expected 1 to {}. It was not changed</source>
        <translation>{}: Die Datenbank ist beschädigt: Ihre Version (user_version) ist {}, erwartet wird 1 bis {}. Sie wurde nicht verändert</translation>
    </message>
    <message>
        <source>{}: the database is damaged: it has no tables, though its version (user_version) is {}. It was not changed</source>
        <translation>{}: Die Datenbank ist beschädigt: Sie hat keine Tabellen, obwohl ihre Version (user_version) {} ist. Sie wurde nicht verändert</translation>
    </message>
    <message>
        <source>{}: a broken symbolic link: the model has not been downloaded completely; download it again</source>
        <translation>{}: ein symbolischer Link ins Leere: Das Modell wurde nicht vollständig geladen; bitte noch einmal herunterladen</translation>
    </message>
    <message>
        <source>{}: expected a chat database, found an empty file</source>
        <translation>{}: erwartet wird eine Gesprächsdatenbank, gefunden wurde eine leere Datei</translation>
    </message>
    <message>
        <source>expected codes of 1 to {} letters, found &quot;{}&quot;</source>
        <translation>erwartet werden Kürzel von 1 bis {} Buchstaben, gefunden wurde &quot;{}&quot;</translation>
    </message>
    <message>
        <source>expected {}, the key is missing</source>
        <translation>Erwartet wird {}, der Schlüssel fehlt</translation>
    </message>
    <message>
        <source>the model takes no {}</source>
        <translation>Das Modell nimmt keine Eingabe der Art {}</translation>
    </message>
    <message>
        <source>attention of the tower&apos;s CLS token: this tower has none</source>
        <translation>Aufmerksamkeit des CLS-Token des Turms: Dieser Turm hat keines</translation>
    </message>
    <message>
        <source>the trace&apos;s layout: expected {} visual tokens, found {} in {} frames</source>
        <translation>Anordnung der Spur: erwartet werden {} visuelle Token, gefunden wurden {} in {} Bildern</translation>
    </message>
    <message>
        <source>{}: needs the attention of the tower&apos;s CLS token, and this model&apos;s tower has none</source>
        <translation>{}: richtet sich nach der Aufmerksamkeit des CLS-Token im Turm, und der Turm dieses Modells hat keines</translation>
    </message>
    <message>
        <source>{}: needs the same number of tokens in every frame, and this clip&apos;s frames differ</source>
        <translation>{}: braucht Bilder mit gleich vielen Token; in diesem Video unterscheiden sie sich</translation>
    </message>
    <message>
        <source>a grid of visual tokens is too large</source>
        <translation>ein zu großes Raster visueller Token</translation>
    </message>
    <message>
        <source>a block of visual tokens has no grid or no frame</source>
        <translation>ein Block visueller Token ohne Raster oder Bild</translation>
    </message>
    <message>
        <source>a block of visual tokens lies outside its frame</source>
        <translation>ein Block visueller Token liegt außerhalb seines Bildes</translation>
    </message>
    <message>
        <source>expected frames of a square grid, with or without CLS; found {} frames of {} tokens, a grid of {}{}</source>
        <translation>erwartet werden Bilder mit quadratischem Raster, mit oder ohne CLS; gefunden wurden {} Bilder mit {} Token, ein Raster von {}{}</translation>
    </message>
    <message>
        <source>too many blocks of visual tokens</source>
        <translation>zu viele Blöcke visueller Token</translation>
    </message>
    <message>
        <source>{}: the backend {} takes no weights of type {}</source>
        <translation>{}: das Rechenwerk {} nimmt keine Gewichte vom Typ {} an</translation>
    </message>
    <message>
        <source>the file ends inside its header, at byte {}; is it cut off?</source>
        <translation>die Datei endet in ihrem Kopf, bei Byte {}; ist sie abgeschnitten?</translation>
    </message>
    <message>
        <source>this is a Git LFS pointer, not the weights; fetch them with `git lfs pull`</source>
        <translation>das ist ein Zeiger von Git LFS, nicht die Gewichte; bitte mit `git lfs pull` holen</translation>
    </message>
    <message>
        <source>expected a GGUF file, found another kind of file</source>
        <translation>erwartet wird eine Datei GGUF, gefunden wurde etwas anderes</translation>
    </message>
    <message>
        <source>its data is big-endian, which is not supported</source>
        <translation>die Daten sind big-endian, das wird nicht unterstützt</translation>
    </message>
    <message>
        <source>expected GGUF version 2 or 3, found {}; convert the model again with a current llama.cpp</source>
        <translation>erwartet wird Version 2 oder 3 von GGUF, gefunden wurde {}; bitte das Modell mit einem aktuellen llama.cpp neu umwandeln</translation>
    </message>
    <message>
        <source>the header counts {} entries, more than fit into the file&apos;s {} bytes; is it cut off?</source>
        <translation>der Kopf nennt {} Einträge, mehr als in die {} Bytes der Datei passen; ist sie abgeschnitten?</translation>
    </message>
    <message>
        <source>expected a name of at most {} bytes, found {}</source>
        <translation>erwartet wird ein Name von höchstens {} Bytes, gefunden wurden {}</translation>
    </message>
    <message>
        <source>{}: unknown value type {}</source>
        <translation>{}: unbekannter Werttyp {}</translation>
    </message>
    <message>
        <source>{}: {} elements do not fit into the file; is it cut off?</source>
        <translation>{}: {} Elemente passen nicht in die Datei; ist sie abgeschnitten?</translation>
    </message>
    <message>
        <source>{}: arrays nested deeper than {} levels</source>
        <translation>{}: Felder sind tiefer als {} Ebenen geschachtelt</translation>
    </message>
    <message>
        <source>{}: expected at most {} strings in the file, found more</source>
        <translation>{}: erwartet werden höchstens {} Texte in der Datei, gefunden wurden mehr</translation>
    </message>
    <message>
        <source>tensor {}: its name is not valid UTF-8</source>
        <translation>Tensor {}: sein Name ist kein gültiges UTF-8</translation>
    </message>
    <message>
        <source>tensor {}: {}</source>
        <translation>Tensor {}: {}</translation>
    </message>
    <message>
        <source>expected at most {} dimensions, found {}</source>
        <translation>erwartet werden höchstens {} Dimensionen, gefunden wurden {}</translation>
    </message>
    <message>
        <source>its shape is too large: a dimension is {}</source>
        <translation>seine Form ist zu groß: eine Dimension ist {}</translation>
    </message>
    <message>
        <source>unknown tensor type {}</source>
        <translation>unbekannter Tensortyp {}</translation>
    </message>
    <message>
        <source>expected rows of a multiple of {} elements for {}, found {}</source>
        <translation>erwartet werden Zeilen mit einem Vielfachen von {} Elementen für {}, gefunden wurden {}</translation>
    </message>
    <message>
        <source>expected a power of 2, found {}</source>
        <translation>erwartet wird eine Zweierpotenz, gefunden wurde {}</translation>
    </message>
    <message>
        <source>tensor {}: expected its data at offset {}, found {}</source>
        <translation>Tensor {}: seine Daten werden an Stelle {} erwartet, gefunden wurde {}</translation>
    </message>
    <message>
        <source>tensor {}: its {} bytes at {} are outside the file&apos;s {} bytes; is it cut off?</source>
        <translation>Tensor {}: seine {} Bytes ab {} liegen außerhalb der {} Bytes der Datei; ist sie abgeschnitten?</translation>
    </message>
    <message>
        <source>tensor {}: occurs twice</source>
        <translation>Tensor {}: kommt zweimal vor</translation>
    </message>
    <message>
        <source>{}: its type {} is not supported; expected F32, F16, BF16, Q8_0, Q4_0 to Q6_K, or IQ4</source>
        <translation>{}: sein Typ {} wird nicht unterstützt; erwartet wird F32, F16, BF16, Q8_0, Q4_0 bis Q6_K oder IQ4</translation>
    </message>
    <message>
        <source>expected a text</source>
        <translation>erwartet wird ein Text</translation>
    </message>
    <message>
        <source>expected true or false</source>
        <translation>erwartet wird true oder false</translation>
    </message>
    <message>
        <source>expected a finite number</source>
        <translation>erwartet wird eine endliche Zahl</translation>
    </message>
    <message>
        <source>expected an integer of 1 to {}</source>
        <translation>erwartet wird eine ganze Zahl von 1 bis {}</translation>
    </message>
    <message>
        <source>expected an integer of 1 to {}, found {}</source>
        <translation>erwartet wird eine ganze Zahl von 1 bis {}, gefunden wurde {}</translation>
    </message>
    <message>
        <source>expected a token&apos;s id</source>
        <translation>erwartet wird die Nummer eines Token</translation>
    </message>
    <message>
        <source>expected an array of another type</source>
        <translation>erwartet wird ein Feld eines anderen Typs</translation>
    </message>
    <message>
        <source>expected a number, the key is missing</source>
        <translation>erwartet wird eine Zahl, der Schlüssel fehlt</translation>
    </message>
    <message>
        <source>expected a positive number</source>
        <translation>erwartet wird eine positive Zahl</translation>
    </message>
    <message>
        <source>expected {} factors</source>
        <translation>erwartet werden {} Faktoren</translation>
    </message>
    <message>
        <source>expected finite factors of at least 1</source>
        <translation>erwartet werden endliche Faktoren von mindestens 1</translation>
    </message>
    <message>
        <source>expected the factors of LLaMA 3&apos;s rotary embedding</source>
        <translation>erwartet werden die Faktoren von LLaMA 3 für Drehpositionen</translation>
    </message>
    <message>
        <source>expected none or linear, found &quot;{}&quot;</source>
        <translation>erwartet wird none oder linear, gefunden wurde „{}“</translation>
    </message>
    <message>
        <source>expected either these factors or a linear scaling, found both</source>
        <translation>erwartet werden diese Faktoren oder eine lineare Skalierung, gefunden wurde beides</translation>
    </message>
    <message>
        <source>expected llama, qwen2 or qwen2vl, found &quot;{}&quot;</source>
        <translation>erwartet wird llama, qwen2 oder qwen2vl, gefunden wurde „{}“</translation>
    </message>
    <message>
        <source>the model is split into several files; merge them with `llama-gguf-split --merge`</source>
        <translation>das Modell ist auf mehrere Dateien verteilt; bitte mit `llama-gguf-split --merge` zusammenfügen</translation>
    </message>
    <message>
        <source>a mixture of experts is not supported</source>
        <translation>eine Mischung von Experten wird nicht unterstützt</translation>
    </message>
    <message>
        <source>expected a divisor of head_count</source>
        <translation>erwartet wird ein Teiler von head_count</translation>
    </message>
    <message>
        <source>expected an even width</source>
        <translation>erwartet wird eine gerade Breite</translation>
    </message>
    <message>
        <source>expected a head&apos;s width, {}</source>
        <translation>erwartet wird die Breite eines Kopfes, {}</translation>
    </message>
    <message>
        <source>expected a tensor [vocabulary, width]</source>
        <translation>erwartet wird ein Tensor [Vokabular, Breite]</translation>
    </message>
    <message>
        <source>expected llama or gpt2, found &quot;{}&quot;</source>
        <translation>erwartet wird llama oder gpt2, gefunden wurde „{}“</translation>
    </message>
    <message>
        <source>expected the tokens, the key is missing</source>
        <translation>erwartet werden die Token, der Schlüssel fehlt</translation>
    </message>
    <message>
        <source>{} entries for {} tokens</source>
        <translation>{} Einträge für {} Token</translation>
    </message>
    <message>
        <source>expected 1 to 6, found {} of token {}</source>
        <translation>erwartet wird 1 bis 6, gefunden wurde {} bei Token {}</translation>
    </message>
    <message>
        <source>expected the id of a token, found {}</source>
        <translation>erwartet wird die Nummer eines Token, gefunden wurde {}</translation>
    </message>
    <message>
        <source>expected clip, as in llama.cpp&apos;s files named mmproj</source>
        <translation>erwartet wird clip, wie in den Dateien mmproj von llama.cpp</translation>
    </message>
    <message>
        <source>expected mlp, qwen2vl_merger or qwen2.5vl_merger, found &quot;{}&quot;</source>
        <translation>erwartet wird mlp, qwen2vl_merger oder qwen2.5vl_merger, gefunden wurde „{}“</translation>
    </message>
    <message>
        <source>expected a divisor of embedding_length</source>
        <translation>erwartet wird ein Teiler von embedding_length</translation>
    </message>
    <message>
        <source>expected no more than image_size</source>
        <translation>erwartet wird höchstens image_size</translation>
    </message>
    <message>
        <source>expected a tensor of two dimensions</source>
        <translation>erwartet wird ein Tensor mit zwei Dimensionen</translation>
    </message>
    <message>
        <source>expected three numbers</source>
        <translation>erwartet werden drei Zahlen</translation>
    </message>
    <message>
        <source>{}: expected an even number of rows for each of {} heads, found {} rows</source>
        <translation>{}: erwartet wird für jeden der {} Köpfe eine gerade Zahl von Zeilen, gefunden wurden {} Zeilen</translation>
    </message>
    <message>
        <source>{}: expected the type of {}, {}, found {}</source>
        <translation>{}: erwartet wird der Typ von {}, {}, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: tensor {}: unknown part of a {} model</source>
        <translation>{}: Tensor {}: unbekannter Teil eines Modells {}</translation>
    </message>
    <message>
        <source>expected a tensor of attn_q&apos;s shape</source>
        <translation>erwartet wird ein Tensor in der Form von attn_q</translation>
    </message>
    <message>
        <source>expected a tensor of one or two dimensions</source>
        <translation>erwartet wird ein Tensor mit einer oder zwei Dimensionen</translation>
    </message>
    <message>
        <source>expected the same four dimensions as the first frame&apos;s</source>
        <translation>erwartet werden dieselben vier Dimensionen wie beim ersten Bild</translation>
    </message>
    <message>
        <source>the pickle is damaged at byte {}</source>
        <translation>der Pickle ist bei Byte {} beschädigt</translation>
    </message>
    <message>
        <source>the file ends inside a pickle, at byte {}; is it cut off?</source>
        <translation>die Datei endet in einem Pickle, bei Byte {}; ist sie abgeschnitten?</translation>
    </message>
    <message>
        <source>expected a pickle of at most {} values, found more</source>
        <translation>erwartet wird ein Pickle von höchstens {} Werten, gefunden wurden mehr</translation>
    </message>
    <message>
        <source>the file asks to run {}: refused, because that could do anything; use the model&apos;s *.safetensors, or a file that torch.save(model.state_dict(), ...) wrote</source>
        <translation>die Datei verlangt, {} auszuführen: abgelehnt, denn das könnte alles tun; bitte die *.safetensors des Modells nehmen oder eine Datei, die torch.save(model.state_dict(), ...) geschrieben hat</translation>
    </message>
    <message>
        <source>the pickle has the unsupported instruction {} at byte {}</source>
        <translation>der Pickle hat die nicht unterstützte Anweisung {} bei Byte {}</translation>
    </message>
    <message>
        <source>expected a pickle of protocol 0 to 5, found {}</source>
        <translation>erwartet wird ein Pickle nach Protokoll 0 bis 5, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: the ZIP archive is damaged; is the file cut off?</source>
        <translation>{}: Das ZIP-Archiv ist beschädigt; ist die Datei abgeschnitten?</translation>
    </message>
    <message>
        <source>its name is not valid UTF-8</source>
        <translation>sein Name ist kein gültiges UTF-8</translation>
    </message>
    <message>
        <source>its description is damaged</source>
        <translation>seine Beschreibung ist beschädigt</translation>
    </message>
    <message>
        <source>{}: expected a dict of tensors, as torch.save(model.state_dict(), ...) writes it</source>
        <translation>{}: Erwartet wird ein dict von Tensoren, wie torch.save(model.state_dict(), ...) es schreibt</translation>
    </message>
    <message>
        <source>it reaches past the end of its data</source>
        <translation>er reicht über das Ende seiner Daten hinaus</translation>
    </message>
    <message>
        <source>it has more elements than its data</source>
        <translation>er hat mehr Elemente als seine Daten</translation>
    </message>
    <message>
        <source>{}: tensor data {}: missing; is the file cut off?</source>
        <translation>{}: Tensordaten {}: fehlen; ist die Datei abgeschnitten?</translation>
    </message>
    <message>
        <source>{}: tensor data {}: expected {} x {}, found {} bytes</source>
        <translation>{}: Tensordaten {}: erwartet werden {} x {}, gefunden wurden {} Bytes</translation>
    </message>
    <message>
        <source>{}: the archive is compressed; save it again with torch.save, which does not compress</source>
        <translation>{}: Das Archiv ist komprimiert; bitte neu mit torch.save speichern, das nicht komprimiert</translation>
    </message>
    <message>
        <source>{}: expected one checkpoint in the archive, found two</source>
        <translation>{}: Erwartet wird ein Checkpoint im Archiv, gefunden wurden zwei</translation>
    </message>
    <message>
        <source>{}: expected PyTorch&apos;s data.pkl in the ZIP archive, found none</source>
        <translation>{}: Erwartet wird data.pkl von PyTorch im ZIP-Archiv, gefunden wurde keine</translation>
    </message>
    <message>
        <source>{}: this is a TorchScript program; save the state_dict() of its model instead</source>
        <translation>{}: Das ist ein Programm von TorchScript; bitte stattdessen das state_dict() seines Modells speichern</translation>
    </message>
    <message>
        <source>{}: its data is big-endian, which is not supported</source>
        <translation>{}: Die Daten sind big-endian, das wird nicht unterstützt</translation>
    </message>
    <message>
        <source>{}: expected a pickle of at most {} bytes, found {}</source>
        <translation>{}: Erwartet wird ein Pickle von höchstens {} Bytes, gefunden wurden {}</translation>
    </message>
    <message>
        <source>{}: expected a checkpoint of PyTorch, found another pickle</source>
        <translation>{}: Erwartet wird ein Checkpoint von PyTorch, gefunden wurde ein anderer Pickle</translation>
    </message>
    <message>
        <source>{}: expected version 1001 of PyTorch&apos;s old format, found another</source>
        <translation>{}: Erwartet wird Version 1001 des alten Formats von PyTorch, gefunden wurde eine andere</translation>
    </message>
    <message>
        <source>{}: tensor data {}: no tensor has them</source>
        <translation>{}: Tensordaten {}: gehören zu keinem Tensor</translation>
    </message>
    <message>
        <source>{}: &quot;{}&quot; is shorter than continuing_subword_prefix</source>
        <translation>{}: &quot;{}&quot; ist kürzer als continuing_subword_prefix</translation>
    </message>
    <message>
        <source>{}: &quot;{}&quot; is not in model.vocab</source>
        <translation>{}: &quot;{}&quot; steht nicht in model.vocab</translation>
    </message>
    <message>
        <source>a word of {} bytes is longer than a tokenizer takes</source>
        <translation>Ein Wort von {} Byte ist länger, als ein Tokenizer es annimmt</translation>
    </message>
    <message>
        <source>{}: missing</source>
        <translation>{}: fehlt</translation>
    </message>
    <message>
        <source>{}: expected at most {} bytes, found {}</source>
        <translation>{}: erwartet werden höchstens {} Byte, gefunden wurden {}</translation>
    </message>
    <message>
        <source>{}: more than {} steps</source>
        <translation>{}: mehr als {} Schritte</translation>
    </message>
    <message>
        <source>{}: nested deeper than {} levels</source>
        <translation>{}: tiefer als {} Ebenen geschachtelt</translation>
    </message>
    <message>
        <source>{}.type: a normalizer that is not known: {}</source>
        <translation>{}.type: ein Normalizer, der nicht bekannt ist: {}</translation>
    </message>
    <message>
        <source>a tokenizer makes {} bytes of a text of {}</source>
        <translation>Ein Tokenizer macht {} Byte aus einem Text von {}</translation>
    </message>
    <message>
        <source>{}: no regular expression: {} (&quot;{}&quot;)</source>
        <translation>{}: kein regulärer Ausdruck: {} (&quot;{}&quot;)</translation>
    </message>
    <message>
        <source>{}: on a text of {} bytes: {}</source>
        <translation>{}: bei einem Text von {} Byte: {}</translation>
    </message>
    <message>
        <source>{}: this regular expression is not understood: {} at byte {} (&quot;{}&quot;)</source>
        <translation>{}: Dieser reguläre Ausdruck wird nicht verstanden: {} bei Byte {} (&quot;{}&quot;)</translation>
    </message>
    <message>
        <source>{}.add_prefix_space: false, where prepend_scheme is {}</source>
        <translation>{}.add_prefix_space: false, während prepend_scheme {} ist</translation>
    </message>
    <message>
        <source>{}.type: a pre-tokenizer that is not known: {}</source>
        <translation>{}.type: ein Pre-Tokenizer, der nicht bekannt ist: {}</translation>
    </message>
    <message>
        <source>{}: SentencePiece: {}</source>
        <translation>{}: SentencePiece: {}</translation>
    </message>
    <message>
        <source>{}: piece {}: expected UTF-8</source>
        <translation>{}: Stück {}: erwartet wird UTF-8</translation>
    </message>
    <message>
        <source>{}: piece {}: expected a byte like &lt;0x0A&gt;, found {}</source>
        <translation>{}: Stück {}: erwartet wird ein Byte wie &lt;0x0A&gt;, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: piece {}: &quot;{}&quot; a second time</source>
        <translation>{}: Stück {}: &quot;{}&quot; ein zweites Mal</translation>
    </message>
    <message>
        <source>{}: &quot;{}&quot; must surround each text, but it is no token of the vocabulary</source>
        <translation>{}: &quot;{}&quot; soll um jeden Text stehen, ist aber kein Token des Vokabulars</translation>
    </message>
    <message>
        <source>{}.type: a decoder that is not known: {}</source>
        <translation>{}.type: ein Decoder, der nicht bekannt ist: {}</translation>
    </message>
    <message>
        <source>a tokenizer&apos;s decoder makes {} bytes at once</source>
        <translation>Der Decoder eines Tokenizers macht {} Byte auf einmal</translation>
    </message>
    <message>
        <source>{}: neither tokenizer.json nor tokenizer.model here</source>
        <translation>{}: hier liegt weder tokenizer.json noch tokenizer.model</translation>
    </message>
    <message>
        <source>{}: added token &quot;{}&quot;: its id {} is that of &quot;{}&quot;</source>
        <translation>{}: hinzugefügtes Token &quot;{}&quot;: Seine Nummer {} ist die von &quot;{}&quot;</translation>
    </message>
    <message>
        <source>{}: added token &quot;{}&quot;: its id is {}, in the vocabulary it is {}</source>
        <translation>{}: hinzugefügtes Token &quot;{}&quot;: Seine Nummer ist {}, im Vokabular ist sie {}</translation>
    </message>
    <message>
        <source>{}: added token &quot;{}&quot;: expected an id below {}, found {}</source>
        <translation>{}: hinzugefügtes Token &quot;{}&quot;: erwartet wird eine Nummer unter {}, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: the id {} is that of &quot;{}&quot; too</source>
        <translation>{}: Die Nummer {} ist auch die von &quot;{}&quot;</translation>
    </message>
    <message>
        <source>{}.type: a post-processor that is not known: {}</source>
        <translation>{}.type: ein Post-Prozessor, der nicht bekannt ist: {}</translation>
    </message>
    <message>
        <source>{}: the text a second time</source>
        <translation>{}: der Text ein zweites Mal</translation>
    </message>
    <message>
        <source>{}: &quot;{}&quot; is not in {}.special_tokens</source>
        <translation>{}: &quot;{}&quot; steht nicht in {}.special_tokens</translation>
    </message>
    <message>
        <source>{}: more than {} tokens around a text</source>
        <translation>{}: mehr als {} Token um einen Text</translation>
    </message>
    <message>
        <source>{}.single: the text is not in it</source>
        <translation>{}.single: Der Text kommt darin nicht vor</translation>
    </message>
    <message>
        <source>{}: {} is no byte pair encoding, which is all that is understood here</source>
        <translation>{}: {} ist kein Byte Pair Encoding; nur dieses wird hier verstanden</translation>
    </message>
    <message>
        <source>{}: the hub answers {}: there is no such model, or it is private, or its licence must be accepted; look at {}/{}, accept the licence there, make a token at {}/settings/tokens and set HF_TOKEN to it</source>
        <translation>{}: Der Hub antwortet {}: Dieses Modell gibt es nicht, oder es ist privat, oder seine Lizenz muss angenommen werden. Unter {}/{} nachsehen, dort die Lizenz annehmen, unter {}/settings/tokens ein Token anlegen und HF_TOKEN darauf setzen</translation>
    </message>
    <message>
        <source>{}: the hub answers 401: it does not know the token, or there is no such model; make a new token at {}/settings/tokens and set HF_TOKEN to it</source>
        <translation>{}: Der Hub antwortet 401: Er kennt das Token nicht, oder es gibt dieses Modell nicht. Unter {}/settings/tokens ein neues Token anlegen und HF_TOKEN darauf setzen</translation>
    </message>
    <message>
        <source>{}: the hub answers {}: this token may not read it; accept the model&apos;s licence at {}/{} and give the token the right to read gated models at {}/settings/tokens</source>
        <translation>{}: Der Hub antwortet {}: Mit diesem Token darf es nicht gelesen werden. Die Lizenz des Modells unter {}/{} annehmen und dem Token unter {}/settings/tokens erlauben, geschützte Modelle zu lesen</translation>
    </message>
    <message>
        <source>{}: its certificate is not accepted ({}); SSL_CERT_FILE names a file of certificates to trust, if the network here has its own</source>
        <translation>{}: Das Zertifikat wird nicht akzeptiert ({}). Hat dieses Netz eigene Zertifikate, nennt SSL_CERT_FILE eine Datei mit denen, die gelten sollen</translation>
    </message>
    <message>
        <source>{}: the hub has no such file in revision {}</source>
        <translation>{}: Diese Datei hat der Hub in der Revision {} nicht</translation>
    </message>
    <message>
        <source>{}: {} has no such model, or no revision {} of it; is the name spelled right?</source>
        <translation>{}: {} hat dieses Modell nicht, oder keine Revision {} davon. Ist der Name richtig geschrieben?</translation>
    </message>
    <message>
        <source>{}: {} answers {}, which is not expected here</source>
        <translation>{}: {} antwortet {}, was hier nicht erwartet wird</translation>
    </message>
    <message>
        <source>{}: {} cannot be reached or breaks off, {} times in a row; last: {}; what has arrived is kept, so try again later</source>
        <translation>{}: {} ist nicht zu erreichen oder bricht ab, {}-mal hintereinander; zuletzt: {}. Was angekommen ist, bleibt; später noch einmal versuchen</translation>
    </message>
    <message>
        <source>{}: {} answers {} and asks to wait {} s; try again then</source>
        <translation>{}: {} antwortet {} und bittet, {} s zu warten; dann noch einmal versuchen</translation>
    </message>
    <message>
        <source>the system&apos;s OpenSSL refuses {}</source>
        <translation>das OpenSSL dieses Systems verweigert {}</translation>
    </message>
    <message>
        <source>{}/{}: asked for bytes {} to {} of {}, the server sends &quot;{}&quot;</source>
        <translation>{}/{}: verlangt wurden die Bytes {} bis {} von {}, der Server schickt &quot;{}&quot;</translation>
    </message>
    <message>
        <source>{}/{}: expected {} bytes as the hub says, the server announces {}</source>
        <translation>{}/{}: {} Bytes erwartet, wie der Hub sagt; der Server kündigt {} an</translation>
    </message>
    <message>
        <source>{}/{}: expected {} bytes as the hub says, the server sends more</source>
        <translation>{}/{}: {} Bytes erwartet, wie der Hub sagt; der Server schickt mehr</translation>
    </message>
    <message>
        <source>{}: the disk is full; make room and try again, what has arrived is kept</source>
        <translation>{}: Der Datenträger ist voll. Platz schaffen und noch einmal versuchen; was angekommen ist, bleibt</translation>
    </message>
    <message>
        <source>{}/{}: expected a SHA-256 or SHA-1 as the file&apos;s ETag, found &quot;{}&quot;</source>
        <translation>{}/{}: erwartet wird ein SHA-256 oder SHA-1 als ETag der Datei, gefunden wurde &quot;{}&quot;</translation>
    </message>
    <message>
        <source>{}/{}: the hub lists it with the hash {}, but offers {}; try again later</source>
        <translation>{}/{}: Der Hub nennt die Prüfsumme {}, bietet aber {} an; später noch einmal versuchen</translation>
    </message>
    <message>
        <source>{}/{}: the hub lists it with {} bytes, but offers {}; try again later</source>
        <translation>{}/{}: Der Hub nennt {} Bytes, bietet aber {} an; später noch einmal versuchen</translation>
    </message>
    <message>
        <source>{}/{}: expected commit {}, the hub offers {}; try again later</source>
        <translation>{}/{}: Commit {} erwartet, der Hub bietet {} an; später noch einmal versuchen</translation>
    </message>
    <message>
        <source>{}/{}: what arrived is not what the hub names: expected the hash {}, found {}; it was thrown away, so try again</source>
        <translation>{}/{}: Was ankam, ist nicht, was der Hub nennt: Prüfsumme {} erwartet, {} gefunden. Es wurde verworfen; noch einmal versuchen</translation>
    </message>
    <message>
        <source>{}: expected an address that begins with https://</source>
        <translation>{}: Adresse erwartet, die mit https:// beginnt</translation>
    </message>
    <message>
        <source>{}: expected an address that begins with https://; {} is not encrypted</source>
        <translation>{}: Adresse erwartet, die mit https:// beginnt; {} ist nicht verschlüsselt</translation>
    </message>
    <message>
        <source>{}: expected an address without a user&apos;s name in it</source>
        <translation>{}: Adresse ohne Benutzernamen erwartet</translation>
    </message>
    <message>
        <source>{}: this is no address of a server</source>
        <translation>{}: Das ist keine Adresse eines Servers</translation>
    </message>
    <message>
        <source>{}: redirects to {}, which is no address</source>
        <translation>{}: leitet zu {} um, was keine Adresse ist</translation>
    </message>
    <message>
        <source>{}: the server sends headers without end</source>
        <translation>{}: Der Server schickt Kopfzeilen ohne Ende</translation>
    </message>
    <message>
        <source>{}: redirects to {}, which is not encrypted</source>
        <translation>{}: leitet zu {} um, was nicht verschlüsselt ist</translation>
    </message>
    <message>
        <source>{}: more than {} redirects</source>
        <translation>{}: mehr als {} Umleitungen</translation>
    </message>
    <message>
        <source>{}: expected a token of letters and digits, found something else</source>
        <translation>{}: Token aus Buchstaben und Ziffern erwartet, etwas anderes gefunden</translation>
    </message>
    <message>
        <source>HF_HUB_OFFLINE is set, so no hub is asked; unset it to download a model</source>
        <translation>HF_HUB_OFFLINE ist gesetzt, daher wird kein Hub gefragt; zum Herunterladen die Variable löschen</translation>
    </message>
    <message>
        <source>{}: expected the name of a model on the hub, such as {}</source>
        <translation>{}: Name eines Modells auf dem Hub erwartet, etwa {}</translation>
    </message>
    <message>
        <source>{}: expected a branch, a tag or a commit, such as main</source>
        <translation>{}: Branch, Tag oder Commit erwartet, etwa main</translation>
    </message>
    <message>
        <source>expected the name of a file, found none</source>
        <translation>Name einer Datei erwartet, keiner gefunden</translation>
    </message>
    <message>
        <source>{} would be written outside of the model&apos;s folder</source>
        <translation>{} würde außerhalb des Modellordners geschrieben</translation>
    </message>
    <message>
        <source>expected the number of bytes of {}, found {}</source>
        <translation>Zahl der Bytes von {} erwartet, {} gefunden</translation>
    </message>
    <message>
        <source>expected a SHA-256 or SHA-1</source>
        <translation>SHA-256 oder SHA-1 erwartet</translation>
    </message>
    <message>
        <source>expected a commit of 40 digits</source>
        <translation>Commit mit 40 Stellen erwartet</translation>
    </message>
    <message>
        <source>expected a list of files</source>
        <translation>Liste von Dateien erwartet</translation>
    </message>
    <message>
        <source>{} is no name of a file</source>
        <translation>{} ist kein Name einer Datei</translation>
    </message>
    <message>
        <source>{} stands there twice</source>
        <translation>{} steht dort zweimal</translation>
    </message>
    <message>
        <source>more files than any model has</source>
        <translation>mehr Dateien, als ein Modell hat</translation>
    </message>
    <message>
        <source>{}: the hub answers more than {} MB about this model</source>
        <translation>{}: Der Hub antwortet mehr als {} MB über dieses Modell</translation>
    </message>
    <message>
        <source>{}: no weights here that Sparsight reads, *.safetensors or pytorch_model.bin</source>
        <translation>{}: keine Gewichte, die Sparsight liest (*.safetensors oder pytorch_model.bin)</translation>
    </message>
    <message>
        <source>{}: this chat template is not known; prompts are written as for other {}</source>
        <translation>{}: Diese Gesprächsvorlage ist nicht bekannt; Prompts werden so geschrieben wie für andere {}</translation>
    </message>
    <message>
        <source>the model looks at {} frames of a video together: expected {} or a multiple of it, found {}</source>
        <translation>das Modell betrachtet {} Bilder eines Videos zusammen: erwartet {} oder ein Vielfaches davon, gefunden {}</translation>
    </message>
    <message>
        <source>a list of 1 to {} pairs of height and width</source>
        <translation>eine Liste von 1 bis {} Paaren aus Höhe und Breite</translation>
    </message>
    <message>
        <source>pairs of height and width</source>
        <translation>Paare aus Höhe und Breite</translation>
    </message>
    <message>
        <source>a checkpoint of LLaVA&apos;s own code, without its tower; take the one that transformers reads (llava-hf/llava-1.5-7b-hf)</source>
        <translation>ein Checkpoint des Codes von LLaVA selbst, ohne seinen Turm; bitte den nehmen, den transformers liest (llava-hf/llava-1.5-7b-hf)</translation>
    </message>
    <message>
        <source>expected multiples of the tower&apos;s image_size, {}, of at most {} tiles, found [{}, {}]</source>
        <translation>Vielfache von image_size des Turms, {}, mit höchstens {} Kacheln erwartet, gefunden: [{}, {}]</translation>
    </message>
    <message>
        <source>only default is supported: tiles and averaged patches have no CLS</source>
        <translation>nur default wird unterstützt: Kacheln und gemittelte Bildfelder haben kein CLS</translation>
    </message>
    <message>
        <source>image_grid_pinpoints: expected multiples of crop_size, {} x {}, found {} x {}</source>
        <translation>image_grid_pinpoints: Vielfache von crop_size, {} x {}, erwartet, gefunden: {} x {}</translation>
    </message>
    <message>
        <source>size: expected shortest_edge, or height and width, found neither</source>
        <translation>size: shortest_edge oder height und width erwartet, nichts davon gefunden</translation>
    </message>
    <message>
        <source>preprocessing: expected tiles of {}, as the whole picture, found {}</source>
        <translation>Vorverarbeitung: Kacheln der Form {} erwartet, wie das ganze Bild, gefunden: {}</translation>
    </message>
    <message>
        <source>preprocessing: expected means and deviations of 3 channels</source>
        <translation>Vorverarbeitung: erwartet Mittelwerte und Abweichungen von 3 Kanälen</translation>
    </message>
    <message>
        <source>a picture of {} x {} pixels is too narrow for the model</source>
        <translation>ein Bild von {} x {} Pixeln ist für das Modell zu schmal</translation>
    </message>
    <message>
        <source>expected a divisor of the {} patches in a row of a picture, found {}</source>
        <translation>erwartet wird ein Teiler der {} Ausschnitte in einer Zeile eines Bildes, gefunden wurde {}</translation>
    </message>
    <message>
        <source>preprocessing: resample: expected 1 to 5, found 0</source>
        <translation>Vorverarbeitung: resample: erwartet wird 1 bis 5, gefunden wurde 0</translation>
    </message>
    <message>
        <source>preprocessing: expected size.longest_edge, max_image_size.longest_edge and 3 channels</source>
        <translation>Vorverarbeitung: erwartet werden size.longest_edge, max_image_size.longest_edge und 3 Kanäle</translation>
    </message>
    <message>
        <source>preprocessing: {} x {} tiles of a picture, expected at most {} in all</source>
        <translation>Vorverarbeitung: {} x {} Kacheln eines Bildes, erwartet werden zusammen höchstens {}</translation>
    </message>
    <message>
        <source>In transformers&apos; form, Video-LLaVA has no temporal attention in its video tower and computes quick_gelu there in place of gelu: its answers differ from those of the original Video-LLaVA-7B, which Sparsight reads, too.</source>
        <translation>In der Form für transformers fehlt Video-LLaVA die zeitliche Aufmerksamkeit im Video-Turm, und dort wird quick_gelu statt gelu gerechnet: Die Antworten unterscheiden sich von denen des ursprünglichen Video-LLaVA-7B, das Sparsight auch liest.</translation>
    </message>
    <message>
        <source>The published code mirrors every second video at random, even when it answers. Sparsight mirrors none, so that a question has the same answer each time.</source>
        <translation>Der veröffentlichte Code spiegelt zufällig jedes zweite Video, auch beim Antworten. Sparsight spiegelt keines, damit eine Frage jedes Mal dieselbe Antwort hat.</translation>
    </message>
    <message>
        <source>The folder of the model does not say how its towers compute: Sparsight assumes LanguageBind&apos;s settings, heads of 64 and gelu.</source>
        <translation>Der Ordner des Modells sagt nicht, wie seine Türme rechnen: Sparsight nimmt die Einstellungen von LanguageBind an, Köpfe mit 64 Werten und gelu.</translation>
    </message>
    <message>
        <source>expected a multiple of {}, the width of a head, found {}</source>
        <translation>erwartet ein Vielfaches von {}, der Breite eines Kopfes, gefunden {}</translation>
    </message>
    <message>
        <source>mlp2x_gelu, the only projector supported</source>
        <translation>mlp2x_gelu, der einzige unterstützte Projektor</translation>
    </message>
    <message>
        <source>expected false: tokens around a picture are not supported</source>
        <translation>erwartet false: Token um ein Bild herum werden nicht unterstützt</translation>
    </message>
    <message>
        <source>patch or cls_patch</source>
        <translation>patch oder cls_patch</translation>
    </message>
    <message>
        <source>{}: expected the number of a layer below {}</source>
        <translation>{}: erwartet die Nummer einer Schicht unter {}</translation>
    </message>
    <message>
        <source>{}: expected sides of at most {}, found {}</source>
        <translation>{}: erwartet Seiten von höchstens {}, gefunden {}</translation>
    </message>
    <message>
        <source>{}: expected a multiple of {}, the width of a head, found {}</source>
        <translation>{}: erwartet ein Vielfaches von {}, der Breite eines Kopfes, gefunden {}</translation>
    </message>
    <message>
        <source>{}: expected one row for CLS and those of a square of patches, found {}</source>
        <translation>{}: erwartet eine Zeile für CLS und die eines Quadrats von Patches, gefunden {}</translation>
    </message>
    <message>
        <source>the image tower has {} layers of {}, the video tower {} of {}: expected the same</source>
        <translation>der Bild-Turm hat {} Schichten der Breite {}, der Video-Turm {} der Breite {}: erwartet dieselben</translation>
    </message>
    <message>
        <source>expected {}, the width of the towers&apos; tensors, found {}</source>
        <translation>erwartet {}, die Breite der Tensoren der Türme, gefunden {}</translation>
    </message>
    <message>
        <source>{}: this model of the Hugging Face hub has not been downloaded completely; run `sparsight-cli models pull {}`</source>
        <translation>{}: Dieses Modell vom Hugging-Face-Hub ist nicht vollständig heruntergeladen; `sparsight-cli models pull {}` ausführen</translation>
    </message>
    <message>
        <source>{}: this is a model&apos;s name on the Hugging Face hub, and the model is not on this machine; run `sparsight-cli models pull {}`</source>
        <translation>{}: Das ist der Name eines Modells auf dem Hugging-Face-Hub, und das Modell ist nicht auf diesem Rechner; `sparsight-cli models pull {}` ausführen</translation>
    </message>
    <message>
        <source>{}: size: expected height and width, or shortest_edge alone</source>
        <translation>{}: size: height und width oder shortest_edge allein erwartet</translation>
    </message>
    <message>
        <source>the prompt has other visual tokens than the picture: expected {} and words between them</source>
        <translation>Die Eingabe hat andere visuelle Token als das Bild: erwartet werden {} und Wörter dazwischen</translation>
    </message>
    <message>
        <source>the prompt has no {}</source>
        <translation>Die Eingabe hat kein {}</translation>
    </message>
    <message>
        <source>the tokenizer gives token {}, the model&apos;s vocabulary ends at {}</source>
        <translation>Der Tokenizer liefert Token {}, das Vokabular des Modells endet bei {}</translation>
    </message>
    <message>
        <source>{}: expected a checkpoint with float weights, found a quantised one</source>
        <translation>{}: Modell mit Gleitkomma-Gewichten erwartet, ein quantisiertes gefunden</translation>
    </message>
    <message>
        <source>&quot;{}&quot;: expected the name of a new folder to write to</source>
        <translation>&quot;{}&quot;: erwartet wird der Name eines neuen Ordners, in den geschrieben wird</translation>
    </message>
    <message>
        <source>{}: cannot be copied to {}: {}</source>
        <translation>{}: lässt sich nicht nach {} kopieren: {}</translation>
    </message>
    <message>
        <source>{}: already exists; expected a new folder</source>
        <translation>{}: gibt es schon; ein neuer Ordner wird erwartet</translation>
    </message>
    <message>
        <source>the tower takes pixels of [views, {}, size, size], with {} x {} patches of {} pixels a token; the preprocessor gives {}</source>
        <translation>Der Turm nimmt Pixel der Form [views, {}, size, size], mit {} x {} Ausschnitten von {} Pixeln je Token; die Vorverarbeitung liefert {}</translation>
    </message>
    <message>
        <source>{}: needs visual tokens that are rows of the tower, and this model&apos;s are pooled or include newlines or words</source>
        <translation>{}: wählt unter den Zeilen des Turms; die visuellen Token dieses Modells sind aber andere: zusammengefasst oder mit Zeilenumbrüchen oder Wörtern dazwischen</translation>
    </message>
    <message>
        <source>{}: makes merged tokens, which have no place among the positions of this model&apos;s patches</source>
        <translation>{}: bildet verschmolzene Token; für sie gibt es unter den Positionen der Bildfelder dieses Modells keinen Platz</translation>
    </message>
    <message>
        <source>{}: needs to know where the visual tokens are on the frames</source>
        <translation>{}: muss wissen, wo die visuellen Token auf den Bildern liegen</translation>
    </message>
    <message>
        <source>{}: expected original positions, since this model&apos;s positions say where and when a patch is</source>
        <translation>{}: ursprüngliche Positionen erwartet, denn die Positionen dieses Modells sagen, wo und wann ein Bildfeld ist</translation>
    </message>
    <message>
        <source>dart: expected at least one pivot among the visual tokens or in the text, found none</source>
        <translation>dart: mindestens ein Pivot unter den visuellen Token oder im Text erwartet, keiner gefunden</translation>
    </message>
    <message>
        <source>expected {} words between visual tokens, found {}</source>
        <translation>erwartet werden {} Wörter zwischen visuellen Token, gefunden wurden {}</translation>
    </message>
    <message>
        <source>{}: {} x {} pixels become {} visual tokens, the model takes {}: make the picture smaller</source>
        <translation>{}: {} x {} Pixel werden zu {} visuellen Token, das Modell nimmt {}: Verkleinern Sie das Bild</translation>
    </message>
    <message>
        <source>{}: {} frames of {} x {} become {} visual tokens, the model takes {}: choose fewer frames</source>
        <translation>{}: {} Bilder von {} x {} werden zu {} visuellen Token, das Modell nimmt {}: Wählen Sie weniger Bilder</translation>
    </message>
    <message>
        <source>three positive integers with the sum {}</source>
        <translation>drei positive ganze Zahlen mit der Summe {}</translation>
    </message>
    <message>
        <source>expected three positive integers with the sum {}, found {}, {} and {}</source>
        <translation>drei positive ganze Zahlen mit der Summe {} erwartet, gefunden: {}, {} und {}</translation>
    </message>
    <message>
        <source>attention within a sliding window is not supported</source>
        <translation>Attention in einem gleitenden Fenster wird nicht unterstützt</translation>
    </message>
    <message>
        <source>a picture of {} x {}: one side may be at most {} times as long as the other</source>
        <translation>ein Bild von {} x {}: Eine Seite darf höchstens {}-mal so lang sein wie die andere</translation>
    </message>
    <message>
        <source>preprocessing: expected at most max_pixels, {}, for min_pixels, found {}</source>
        <translation>Vorverarbeitung: für min_pixels höchstens max_pixels, {}, erwartet, gefunden: {}</translation>
    </message>
    <message>
        <source>a picture of {} x {}: the model resizes none, and takes multiples of {} pixels</source>
        <translation>ein Bild von {} x {}: Das Modell verkleinert keines und nimmt nur Vielfache von {} Pixeln</translation>
    </message>
    <message>
        <source>expected {} heads (num_heads) of a multiple of 4, found {}</source>
        <translation>{} Köpfe (num_heads) von einem Vielfachen von 4 erwartet, gefunden: {}</translation>
    </message>
    <message>
        <source>expected another id than image_token_id, found {}</source>
        <translation>eine andere ID als image_token_id erwartet, gefunden: {}</translation>
    </message>
    <message>
        <source>a list of layers</source>
        <translation>eine Liste von Schichten</translation>
    </message>
    <message>
        <source>layers, 0 to {}</source>
        <translation>Schichten, 0 bis {}</translation>
    </message>
    <message>
        <source>expected at least {}, a token&apos;s side, found {}</source>
        <translation>mindestens {}, die Seite eines Token, erwartet, gefunden: {}</translation>
    </message>
    <message>
        <source>expected the decoder&apos;s, {}, found {}</source>
        <translation>die Breite des Decoders, {}, erwartet, gefunden: {}</translation>
    </message>
    <message>
        <source>{} times {} (embed_dim): expected 1 to {}</source>
        <translation>{} mal {} (embed_dim): 1 bis {} erwartet</translation>
    </message>
    <message>
        <source>the tower takes pixels of [frames, {}, height, width], multiples of {}, found {}</source>
        <translation>der Turm nimmt Pixel der Form [Bilder, {}, Höhe, Breite], Vielfache von {}; gefunden: {}</translation>
    </message>
    <message>
        <source>pool: expected at least {} tokens, the fewest that windows of patches leave, found {}</source>
        <translation>pool: erwartet werden mindestens {} Token, die wenigsten, die Fenster von Ausschnitten übrig lassen, gefunden wurden {}</translation>
    </message>
    <message>
        <source>{}: the model takes no pictures, only videos; choose another model for it</source>
        <translation>{}: Das Modell nimmt keine Bilder, nur Videos; wählen Sie ein anderes Modell dafür</translation>
    </message>
    <message>
        <source>{}: the model takes no videos, only pictures; choose another model for it</source>
        <translation>{}: Das Modell nimmt keine Videos, nur Bilder; wählen Sie ein anderes Modell dafür</translation>
    </message>
    <message>
        <source>{}: this model has no vision tower: it takes text only, no video and no image; choose another model</source>
        <translation>{}: Dieses Modell hat keinen Bildturm: Es nimmt nur Text, kein Video und kein Bild; wählen Sie ein anderes Modell</translation>
    </message>
    <message>
        <source>the text: expected at least two tokens, found {}</source>
        <translation>Der Text: Erwartet wurden mindestens zwei Token, gefunden wurde {}</translation>
    </message>
    <message>
        <source>{}: {} answers {}: there is no such model, or it is private; did you mean {}?</source>
        <translation>{}: {} antwortet {}: Dieses Modell gibt es nicht, oder es ist privat. War {} gemeint?</translation>
    </message>
    <message>
        <source>{}: {} cannot be reached, {} times in a row ({}): is this machine online? HF_ENDPOINT names a mirror, https_proxy a proxy; what has arrived is kept</source>
        <translation>{}: {} ist nicht zu erreichen, {}-mal hintereinander ({}): Ist dieser Rechner im Netz? HF_ENDPOINT nennt einen Spiegel, https_proxy einen Proxy; was angekommen ist, bleibt</translation>
    </message>
    <message>
        <source>{}: cannot be created: {}; HF_HUB_CACHE may name another folder for models</source>
        <translation>{}: lässt sich nicht anlegen: {}; HF_HUB_CACHE kann einen anderen Ordner für Modelle nennen</translation>
    </message>
    <message>
        <source>{}: {} MB of {} are still to be downloaded, only {} MB are free; make room, or let HF_HUB_CACHE name a folder on another disk</source>
        <translation>{}: {} MB von {} fehlen noch, nur {} MB sind frei; Platz schaffen, oder HF_HUB_CACHE einen Ordner auf einem anderen Datenträger nennen lassen</translation>
    </message>
    <message>
        <source>HF_ENDPOINT names the hub: {}</source>
        <translation>HF_ENDPOINT nennt den Hub: {}</translation>
    </message>
    <message>
        <source>{}: the chat template of this model is not known here; expected one of these: {}</source>
        <translation>{}: Die Gesprächsvorlage dieses Modells ist hier nicht bekannt; erwartet wurde eine von diesen: {}</translation>
    </message>
    <message>
        <source>expected the file of its vision tower (mmproj) beside it</source>
        <translation>erwartet: daneben die Datei seines Bildturms (mmproj)</translation>
    </message>
    <message>
        <source>expected 0 to {}, found {}</source>
        <translation>erwartet: 0 bis {}, gefunden: {}</translation>
    </message>
    <message>
        <source>expected some layers, no wider than 1048576 together</source>
        <translation>erwartet: einige Schichten, zusammen nicht breiter als 1048576</translation>
    </message>
    <message>
        <source>expected positive numbers</source>
        <translation>erwartet: positive Zahlen</translation>
    </message>
    <message>
        <source>expected finite numbers</source>
        <translation>erwartet: endliche Zahlen</translation>
    </message>
    <message>
        <source>expected tokens in UTF-8</source>
        <translation>erwartet: Token in UTF-8</translation>
    </message>
    <message>
        <source>expected merges in UTF-8</source>
        <translation>erwartet: Verschmelzungen in UTF-8</translation>
    </message>
    <message>
        <source>expected the scores, the key is missing</source>
        <translation>erwartet: die Bewertungen; der Schlüssel fehlt</translation>
    </message>
    <message>
        <source>expected gpt-2, smollm, qwen2 or llama-bpe, found &quot;{}&quot;</source>
        <translation>erwartet: gpt-2, smollm, qwen2 oder llama-bpe, gefunden: „{}“</translation>
    </message>
    <message>
        <source>{}: expected the folder of one model, found the GGUF files {}; give one that holds a decoder</source>
        <translation>{}: Erwartet wurde der Ordner eines Modells, gefunden wurden die GGUF-Dateien {}; geben Sie eine an, die einen Decoder enthält</translation>
    </message>
    <message>
        <source>{}: GGUF files with a vision tower cannot be quantised; quantise the model that they were made from</source>
        <translation>{}: GGUF-Dateien mit einem Bildturm lassen sich nicht quantisieren; quantisieren Sie das Modell, aus dem sie gemacht wurden</translation>
    </message>
    <message>
        <source>layer {} of the tower is not in the model&apos;s GGUF file, which has the first {} of {}</source>
        <translation>Schicht {} des Turms ist nicht in der GGUF-Datei des Modells, die die ersten {} von {} hat</translation>
    </message>
    <message>
        <source>{}: neither preprocessor_config.json nor processor_config.json here; pictures are prepared as usual for {}</source>
        <translation>{}: Hier ist weder preprocessor_config.json noch processor_config.json; Bilder werden vorbereitet, wie es bei {} üblich ist</translation>
    </message>
    <message>
        <source>expected three positive integers with the sum {}, found {}</source>
        <translation>drei positive ganze Zahlen mit der Summe {} erwartet, gefunden: {}</translation>
    </message>
    <message>
        <source>expected heads of a multiple of 4</source>
        <translation>Köpfe mit einer durch 4 teilbaren Breite erwartet</translation>
    </message>
    <message>
        <source>expected the decoder&apos;s width, {}, found {}</source>
        <translation>die Breite des Decoders, {}, erwartet, gefunden: {}</translation>
    </message>
    <message>
        <source>expected the token {}</source>
        <translation>das Token {} erwartet</translation>
    </message>
    <message>
        <source>expected {} beside the vision tower in {}, found {}</source>
        <translation>{} neben dem Bildturm in {} erwartet, gefunden: {}</translation>
    </message>
    <message>
        <source>the model has one position, which leaves no token to predict</source>
        <translation>das Modell hat nur eine Position; damit bleibt kein Token vorherzusagen</translation>
    </message>
    <message>
        <source>{}: the model&apos;s probabilities of this text are no numbers; its weights are damaged, or overflow</source>
        <translation>{}: Die Wahrscheinlichkeiten, die das Modell diesem Text gibt, sind keine Zahlen; seine Gewichte sind beschädigt oder laufen über</translation>
    </message>
    <message>
        <source>{}: is in the way, and not the unfinished result of an earlier run; move it, or name another folder</source>
        <translation>{}: ist im Weg und nicht das unfertige Ergebnis eines früheren Laufs; verschieben Sie es, oder nennen Sie einen anderen Ordner</translation>
    </message>
    <message>
        <source>is there already</source>
        <translation>ist schon da</translation>
    </message>
    <message>
        <source>{}: the export would have more than {} bytes, which no import takes: choose fewer sessions</source>
        <translation>{}: der Export hätte mehr als {} Bytes, die kein Import annimmt: wählen Sie weniger Sitzungen</translation>
    </message>
    <message>
        <source>a list of strings</source>
        <translation>eine Liste von Texten</translation>
    </message>
    <message>
        <source>a batch needs a video and a question, found {} and {}</source>
        <translation>ein Stapel braucht ein Video und eine Frage, gefunden: {} und {}</translation>
    </message>
    <message>
        <source>a batch has at most {} answers, {} videos and {} questions are more</source>
        <translation>ein Stapel hat höchstens {} Antworten, {} Videos und {} Fragen sind mehr</translation>
    </message>
    <message>
        <source>a tag is empty</source>
        <translation>ein Schlagwort ist leer</translation>
    </message>
    <message>
        <source>{}: expected a table of answers that Sparsight wrote, found something else in record {}</source>
        <translation>{}: erwartet wird eine Tabelle von Antworten, die Sparsight geschrieben hat; Datensatz {} ist etwas anderes</translation>
    </message>
    <message>
        <source>{}: expected at most {} bytes</source>
        <translation>{}: erwartet werden höchstens {} Bytes</translation>
    </message>
    <message>
        <source>{}: expected a file</source>
        <translation>{}: erwartet wird eine Datei</translation>
    </message>
    <message>
        <source>{}: another process is writing to it</source>
        <translation>{}: ein anderer Prozess schreibt gerade hinein</translation>
    </message>
    <message>
        <source>the speed of the sound cannot be changed: {}</source>
        <translation>Das Tempo des Tons kann nicht geändert werden: {}</translation>
    </message>
    <message>
        <source>not enough memory for the sound</source>
        <translation>Der Speicher reicht nicht für den Ton</translation>
    </message>
    <message>
        <source>subtitles of the kind {} cannot be shown</source>
        <translation>Untertitel der Art {} können nicht gezeigt werden</translation>
    </message>
    <message>
        <source>{}: expected at most {} MiB of subtitles</source>
        <translation>{}: erwartet werden höchstens {} MiB Untertitel</translation>
    </message>
    <message>
        <source>not enough memory for the subtitles</source>
        <translation>Der Speicher reicht nicht für die Untertitel</translation>
    </message>
    <message>
        <source>{}: these are no subtitles: {}</source>
        <translation>{}: Das sind keine Untertitel: {}</translation>
    </message>
    <message>
        <source>{}: there are no subtitles in it</source>
        <translation>{}: Darin sind keine Untertitel</translation>
    </message>
    <message>
        <source>{}: there is no stream {}</source>
        <translation>{}: Es gibt keinen Strom {}</translation>
    </message>
    <message>
        <source>its attention has another scale</source>
        <translation>ihre Aufmerksamkeit hat einen anderen Maßstab</translation>
    </message>
    <message>
        <source>its attention has a layer twice</source>
        <translation>ihre Aufmerksamkeit hat eine Schicht doppelt</translation>
    </message>
    <message>
        <source>a word lies outside the text</source>
        <translation>ein Wort liegt außerhalb des Textes</translation>
    </message>
    <message>
        <source>a word lies outside the answer</source>
        <translation>ein Wort liegt außerhalb der Antwort</translation>
    </message>
    <message>
        <source>its attention is of tokens that do not exist</source>
        <translation>ihre Aufmerksamkeit gehört zu Token, die es nicht gibt</translation>
    </message>
    <message>
        <source>its attention does not match its layers and tokens</source>
        <translation>ihre Aufmerksamkeit passt nicht zu ihren Schichten und Token</translation>
    </message>
    <message>
        <source>{}: {} did not answer for {} s{}: is this machine online? HF_ENDPOINT names a mirror, https_proxy a proxy</source>
        <translation>{}: {} hat {} s lang nicht geantwortet{}: Ist dieser Rechner online? HF_ENDPOINT nennt einen Spiegel, https_proxy einen Proxy</translation>
    </message>
    <message>
        <source>; last: </source>
        <translation>; zuletzt: </translation>
    </message>
    <message>
        <source>{}: expected a text file with a question in each line, found a folder</source>
        <translation>{}: erwartet wurde eine Textdatei mit einer Frage je Zeile, gefunden ein Ordner</translation>
    </message>
    <message>
        <source>{}: cannot be read: {}</source>
        <translation>{}: kann nicht gelesen werden: {}</translation>
    </message>
    <message>
        <source>{}: expected a text file</source>
        <translation>{}: erwartet wurde eine Textdatei</translation>
    </message>
    <message>
        <source>{}: line {}, byte {}: expected text in UTF-8, found the byte 0x{:02X}</source>
        <translation>{}: Zeile {}, Byte {}: erwartet wurde Text in UTF-8, gefunden das Byte 0x{:02X}</translation>
    </message>
    <message>
        <source>{}: expected questions, one in each line</source>
        <translation>{}: erwartet werden Fragen, eine je Zeile</translation>
    </message>
    <message>
        <source>subtitles could not be kept: {}</source>
        <translation>Die Untertitel konnten nicht behalten werden: {}</translation>
    </message>
    <message>
        <source>expected {}, the number of layers in the file, found {}</source>
        <translation>erwartet wurde {}, die Zahl der Schichten in der Datei, gefunden {}</translation>
    </message>
    <message>
        <source>{}: {:.2f} GiB are still to be written, {:.2f} GiB are free on this disk</source>
        <translation>{}: {:.2f} GiB sind noch zu schreiben, {:.2f} GiB sind auf diesem Datenträger frei</translation>
    </message>
    <message>
        <source>{}: this file is read from, and would be lost; choose another name</source>
        <translation>{}: diese Datei wird gelesen und ginge verloren; wählen Sie einen anderen Namen</translation>
    </message>
    <message>
        <source>{}: expected the weights of a model, found none that can be quantised</source>
        <translation>{}: erwartet wurden die Gewichte eines Modells, gefunden keine, die quantisiert werden können</translation>
    </message>
    <message>
        <source>the trace would exceed {} MiB</source>
        <translation>die Aufzeichnung würde {} MiB überschreiten</translation>
    </message>
    <message>
        <source>cuBLASLt cannot be loaded: {}</source>
        <translation>cuBLASLt kann nicht geladen werden: {}</translation>
    </message>
    <message>
        <source>{} has no function {}</source>
        <translation>{} hat keine Funktion {}</translation>
    </message>
    <message>
        <source>cuBLASLt: {}: {}</source>
        <translation>cuBLASLt: {}: {}</translation>
    </message>
    <message>
        <source>cuBLASLt: {}: it has none</source>
        <translation>cuBLASLt: {}: es gibt keine</translation>
    </message>
    <message>
        <source>it has no version</source>
        <translation>es nennt keine Version</translation>
    </message>
    <message>
        <source>GPU: heads of at most {} numbers, the model&apos;s have {}</source>
        <translation>GPU: Köpfe von höchstens {} Zahlen, die des Modells haben {}</translation>
    </message>
    <message>
        <source>the driver says: {}</source>
        <translation>der Treiber sagt: {}</translation>
    </message>
    <message>
        <source>it has compute capability {}.{}, Sparsight needs {}.{} (GeForce RTX 20 or later)</source>
        <translation>sie hat Compute Capability {}.{}, Sparsight braucht {}.{} (GeForce RTX 20 oder neuer)</translation>
    </message>
    <message>
        <source>the NVIDIA driver does not count its GPUs: {}</source>
        <translation>der NVIDIA-Treiber zählt seine GPUs nicht: {}</translation>
    </message>
    <message>
        <source>the NVIDIA driver finds no GPU</source>
        <translation>der NVIDIA-Treiber findet keine GPU</translation>
    </message>
    <message>
        <source>this build has no code for GPUs: it was made without nvcc</source>
        <translation>dieser Bau enthält keinen Code für GPUs: er wurde ohne nvcc gemacht</translation>
    </message>
    <message>
        <source>NVIDIA&apos;s cuBLAS cannot be loaded: {}</source>
        <translation>cuBLAS von NVIDIA kann nicht geladen werden: {}</translation>
    </message>
    <message>
        <source>no NVIDIA driver: {}</source>
        <translation>kein NVIDIA-Treiber: {}</translation>
    </message>
    <message>
        <source>the NVIDIA driver supports CUDA {}, Sparsight needs {} or later: install a newer driver</source>
        <translation>der NVIDIA-Treiber unterstützt CUDA {}, Sparsight braucht {} oder neuer: installieren Sie einen neueren Treiber</translation>
    </message>
    <message>
        <source>the NVIDIA driver ({}) has no function {}: install a newer driver</source>
        <translation>der NVIDIA-Treiber ({}) hat keine Funktion {}: installieren Sie einen neueren Treiber</translation>
    </message>
    <message>
        <source>the NVIDIA driver does not start: {}</source>
        <translation>der NVIDIA-Treiber startet nicht: {}</translation>
    </message>
    <message>
        <source>not enough memory on the GPU {}: {:.1f} MB wanted, {:.1f} MB free of {:.1f} MB</source>
        <translation>nicht genug Speicher auf der GPU {}: {:.1f} MB verlangt, {:.1f} MB frei von {:.1f} MB</translation>
    </message>
    <message>
        <source>no GPU can be used: {}</source>
        <translation>es kann keine GPU benutzt werden: {}</translation>
    </message>
    <message>
        <source>there is no GPU {}: this machine has one, GPU 0</source>
        <translation>es gibt keine GPU {}: dieser Rechner hat eine, GPU 0</translation>
    </message>
    <message>
        <source>there is no GPU {}: this machine has {}, GPU 0 to {}</source>
        <translation>es gibt keine GPU {}: dieser Rechner hat {}, GPU 0 bis {}</translation>
    </message>
    <message>
        <source>GPU {} ({}) cannot be used: {}</source>
        <translation>GPU {} ({}) kann nicht benutzt werden: {}</translation>
    </message>
    <message>
        <source>the GPU has {:.2f} GB of memory free, this model takes {:.2f} GB beside its weights: end other programs that use the GPU, or choose the processor</source>
        <translation>auf der GPU sind {:.2f} GB frei, dieses Modell braucht neben seinen Gewichten {:.2f} GB: Beenden Sie andere Programme, die die GPU benutzen, oder wählen Sie den Prozessor</translation>
    </message>
    <message>
        <source>{} of {} layers are on the GPU, the others stay in memory, where the processor computes them: the weights take {:.2f} GB and the rest {:.2f} GB, and the GPU has {:.2f} GB free</source>
        <translation>{} von {} Schichten sind auf der GPU, die anderen bleiben im Arbeitsspeicher, wo der Prozessor sie rechnet: Die Gewichte brauchen {:.2f} GB und der Rest {:.2f} GB, frei sind auf der GPU {:.2f} GB</translation>
    </message>
    <message>
        <source>computed on the processor: {}</source>
        <translation>auf dem Prozessor gerechnet: {}</translation>
    </message>
    <message>
        <source>not enough memory</source>
        <translation>nicht genug Speicher</translation>
    </message>
</context>
<context>
    <name>main</name>
    <message>
        <source>Ask your videos, and watch what the model looks at.</source>
        <translation>Videos befragen und zusehen, worauf das Modell schaut.</translation>
    </message>
    <message>
        <source>Arithmetic for BF16 weights: f32 is exact; bf16 reads prompts faster on a CPU with AVX-512 BF16.</source>
        <translation>Rechenart für BF16-Gewichte: f32 ist genau; bf16 liest Fragen schneller, wenn der Prozessor AVX-512 BF16 hat.</translation>
    </message>
    <message>
        <source>Videos or images to open.</source>
        <translation>Videos oder Bilder, die geöffnet werden.</translation>
    </message>
    <message>
        <source>The chat database. A second start with the same one brings the open window to the front.</source>
        <translation>Die Gesprächsdatenbank. Ein zweiter Start mit derselben holt das offene Fenster nach vorn.</translation>
    </message>
    <message>
        <source>A model: its folder, as Hugging Face lays it out, or a GGUF file.</source>
        <translation>Ein Modell: sein Ordner, wie Hugging Face ihn anlegt, oder eine GGUF-Datei.</translation>
    </message>
    <message>
        <source>What computes: auto, the first GPU that can be used, else the processor; cpu; cuda, an NVIDIA GPU; cuda:N, the one with this number.</source>
        <translation>Was rechnet: auto, die erste benutzbare GPU, sonst der Prozessor; cpu; cuda, eine GPU von NVIDIA; cuda:N, die mit dieser Nummer.</translation>
    </message>
    <message>
        <source>Compute threads of the processor; 0: one per physical core.</source>
        <translation>Rechen-Threads des Prozessors; 0: einer je physischem Kern.</translation>
    </message>
</context>
<context>
    <name>sparsight</name>
    <message>
        <source>%1 → %2 tokens</source>
        <translation>%1 → %2 Token</translation>
    </message>
    <message>
        <source>%1 tokens, none pruned</source>
        <translation>%1 Token, nicht ausgedünnt</translation>
    </message>
    <message>
        <source>%1 % fewer FLOPs</source>
        <translation>%1 % weniger FLOPs</translation>
    </message>
    <message>
        <source>first word after %1 s</source>
        <translation>erstes Wort nach %1 s</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 Token/s</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>Das Modell wird geladen</translation>
    </message>
    <message>
        <source>Opening the video</source>
        <translation>Das Video wird geöffnet</translation>
    </message>
    <message>
        <source>Reading frames</source>
        <translation>Bilder werden gelesen</translation>
    </message>
    <message>
        <source>Preparing frames</source>
        <translation>Bilder werden vorbereitet</translation>
    </message>
    <message>
        <source>Looking at the frames</source>
        <translation>Bilder werden angesehen</translation>
    </message>
    <message>
        <source>Answering</source>
        <translation>Antwortet</translation>
    </message>
    <message>
        <source>from %1 to %2 s</source>
        <translation>von %1 bis %2 s</translation>
    </message>
    <message>
        <source>from %1 s on</source>
        <translation>ab %1 s</translation>
    </message>
    <message>
        <source>Drawing pictures</source>
        <translation>Bilder werden gezeichnet</translation>
    </message>
    <message>
        <source>Drawing the video</source>
        <translation>Das Video wird gezeichnet</translation>
    </message>
    <message>
        <source>Quantising</source>
        <translation>Gewichte werden gerundet</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>behalten</translation>
    </message>
    <message>
        <source>recycled</source>
        <translation>wiederverwertet</translation>
    </message>
    <message>
        <source>dropped</source>
        <translation>verworfen</translation>
    </message>
    <message>
        <source>after the tower</source>
        <translation>nach dem Turm</translation>
    </message>
    <message>
        <source>before the decoder</source>
        <translation>vor dem Decoder</translation>
    </message>
    <message>
        <source>after layer %1</source>
        <translation>nach Schicht %1</translation>
    </message>
    <message>
        <source>Accuracy was not measured with this setting</source>
        <translation>Wie oft das Modell damit richtig antwortet, wurde nicht gemessen</translation>
    </message>
    <message>
        <source>%1 % of %2 test questions right</source>
        <translation>%1 % von %2 Testfragen richtig</translation>
    </message>
    <message>
        <source>%1 to %2 % of %3 test questions right</source>
        <translation>%1 bis %2 % von %3 Testfragen richtig</translation>
    </message>
    <message>
        <source>%1; %2 % with all tokens</source>
        <translation>%1; %2 % mit allen Token</translation>
    </message>
    <message>
        <source>the model had no answer</source>
        <translation>das Modell hatte keine Antwort</translation>
    </message>
    <message>
        <source>cut off: the settings limit how long an answer gets</source>
        <translation>abgeschnitten: Die Einstellungen begrenzen, wie lang eine Antwort wird</translation>
    </message>
    <message>
        <source>no video was looked at</source>
        <translation>es wurde kein Video angesehen</translation>
    </message>
    <message>
        <source>it repeated itself and was cut off</source>
        <translation>sie wiederholt sich und wurde abgeschnitten</translation>
    </message>
    <message>
        <source>from %1 to %2</source>
        <translation>von %1 bis %2</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>Ordner des Modells</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>Ausschnitt</translation>
    </message>
    <message>
        <source>Pruning</source>
        <translation>Ausdünnen</translation>
    </message>
    <message>
        <source>Budget</source>
        <translation>Budget</translation>
    </message>
    <message>
        <source>as published</source>
        <translation>wie veröffentlicht</translation>
    </message>
    <message>
        <source>Visual tokens</source>
        <translation>Visuelle Token</translation>
    </message>
    <message>
        <source>Sampling</source>
        <translation>Wortwahl</translation>
    </message>
    <message>
        <source>temperature %1, top-k %2, top-p %3, seed %4</source>
        <translation>Temperatur %1, top-k %2, top-p %3, Startwert %4</translation>
    </message>
    <message>
        <source>the most likely word each time</source>
        <translation>jedes Mal das wahrscheinlichste Wort</translation>
    </message>
    <message>
        <source>Longest answer, in tokens</source>
        <translation>Längste Antwort, in Token</translation>
    </message>
    <message>
        <source>Tokens in the answer</source>
        <translation>Token der Antwort</translation>
    </message>
    <message>
        <source>Arithmetic</source>
        <translation>Rechenart</translation>
    </message>
    <message>
        <source>Keys and values</source>
        <translation>Schlüssel und Werte</translation>
    </message>
    <message>
        <source>Asked</source>
        <translation>Gefragt</translation>
    </message>
    <message>
        <source>Reading the question</source>
        <translation>Lesen der Frage</translation>
    </message>
    <message>
        <source>Sparsight</source>
        <translation>Sparsight</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 bis %2</translation>
    </message>
    <message>
        <source>from %1 on</source>
        <translation>ab %1</translation>
    </message>
    <message>
        <source>line break</source>
        <translation>Zeilenumbruch</translation>
    </message>
    <message>
        <source>tab</source>
        <translation>Tabulator</translation>
    </message>
    <message>
        <source>[start]</source>
        <translation>[Anfang]</translation>
    </message>
    <message>
        <source>beginning of the text</source>
        <translation>Anfang des Textes</translation>
    </message>
    <message>
        <source>[end]</source>
        <translation>[Ende]</translation>
    </message>
    <message>
        <source>end of an answer</source>
        <translation>Ende einer Antwort</translation>
    </message>
    <message>
        <source>[unknown]</source>
        <translation>[unbekannt]</translation>
    </message>
    <message>
        <source>a character that the model does not know</source>
        <translation>ein Zeichen, das das Modell nicht kennt</translation>
    </message>
    <message>
        <source>[padding]</source>
        <translation>[Füllung]</translation>
    </message>
    <message>
        <source>padding</source>
        <translation>Füllung</translation>
    </message>
    <message>
        <source>%1, of which %2 in the vision tower</source>
        <translation>%1, davon %2 im Bildturm</translation>
    </message>
    <message>
        <source>First word after</source>
        <translation>Erstes Wort nach</translation>
    </message>
    <message>
        <source>Writing the answer</source>
        <translation>Schreiben der Antwort</translation>
    </message>
    <message>
        <source>Everything else</source>
        <translation>Alles Übrige</translation>
    </message>
    <message>
        <source>From question to answer</source>
        <translation>Von der Frage zur Antwort</translation>
    </message>
    <message>
        <source>Hash of the model</source>
        <translation>Prüfsumme des Modells</translation>
    </message>
    <message>
        <source>Hash of the file</source>
        <translation>Prüfsumme der Datei</translation>
    </message>
    <message>
        <source>On average after the first pruning</source>
        <translation>Im Mittel nach dem ersten Ausdünnen</translation>
    </message>
    <message>
        <source>In the last layer</source>
        <translation>In der letzten Schicht</translation>
    </message>
    <message>
        <source>%1 tokens → %2 in the last layer</source>
        <translation>%1 Token → %2 in der letzten Schicht</translation>
    </message>
    <message>
        <source>%1 tokens → %2 on average after the first pruning, %3 in the last layer</source>
        <translation>%1 Token → im Mittel %2 nach dem ersten Ausdünnen, %3 in der letzten Schicht</translation>
    </message>
    <message>
        <source>d MMM yyyy, HH:mm</source>
        <extracomment>A date and a time of day, as QLocale::toString() takes it.</extracomment>
        <translation>d. MMM yyyy, HH:mm</translation>
    </message>
    <message>
        <source>English</source>
        <translation>Englisch</translation>
    </message>
    <message>
        <source>German</source>
        <translation>Deutsch</translation>
    </message>
    <message>
        <source>%1 of %2 tokens enter a layer, on average over all · %3 GFLOPs · layers %4 ms, pruning %5 ms</source>
        <translation>%1 von %2 Token kommen in eine Schicht, im Mittel über alle · %3 GFLOPs · Schichten %4 ms, Ausdünnen %5 ms</translation>
    </message>
    <message>
        <source>Reading the frames, once</source>
        <translation>Einlesen der Bilder, einmal</translation>
    </message>
    <message>
        <source>Downloading</source>
        <translation>Herunterladen</translation>
    </message>
    <message>
        <source>Verifying</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>row %1, column %2</source>
        <translation>Zeile %1, Spalte %2</translation>
    </message>
    <message>
        <source>tile in row %1, column %2: %3</source>
        <translation>Kachel in Zeile %1, Spalte %2: %3</translation>
    </message>
    <message>
        <source>overview: %1</source>
        <translation>Übersicht: %1</translation>
    </message>
    <message>
        <source>newline after row %1</source>
        <translation>Zeilenumbruch nach Zeile %1</translation>
    </message>
    <message>
        <source>a learnt token, which shows nothing</source>
        <translation>ein gelerntes Token, das nichts zeigt</translation>
    </message>
    <message>
        <source>less than a second</source>
        <translation>weniger als eine Sekunde</translation>
    </message>
    <message>
        <source>about %1 s</source>
        <translation>etwa %1 s</translation>
    </message>
    <message>
        <source>about %1 min</source>
        <translation>etwa %1 min</translation>
    </message>
    <message>
        <source>A question</source>
        <translation>Eine Frage</translation>
    </message>
    <message>
        <source>A question about a picture</source>
        <translation>Eine Frage zu einem Bild</translation>
    </message>
    <message>
        <source>A question about 1 frame</source>
        <translation>Eine Frage zu 1 Bild</translation>
    </message>
    <message>
        <source>A question about %1 frames</source>
        <translation>Eine Frage zu %1 Bildern</translation>
    </message>
    <message>
        <source>%1: %2 to the first word, then about %3 tokens a second (estimate for this machine)</source>
        <translation>%1: %2 bis zum ersten Wort, dann etwa %3 Token in der Sekunde (Schätzung für diesen Rechner)</translation>
    </message>
    <message>
        <source>%1: %2 to the first word (int8: %3, int4: %4), then about %5 tokens a second (int8: %6, int4: %7); estimate for this machine</source>
        <translation>%1: %2 bis zum ersten Wort (int8: %3, int4: %4), dann etwa %5 Token in der Sekunde (int8: %6, int4: %7); Schätzung für diesen Rechner</translation>
    </message>
    <message>
        <source>Fewer FLOPs</source>
        <translation>Weniger FLOPs</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>Systemtext</translation>
    </message>
    <message>
        <source>Tokens a second</source>
        <translation>Token je Sekunde</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>Layer %1 of %2, %3 tokens</source>
        <translation>Schicht %1 von %2, %3 Token</translation>
    </message>
    <message>
        <source>The rest of reading the question</source>
        <translation>Der Rest des Lesens der Frage</translation>
    </message>
    <message>
        <source>Writing %1 tokens, about %2 each</source>
        <translation>Schreiben von %1 Token, je etwa %2</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>noch %1</translation>
    </message>
    <message>
        <source>%1 s left</source>
        <translation>noch %1 s</translation>
    </message>
    <message>
        <source>%1 min left</source>
        <translation>noch %1 min</translation>
    </message>
    <message>
        <source>%1, about %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>Reading the question, layer %1 of %2</source>
        <translation>Liest die Frage, Schicht %1 von %2</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 Token</translation>
    </message>
    <message>
        <source>%1 (%2 tokens)</source>
        <translation>%1 (%2 Token)</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>All %1 visual tokens stay.</source>
        <translation>Alle %1 visuellen Token bleiben.</translation>
    </message>
    <message>
        <source>All visual tokens stay.</source>
        <translation>Alle visuellen Token bleiben.</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>%1: %2 stay, the model&apos;s default.</source>
        <translation>%1: %2 bleiben, die Vorgabe des Modells.</translation>
    </message>
    <message>
        <source>%1: %2 stay. The model names no default.</source>
        <translation>%1: %2 bleiben. Das Modell nennt keine Vorgabe.</translation>
    </message>
    <message>
        <source>Fast</source>
        <translation>Schnell</translation>
    </message>
    <message>
        <source>%1: %2 stay, half of Balanced.</source>
        <translation>%1: %2 bleiben, halb so viele wie bei „Ausgewogen“.</translation>
    </message>
    <message>
        <source>%1: %2 stay.</source>
        <translation>%1: %2 bleiben.</translation>
    </message>
    <message>
        <source>As published</source>
        <translation>Wie veröffentlicht</translation>
    </message>
    <message>
        <source>%1 with the budget of its publication.</source>
        <translation>%1 mit dem Budget seiner Veröffentlichung.</translation>
    </message>
    <message>
        <source>Reading the model, %1 of %2</source>
        <translation>Das Modell wird gelesen, %1 von %2</translation>
    </message>
</context>
<context>
    <name>sparsight::Answering</name>
    <message>
        <source>%1 is not the file of this session. Choose first whether to use it anyway.</source>
        <translation>%1 ist nicht die Datei dieser Sitzung. Wählen Sie zuerst, ob sie trotzdem verwendet werden soll.</translation>
    </message>
    <message>
        <source>A question in “%1” could not be asked: %2</source>
        <translation>Eine Frage in „%1“ konnte nicht gestellt werden: %2</translation>
    </message>
    <message>
        <source>The answer in “%1” failed.</source>
        <translation>Die Antwort in „%1“ ist fehlgeschlagen.</translation>
    </message>
    <message>
        <source>The answer in “%1” is ready.</source>
        <translation>Die Antwort in „%1“ ist fertig.</translation>
    </message>
</context>
<context>
    <name>sparsight::Application</name>
    <message>
        <source>%1 · %2 M parameters</source>
        <translation>%1 · %2 Mio. Parameter</translation>
    </message>
    <message>
        <source>No model is loaded. %1</source>
        <translation>Kein Modell ist geladen. %1</translation>
    </message>
    <message>
        <source>%1 cannot be loaded; %2 is used instead. %3</source>
        <translation>%1 kann nicht geladen werden; stattdessen wird %2 verwendet. %3</translation>
    </message>
    <message>
        <source>Open the files themselves, not their folder: %1.</source>
        <translation>Bitte die Dateien selbst öffnen, nicht ihren Ordner: %1.</translation>
    </message>
    <message>
        <source>Not a file on this machine; save it here first: %1.</source>
        <translation>Keine Datei auf diesem Rechner; bitte erst hier speichern: %1.</translation>
    </message>
    <message>
        <source>These files cannot be read as a video or picture: %1.</source>
        <translation>Diese Dateien sind weder als Video noch als Bild lesbar: %1.</translation>
    </message>
    <message>
        <source>The last session was not opened: the program ended while it was being opened the last time. It is in the list.</source>
        <translation>Die letzte Sitzung wurde nicht geöffnet: Beim letzten Mal endete das Programm, während sie geöffnet wurde. Sie steht in der Liste.</translation>
    </message>
    <message>
        <source>The last video was not opened: the program ended while it was being opened the last time.</source>
        <translation>Das letzte Video wurde nicht geöffnet: Das Programm endete beim letzten Mal, während es geöffnet wurde.</translation>
    </message>
    <message>
        <source>No model is loaded: %1</source>
        <translation>Kein Modell ist geladen: %1</translation>
    </message>
</context>
<context>
    <name>sparsight::ComparisonGrid</name>
    <message>
        <source>%1 runs are too many: at most %2.</source>
        <translation>%1 Läufe sind zu viele: höchstens %2.</translation>
    </message>
    <message>
        <source>%1 of %2: %3</source>
        <translation>%1 von %2: %3</translation>
    </message>
    <message>
        <source>the same words</source>
        <translation>dieselben Wörter</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
</context>
<context>
    <name>sparsight::ComparisonSide</name>
    <message>
        <source>These tokens belong to frames that are not open now.</source>
        <translation>Diese Token gehören zu Bildern, die jetzt nicht geöffnet sind.</translation>
    </message>
</context>
<context>
    <name>sparsight::Conversation</name>
    <message>
        <source>What happens in the video?</source>
        <translation>What happens in the video?</translation>
    </message>
    <message>
        <source>How many objects are there?</source>
        <translation>How many objects are there?</translation>
    </message>
    <message>
        <source>What appears later?</source>
        <translation>What appears later?</translation>
    </message>
    <message>
        <source>%1 is missing. Locate it first, or open another file.</source>
        <translation>%1 fehlt. Suchen Sie die Datei zuerst, oder öffnen Sie eine andere.</translation>
    </message>
    <message>
        <source>%1 is not the file of this session. Choose first whether to use it anyway.</source>
        <translation>%1 ist nicht die Datei dieser Sitzung. Wählen Sie zuerst, ob sie trotzdem verwendet werden soll.</translation>
    </message>
    <message>
        <source>This session was deleted. Bring it back in the list, or begin a new one (Ctrl+N).</source>
        <translation>Diese Sitzung wurde gelöscht. Holen Sie sie in der Liste zurück, oder beginnen Sie eine neue (Strg+N).</translation>
    </message>
    <message>
        <source>Waiting for the answer in “%1”</source>
        <translation>Wartet auf die Antwort in „%1“</translation>
    </message>
    <message>
        <source>Saving the answer</source>
        <translation>Antwort wird gespeichert</translation>
    </message>
    <message>
        <source>The tokens cannot be shown: the video is missing. Locate it first.</source>
        <translation>Die Token können nicht gezeigt werden: Das Video fehlt. Suchen Sie es zuerst.</translation>
    </message>
    <message>
        <source>These tokens belong to frames that are not open now.</source>
        <translation>Diese Token gehören zu Bildern, die jetzt nicht geöffnet sind.</translation>
    </message>
    <message>
        <source>This model does not look at %1. Choose another model, or begin a new session.</source>
        <translation>Dieses Modell sieht sich %1 nicht an. Wählen Sie ein anderes Modell oder beginnen Sie eine neue Sitzung.</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 Token</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>The next prompt takes %1 of the model&apos;s %2 positions: %3 for the visual tokens and %4 for the text.</source>
        <translation>Die nächste Eingabe belegt %1 der %2 Positionen des Modells: %3 für die visuellen Token und %4 für den Text.</translation>
    </message>
    <message>
        <source>It does not fit: ask about fewer frames, or shorten the question.</source>
        <translation>Das passt nicht: Fragen Sie zu weniger Bildern, oder kürzen Sie die Frage.</translation>
    </message>
    <message>
        <source>It does not fit any more: begin a new session, or shorten the question.</source>
        <translation>Das passt nicht mehr: Beginnen Sie eine neue Sitzung, oder kürzen Sie die Frage.</translation>
    </message>
    <message>
        <source>An answer can have up to %1 more.</source>
        <translation>Eine Antwort kann bis zu %1 weitere haben.</translation>
    </message>
    <message>
        <source>Nothing is left out when it gets full: then a new session is needed.</source>
        <translation>Wenn er voll wird, fällt nichts weg: Dann braucht es eine neue Sitzung.</translation>
    </message>
    <message>
        <source>What is in the picture?</source>
        <translation>Was ist auf dem Bild?</translation>
    </message>
    <message>
        <source>What does the sign say?</source>
        <translation>Was steht auf dem Schild?</translation>
    </message>
    <message>
        <source>%1 is not open yet. Choose a model that can read it, or begin a new session.</source>
        <translation>%1 ist noch nicht offen. Wählen Sie ein Modell, das die Datei lesen kann, oder beginnen Sie eine neue Sitzung.</translation>
    </message>
</context>
<context>
    <name>sparsight::Devices</name>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>GPU %1</source>
        <translation>GPU %1</translation>
    </message>
    <message>
        <source>it is not there</source>
        <translation>sie ist nicht da</translation>
    </message>
</context>
<context>
    <name>sparsight::Exporter</name>
    <message>
        <source>Writing %1</source>
        <translation>%1 wird geschrieben</translation>
    </message>
</context>
<context>
    <name>sparsight::MediaPlayer</name>
    <message>
        <source>mono</source>
        <translation>mono</translation>
    </message>
    <message>
        <source>stereo</source>
        <translation>stereo</translation>
    </message>
    <message numerus="yes">
        <source>%n channels</source>
        <translation>
            <numerusform>%n Kanäle</numerusform>
            <numerusform>%n Kanäle</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sparsight::MessageText</name>
    <message>
        <source>Go to %1 in the video</source>
        <translation>Im Video zu %1 springen</translation>
    </message>
</context>
<context>
    <name>sparsight::ModelFetch</name>
    <message>
        <source>about %1 s</source>
        <translation>etwa %1 s</translation>
    </message>
    <message>
        <source>about %1 min</source>
        <translation>etwa %1 min</translation>
    </message>
    <message>
        <source>%1 to download from %2</source>
        <translation>%1 herunterzuladen von %2</translation>
    </message>
    <message>
        <source>%1 of %2 still to download from %3</source>
        <translation>%1 von %2 noch herunterzuladen von %3</translation>
    </message>
    <message>
        <source>The hub names no licence: look at the model&apos;s page</source>
        <translation>Der Hub nennt keine Lizenz: auf der Seite des Modells nachsehen</translation>
    </message>
    <message>
        <source>Licence: %1</source>
        <translation>Lizenz: %1</translation>
    </message>
    <message>
        <source>Its licence must be accepted first, on the page %1/%2; then set HF_TOKEN to your token</source>
        <translation>Zuerst muss die Lizenz auf der Seite %1/%2 angenommen werden; dann HF_TOKEN auf das eigene Token setzen</translation>
    </message>
    <message>
        <source>Goes into %1, where %2 are free</source>
        <translation>Kommt nach %1; dort sind %2 frei</translation>
    </message>
    <message>
        <source>Goes into %1</source>
        <translation>Kommt nach %1</translation>
    </message>
    <message>
        <source>Memory for the weights: about %1; as int8 %2, as int4 %3</source>
        <translation>Speicher für die Gewichte: etwa %1; als int8 %2, als int4 %3</translation>
    </message>
    <message>
        <source>Make int8: %1, %2</source>
        <translation>Als int8: %1, %2</translation>
    </message>
    <message>
        <source>Make int4: %1, %2</source>
        <translation>Als int4: %1, %2</translation>
    </message>
    <message>
        <source>about %1 · memory %2, int8 %3, int4 %4 · %5</source>
        <translation>etwa %1 · Speicher %2, int8 %3, int4 %4 · %5</translation>
    </message>
    <message>
        <source>not tried with Sparsight yet; sizes are estimates</source>
        <translation>noch nicht mit Sparsight erprobt; Größen sind geschätzt</translation>
    </message>
    <message>
        <source>%1: %2 of %3</source>
        <translation>%1: %2 von %3</translation>
    </message>
    <message>
        <source>%1, %2 a second</source>
        <translation>%1, %2 in der Sekunde</translation>
    </message>
    <message>
        <source>%1, %2 left</source>
        <translation>%1, noch %2</translation>
    </message>
</context>
<context>
    <name>sparsight::ModelList</name>
    <message>
        <source>comes with Sparsight</source>
        <translation>gehört zu Sparsight</translation>
    </message>
    <message>
        <source>in the Hugging Face cache</source>
        <translation>im Zwischenspeicher von Hugging Face</translation>
    </message>
    <message>
        <source>in one of your folders</source>
        <translation>in einem Ihrer Ordner</translation>
    </message>
    <message>
        <source>%1 · %2 parameters, %3</source>
        <translation>%1 · %2 Parameter, %3</translation>
    </message>
    <message>
        <source>needs about %1B</source>
        <translation>braucht etwa %1B</translation>
    </message>
    <message>
        <source>Not enough memory: it needs about %1B, but only %2B is free.</source>
        <translation>Der Speicher reicht nicht: Das Modell braucht etwa %1B, frei sind nur %2B.</translation>
    </message>
    <message>
        <source>This machine has %1B of memory; %2B is free.</source>
        <translation>Dieser Rechner hat %1B Speicher, %2B sind frei.</translation>
    </message>
    <message>
        <source>%1 G</source>
        <comment>parameters</comment>
        <translation>%1 Mrd.</translation>
    </message>
    <message>
        <source>%1 M</source>
        <comment>parameters</comment>
        <translation>%1 Mio.</translation>
    </message>
    <message>
        <source>%1 k</source>
        <comment>parameters</comment>
        <translation>%1 Tsd.</translation>
    </message>
    <message>
        <source>text only, no videos</source>
        <translation>nur Text, keine Videos</translation>
    </message>
    <message>
        <source>tokens by the size of the picture</source>
        <translation>Token je nach Größe des Bildes</translation>
    </message>
    <message>
        <source>pictures only, %1 tokens each</source>
        <translation>nur Bilder zu je %1 Token</translation>
    </message>
    <message>
        <source>%1 tokens a frame</source>
        <translation>%1 Token je Bild</translation>
    </message>
    <message>
        <source>%1 frames × %2 tokens</source>
        <translation>%1 Bilder × %2 Token</translation>
    </message>
    <message>
        <source>in %1</source>
        <translation>in %1</translation>
    </message>
    <message>
        <source>%1 · %2 layers, %3 wide · %4</source>
        <translation>%1 · %2 Schichten, Breite %3 · %4</translation>
    </message>
</context>
<context>
    <name>sparsight::SessionList</name>
    <message>
        <source>Pinned</source>
        <translation>Angeheftet</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Heute</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Gestern</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>Letzte 7 Tage</translation>
    </message>
    <message>
        <source>Importing: %1 %</source>
        <translation>Importieren: %1 %</translation>
    </message>
    <message>
        <source>Importing …</source>
        <translation>Importieren …</translation>
    </message>
    <message>
        <source>Exporting: %1 %</source>
        <translation>Exportieren: %1 %</translation>
    </message>
    <message>
        <source>Exporting …</source>
        <translation>Exportieren …</translation>
    </message>
    <message>
        <source>Opening: %1 %</source>
        <translation>Öffnen: %1 %</translation>
    </message>
    <message>
        <source>Opening …</source>
        <translation>Öffnen …</translation>
    </message>
</context>
<context>
    <name>sparsight::Subtitles</name>
    <message>
        <source>forced</source>
        <translation>erzwungen</translation>
    </message>
    <message>
        <source>Track %1</source>
        <translation>Spur %1</translation>
    </message>
    <message>
        <source>%1: not shown</source>
        <translation>%1: wird nicht gezeigt</translation>
    </message>
</context>
<context>
    <name>sparsight::TraceView</name>
    <message>
        <source>before pruning</source>
        <translation>vor dem Ausdünnen</translation>
    </message>
    <message>
        <source>%1: %2 of %3 tokens</source>
        <translation>%1: %2 von %3 Token</translation>
    </message>
    <message>
        <source>recycled %1</source>
        <translation>wiederverwertet %1</translation>
    </message>
    <message>
        <source>recycled %1: %2 tokens became one</source>
        <translation>wiederverwertet %1: %2 Token wurden eines</translation>
    </message>
    <message>
        <source>dropped %1</source>
        <translation>verworfen %1</translation>
    </message>
    <message>
        <source>recycled %1, dropped %2</source>
        <translation>wiederverwertet %1, verworfen %2</translation>
    </message>
    <message>
        <source>on average %1 enter a layer</source>
        <translation>im Mittel gehen %1 in eine Schicht</translation>
    </message>
    <message>
        <source>No tokens are merged yet; look at a later layer.</source>
        <translation>Bis hier ist noch nichts zusammengeführt; sehen Sie eine spätere Schicht an.</translation>
    </message>
    <message>
        <source>No tokens were merged.</source>
        <translation>Es wurde nichts zusammengeführt.</translation>
    </message>
    <message>
        <source>Strategies that merge: %1.</source>
        <translation>Strategien, die zusammenführen: %1.</translation>
    </message>
    <message>
        <source>Nothing was pruned, so nothing was merged.</source>
        <translation>Nichts wurde ausgedünnt, also wurde nichts zusammengeführt.</translation>
    </message>
    <message>
        <source>%1 drops what it prunes and merges nothing.</source>
        <translation>%1 verwirft, was es ausdünnt, und führt nichts zusammen.</translation>
    </message>
    <message>
        <source>a word of the prompt: nothing prunes it</source>
        <translation>ein Wort der Eingabe: nichts entfernt es</translation>
    </message>
    <message>
        <source>CLS, which stands for the whole frame</source>
        <translation>CLS, das für das ganze Bild steht</translation>
    </message>
    <message>
        <source>a word between the frames</source>
        <translation>ein Wort zwischen den Bildern</translation>
    </message>
    <message>
        <source>the word “%1”</source>
        <translation>das Wort „%1“</translation>
    </message>
    <message>
        <source>the word “%1” of “%2”</source>
        <translation>das Wort „%1“ aus „%2“</translation>
    </message>
    <message>
        <source>%1, on padding beside the picture</source>
        <translation>%1, auf dem Rand neben dem Bild</translation>
    </message>
    <message>
        <source>No attention: the trace would exceed %1 MiB.</source>
        <translation>Keine Aufmerksamkeit: Die Spur wäre größer als %1 MiB.</translation>
    </message>
    <message>
        <source>%1 of %2 layers: the trace would exceed %3 MiB.</source>
        <translation>%1 von %2 Schichten: Die Spur wäre größer als %3 MiB.</translation>
    </message>
    <message>
        <source>The mean over the heads: the trace would exceed %1 MiB.</source>
        <translation>Der Mittelwert über die Köpfe: Die Spur wäre größer als %1 MiB.</translation>
    </message>
    <message>
        <source>Each head in %1 of %2 layers, else their mean: the trace would exceed %3 MiB.</source>
        <translation>Jeder Kopf in %1 von %2 Schichten, sonst ihr Mittelwert: Die Spur wäre größer als %3 MiB.</translation>
    </message>
    <message>
        <source>The text before the question is left out: the trace would exceed %1 MiB.</source>
        <translation>Der Text vor der Frage fehlt: Die Spur wäre größer als %1 MiB.</translation>
    </message>
    <message>
        <source>The end of the answer is left out: the trace would exceed %1 MiB.</source>
        <translation>Das Ende der Antwort fehlt: Die Spur wäre größer als %1 MiB.</translation>
    </message>
</context>
</TS>
