<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>Application</name>
    <message>
        <source>Chats are not kept: %1</source>
        <translation>Gespräche werden nicht aufbewahrt: %1</translation>
    </message>
</context>
<context>
    <name>BudgetSlider</name>
    <message>
        <source>Visual tokens that stay</source>
        <translation>Visuelle Token, die bleiben</translation>
    </message>
    <message>
        <source>Moving it answers the last question anew; the video is not looked at again</source>
        <translation>Wird er bewegt, wird die letzte Frage neu beantwortet; das Video wird nicht noch einmal angesehen</translation>
    </message>
    <message>
        <source>all %1</source>
        <translation>alle %1</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>as published</source>
        <translation>wie veröffentlicht</translation>
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
        <source>Pruning</source>
        <translation>Auslese</translation>
    </message>
    <message>
        <source>How visual tokens are pruned</source>
        <translation>Wie Bildtokens ausgelesen werden</translation>
    </message>
    <message>
        <source>budget</source>
        <translation>Budget</translation>
    </message>
    <message>
        <source>Visual tokens that stay</source>
        <translation>Bildtokens, die bleiben</translation>
    </message>
    <message>
        <source>Visual tokens that stay: a count (194) or a share (9.4%); empty: as published</source>
        <translation>Bildtokens, die bleiben: eine Anzahl (194) oder ein Anteil (9.4%); leer: wie veröffentlicht</translation>
    </message>
    <message>
        <source>Ask about the video (Ctrl+L)</source>
        <translation>Frage zum Video (Strg+L)</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>Stop (Esc)</source>
        <translation>Anhalten (Esc)</translation>
    </message>
    <message>
        <source>Ask (Enter)</source>
        <translation>Fragen (Eingabe)</translation>
    </message>
</context>
<context>
    <name>ComparePane</name>
    <message>
        <source>Ask something about the video first; then its answer can be compared.</source>
        <translation>Fragen Sie zuerst etwas zum Video; dann lässt sich die Antwort vergleichen.</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>Stop (Esc)</source>
        <translation>Stopp (Esc)</translation>
    </message>
    <message>
        <source>Ask with the settings of both sides</source>
        <translation>Mit den Einstellungen beider Seiten fragen</translation>
    </message>
    <message>
        <source>Back to the video (Ctrl+D)</source>
        <translation>Zurück zum Video (Strg+D)</translation>
    </message>
    <message>
        <source>The frame before</source>
        <translation>Das Bild davor</translation>
    </message>
    <message>
        <source>Frame %1 of %2 at %3 s</source>
        <translation>Bild %1 von %2 bei %3 s</translation>
    </message>
    <message>
        <source>The next frame</source>
        <translation>Das nächste Bild</translation>
    </message>
    <message>
        <source>%1 tokens differ here, %2 of them in this frame</source>
        <translation>%1 Token unterscheiden sich hier, davon %2 in diesem Bild</translation>
    </message>
</context>
<context>
    <name>CompareSide</name>
    <message>
        <source>How visual tokens are pruned</source>
        <translation>Wie visuelle Token ausgewählt werden</translation>
    </message>
    <message>
        <source>budget</source>
        <translation>Budget</translation>
    </message>
    <message>
        <source>Visual tokens that stay</source>
        <translation>Visuelle Token, die bleiben</translation>
    </message>
    <message>
        <source>Show an answer of the chat</source>
        <translation>Eine Antwort des Gesprächs zeigen</translation>
    </message>
    <message>
        <source>Answer %1</source>
        <translation>Antwort %1</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Antworten</translation>
    </message>
    <message>
        <source>Run asks with these settings.</source>
        <translation>Starten fragt mit diesen Einstellungen.</translation>
    </message>
</context>
<context>
    <name>DepthPlot</name>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Walk through the steps of pruning</source>
        <translation>Durch die Schritte der Auswahl gehen</translation>
    </message>
    <message>
        <source>in</source>
        <translation>ein</translation>
    </message>
    <message>
        <source>Depth in the decoder: %1</source>
        <translation>Tiefe im Decoder: %1</translation>
    </message>
