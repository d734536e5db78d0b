### Was die Seiten sagen, auf Deutsch. $n wählt die Form, $shown ist die Zahl.

skip = Zur Seite springen
menu = Menü
nav-main = Hauptmenü
nav-home = Start
nav-products = Produkte
nav-models = Models
nav-shoots = Shootings
nav-review = Durchsicht
nav-projects = Projekte
nav-billing = Abrechnung
nav-settings = Einstellungen
nav-admin = Verwaltung
theme-light = Hell
theme-dark = Dunkel
theme-system = Wie das Gerät
logout = Abmelden
offline = Sie sind offline. Was Sie entscheiden, bleibt hier und geht hinaus, sobald Sie zurück sind.
credits = Guthaben
credits-free = { $shown } Guthaben frei
credits-count = { $n ->
    [0] kostenlos
   *[other] { $shown } Guthaben
}
free = frei
held = { $shown } zurückgelegt
of = { $shown } von { $whole }
of-pictures = { $n ->
    [one] von { $shown } Bild
   *[other] von { $shown } Bildern
}
of-plain = von { $shown }
left = noch { $span }
days = { $n ->
    [one] { $shown } Tag
   *[other] { $shown } Tage
}
day = Tag
today = heute
span-seconds = { $shown } s
span-minutes = { $shown } min
span-hours = { $shown } h
span-days = { $n ->
    [one] { $shown } Tag
   *[other] { $shown } Tage
}
seconds-short = s
save = Speichern
delete = Löschen
delete-ask = Löschen…
restore = Zurückholen
action = Aktion
changed = Geändert
made-on = Angelegt
since = Seit
until = bis
when = Wann
who = Wer
state = Stand
progress = Fortschritt
failed = Fehlgeschlagen
never = nie
no-end = Ohne Ende
on = An
off = Aus
close = Schließen
undo = Zurücknehmen
earlier = Früheres
later = Späteres
figures = Zahlen
period = Zeitraum
view = Ansicht
filter = Filter
filter-all = Alle
filter-deleted = Gelöschte
filter-clear = Filter aufheben
nothing-matches = Nichts passt
nothing-matches-text = Andere Wörter oder ein anderer Filter finden es vielleicht.
deleted-none = Nichts wurde gelöscht
deleted-none-text = Gelöschtes bleibt 30 Tage hier.
as-table = Als Tabelle zeigen
page-next = Nächste Seite
choose = Wählen
choose-all = Alle wählen
choose-none = Keine wählen
choose-one = { $name } wählen
selected = { $shown } gewählt
selected-help = Kreuzen Sie Produkte an, um etwas mit ihnen zu tun
somebody = Jemand
file = Datei
row = Zeile
score = Wert
lock = Prüfung
needs-score = Nötig
pictures = Bilder
pictures-count = { $n ->
    [one] { $shown } Bild
   *[other] { $shown } Bilder
}
pictures-zero = Keine Bilder
pictures-none = Noch keine Bilder
pictures-none-text = Sie stehen hier nach Pose, sobald ein Shooting sie gemacht hat.
products-count = { $n ->
    [one] { $shown } Produkt
   *[other] { $shown } Produkte
}
people-count = { $n ->
    [one] { $shown } Person
   *[other] { $shown } Personen
}
workspaces-count = { $n ->
    [one] { $shown } Arbeitsbereich
   *[other] { $shown } Arbeitsbereiche
}
done-saved = Gespeichert
done-restored = Zurückgeholt
done-verified = Ihre Adresse ist bestätigt
done-invited = Die Einladung ist unterwegs
done-product = Das Produkt ist angelegt. Geben Sie ihm Fotos.
done-withdrawn = Notiert: es können keine Bilder mehr bestellt werden
done-threshold = Die Schwelle gilt für Bilder von jetzt an
done-signed-out = Das Gerät ist abgemeldet
done-revoked = Der Schlüssel gilt nicht mehr
done-consent = Die Einwilligung ist notiert
done-password = Das neue Passwort gilt. Melden Sie sich damit an.
done-deleted = Gelöscht
done-model = Das Model ist angelegt. Fügen Sie Fotos und Einwilligung hinzu.
done-project = Das Projekt ist angelegt
done-joined = Sie sind jetzt Mitglied
done-photo = Das Foto ist da
done-retention = Gespeichert. Was älter ist, wird innerhalb einer Stunde entfernt.
done-again = Noch einmal bestellt
done-pinged = Ein Aufruf ist unterwegs. Er steht gleich in der Liste unten.
role-owner = Inhaber
role-editor = Bearbeiter
role-reviewer = Prüfer
state-running = Läuft
state-paused = Angehalten
state-done = Fertig
state-cancelled = Abgebrochen
view-front = Vorne
view-back = Hinten
view-side = Seite
view-detail = Detail
no-view-front = Kein Foto von vorne
no-view-back = Kein Foto von hinten
no-view-side = Kein Foto von der Seite
no-view-detail = Kein Detailfoto
view-of-front = Vorder
view-of-back = Rück
view-of-side = Seiten
view-of-detail = Detail
view-letter-front = V
view-letter-back = H
view-letter-side = S
view-letter-detail = D
view-help-front = Davon geht jedes Bild aus
view-help-back = Gibt die Rückansicht
view-help-side = Gibt links, rechts oder 45°
view-help-detail = Gibt schärfere Nahaufnahmen
category-unknown = Nicht gesagt
category-top = Oberteil
category-crop-top = Kurzes Oberteil
category-jacket = Jacke oder Mantel
category-trousers = Hose
category-skirt = Rock oder Shorts
category-dress = Kleid oder Overall
pose-front = Vorne
pose-back = Hinten
pose-left = Links
pose-right = Rechts
pose-forty-five-degree = 45°
pose-walking = Gehend
pose-seated = Sitzend
pose-hand-on-hip = Hand an der Hüfte
pose-detail-close-up = Detail
pose-slight-turn-left = Leicht links
pose-slight-turn-right = Leicht rechts
pose-help-front = Gerade, in ganzer Länge
pose-help-back = Von hinten gesehen
pose-help-left = Zum linken Bildrand gewandt, vom Betrachter aus
pose-help-right = Zum rechten Bildrand gewandt
pose-help-forty-five-degree = Halb zur Kamera gewandt
pose-help-walking = Auf die Kamera zu, an einer Person
pose-help-seated = Auf einem schlichten Würfel, an einer Person
pose-help-hand-on-hip = Stehend, eine Hand an der Hüfte, an einer Person
pose-help-detail-close-up = Bis zu drei Nahaufnahmen von Druck, Kragen oder Stoff
mark-approved = angenommen
mark-rejected = abgelehnt
mark-failed = eine Prüfung nicht bestanden
mark-doubtful = anzusehen
mark-unverifiable = nicht prüfbar
mark-passed = bestanden
mark-picture = bestanden
mark-waiting = wartet
mark-running = wird gemacht
mark-left-out = ausgelassen
mark-removed = Datei entfernt
mark-unmade = nicht zu machen
mark-cancelled = abgebrochen
worst-failed = Nicht bestanden
worst-doubtful = Ein Mensch sollte hinsehen
worst-unverifiable = Nicht prüfbar
worst-passed = Bestanden
worst-not-applicable = Trifft nicht zu
worst-open = Nicht gemacht
lock-product = Produkt
lock-identity = Gesicht
lock-background = Hintergrund
lock-no-op = Unverändert
lock-set = Satz
outcome-said-doubtful = zweifelhaft
outcome-said-unverifiable = nicht prüfbar
state-said-running = im Gange
state-said-paused = angehalten
state-said-done = fertig
state-said-cancelled = abgebrochen
place-top = oben
place-middle = auf halber Höhe
place-bottom = unten
place-left = links
place-centre = in der Mitte
place-right = rechts
check-pixels = Pixel
check-ratio = Seitenverhältnis
check-format = Format
check-bytes = Bytes
check-bits = Bits
check-source-type = Quellenart
check-colour = Farbe
check-border = Rand
check-fill = Füllung
check-provenance = Herkunft
reason-print = Druck
reason-colour = Farbe
reason-shape = Form oder Länge
reason-face = Gesicht
reason-hands = Hände oder Körper
reason-pose = Pose oder Ausschnitt
reason-background = Hintergrund
reason-other = Anderes
decision-approved = angenommen
decision-rejected = abgelehnt
decision-redo = neu bestellt
decision-undone = zurückgenommen
decision-anyway = trotzdem angenommen
attempt-running = wird gemacht
attempt-done = genommen
attempt-rejected = zurückgewiesen
attempt-withheld = zurückgehalten
attempt-refused = von der Engine verweigert
attempt-fault = vorübergehender Fehler
attempt-lost = verloren
attempt-broken = kein brauchbares Bild
attempt-pending = wieder aufgenommen
attempt-failed = fehlgeschlagen
show-undecided = Zu entscheiden
show-failed = Nicht bestanden
show-doubtful = Anzusehen
show-unverifiable = Nicht prüfbar
show-passed = Alles bestanden
show-approved = Angenommen
show-rejected = Abgelehnt
show-all = Alle
format-webp = WebP
format-webp-lossless = WebP, verlustfrei
format-jpeg = JPEG
format-png = PNG
format-png16 = PNG, 16 Bit
format-tiff = TIFF
format-avif = AVIF
preset-best-quality = Beste Qualität
preset-balanced = Ausgewogen
preset-fast = Schnell
preset-local = Lokal
import-state-running = Läuft
import-state-done = Fertig
import-state-failed = Fehlgeschlagen
import-state-cancelled = Gestoppt
outcome-created = Neu
outcome-updated = Aktualisiert
outcome-unchanged = Schon da
outcome-missing = Etwas wurde nicht gesandt
outcome-duplicate = Doppelt
outcome-unreadable = Nicht lesbar
outcome-ambiguous = Vermutet
outcome-too-small = Zu klein
outcome-refused = Nicht verwendet
ledger-grant = Gutgeschrieben
ledger-purchase = Gekauft
ledger-hold = Für ein Bild zurückgelegt
ledger-settle = Bezahlt: das Bild wurde geliefert
ledger-release = Zurückgegeben
ledger-refund = Erstattet
ledger-expire = Verfallen
scope-read = sehen
scope-review = prüfen
scope-edit = bearbeiten
scope-shoot = fotografieren
scope-manage = verwalten
call-waiting = wartet
call-delivered = zugestellt
call-failed = fehlgeschlagen
login-title = Anmelden
login-do = Anmelden
login-forgot = Passwort vergessen?
login-new = Neu hier?
refused-wrong-credentials = Die Adresse oder das Passwort stimmt nicht.
refused-disabled = Dieses Konto ist gesperrt. Fragen Sie, wer die Plattform betreibt.
login-again = Sie wurden abgemeldet. Was Sie getippt haben, ist noch da. Melden Sie sich an, um weiterzumachen.
login-join = Melden Sie sich an oder registrieren Sie sich, um beizutreten
to-login = Anmelden
to-register = Registrieren
register-title = Registrieren
register-do = Konto anlegen
register-have = Schon registriert?
setup-title = PhotoGen einrichten
setup-text = Mit diesem Link werden Sie die Person, die diesen Dienst betreibt. Er gilt einmal.
reset-title = Ein neues Passwort
reset-text = Wir schicken einen Link, um ein neues zu wählen. Er gilt eine Stunde.
reset-do = Link schicken
choose-title = Neues Passwort wählen
choose-do = Dieses Passwort nehmen
told-title = Sehen Sie in Ihre Post
told-text = Wenn jemand mit dieser Adresse registriert ist, ist ein Link unterwegs. Er gilt eine Stunde.
verify-title = Adresse bestätigen
verify-do = Das ist meine Adresse
join-title = Dem Arbeitsbereich beitreten
join-do = Beitreten
field-name = Name
field-email = E-Mail-Adresse
field-password = Passwort
workspace-own = Arbeitsbereich von { $name }
field-workspace = Arbeitsbereich
field-description = Beschreibung
field-sku = SKU
field-category = Kategorie
field-colour = Farbe
field-project = Projekt
field-role = Rolle
hint-name = Ihr Team sieht ihn
hint-password = 8 Zeichen oder mehr; ein Satz ist gut
hint-workspace = Leer lassen, dann heißt er nach Ihnen
error-forbidden = Das dürfen Sie hier nicht
error-forbidden-text = Fragen Sie eine Person, der der Bereich gehört, oder wer diesen Dienst betreibt.
error-not-found = Eine solche Seite gibt es hier nicht
error-not-found-text = Vielleicht wurde sie gelöscht oder gehört zu einem anderen Bereich.
error-credits = Zu wenig Guthaben
error-too-many = Zu viele Versuche
error-ours = Dieser Teil wurde nicht geladen
error-refused = So geht das nicht
error-safe = Unsere Seite. Nichts ging verloren und nichts wurde berechnet.
error-other-workspace-text = In einem anderen Tab haben Sie zu { $here } gewechselt. Nichts wurde gespeichert. Wechseln Sie zurück zu { $there }, gehen Sie zurück auf die Seite und schicken Sie es noch einmal ab.
error-other-workspace-back = Zurück zu { $there } wechseln
error-code = Für die Hilfe: { $code }
error-home = Zum Start
home-hello = Hallo, { $name }
needs-title = Braucht Sie
needs-none = Nichts wartet auf Sie
needs-none-text = Bilder zum Entscheiden, Bilder, die nicht zu machen waren, und endende Einwilligungen stehen hier.
need-decide = { $n ->
    [one] { $shown } Bild zu entscheiden in { $shoot }
   *[other] { $shown } Bilder zu entscheiden in { $shoot }
}
need-decide-none = Keines hat eine Prüfung nicht bestanden.
need-decide-failed = { $n ->
    [one] { $shown } bestand eine Prüfung nicht und wurde zurückgewiesen.
   *[other] { $shown } bestanden eine Prüfung nicht und wurden zurückgewiesen.
}
need-unmade = { $n ->
    [one] { $shown } Bild von { $shoot } war nicht zu machen
   *[other] { $shown } Bilder von { $shoot } waren nicht zu machen
}
need-unmade-text = Sehen Sie nach, warum, und bestellen Sie sie danach noch einmal.
need-consent-none = Für { $name } ist keine Einwilligung notiert
need-consent-none-text = Kein Bild kann dieses Gesicht zeigen, bis sie notiert ist.
need-consent-over = Die Einwilligung von { $name } ist abgelaufen
need-consent-over-text = Kein neues Bild kann dieses Gesicht zeigen.
need-consent-soon = { $n ->
    [0] Die Einwilligung von { $name } endet heute
    [one] Die Einwilligung von { $name } endet in { $shown } Tag
   *[other] Die Einwilligung von { $name } endet in { $shown } Tagen
}
need-consent-soon-text = Danach kann kein neues Bild dieses Gesicht zeigen.
need-engine = { $model } wird am { $day } abgeschaltet
need-engine-text = Aufträge, die es nennen, brauchen danach ein anderes Modell.
verb-review = Durchsehen
verb-unmade = Gründe ansehen
verb-consent = Einwilligung erneuern
verb-new-shoot = Neues Shooting
flights-title = Shootings
all-shoots = Alle Shootings
all-products = Alle Produkte
credits-chart = Guthaben der letzten 30 Tage
credits-last = { $n ->
    [one] So reicht es noch etwa { $shown } Tag.
   *[other] So reicht es noch etwa { $shown } Tage.
}
first-try = Beim ersten Mal gut
first-try-none = Keine Bilder in dieser Zeit.
start-title = In drei Schritten zu den ersten Bildern
start-import = Produkte importieren
start-import-text = Einen Ordner, ein ZIP oder eine CSV ablegen. Nichts wird gespeichert, bevor Sie den Bericht gesehen haben.
start-model = Ein Model anlegen
start-model-text = Nur für Bilder an einer Person. Freisteller brauchen keines.
start-pilot = Ein Probeshooting
start-pilot-text = Erst fünf Produkte. Ansehen, dann den Rest.
project-new = Neues Projekt
project-make = Projekt anlegen
project-first = Erstes Projekt
project-no = Kein Projekt
projects-none = Noch keine Projekte
projects-none-text = Ein Projekt fasst Produkte, Shootings und Bilder einer Kollektion zusammen.
project-second = Zwei Personen nehmen jedes Bild an
project-second-text = Ein Bild gilt als angenommen, wenn auch eine zweite Person zustimmt.
project-delete = Projekt löschen
project-delete-text = Seine Produkte und Bilder bleiben. Es kommt innerhalb von 30 Tagen zurück.
product = Produkt
product-new = Neues Produkt
product-make = Produkt anlegen
product-delete = Produkt löschen
product-delete-text = Seine Bilder bleiben. Es kommt innerhalb von 30 Tagen zurück; seine SKU ist sofort frei.
products-none = Noch keine Produkte
products-none-text = Legen Sie einen Ordner, ein ZIP oder eine CSV ab.
never-shot = Nie fotografiert
search-products = SKU oder Name
view-grid = Raster
view-table = Tabelle
shoot-these = Diese fotografieren
shoot-this = Dies fotografieren
photos = Fotos
photos-count = { $n ->
    [0] Keine Fotos
    [one] { $shown } Foto
   *[other] { $shown } Fotos
}
photo-add = Foto senden
photo-remove = { $name } entfernen
photo-small = 1.000 Pixel oder mehr geben einen schärferen Druck
import = Import
import-products = Produkte importieren
import-title = Import
import-trial-title = Import, Probelauf
import-trial = Probelauf
import-try = Dateien prüfen
import-stop = Anhalten
import-running = { $shown } von { $whole } Zeilen und Dateien sind abgearbeitet.
import-done = { $n ->
    [one] { $shown } Zeile oder Datei wurde abgearbeitet.
   *[other] { $shown } Zeilen und Dateien wurden abgearbeitet.
}
import-trial-done = { $n ->
    [one] Noch ist nichts gespeichert. { $shown } Zeile oder Datei wurde gelesen.
   *[other] Noch ist nichts gespeichert. { $shown } Zeilen und Dateien wurden gelesen.
}
import-cancelled = Angehalten. Was laut Bericht getan ist, bleibt getan.
import-ready = neu
import-noted = mit Hinweis
import-to-fix = zu beheben
import-here = schon da
import-look = Anzusehen
import-all = Alle Zeilen
import-rows = Zeilen
import-problems = Anzusehen
import-found = Was wir fanden
import-columns = Nummer;Art;SKU;Datei;Zeile;Ansicht;Ergebnis;Hinweis
import-kind-row = Zeile
import-kind-file = Datei
import-report = Bericht laden (CSV)
import-clean = Nichts braucht einen Blick
import-confirm = { $n ->
    [one] { $shown } Zeile oder Datei importieren
   *[other] { $shown } Zeilen und Dateien importieren
}
import-confirm-text = { $n ->
    [0] Nichts bleibt zurück.
    [one] { $shown } zu behebende bleibt zurück. Beheben Sie sie und importieren Sie noch einmal.
   *[other] { $shown } zu behebende bleiben zurück. Beheben Sie sie und importieren Sie noch einmal.
}
settings-presets = Markenvorgaben
presets-text = Wie Ihre Marke ihre Bilder hat, unter einem Namen: Posen, Hintergrund, Größe, Format, Engine und Model. Ein neues Shooting beginnt damit, und die API nimmt sie als brandPreset.
presets-none = Noch keine Markenvorgaben
presets-none-text = Richten Sie ein neues Shooting so ein, wie Ihre Marke es hat, und behalten Sie es dort unter einem Namen.
preset-says = Was sie sagt
preset-keep = Als Markenvorgabe behalten
preset-keep-text = Alles außer den Produkten
preset-keep-do = Behalten
plan-profile = Kanal
plan-profile-none = Keiner
plan-profile-hint = Sein Hintergrund und Schatten gelten, und die Größe wird an ihm gemessen.
import-fix = Richtigstellen
import-fix-photo = Ihr Foto
import-as-is = Wie es ist
import-leave-out = Weglassen
import-add-files = Dateien ergänzen oder ersetzen
import-add-files-help = Ein fehlendes Foto, oder ein besseres mit demselben Namen. Eine Tabelle mit demselben Namen ersetzt die Tabelle.
import-check-again = Noch einmal prüfen
view-said-front = Vorne
view-said-back = Hinten
view-said-side = Seite
view-said-left = Linke Seite
view-said-right = Rechte Seite
view-said-45 = 45°
view-said-detail = Detail
imports-earlier = Frühere Importe
imports-none = Bisher keine.
import-how = Wie Dateien ihr Produkt finden
import-how-names = Fotos nach ihrem Namen: die SKU, dann die Ansicht.
import-how-table = Eine Tabelle (CSV oder XLSX) mit einer Spalte sku; dazu name, category und colour, wenn Sie sie haben.
import-how-zip = Ein ZIP kann alles enthalten, auch Ordner. Unlesbare Dateien stehen im Bericht; die anderen gehen weiter.
drop-title = Dateien hier ablegen oder wählen
drop-text = Ein ZIP, eine Tabelle, Fotos. JPEG, PNG, WebP oder TIFF, je 50 MB.
drop-folder = Einen Ordner wählen
upload-progress = Bisher gesandt
upload-sending = %d von %n werden gesandt
upload-checking = Alles da. Wird geprüft.
upload-lost = hier kam nichts an; prüfen Sie das Netz und senden Sie es noch einmal
upload-barred = ein Proxy auf dem Weg hierher hat es mit %s abgelehnt (413: es ist dem Proxy zu groß)
upload-refused = %f wurde nicht genommen: %w
model = Model
model-add = Model anlegen
model-new = Neues Model
model-make = Model anlegen
model-name-hint = Ein Vorname oder ein Code. Nur Ihr Team sieht ihn.
model-photos-help = Ein bis acht Fotos derselben Person. Das erste steht überall für sie.
model-delete = Model löschen
model-delete-text = Kein neues Bild kann dieses Gesicht zeigen. Es kommt innerhalb von 30 Tagen zurück.
models-none = Noch keine Models
models-none-text = Ein Model trägt Ihre Produkte in jedem Bild. Erst Fotos und Einwilligung.
photo-numbered = Foto { $number }
alike = Ähnlichkeit der Fotos
alike-help = 1 heißt dasselbe Gesicht. Unter { $threshold } zeigen zwei Fotos wohl zwei Personen.
alike-unlike = unähnlich
alike-all = Alle Fotos, die sich vergleichen ließen, zeigen wohl dieselbe Person.
alike-unsure = Nichts spricht für verschiedene Personen, doch nicht alle sind ähnlich genug, um sicher zu sein ({ $sure }): sehen Sie selbst hin.
alike-odd = { $n ->
    [one] Foto { $photos } zeigt wohl eine andere Person: entfernen oder prüfen Sie es.
   *[other] Die Fotos { $photos } zeigen wohl eine andere Person: entfernen oder prüfen Sie sie.
}
alike-apart = Die Fotos { $photos } zeigen wohl verschiedene Personen: behalten Sie nur die der richtigen.
alike-none = Die Fotos werden nicht verglichen: dazu braucht es zwei bekannte Gesichter und eine Einwilligung, die gilt.
photos-add = Fotos hinzufügen
photos-add-help = Ganzes Gesicht, gutes Licht, 256 Pixel oder mehr
consent = Einwilligung
consent-help = Worin die Person eingewilligt hat. Ohne sie kann kein Bild bestellt werden.
consent-none = Keine Einwilligung
consent-open = Einwilligung ohne Ende
consent-over = Einwilligung abgelaufen
consent-soon = { $n ->
    [0] Endet heute
    [one] Endet in { $shown } Tag
   *[other] Endet in { $shown } Tagen
}
consent-until = Einwilligung bis
consent-scope = Wofür
consent-scope-hint = Zum Beispiel: Webshop und Marktplätze, Europäische Union
consent-given = Gegeben am
consent-ends = Endet am
consent-ends-hint = Leer lassen, wo sie kein Ende hat
consent-save = Notieren
consent-withdraw = Die Einwilligung wurde zurückgenommen
consent-withdraw-ask = Zurückgenommen…
consent-withdraw-text = Von da an kann kein Bild dieser Person bestellt werden. Gemachte Bilder bleiben.
plan-title = Der Plan
plan-live = Ändert sich, während Sie wählen
plan-map = { $n ->
    [one] Ein Kästchen je Bild, { $shown } zu machen
   *[other] Ein Kästchen je Bild, { $shown } zu machen
}
plan-more = und { $shown } mehr
plan-pilot-key = { $n ->
    [one] Probe, { $shown } Produkt
   *[other] Probe, { $shown } Produkte
}
plan-rest-key = der Rest
plan-out-key = ausgelassen
plan-asked = { $n ->
    [one] { $shown } Produkt in { $poses } Posen
   *[other] { $shown } Produkte in { $poses } Posen
}
plan-left-out = Nicht wahrhaftig zu machen
plan-vendors = Anbieter berechnen etwa
plan-now = Guthaben jetzt
plan-held = Beim Start zurückgelegt
plan-left = Bleibt währenddessen
plan-pay = Sie zahlen nur Bilder, die bestehen oder die Sie annehmen. Der Rest kommt zurück.
plan-pilot = Probe starten, { $shown } Guthaben
plan-all = Alles fotografieren, { $shown } Guthaben
plan-start = Shooting starten, { $shown } Guthaben
plan-cannot = Noch nichts zu fotografieren
plan-pilot-text = Die Probe nimmt nur die ersten Produkte. Ansehen, dann den Rest freigeben.
plan-again = Neu rechnen
plan-no-products = Wählen Sie mindestens ein Produkt.
plan-no-poses = Wählen Sie mindestens eine Pose.
plan-nothing = Keines dieser Bilder kann gemacht werden: { $why }
plan-buy = Guthaben kaufen
plan-ask = Fragen Sie einen Inhaber nach mehr
plan-credits = Dies braucht { $needed } Guthaben, Sie haben { $free } frei. Nehmen Sie Produkte oder Posen weg.
plan-no-photo = { $n ->
    [one] { $shown } Produkt hat kein VIEWfoto: diese Ansicht entfällt dafür.
   *[other] { $shown } Produkte haben kein VIEWfoto: diese Ansicht entfällt für sie.
}
plan-whole = { $n ->
    [one] { $shown } Produkt des Projekts
   *[other] alle { $shown } Produkte des Projekts
}
plan-whole-text = Das ganze Projekt wird fotografiert.
plan-choose = Produkte wählen
plan-products-first = Ein Shooting geht von Produktfotos aus. Importieren Sie zuerst welche.
plan-model-text = Dasselbe Gesicht in jedem Bild
plan-no-model = Kein Model
plan-product-only = Nur das Produkt
plan-no-people = Bilder an einer Person brauchen ein Model.
poses = Posen
background = Hintergrund
background-white = Weiß
background-gray = Hellgrau
background-custom = Eigener
background-hex = Farbe
background-picker = Farbe wählen
background-shadow = Weicher Schatten
background-text = Genau bis zum letzten Pixel, am Rand geprüft.
delivery = Lieferung
resolution = Größe
format = Format
engine = Engine
engine-text = Preis je angenommenes Bild
engine-ready = Bereit
engine-off = Nicht eingerichtet
engine-here = Dieser Rechner
engine-ends = endet { $day }
engine-name-openai-compatible = eigener Server
preset-engine = Fragt { $engine }
preset-engines = Fragt { $engine }, dann { $after }
checks = Prüfungen
strict = Streng
strict-text = Jedes Bild zurückweisen, das sich erst ein Mensch ansehen müsste.
more-fields = Name, Seed und Prompt
shoot-name = Name des Shootings
seed = Seed
seed-hint = Gleicher Seed und gleiche Fotos geben gleiche Bilder, wo die Engine das kann.
prompt = Prompt
prompt-hint = Wörter für Engines, die sie lesen. Wie das Produkt aussieht, bleibt auch ohne sie.
shoots-none = Noch keine Shootings
shoots-none-text = Ein Shooting macht Bilder von Produkten in den Posen, die Sie wählen.
shoot-unnamed = Shooting { $id }
shoot-like = Gleicher Auftrag noch einmal
to-look = Anzusehen
pause = Anhalten
resume = Weiter
cancel-ask = Abbrechen…
cancel-title = Dieses Shooting abbrechen?
cancel-text = { $n ->
    [one] { $stay } Bilder bleiben. { $shown } wird nicht gemacht und sein Guthaben kommt jetzt zurück.
   *[other] { $stay } Bilder bleiben. { $shown } werden nicht gemacht und ihr Guthaben kommt jetzt zurück.
}
cancel-keep = Weiter fotografieren
cancel-do = Shooting abbrechen
left-out = ausgelassen
live-finishes = Fertig um
live-passed = { $shown } bestanden
live-look = { $shown } anzusehen
live-failed = { $shown } fehlgeschlagen
live-running = { $shown } jetzt
live-tries = { $tries } Versuche je Bild
live-credits = Verbraucht
cause-person = Gesicht: eine andere Person
cause-garment = Produkt: ein anderes Kleidungsstück
cause-print = Produkt: Druck fehlt oder ist entstellt
cause-colour = Produkt: Farbe stimmt nicht
cause-unchanged = Das Foto kam unverändert zurück
cause-background = Hintergrund ist nicht genau
cause-strict = Nicht sicher, und das Shooting ist streng
live-none = Bisher nichts.
live-recent = Gerade eben
live-recent-none = Gleich landet hier das erste Bild.
live-example = { $n ->
    [one] { $sku }
   *[other] { $shown } Bilder, darunter { $sku }
}
live-engine = Gemacht von { $engine }.
live-close = Sie können diese Seite schließen. Das Shooting geht weiter.
look-at = { $shown } ansehen
unmade-title = Nicht zu machen
unmade-none = Hier ist nichts mehr offen
unmade-again = Noch einmal bestellt: sehen Sie im Shooting nach
unmade-back = Zum Shooting
unmade-product = Zum Produkt und seinen Fotos
out-no-photo = Kein { $view }foto, also entfällt die Ansicht
out-no-region = Zu wenige Stellen für eine Nahaufnahme; ein Detailfoto gibt mehr
review-count = { $shown } durchsehen
review-none = Nichts zu entscheiden
review-none-text = Gemachte Bilder stehen hier, bis jemand sie angenommen oder abgelehnt hat.
review-clear = Hier ist alles entschieden
review-clear-text = Ein anderer Filter zeigt die anderen.
approve = Annehmen
approve-anyway = Trotzdem annehmen…
reject = Ablehnen
redo = { $n ->
    [0] Neu machen
   *[other] Neu, { $shown } Guthaben
}
picture-removed = Die Dateien wurden entfernt, denn dieser Arbeitsbereich bewahrt abgelehnte Bilder nur eine Zeit lang auf. Was die Prüfungen maßen und was Menschen entschieden, bleibt; das Bild kann neu gemacht werden.
desk-title = Durchsicht, { $name } (noch { $left })
desk-keys = Alle Tasten
desk-find = SKU finden
desk-sort = Reihenfolge
desk-sort-worst = Schlechteste zuerst
desk-sort-product = Nach Produkt
desk-sort-best = Beste zuerst
desk-pair = Das Bild und sein Foto
desk-attempts = Versuche
desk-attempt = Versuch { $number }
desk-side = Nebeneinander
desk-slider = Schieber
desk-flicker = Wechsel
desk-box = Schlechteste Stelle
desk-heat = Heatmap
desk-heat-text = Wo das Produkt von seinem Foto abweicht: gelb wenig, rot stark
desk-heat-none = Keine Heatmap: keine Prüfung des Produkts lehnte diesen Versuch ab oder zweifelt an ihm
desk-photo = Produktfoto
desk-result = Ergebnis
desk-photo-1 = Foto 1:1
desk-result-1 = Ergebnis 1:1
desk-history = Verlauf
desk-reject-because = Ablehnen wegen
desk-reject-help = eine Taste lehnt ab und geht weiter
desk-note = Notiz
desk-ask-do = Weiter
desk-ask-cancel = Lassen
desk-saved = Gespeichert
desk-saving = %n werden gespeichert
desk-waiting = %n warten, offline
desk-approved = %s angenommen
desk-rejected = %s abgelehnt: %r
desk-redo = %s wird in 5 s neu bestellt
desk-undone = Zurückgenommen: %s
desk-anyway = Eine Prüfung sagte nein. Warum wird es trotzdem genommen?
desk-other = Was stimmt nicht?
desk-selected = %n gewählt
desk-many = %v: %n Bilder? Enter, Esc
desk-conflict = %w hat über %s inzwischen anders entschieden. Das gilt; entscheiden Sie noch einmal, um es zu ändern.
desk-refused = %s wurde nicht entschieden: %w
desk-end = Das letzte. %n sind noch unentschieden.
desk-none = Noch keine Bilder. Sie kommen hier an, sobald sie fertig sind.
desk-nothing = Nichts zurückzunehmen
desk-running = wird gemacht
desk-new = %n neue, zeigen
desk-second = %s wartet auf eine zweite Person
desk-of = von
desk-pace = %n je Minute
desk-name = %s, %p. %k. %d
desk-no-redo-undo = Der neue Versuch ist schon unterwegs
key-move = bewegen
key-approve = annehmen, weiter
key-reject = ablehnen
key-reject-reason = mit Grund ablehnen, weiter
key-reason = Grund
key-redo = neu machen
key-undo = zurück, und wieder vor
key-zoom = 1:1 in beiden, noch einmal: ganz
key-modes = nebeneinander, Schieber, Wechsel
key-box = schlechteste Stelle an oder aus
key-heat = Heatmap an oder aus, wo es eine gibt
key-attempts = früherer, späterer Versuch
key-select = auswählen
key-note = Notiz
key-light = Grund hell, mittelgrau, dunkel
key-tidy = aufräumen: Filter und Reihenfolge neu
key-size = größere, kleinere Vorschau
key-find = SKU finden
key-ends = erstes, letztes
billing-held = zurückgelegt
billing-open = { $n ->
    [one] für { $shown } Bild
   *[other] für { $shown } Bilder
}
billing-text = Guthaben wird beim Start zurückgelegt, bei der Lieferung genommen und sonst zurückgegeben.
billing-ledger = Auszug
billing-none = Noch keine Einträge
billing-what = Was
billing-balance = Stand
billing-picture = Bild { $id }
credits-low = { $n ->
    [0] Es ist kein Guthaben mehr da. Kaufen Sie welches vor dem nächsten Shooting.
   *[other] Noch { $shown } Guthaben. Kaufen Sie mehr vor dem nächsten Shooting.
}
credits-word = Guthaben
package = Paket
packages = Guthaben kaufen
packages-sold = Pakete
purchase-whose = Bereich
packages-none = Hier wird nichts verkauft
packages-none-text = Fragen Sie nach Guthaben, wer diesen Dienst betreibt.
packages-online = Sie zahlen bei Stripe und erhalten dort die Rechnung. Das Guthaben ist da, sobald das Geld da ist.
packages-offline = Sie erhalten eine Rechnung. Das Guthaben ist da, sobald sie bezahlt ist.
packages-edit = Was ab jetzt verkauft wird. Eine Zeile ohne Kennung fällt weg; was schon gekauft ist, bleibt.
package-buy = Kaufen
package-order = Bestellen
package-buy-name = { $name } kaufen
package-id = Kennung
package-price = Preis in der kleinsten Einheit (Cent)
package-currency = Währung
price = Preis
purchases = Käufe
purchases-none = Noch hat niemand Guthaben gekauft
purchases-online = Käufe werden bei Stripe bezahlt und stehen hier.
purchases-offline = Kein Zahlungsdienst ist eingerichtet. Bestellungen stehen hier als Rechnungen: schreiben Sie sie und vermerken Sie den Eingang.
purchase-title = { $name }, { $credits }
purchase-told-open = Noch nicht bezahlt.
purchase-told-pending = Die Zahlung ist unterwegs. Diese Seite sagt, wann sie da ist.
purchase-told-expired = Niemand hat rechtzeitig bezahlt. Es wurde nichts abgebucht; bestellen Sie neu, wann Sie mögen.
purchase-told-failed = Die Zahlung ist gescheitert. Es wurde nichts abgebucht; bestellen Sie neu, wann Sie mögen.
purchase-told-paid = Bezahlt. Das Guthaben ist da.
purchase-invoice = Bestellt. Sie erhalten eine Rechnung; das Guthaben ist da, sobald sie bezahlt ist.
purchase-open = Nicht bezahlt
purchase-pending = Unterwegs
purchase-expired = Abgelaufen
purchase-failed = Gescheitert
purchase-paid = Bezahlt
purchase-pay = { $price } bei Stripe zahlen
purchase-go-on = Zahlen
purchase-read-invoice = Rechnung
purchase-settle = Als bezahlt vermerken
purchase-back = { $n ->
   *[other] { $shown } zurückgegangen
}
purchase-missing = { $n ->
   *[other] { $shown } vor der Erstattung verbraucht
}
caps = Obergrenzen
caps-text = So viel Guthaben dürfen die Bilder eines Projekts oder eines API-Schlüssels in 30 Tagen höchstens kosten. Eine Bestellung darüber wird abgelehnt.
caps-none = Legen Sie erst ein Projekt oder einen API-Schlüssel an.
cap-of = Für
cap-project = Projekt
cap-key = API-Schlüssel
cap-credits = Guthaben in 30 Tagen
cap-set = Setzen
cap-remove = Entfernen
billing-csv = Tabelle (CSV)
ledger-short-grant = Gewährt
ledger-short-purchase = Gekauft
ledger-short-hold = Zurückgelegt
ledger-short-settle = Bezahlt
ledger-short-release = Zurückgegeben
ledger-short-refund = Erstattet
ledger-short-expire = Verfallen
settings-profile = Profil
settings-members = Mitglieder
settings-keys = API-Schlüssel
settings-webhooks = Webhooks
settings-you = Sie
settings-devices = Angemeldet auf
settings-desk = Durchsicht
settings-desk-text = Einzelne Tasten entscheiden Bilder, solange der Bogen oder das Paar den Fokus hat.
settings-keys-off = Einzelne Tasten in diesem Browser abschalten
last-used = Zuletzt benutzt
this-one = dieses
sign-out-device = Abmelden
password-current = Passwort jetzt
password-new = Neues Passwort
password-text = Danach ist jedes Gerät abgemeldet, auch dieses.
password-change = Passwort ändern
role-of = Rolle von { $name }
member-remove = Herausnehmen
member-leave = Verlassen
invite-title = Jemanden einladen
invite-do = Einladung senden
invite-text = Sie kommt per E-Mail und gilt eine Woche. Prüfer entscheiden; Bearbeiter importieren und fotografieren auch; Inhaber verwalten auch Menschen und Geld.
invite-open = Offene Einladungen
invite-withdraw = Zurückziehen
keys-none = Keine API-Schlüssel
keys-none-text = Mit einem Schlüssel arbeitet ein Programm hier, so weit Sie es sagen.
key-new = Neuer Schlüssel
key-make = Schlüssel anlegen
key-made = Ihr neuer Schlüssel
key-once = Bewahren Sie ihn jetzt auf: er wird nicht wieder gezeigt.
key-may = Darf
key-holds = Gilt
holds-until = Gilt bis
key-text = Programme senden ihn als Authorization: Bearer.
key-revoke = Widerrufen
revoked = Widerrufen
api-docs = API-Dokumentation
webhooks-none = Keine Webhooks
webhooks-none-text = Wir rufen Ihre Adresse, wenn sich ein Shooting oder ein Bild ändert.
webhook-new = Neuer Webhook
webhook-make = Webhook anlegen
webhook-url = Adresse
webhook-events = Sagen wir ihm
webhook-events-hint = Nichts ankreuzen heißt: alles.
webhook-everything = Erfährt alles
webhook-secret = Das Geheimnis des Webhooks
webhook-ping = Probeaufruf senden
webhook-on = Einschalten
webhook-off = Ausschalten
webhook-renew = Neues Geheimnis
webhook-calls = Letzte Aufrufe
what-if-title = Wenn eine Schwelle anders wäre
what-if-text = { $n ->
    [0] Diese Prüfung hat noch kein Bild gemessen.
    [one] { $shown } Bild, das diese Prüfung maß.
   *[other] Die letzten { $shown } Bilder, die diese Prüfung maß.
}
what-if-chart = Werte von { $shown } Bildern, Prüfung { $lock }
what-if-kept = von Menschen nicht abgelehnt
what-if-rejected = von Menschen abgelehnt
what-if-now = jetzt { $value }
what-if-try = Versuch { $value }
what-if-value = Diese Schwelle versuchen
what-if-do = Rechnen
what-if-more = { $n ->
    [0] Kein weiteres besteht.
    [one] { $shown } mehr besteht.
   *[other] { $shown } mehr bestehen.
}
what-if-fewer = { $n ->
    [one] { $shown } weniger besteht.
   *[other] { $shown } weniger bestehen.
}
what-if-people = { $n ->
    [0] Menschen haben keines davon abgelehnt.
    [one] Menschen haben { $shown } davon abgelehnt.
   *[other] Menschen haben { $shown } davon abgelehnt.
}
what-if-approved = { $n ->
    [0] Menschen haben keines davon angenommen.
    [one] Menschen haben { $shown } angenommen.
   *[other] Menschen haben { $shown } angenommen.
}
what-if-use = { $value } nehmen
what-if-own = Zurück zur eigenen der Prüfung
what-if-defaults = Schwellen von Arbeitsbereichen ohne eigene
what-if-defaults-text = Die eigene Schwelle eines Arbeitsbereichs geht diesen vor.
thresholds-none = Noch wurde nichts geändert: jede Prüfung behält ihre eigene Schwelle.
retention = Aufbewahrung
retention-title = Wie viele Tage etwas aufbewahrt wird
retention-text = Einmal in der Stunde wird endgültig entfernt, was älter ist. Entfernt werden nur Dateien und was über Gesichter bekannt ist: Was die Prüfungen maßen, Entscheidungen, Guthaben und das Protokoll bleiben. Angenommene Bilder bleiben, ebenso alles, was ein Export gerade packt.
retention-ever = für immer
retention-count = Zählen, was entfernt würde
retention-candidates = Verworfene Versuche, in Tagen
retention-rejected = Abgelehnte Bilder, in Tagen
retention-biometric = Was über Gesichter bekannt ist, in Tagen
retention-help-candidates = Dateien zurückgewiesener Versuche, ab dem Ende des Bildes. Der letzte Versuch eines Bildes, das eine Prüfung zurückgewiesen hat, bleibt: Sie können ihn noch annehmen.
retention-help-rejected = Dateien von Bildern, die eine Prüfung oder ein Mensch abgelehnt hat oder die neu gemacht wurden, mit allen Versuchen und ihrem Rezept, ab der letzten Entscheidung. Danach können sie nicht mehr angenommen, nur noch neu gemacht werden.
retention-help-biometric = Die versiegelten Zahlen, die sagen, wessen Gesicht ein Foto eines Models zeigt, ab der Ankunft des Fotos oder dem Ende des letzten Shootings mit dem Model, je nachdem, was später ist. Die Fotos bleiben; ein späteres Shooting sieht sie wieder an.
retention-due-candidates = { $n ->
    [0] Jetzt würde nichts entfernt.
    [one] Jetzt würde { $shown } Datei entfernt.
   *[other] Jetzt würden { $shown } Dateien entfernt.
}
retention-due-rejected = { $n ->
    [0] Jetzt würde nichts entfernt.
    [one] Jetzt würden die Dateien von { $shown } Bild entfernt.
   *[other] Jetzt würden die Dateien von { $shown } Bildern entfernt.
}
retention-due-biometric = { $n ->
    [0] Jetzt würde nichts entfernt.
    [one] Jetzt würde entfernt, was über das Gesicht in { $shown } Foto bekannt ist.
   *[other] Jetzt würde entfernt, was über die Gesichter in { $shown } Fotos bekannt ist.
}
admin-overview = Überblick
admin-engines = Engines
admin-queue = Warteschlange
admin-users = Personen
admin-made = Gemachte Bilder
admin-yield = { $share } der beendeten
admin-yield-none = keine endeten in dieser Zeit
admin-waiting = In der Warteschlange
admin-running = { $shown } laufen
admin-oldest = älteste { $span }
admin-cost = Kosten je Bild
admin-cost-text = was Anbieter für alles berechneten, je geliefertes Bild
admin-days = Bilder am Tag
admin-most = höchstens { $count }
admin-passed = bestanden
admin-looked = ein Mensch entscheidet
admin-failed = fehlgeschlagen
admin-locks-text = Anteil der gemessenen Bilder, die eine Prüfung zurückwies.
admin-tries = Versuche, 30 Tage
admin-charged = Berechnet
admin-at-once = Zugleich
admin-models = Modelle
search-people = Name oder E-Mail
user-active = Aktiv
user-disabled = Gesperrt
user-admin = betreibt die Plattform
user-disable = Sperren
user-enable = Wieder zulassen
queue-running = laufen
queue-due = fällig
queue-later = später
queue-paused = angehalten
queue-by = Nach Arbeitsbereich
queue-row = { $running } laufen, { $waiting } warten
queue-none = Die Warteschlange ist leer
queue-text = Jeder Arbeitsbereich kommt an die Reihe: ein großes Shooting hält kein kleines auf.

