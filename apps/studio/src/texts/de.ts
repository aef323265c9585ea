import type { Texts } from './en.js';

export const de: Texts = {
  language: 'Deutsch',
  title: 'SDNet Studio',
  tagline: 'Gesichtsausdrücke, auf Ihrem Gerät gelesen',
  skip: 'Zum Inhalt springen',
  navigation: 'Ansichten',
  views: {
    photo: 'Foto',
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
  errors: {
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