</context>
<context>
    <name>ExportButton</name>
    <message>
        <source>Picture of this frame (PNG) …</source>
        <translation>Bild dieses Frames (PNG) …</translation>
    </message>
    <message>
        <source>Picture of this frame (SVG) …</source>
        <translation>Bild dieses Frames (SVG) …</translation>
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
        <source>Page to look through (HTML) …</source>
        <translation>Seite zum Durchsehen (HTML) …</translation>
    </message>
    <message>
        <source>Trace (safetensors) …</source>
        <translation>Spur (safetensors) …</translation>
    </message>
    <message>
        <source>Chat to read (Markdown) …</source>
        <translation>Gespräch zum Lesen (Markdown) …</translation>
    </message>
    <message>
        <source>Chat to import (JSON) …</source>
        <translation>Gespräch zum Einlesen (JSON) …</translation>
    </message>
    <message>
        <source>Export ▾</source>
        <translation>Export ▾</translation>
    </message>
    <message>
        <source>Save pictures, the film, the trace or the chat</source>
        <translation>Bilder, Film, Spur oder Gespräch speichern</translation>
    </message>
    <message>
        <source>Save as</source>
        <translation>Speichern unter</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Replace the file?</source>
        <translation>Datei ersetzen?</translation>
    </message>
    <message>
        <source>%1 is there already.</source>
        <translation>%1 ist schon da.</translation>
    </message>
</context>
<context>
    <name>FileBanner</name>
    <message>
        <source>%1 is not the file that this session was about: its content is another.</source>
        <translation>%1 ist nicht die Datei dieser Sitzung: Ihr Inhalt ist ein anderer.</translation>
    </message>
    <message>
        <source>Use it anyway</source>
        <translation>Trotzdem verwenden</translation>
    </message>
    <message>
        <source>Find the file …</source>
        <translation>Datei suchen …</translation>
    </message>
    <message>
        <source>Find the file of this session</source>
        <translation>Die Datei dieser Sitzung suchen</translation>
    </message>
    <message>
        <source>%1 is not there any more, or cannot be read.</source>
        <translation>%1 ist nicht mehr da oder nicht lesbar.</translation>
    </message>
</context>
<context>
    <name>FileChoice</name>
    <message>
        <source>Several files: which one?</source>
        <translation>Mehrere Dateien: Welche?</translation>
    </message>
</context>
<context>
    <name>Hint</name>
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
        <translation>%1 zu %2 verwertet</translation>
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
</context>
<context>
    <name>Main</name>
    <message>
        <source>How to get it …</source>
        <translation>So bekommen Sie es …</translation>
    </message>
    <message>
        <source>The model that is loaded knows only %1; about this video it can but guess. Video-LLaVA-7B answers about real ones.</source>
        <translation>Das geladene Modell kennt nur %1; bei diesem Video kann es nur raten. Video-LLaVA-7B antwortet zu echten.</translation>
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
        <translation>Gescheitert. %1</translation>
    </message>
    <message>
        <source>Stopped. %1</source>
        <translation>Angehalten. %1</translation>
    </message>
    <message>
        <source>Cut off.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Tokens</translation>
    </message>
    <message>
        <source>Show what became of the visual tokens</source>
        <translation>Zeigen, was aus den Bildtokens wurde</translation>
    </message>
    <message>
        <source>Again</source>
        <translation>Noch einmal</translation>
    </message>
    <message>
        <source>Answer this question anew</source>
        <translation>Diese Frage neu beantworten</translation>
    </message>
    <message>
        <source>The question, to be put otherwise</source>
        <translation>Die Frage, anders zu stellen</translation>
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
        <source>Edit</source>
        <translation>Ändern</translation>
    </message>
    <message>
        <source>Put this question otherwise; what followed it goes</source>
        <translation>Diese Frage anders stellen; was darauf folgte, entfällt</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>Ask it so (Enter)</source>
        <translation>So fragen (Eingabe)</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>Lassen</translation>
    </message>
    <message>
        <source>Leave it as it was (Esc)</source>
        <translation>So lassen, wie sie war (Esc)</translation>
    </message>
</context>
<context>
    <name>ModeRow</name>
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
        <source>How the strategy ranked the tokens</source>
        <translation>Wie die Strategie die Token bewertet hat</translation>
    </message>
    <message>
        <source>Kept, recycled or dropped</source>
        <translation>Behalten, wiederverwertet oder verworfen</translation>
    </message>
    <message>
        <source>Tokens that became one, by colour</source>
        <translation>Token, die eines wurden, nach Farbe</translation>
    </message>
    <message>
        <source>What one word of the question attends to</source>
        <translation>Worauf ein Wort der Frage achtet</translation>
    </message>
    <message>
        <source>Colours of scores</source>
        <translation>Farben der Werte</translation>
    </message>
    <message>
        <source>How strongly the tokens cover the video</source>
        <translation>Wie stark die Token das Video bedecken</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>A folder of a model, or of models</source>
        <translation>Ein Ordner mit einem Modell oder mit Modellen</translation>
    </message>
    <message>
        <source>Looking for models …</source>
        <translation>Modelle werden gesucht …</translation>
    </message>
    <message>
        <source>Take this folder out of the list; its files stay</source>
        <translation>Diesen Ordner aus der Liste nehmen; seine Dateien bleiben</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>In Gebrauch</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Nehmen</translation>
    </message>
    <message>
        <source>%1 answers</source>
        <translation>%1 antwortet</translation>
    </message>
    <message>
        <source>Let %1 answer</source>
        <translation>%1 antworten lassen</translation>
    </message>
    <message>
        <source>Sparsight downloads nothing. To ask about real videos, fetch LanguageBind/Video-LLaVA-7B-hf from huggingface.co with a tool of your own, for example:</source>
        <translation>Sparsight lädt nichts herunter. Für Fragen an echte Videos holen Sie LanguageBind/Video-LLaVA-7B-hf mit einem eigenen Werkzeug von huggingface.co, zum Beispiel:</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Erneut suchen</translation>
    </message>
    <message>
        <source>Add a folder …</source>
        <translation>Ordner hinzufügen …</translation>
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
        <source>Files that were open lately</source>
        <translation>Zuletzt geöffnete Dateien</translation>
    </message>
    <message>
        <source>Forget these</source>
        <translation>Diese vergessen</translation>
    </message>
</context>
<context>
    <name>RangeHandle</name>
    <message>
        <source>%1: %2 s</source>
        <translation>%1: %2 s</translation>
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
        <translation>ein</translation>
    </message>
</context>
<context>
    <name>SessionPane</name>
    <message>
        <source>Search questions and answers</source>
        <translation>Fragen und Antworten durchsuchen</translation>
    </message>
    <message>
        <source>New session (Ctrl+N)</source>
        <translation>Neue Sitzung (Strg+N)</translation>
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
        <source>Nothing found</source>
        <translation>Nichts gefunden</translation>
    </message>
    <message>
        <source>Your sessions will be here.</source>
        <translation>Hier stehen später Ihre Sitzungen.</translation>
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
        <source>Rename the session</source>
        <translation>Sitzung umbenennen</translation>
    </message>
    <message>
        <source>Import sessions from a file (JSON or Markdown)</source>
        <translation>Sitzungen aus einer Datei einlesen (JSON oder Markdown)</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Sitzungen</translation>
    </message>
    <message>
        <source>Rename … (F2)</source>
        <translation>Umbenennen … (F2)</translation>
    </message>
    <message>
        <source>Delete (Del)</source>
        <translation>Löschen (Entf)</translation>
    </message>
    <message>
        <source>Bring it back (Ctrl+Z in the list)</source>
        <translation>Zurückholen (Strg+Z in der Liste)</translation>
    </message>
    <message>
        <source>Import sessions</source>
        <translation>Sitzungen einlesen</translation>
    </message>
    <message>
        <source>Chats (*.json *.md)</source>
        <translation>Gespräche (*.json *.md)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation>Hell oder dunkel</translation>
    </message>
    <message>
        <source>As the system</source>
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
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Language of the interface</source>
        <translation>Sprache der Oberfläche</translation>
    </message>
    <message>
        <source>Pruning</source>
        <translation>Auslese</translation>
    </message>
    <message>
        <source>How visual tokens are pruned</source>
        <translation>Wie Bildtokens ausgelesen werden</translation>
    </message>
    <message>
        <source>Visual tokens that stay</source>
        <translation>Bildtokens, die bleiben</translation>
    </message>
    <message>
        <source>as published</source>
        <translation>wie veröffentlicht</translation>
    </message>
    <message>
        <source>Visual tokens that stay: a count (194) or a share (9.4%); empty: as published</source>
        <translation>Bildtokens, die bleiben: eine Anzahl (194) oder ein Anteil (9.4%); leer: wie veröffentlicht</translation>
    </message>
    <message>
        <source>Frames of a video, from the next one on (at most %1 with this model)</source>
        <translation>Bilder je Video, ab dem nächsten (mit diesem Modell höchstens %1)</translation>
    </message>
    <message>
        <source>Frames of a video, at most %1 with this model</source>
        <translation>Bilder je Video, mit diesem Modell höchstens %1</translation>
    </message>
    <message>
        <source>Longest answer, in tokens</source>
        <translation>Längste Antwort, in Tokens</translation>
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
        <source>How strongly the tokens cover the video</source>
        <translation>Wie stark die Tokens das Video verdecken</translation>
    </message>
    <message>
        <source>Volume</source>
        <translation>Lautstärke</translation>
    </message>
    <message>
        <source>As the model says</source>
        <translation>Wie das Modell es vorgibt</translation>
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
        <translation>Führen Sie mich herum</translation>
    </message>
    <message>
        <source>The short tour of the first start</source>
        <translation>Die kurze Führung vom ersten Start</translation>
    </message>
</context>
<context>
    <name>Shortcuts</name>
    <message>
        <source>Space</source>
        <translation>Leertaste</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Ctrl</source>
        <translation>Strg</translation>
    </message>
    <message>
        <source>Video</source>
        <translation>Video</translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation>Abspielen oder anhalten</translation>
    </message>
    <message>
        <source>Play or pause, like an editor</source>
        <translation>Abspielen oder anhalten, wie im Schnitt</translation>
    </message>
    <message>
        <source>Five seconds back or on</source>
        <translation>Fünf Sekunden zurück oder vor</translation>
    </message>
    <message>
        <source>One frame back or on</source>
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
        <source>Stop; leave the text; forget the token</source>
        <translation>Anhalten; Text verlassen; Token vergessen</translation>
    </message>
    <message>
        <source>New session</source>
        <translation>Neue Sitzung</translation>
    </message>
    <message>
        <source>Search the sessions</source>
        <translation>Sitzungen durchsuchen</translation>
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
        <source>Show or hide what became of the tokens</source>
        <translation>Den Weg der Tokens zeigen oder verbergen</translation>
    </message>
    <message>
        <source>Larger or smaller</source>
        <translation>Größer oder kleiner</translation>
    </message>
    <message>
        <source>As large as at first</source>
        <translation>So groß wie zu Beginn</translation>
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
        <source>Ten seconds back or on</source>
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
        <translation>Stopp</translation>
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
    <name>TokenCard</name>
    <message>
        <source>Point at a token to see its story; click to keep it here. Arrow keys move, Esc lets go.</source>
        <translation>Zeigen Sie auf ein Token, um seine Geschichte zu sehen; ein Klick hält es hier fest. Pfeiltasten bewegen, Esc lässt los.</translation>
    </message>
    <message>
        <source>Frame %1 at %2 s</source>
        <translation>Bild %1 bei %2 s</translation>
    </message>
    <message>
        <source>row %1, column %2</source>
        <translation>Zeile %1, Spalte %2</translation>
    </message>
</context>
<context>
    <name>TokenOverlay</name>
    <message>
        <source>Tokens of frame %1</source>
        <translation>Token von Bild %1</translation>
    </message>
    <message>
        <source>Arrow keys move among the tokens, Page Up and Page Down among the frames</source>
        <translation>Pfeiltasten gehen von Token zu Token, Bild auf und Bild ab von Bild zu Bild</translation>
    </message>
</context>
<context>
    <name>TokenPane</name>
    <message>
        <source>Frame at %1 s</source>
        <translation>Bild bei %1 s</translation>
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
        <source>This answer is by another model, %1.</source>
        <translation>Diese Antwort stammt von einem anderen Modell, %1.</translation>
    </message>