## Exporte
export = Export
nav-exports = Exporte
all-exports = Alle Exporte
export-files-count = { $n ->
    [one] { $shown } Datei
   *[other] { $shown } Dateien
}
exports-none = Noch nichts gepackt
exports-none-text = Bilder freigeben, dann die Kanäle wählen. Jeder Kanal bekommt seine Größe, sein Format und seine Dateinamen.
exports-review = Zur Durchsicht
export-new = Neuer Export
export-what = Welche Bilder
export-approved = Alles Freigegebene
export-approved-of = Freigegebenes aus { $shoot }
export-channels = Kanäle
export-naming = Dateinamen
export-naming-hint = Leer: die des Kanals. In geschweiften Klammern, sku muss dabei sein: { $words }.
export-disclose = Erzeugte Bilder als solche kennzeichnen
export-pack = Packen
export-download = Herunterladen
export-rules = Regeln der Kanäle
export-size = Größe
export-files = Dateien
export-not-taken = Nicht angenommen
export-kept = Aufbewahrt bis
export-why = Warum
export-faults = Was ein Kanal nicht annähme
export-remarks = Zu wissen
export-holds = Im Archiv liegen auch manifest.json, manifest.csv und report.html. Ein Abbruch beim Herunterladen geht dort weiter.
export-waiting = Es wartet, bis es an der Reihe ist.
export-running = { $n ->
    [one] { $shown } von { $whole } Dateien ist fertig
   *[other] { $shown } von { $whole } Dateien sind fertig
}
export-expired = Das Archiv wurde lange genug aufbewahrt und ist gelöscht. Neu packen: dieselben Bilder ergeben dasselbe Archiv.
export-all = { $n ->
    [one] { $shown } Datei erfüllt die Regeln ihres Kanals
   *[other] Alle { $shown } Dateien erfüllen die Regeln ihrer Kanäle
}
export-some = { $n ->
    [one] { $shown } von { $whole } Dateien erfüllt die Regeln ihres Kanals
   *[other] { $shown } von { $whole } Dateien erfüllen die Regeln ihrer Kanäle
}
export-meet = { $n ->
    [one] { $shown } von { $whole } Dateien erfüllt seine Regeln
   *[other] { $shown } von { $whole } Dateien erfüllen seine Regeln
}
export-enlarged = { $n ->
    [one] { $shown } Datei ist über ihr Bild hinaus vergrößert, { $most }-fach.
   *[other] { $shown } Dateien sind über ihre Bilder hinaus vergrößert, bis zu { $most }-fach.
}
export-more = { $n ->
    [one] { $shown } weitere steht in report.html
   *[other] { $shown } weitere stehen in report.html
}
export-state-waiting = Wartet
export-state-running = Wird gepackt
export-state-done = Fertig
export-state-failed = Fehlgeschlagen
export-state-expired = Abgelaufen
export-state-cancelled = Angehalten
export-cancel = Anhalten
export-cancelled = Er wurde angehalten. Was bis dahin abgelegt war, bleibt dort.
export-delivering = { $n ->
    [one] { $shown } von { $whole } Dateien ist abgelegt
   *[other] { $shown } von { $whole } Dateien sind abgelegt
}
export-put = Abgelegt in { $target }
export-undelivered = Was nicht in { $target } liegt
export-to = Abliefern an
export-to-none = Nirgends: zum Herunterladen
export-as = Als
export-as-files = Dateien mit Verzeichnis
export-as-archive = Ein Archiv

## Briefe

letter-verify = Bestätigen Sie Ihre Adresse
letter-verify-text = Bestätigen Sie, dass diese Adresse Ihnen gehört:
letter-reset = Ein neues Passwort
letter-reset-text = Wählen Sie innerhalb einer Stunde ein neues Passwort:
letter-reset-else = Wenn Sie nicht darum gebeten haben, tun Sie nichts.
letter-invite = Sie sind eingeladen
letter-invite-owner = { $person } lädt Sie ein, in { $workspace } als Inhaber mitzuarbeiten:
letter-invite-editor = { $person } lädt Sie ein, in { $workspace } als Bearbeiter mitzuarbeiten:
letter-invite-reviewer = { $person } lädt Sie ein, in { $workspace } als Prüfer mitzuarbeiten:
