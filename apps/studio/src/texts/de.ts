import type { Texts } from './en.js';

export const de: Texts = {
  language: 'Deutsch',
  title: 'SDNet Studio',
  tagline: 'Gesichtsausdrücke, auf Ihrem Gerät gelesen',
  skip: 'Zum Inhalt springen',
  navigation: 'Ansichten',
  views: {
    photo: 'Foto',
    live: 'Live',
    why: 'Warum',
    teach: 'Beibringen',
    compare: 'Vergleich',
    about: 'Über',
  },
  appearance: {
    language: 'Sprache',
    theme: 'Farben',
    system: 'System',
    light: 'Hell',
    dark: 'Dunkel',
  },
  engine: {
    loading: 'Wird geladen …',
    requests: (count) => (count === 1 ? '1 Anfrage seit dem Laden' : `${count} Anfragen seit dem Laden`),
    threads: (count) => (count === 1 ? '1 Thread' : `${count} Threads`),
  },
  expressions: {
    angry: 'wütend',
    disgust: 'angewidert',
    fear: 'ängstlich',
    happy: 'fröhlich',
    sad: 'traurig',
    surprise: 'überrascht',
    neutral: 'neutral',
  },
  face: (number) => `Gesicht ${number}`,
  faces: (count) =>
    count === 0 ? 'Kein Gesicht gefunden' : count === 1 ? '1 Gesicht' : `${count} Gesichter`,
  percent: (ratio) => `${Math.round(100 * ratio)} %`,
  milliseconds: (ms) => `${Math.round(ms)} ms`,
  scores: 'Werte',
  privacy:
    'Bilder bleiben auf diesem Gerät. Nichts wird gesendet, und nichts gespeichert, was Sie nicht wollen.',
  photo: {
    heading: 'Was zeigt ein Gesicht?',
    introduction:
      'Ziehen Sie ein Foto hierher, fügen Sie eines ein oder wählen Sie eine Datei. SDNet findet die Gesichter und liest ihren Ausdruck, hier in Ihrem Browser.',
    choose: 'Foto wählen',
    drop: 'Foto hierher ziehen oder einfügen',
    samples: 'Beispiele',
    sampleNames: {
      portrait: 'Porträt',
      astronaut: 'Kleines Porträt',
      crop: 'Grauer Ausschnitt, 48 Pixel',
    },
    reading: 'Wird gelesen …',
    none: 'In diesem Bild wurde kein Gesicht gefunden. Gesichter sollten aufrecht und mindestens etwa 20 Pixel breit sein.',
    picture: (summary) => `Das Bild mit dem, was gefunden wurde: ${summary}`,
  },
  live: {
    heading: 'Live',
    introduction:
      'Ihre Kamera oder ein Video, Bild für Bild gelesen. Jedes Gesicht behält Nummer und Farbe, solange es verfolgt werden kann.',
    start: 'Kamera starten',
    promise:
      'Die Bilder werden auf diesem Gerät gelesen und nicht behalten. Wer diese Ansicht verlässt, schaltet die Kamera aus.',
    starting: 'Wird gestartet …',
    stop: 'Beenden',
    freeze: 'Einfrieren',
    resume: 'Weiter',
    mirror: 'Spiegeln',
    snapshot: 'Schnappschuss',
    camera: 'Kamera',
    video: 'Das Bild der Kamera oder das Video',
    crop: 'Das größte Gesicht, wie das Netz es sieht',
    framesPerSecond: (rate) => `${rate.toFixed(1).replace('.', ',')} Bilder/s`,
    choose: 'Video wählen',
    drop: 'Video oder Foto hierher ziehen',
  },
  timeLine: {
    heading: 'Zeitlinie',
    face: 'Gesicht',
    hold: 'Anhalten',
    follow: 'Folgen',
    zoomIn: 'Vergrößern',
    zoomOut: 'Verkleinern',
    scroll: 'Blättern',
    seconds: (seconds) => `${seconds.toFixed(1).replace('.', ',')} s`,
    chart: 'Die Werte aller Ausdrücke über die Zeit. Die Knöpfe speichern sie als Tabelle oder Text.',
  },
  why: {
    heading: 'Warum?',
    introduction:
      'Wohin das Netz sieht, und was seine Werte bewegt. Gelb ist, wo es das meiste findet, was für den Ausdruck spricht.',
    face: 'Das Gesicht mit der Karte darüber. Wer darauf zeichnet, verdeckt einen Teil.',
    map: 'Karte',
    maps: { gradCam: 'Grad-CAM', spatialAttention: 'Aufmerksamkeit (CBAM)', none: 'Keine' },
    explained: {
      gradCam: (expression) => `Grad-CAM: was für „${expression}“ spricht.`,
      spatialAttention: () =>
        'CBAMs räumliche Aufmerksamkeit: welche Stellen für das Netz zählen, bei jedem Ausdruck.',
      none: () => 'Das Gesicht, wie es gelesen wird, in Farbe.',
    },
    expression: 'Ausdruck, der erklärt wird',
    whatIf: 'Was wäre, wenn …',
    brightness: 'Helligkeit',
    blur: 'Unschärfe',
    rotation: 'Drehung',
    pixels: (pixels) => `${pixels} px`.replace('.', ','),
    degrees: (degrees) => `${degrees}°`,
    noFilters: 'Die Zeichenflächen dieses Browsers können Helligkeit und Schärfe nicht ändern.',
    draw: 'Zeichnen Sie über das Gesicht, um einen Teil zu verdecken, oder:',
    coverEyes: 'Augen verdecken',
    coverMouth: 'Mund verdecken',
    reset: 'Wie zuvor',
  },
  compare: {
    heading: 'Vergleich',
    introduction:
      'Zwei Modelle, dasselbe Bild oder dieselbe Kamera. Die Zeit ist die, alle Gesichter zu finden und zu lesen.',
    sides: ['Links', 'Rechts'],
    model: 'Modell',
    models: {
      shipped: 'SDNet (mitgeliefert)',
      'sdnet-48': 'SDNet, 48×48 Pixel',
      'sdnet-paper': 'SDNet, Rezept des Artikels',
      'sdnet-table': 'SDNet, 30 Epochen',
      'shufflenet-table': 'ShuffleNetV2, 30 Epochen',
      'ghostnet-table': 'GhostNet, 30 Epochen',
    },
    device: 'Gerät',
    picture: 'Das Bild, das beide Modelle sehen',
    choose: 'Foto oder Gewichte wählen',
    drop: 'Foto oder .safetensors-Datei hierher ziehen',
    testing: 'WebGPU wird an fünfzig Gesichtern mit WebAssembly verglichen …',
    agrees: 'WebGPU gibt an fünfzig Gesichtern dieselben Werte wie WebAssembly.',
    refused: (refusal) =>
      refusal.reason === 'none'
        ? 'WebGPU wird nicht angeboten: Dieser Browser hat keinen Adapter dafür.'
        : refusal.reason === 'software'
          ? 'WebGPU wird nicht angeboten: Dieser Browser hat dafür keine Grafikkarte und würde es auf dem Prozessor rechnen, weit langsamer als WebAssembly.'
          : refusal.reason === 'failed'
            ? `WebGPU wird nicht angeboten: ${refusal.message}`
            : `WebGPU wird nicht angeboten: Seine Werte weichen an fünfzig Gesichtern um bis zu ${refusal.difference.toPrecision(2)} von denen von WebAssembly ab; erlaubt sind 0,001.`,
  },
  about: {
    heading: 'Über diese Seite',
    introduction:
      'SDNet findet Gesichter und liest, welchen von sieben Ausdrücken jedes zeigt. Alles wird in Ihrem Browser berechnet.',
    privacy: {
      heading: 'Was sie für sich behält',
      policy:
        'Die Regeln der Seite selbst verbieten dem Browser, sich mit einem anderen Server zu verbinden.',
      requests: (own, elsewhere) =>
        `Anfragen, seit alles geladen ist: ${own}; an andere Server: ${elsewhere}.`,
      offline: {
        preparing: 'Ihre Dateien werden für den Gebrauch ohne Netz abgelegt …',
        ready: 'Sie geht auch ohne Netz: Ihre eigenen Dateien liegen auf diesem Gerät.',
        unavailable: 'Dieser Browser legt ihre Dateien nicht ab, sie braucht beim Öffnen also ein Netz.',
      },
      stored: (bytes) =>
        bytes === undefined
          ? 'Kein Bild wird gespeichert, es sei denn, Sie verlangen es.'
          : `Auf diesem Gerät gespeichert: ${(bytes / 1e6).toFixed(1).replace('.', ',')} MB, ihre eigenen Dateien eingeschlossen. Kein Bild wird gespeichert, es sei denn, Sie verlangen es.`,
      remember: (what) => `Auf diesem Gerät merken: ${what}`,
    },
    deletion: {
      button: 'Alles Gespeicherte löschen',
      question: 'Alles löschen?',
      consequence:
        'Alles, was diese Seite auf diesem Gerät gespeichert hat, verschwindet: Einstellungen, Modelle, Aufnahmen und ihre eigenen Dateien. Das lässt sich nicht rückgängig machen.',
      confirm: 'Löschen',
      cancel: 'Abbrechen',
      done: 'Alles ist gelöscht. Die Seite geht weiter, bis Sie sie schließen, und braucht das nächste Mal ein Netz.',
    },
    computing: {
      heading: 'Womit sie rechnet',
      isolation: {
        headers:
          'Die Kopfzeilen des Servers isolieren die Seite, sie benutzt also die Hälfte der Kerne, höchstens vier.',
        worker:
          'Ihr Service Worker isoliert die Seite, sie benutzt also die Hälfte der Kerne, höchstens vier.',
        none: 'Die Seite ist nicht isoliert (keine Kopfzeilen, kein Service Worker), sie darf also nur einen benutzen.',
      },
      network:
        'SDNet: 2,17 Millionen Parameter, 68×68 graue Pixel je Gesicht. BlazeFace findet die Gesichter.',
      weights: (digest) => `Gewichte: sdnet-fer2013, SHA-256 ${digest}…`,
    },
    licenses: 'Lizenzen von allem, was in dieser Seite steckt',
    parts: {
      limits: 'Wofür es nicht benutzt werden darf',
      accuracy: 'Wie genau es ist',
      training: 'Wie es trainiert wurde',
      calibration: 'Wie weit man seinen Werten trauen kann',
      licenses: 'Lizenzen',
    },
    englishOnly: 'Was folgt, steht so beim Modell, auf Englisch.',
  },
  teach: {
    heading: 'Beibringen',
    introduction:
      'Zeigen Sie dem Netz, was Sie meinen: Ihr Gesicht, Ihr Licht, eigene Ausdrücke. Es lernt in diesem Browser. Was Sie aufnehmen oder hinzufügen, bleibt auf diesem Gerät, bis Sie es löschen, und wird nie gesendet.',
    stepFaces: '1. Gesichter zeigen',
    stepFacesHint:
      'Nehmen Sie jeden Ausdruck mindestens zweimal auf und bewegen Sie sich dabei ein wenig. Ganze Aufnahmen werden zurückgehalten, um das Gelernte zu prüfen, damit nicht mit bekannten Bildern geprüft wird.',
    camera: 'Das Bild der Kamera',
    cameraOff: 'Die Kamera startet, sobald Sie aufnehmen.',
    closeCamera: 'Kamera ausschalten',
    takeLength: 'Länge einer Aufnahme',
    seconds: (seconds) => `${seconds} s`,
    chooseFolder: 'Ordner wählen',
    dropFolder:
      'Oder hierher ziehen: ein Ordner mit Ordnern je Klasse (happy/…, gähnend/…), darüber nach Belieben train/ und validation/. Einzelne Bilder werden auf ihre Klasse gezogen.',
    areFaces: 'Die Bilder sind schon ausgeschnittene Gesichter',
    progressOfAdding: 'Wie viele Bilder hinzugefügt sind',
    adding: (done, total) => `Bild ${done + 1} von ${total} wird hinzugefügt …`,
    added: (added, total) => `${added} von ${total} Bildern wurden hinzugefügt.`,
    andMore: (count) => `und ${count} weitere`,
    className: (name) => `Name der Klasse ${name}`,
    faces: (faces, takes) =>
      faces === 0
        ? 'noch keine Gesichter'
        : `${faces} ${faces === 1 ? 'Gesicht' : 'Gesichter'} in ${takes} ${takes === 1 ? 'Aufnahme' : 'Aufnahmen'}`,
    record: 'Aufnehmen',
    recordOf: (name) => `${name} aufnehmen`,
    recording: (done) => `Aufnahme ${Math.round(100 * done)} % – beenden`,
    add: 'Bilder hinzufügen',
    addTo: (name) => `Bilder hinzufügen: ${name}`,
    undo: 'Letzte Aufnahme entfernen',
    undoOf: (name) => `Letzte Aufnahme entfernen: ${name}`,
    remove: 'Entfernen',
    removeOf: (name) => `Klasse ${name} entfernen`,
    removeSure: (name, faces) => `${name} entfernen und die ${faces} Gesichter endgültig löschen?`,
    newClass: 'Weitere Klasse',
    newClassExample: 'zum Beispiel gähnend',
    addClass: 'Klasse hinzufügen',
    stepLesson: '2. Beibringen',
    stepLessonHint:
      'Mit demselben Code wie der Befehl sdnet, nach dem Rezept fine-tune. Die Seite lässt sich währenddessen benutzen.',
    start: 'Beginnen mit',
    shipped: 'SDNet wie mitgeliefert',
    recipe: 'Rezept',
    trainable: 'Was trainiert wird',
    trainAll: 'Alles',
    trainClassifier: 'Nur der Kopf (schneller)',
    epochs: 'Epochen',
    batch: 'Bilder je Schritt',
    learningRate: 'Lernrate',
    frozen: 'Statistiken der Batch-Norm lassen, wie sie sind',
    wholeRecipe: 'Das ganze Rezept',
    wholeRecipeHint:
      'Wie der Befehl sdnet es aus einer Datei liest. Alles lässt sich ändern; was kein Rezept ist, wird abgelehnt.',
    usualRecipe: 'Übliches Rezept',
    noJson: 'Das ist kein JSON. Vielleicht fehlt ein Komma, ein Anführungszeichen oder eine Klammer.',
    teach: 'Beibringen',
    begun: 'Die Lektion hat begonnen.',
    preparing: 'Es wird geprüft, was das Netz schon kann, und vorbereitet …',
    progress: 'Stand der Lektion',
    stop: 'Beenden',
    stopping: 'Endet nach diesem Schritt …',
    stepOf: (epoch, epochs, rate, seconds) =>
      `Epoche ${epoch} von ${epochs} · ${rate.toFixed(1).replace('.', ',')} Bilder/s · noch etwa ${Math.ceil(seconds)} s`,
    epochDone: (epoch, epochs, accuracy) =>
      `Epoche ${epoch} von ${epochs}: zurückgehaltene Gesichter zu ${accuracy} erkannt`,
    stoppedEarly: 'Die Lektion wurde beendet, bevor eine Epoche fertig war. Nichts wurde gelernt.',
    endedEarly: (epochs) => `Sie wurde nach ${epochs} ${epochs === 1 ? 'Epoche' : 'Epochen'} beendet.`,
    curves: (epoch, accuracy) =>
      `Verlust und Genauigkeit je Epoche. Nach Epoche ${epoch} werden ${accuracy} der zurückgehaltenen Gesichter erkannt.`,
    heldOut: 'Genauigkeit bei zurückgehaltenen Gesichtern',
    learned: 'Genauigkeit bei gelernten Gesichtern',
    loss: 'Verlust',
    result: (before, after) => `Zurückgehaltene Gesichter erkannt: vorher ${before}, jetzt ${after}.`,
    resultHint: (train, heldOut) =>
      `Gelernt an ${train} Gesichtern, geprüft an ${heldOut} aus anderen Aufnahmen. Es zählt die Epoche, die dabei am besten war; bei neuen Gesichtern ist etwas weniger zu erwarten.`,
    before: 'Vorher',
    after: 'Jetzt',
    accuracy: (accuracy, count) => `${accuracy} von ${count} zurückgehaltenen Gesichtern`,
    confusion: 'Zeilen: was die Gesichter zeigen. Spalten: was erkannt wurde.',
    nameOfModel: 'Name des Modells',
    model: 'Mein Modell',
    keep: 'In diesem Browser behalten',
    isKept: 'Behalten',
    saveFile: (kind) => `Als ${kind} speichern`,
    models: 'Modelle in diesem Browser',
    noModels: 'Noch keines.',
    use: 'Verwenden',
    useOf: (name) => `${name} für Fotos und Videos verwenden`,
    useHint: 'oder eines von diesen liest Fotos und Videos in den anderen Ansichten:',
    modelName: (name) => `Name des Modells ${name}`,
    heldOutAccuracy: (accuracy) => `${accuracy} zurückgehaltener Gesichter erkannt`,
    megabytes: (bytes) => `${(bytes / 1e6).toFixed(1).replace('.', ',')} MB`,
    saveOf: (name, kind) => `${name} als ${kind} speichern`,
    delete: 'Löschen',
    deleteOf: (name) => `Modell ${name} löschen`,
    deleteSure: (name) => `Das Modell ${name} endgültig löschen?`,
    importModel: 'Modell importieren',
    importHint:
      'Safetensors, wie hier oder vom Befehl sdnet gespeichert. Eine ONNX-Datei läuft in anderen Programmen, hat aber verloren, was Lernen und Erklären brauchen, und wird darum nicht importiert.',
    storage: 'Auf diesem Gerät',
    stored: (faces, models) =>
      `${faces} ${faces === 1 ? 'Gesicht' : 'Gesichter'} und ${models} ${models === 1 ? 'Modell' : 'Modelle'} werden aufbewahrt.`,
    storageSize: (used, allowed) =>
      `Diese Seite belegt ${(used / 1e6).toFixed(1).replace('.', ',')} MB von ${(allowed >= 1e9 ? `${(allowed / 1e9).toFixed(1)} GB` : `${(allowed / 1e6).toFixed(1)} MB`).replace('.', ',')}, die der Browser erlaubt, ihre eigenen Dateien eingeschlossen.`,
    exportImages: 'Gesichter speichern (zip)',
    exportHint:
      'Entpackt ergibt sdnet evaluate --dataset folder --data ORDNER --weights MODELL.safetensors die Genauigkeit, die hier steht.',
    deleteImages: 'Alle Gesichter löschen',
    deleteImagesSure: (faces) => `Alle ${faces} Gesichter endgültig löschen?`,
    aboutClass: {
      'lesson-empty': (name) =>
        `${name} hat keine Gesichter und kann nicht gelernt werden. Nehmen Sie welche auf, fügen Sie Bilder hinzu oder entfernen Sie die Klasse.`,
      'lesson-take': (name) =>
        `${name} wurde nur einmal aufgenommen. Eine Aufnahme zum Lernen und eine zum Prüfen werden gebraucht: Nehmen Sie noch einmal auf.`,
      'lesson-unseen': (name) =>
        `Alle Gesichter von ${name} sind zum Prüfen, es gibt keines zum Lernen. Fügen Sie welche in einem Ordner train hinzu.`,
    },
  },
  errors: {
    'lesson-classes': 'Mindestens zwei Klassen werden gebraucht: etwas, das zu unterscheiden ist.',
    'lesson-few':
      'Es gibt weniger Gesichter zum Lernen als Bilder in einem Schritt. Fügen Sie Gesichter hinzu oder wählen Sie im Rezept weniger Bilder je Schritt.',
    'class-taken': 'Eine andere Klasse heißt schon so.',
    'take-without-face':
      'In dieser Aufnahme war kein Gesicht zu sehen, also wurde nichts aufgenommen. Schauen Sie in die Kamera, mit Licht auf dem Gesicht.',
    'face-none':
      'Kein Gesicht gefunden. Wenn die Bilder schon Gesichter sind, geben Sie es an und fügen Sie sie noch einmal hinzu.',
    'files-unlabelled':
      'Einige dieser Dateien liegen in keinem Ordner einer Klasse, also wurde nichts hinzugefügt. Ziehen Sie einzelne Bilder auf ihre Klasse.',
    'storage-full':
      'Der Speicher des Browsers für diese Seite ist voll, also wurde dies nicht behalten. Speichern Sie, was Sie brauchen, als Dateien, löschen Sie Gesichter oder Modelle und versuchen Sie es noch einmal.',
    'storage-unavailable':
      'Dieser Browser behält nichts für diese Seite, vielleicht weil es ein privates Fenster ist. Öffnen Sie die Seite in einem gewöhnlichen.',
    'weights-onnx':
      'Dies ist eine ONNX-Datei. Sie hat verloren, was Lernen und Erklären brauchen; importieren Sie die safetensors-Datei des Modells.',
    'camera-refused':
      'Die Kamera wurde nicht erlaubt. Erlauben Sie sie dieser Seite in der Adresszeile des Browsers und starten Sie neu. Fotos und Videos gehen ohne.',
    'camera-none':
      'Es wurde keine Kamera gefunden. Schließen Sie eine an und starten Sie neu, oder wählen Sie ein Video.',
    'camera-busy':
      'Die Kamera ließ sich nicht starten; vielleicht benutzt sie ein anderes Programm. Schließen Sie es und starten Sie neu.',
    'camera-insecure': 'Browser bieten Kameras nur Seiten an, die über https oder von localhost kommen.',
    'camera-unplugged':
      'Die Kamera ist weg: Sie wurde abgezogen oder ausgeschaltet. Schließen Sie sie an und starten Sie neu.',
    'video-unreadable':
      'Dieses Video ist nicht lesbar: Es ist beschädigt, abgeschnitten oder von einer Art, die dieser Browser nicht kennt. MP4 (H.264) und WebM gehen fast überall.',
    'video-without-pictures': 'Diese Datei hat keine Bilder, vielleicht nur Ton. Wählen Sie eine andere.',
    'image-unreadable':
      'Diese Datei ist kein lesbares Bild: Sie ist beschädigt, abgeschnitten oder von anderer Art. Wählen Sie eine JPEG-, PNG-, WebP-, AVIF- oder GIF-Datei.',
    'image-empty': 'Diese Datei ist leer. Wählen Sie eine andere.',
    'image-too-large':
      'Dieses Bild ist zu groß: 64 Megapixel und 256 MB sind die Grenze. Verkleinern Sie es zuerst.',
    'image-not-ready': 'Es gibt noch kein Bild. Versuchen Sie es gleich noch einmal.',
    'image-tainted':
      'Der Browser gibt die Pixel dieses Bildes nicht her. Speichern Sie es und wählen Sie die Datei.',
    'device-unavailable': 'Dieser Browser bietet nicht an, womit gerechnet werden soll.',
    'weights-invalid':
      'Die Netze konnten nicht geladen werden. Prüfen Sie beim ersten Besuch die Verbindung und laden Sie die Seite neu.',
    'weights-too-large': 'Diese Datei ist zu groß für Gewichte dieser Netze: 256 MB sind die Grenze.',
    'weights-unknown':
      'Diese Datei hat keine Gewichte dieser Netze. Wählen Sie eine .safetensors-Datei, die der Befehl sdnet oder diese Seite geschrieben hat.',
    'worker-failed':
      'Der Teil der Seite, der erkennt, wurde beendet, vielleicht aus Mangel an Speicher. Laden Sie die Seite neu.',
    unexpected: (message) => `Etwas ist schiefgegangen: ${message}`,
  },
};