</context>
<context>
    <name>Tour</name>
    <message>
        <source>Welcome to Sparsight</source>
        <translation>Willkommen bei Sparsight</translation>
    </message>
    <message>
        <source>Ask a video, and watch which parts of it the model looks at. This is a clip to try it with. Nothing leaves this machine.</source>
        <translation>Befragen Sie ein Video und sehen Sie zu, wohin das Modell schaut. Hier ist ein Clip zum Ausprobieren. Nichts verlässt diesen Rechner.</translation>
    </message>
    <message>
        <source>The video</source>
        <translation>Das Video</translation>
    </message>
    <message>
        <source>Drop any video here. Space plays it, the comma and the full stop go frame by frame. The marks below are the frames that the model sees.</source>
        <translation>Ziehen Sie irgendein Video hierher. Die Leertaste spielt es ab, Komma und Punkt gehen Bild für Bild. Die Marken darunter sind die Bilder, die das Modell sieht.</translation>
    </message>
    <message>
        <source>Your questions</source>
        <translation>Ihre Fragen</translation>
    </message>
    <message>
        <source>Ask in plain words (Ctrl+L). The answer comes as it is made, with what it took; Esc stops it.</source>
        <translation>Fragen Sie in einfachen Worten (Strg+L). Die Antwort erscheint, während sie entsteht, mit ihrem Aufwand; Esc hält sie an.</translation>
    </message>
    <message>
        <source>What becomes of the tokens</source>
        <translation>Was aus den Tokens wird</translation>
    </message>
    <message>
        <source>A video is thousands of small pieces, called tokens. While an answer is made, you see which ones are kept, recycled and dropped, layer by layer.</source>
        <translation>Ein Video besteht aus Tausenden kleiner Stücke, den Tokens. Während eine Antwort entsteht, sehen Sie Schicht für Schicht, welche behalten, verwertet und verworfen werden.</translation>
    </message>
    <message>
        <source>Everything else</source>
        <translation>Alles Übrige</translation>
    </message>
    <message>
        <source>Below are the sessions, the models, the settings and the list of keys (F1). The little model that comes along knows moving shapes only.</source>
        <translation>Unten finden Sie die Sitzungen, die Modelle, die Einstellungen und die Liste der Tasten (F1). Das kleine mitgelieferte Modell kennt nur bewegte Formen.</translation>
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
        <source>Speed</source>
        <translation>Tempo</translation>
    </message>
    <message>
        <source>Play over and over what is asked about</source>
        <translation>Immer wieder abspielen, wonach gefragt wird</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>Ausschnitt</translation>
    </message>
    <message>
        <source>Ask about a part of the video: two handles on the time line</source>
        <translation>Nach einem Ausschnitt fragen: zwei Griffe auf der Zeitleiste</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Show the tokens over the video</source>
        <translation>Die Token über dem Video zeigen</translation>
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
        <source>Let it be heard (M)</source>
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
    <message>
        <source>at 1× only</source>
        <translation>nur bei 1×</translation>
    </message>
</context>
<context>
    <name>WordRow</name>
    <message>
        <source>Words of the question</source>
        <translation>Wörter der Frage</translation>
    </message>
    <message>
        <source>Left and right choose a word, Enter shows what it attends to</source>
        <translation>Links und rechts wählen ein Wort, Eingabe zeigt, worauf es achtet</translation>
    </message>
    <message>
        <source>Rates tokens, weight %1 of the largest</source>
        <translation>Bewertet Token, Gewicht %1 des größten</translation>
    </message>
    <message>
        <source>Show what this word attends to</source>
        <translation>Zeigen, worauf dieses Wort achtet</translation>
    </message>
