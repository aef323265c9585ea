import { extname } from 'node:path';

/** How the files of videos end. A moving GIF is a photo: its first picture is read. */
const endings = 'mp4 m4v mov mkv webm avi mpg mpeg m2ts mts ogv wmv flv 3gp'.split(' ');

/** Whether a name is that of a video. */
export const isVideoName = (path: string): boolean => endings.includes(extname(path).slice(1).toLowerCase());
