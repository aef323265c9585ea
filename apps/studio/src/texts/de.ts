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
  },
  appearance: {
    language: 'Sprache',
    theme: 'Farben',
    system: 'System',
    light: 'Hell',
    dark: 'Dunkel',
  },
  engine: {
    loading: 'Die Netze werden geladen …',
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
  privacy: 'Bilder bleiben auf diesem Gerät. Nichts wird gesendet, nichts gespeichert.',
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
  errors: {
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
    'worker-failed':
      'Der Teil der Seite, der erkennt, wurde beendet, vielleicht aus Mangel an Speicher. Laden Sie die Seite neu.',
    unexpected: (message) => `Etwas ist schiefgegangen: ${message}`,
  },
};