</context>
<context>
    <name>main</name>
    <message>
        <source>Ask your videos, and watch what the model looks at.</source>
        <translation>Videos befragen und zusehen, worauf das Modell schaut.</translation>
    </message>
    <message>
        <source>A Hugging Face directory of a Video-LLaVA model.</source>
        <translation>Ein Hugging-Face-Ordner mit einem Video-LLaVA-Modell.</translation>
    </message>
    <message>
        <source>Compute threads; 0: as many as physical cores.</source>
        <translation>Rechenthreads; 0: so viele wie physische Kerne.</translation>
    </message>
    <message>
        <source>What BF16 weights are multiplied in: f32, which is exact, or bf16, which reads prompts sooner where the CPU has AVX-512 BF16.</source>
        <translation>Womit BF16-Gewichte multipliziert werden: f32, das genau ist, oder bf16, womit Fragen früher gelesen sind, wo der Prozessor AVX-512 BF16 hat.</translation>
    </message>
    <message>
        <source>Videos or images to open.</source>
        <translation>Videos oder Bilder, die geöffnet werden.</translation>
    </message>
    <message>
        <source>The chat database; a second start with the same one brings the window that is open forward.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sparsight</name>
    <message>
        <source>%1 → %2 tokens</source>
        <translation>%1 → %2 Tokens</translation>
    </message>
    <message>
        <source>%1 tokens, none pruned</source>
        <translation>%1 Tokens, keines ausgelesen</translation>
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
        <translation>%1 Tokens/s</translation>
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
        <source>Looking</source>
        <translation>Schaut hin</translation>
    </message>
    <message>
        <source>Thinking, layer %1 of %2</source>
        <translation>Denkt, Schicht %1 von %2</translation>
    </message>
    <message>
        <source>Answering</source>
        <translation>Antwortet</translation>
    </message>
    <message>
        <source>of %1 to %2 s</source>
        <translation>von %1 bis %2 s</translation>
    </message>
    <message>
        <source>of %1 s on</source>
        <translation>ab %1 s</translation>
    </message>
    <message>
        <source>%1, about %2 s left</source>
        <translation>%1, noch etwa %2 s</translation>
    </message>
    <message>
        <source>%1, about %2 min left</source>
        <translation>%1, noch etwa %2 min</translation>
    </message>
    <message>
        <source>Painting pictures</source>
        <translation>Bilder werden gemalt</translation>
    </message>
    <message>
        <source>Painting the film</source>
        <translation>Der Film wird gemalt</translation>
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
        <source>behind the tower</source>
        <translation>hinter dem Turm</translation>
    </message>
    <message>
        <source>before the decoder</source>
        <translation>vor dem Decoder</translation>
    </message>
    <message>
        <source>behind layer %1</source>
        <translation>hinter Schicht %1</translation>
    </message>
    <message>
        <source>%1 of %2 tokens, %3 a layer · %4 GFLOPs · layers %5 ms, pruning %6 ms</source>
        <translation>%1 von %2 Token, %3 je Schicht · %4 GFLOPs · Schichten %5 ms, Auswahl %6 ms</translation>
    </message>
    <message>
        <source>How right the model is with this was not measured</source>
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
        <translation>%1; %2 % mit allen Tokens</translation>
    </message>
    <message>
        <source>the model had no answer</source>
        <translation>das Modell hatte keine Antwort</translation>
    </message>
    <message>
        <source>cut off: the longest answer is set in the settings</source>
        <translation>abgeschnitten: wie lang eine Antwort sein darf, steht in den Einstellungen</translation>
    </message>
    <message>
        <source>it repeats itself, and was cut off</source>
        <translation>sie wiederholt sich und wurde abgeschnitten</translation>
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
        <source>%1 cannot be loaded, %2 is there instead. %3</source>
        <translation>%1 kann nicht geladen werden, stattdessen ist %2 da. %3</translation>
    </message>
    <message>
        <source>Drop the files themselves, not their folder: %1.</source>
        <translation>Bitte die Dateien selbst ablegen, nicht ihren Ordner: %1.</translation>
    </message>
    <message>
        <source>Not a file of this machine; save it here first: %1.</source>
        <translation>Keine Datei auf diesem Rechner; bitte erst hier speichern: %1.</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
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
        <source>%1 is not there. Find the file first, or open another.</source>
        <translation>%1 ist nicht da. Suchen Sie zuerst die Datei, oder öffnen Sie eine andere.</translation>
    </message>
    <message>
        <source>%1 is not the file of this session. Say first whether to use it.</source>
        <translation>%1 ist nicht die Datei dieser Sitzung. Sagen Sie zuerst, ob sie verwendet werden soll.</translation>
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
    <name>sparsight::ModelList</name>
    <message>
        <source>comes with Sparsight</source>
        <translation>gehört zu Sparsight</translation>
    </message>
    <message>
        <source>in the Hugging Face cache</source>
        <translation>im Hugging-Face-Cache</translation>
    </message>
    <message>
        <source>in a folder of yours</source>
        <translation>in einem Ihrer Ordner</translation>
    </message>
    <message>
        <source>%1 layers, %2 wide · %3 frames × %4 tokens</source>
        <translation>%1 Schichten, Breite %2 · %3 Bilder × %4 Tokens</translation>
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
        <source>There is not enough memory: it needs about %1B, %2B are free.</source>
        <translation>Der Speicher reicht nicht: Es braucht etwa %1B, %2B sind frei.</translation>
    </message>
    <message>
        <source>This machine has %1B of memory, %2B are free.</source>
        <translation>Dieser Rechner hat %1B Speicher, %2B sind frei.</translation>
    </message>
</context>
<context>
    <name>sparsight::TraceView</name>
    <message>
        <source>as it entered</source>
        <translation>wie es hereinkam</translation>
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
</context>
</TS>
