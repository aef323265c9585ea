import sharp from 'sharp';
const [, , file, top, height, out, scale] = process.argv;
const meta = await sharp(file).metadata();
const t = Math.min(+top, meta.height - 10);
let s = sharp(file).extract({ left: 0, top: t, width: meta.width, height: Math.min(+height, meta.height - t) });
await s.png().toFile(out);
