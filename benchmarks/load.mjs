/**
 * Sends an image again and again; prints what autocannon found, as JSON. For `serve.mjs`, whose own process asks for health meanwhile.
 *
 *   node benchmarks/load.mjs URL IMAGE CONNECTIONS SECONDS
 */
import { readFile } from 'node:fs/promises';
import autocannon from 'autocannon';

const [url, image, connections, seconds] = process.argv.slice(2);
const result = await autocannon({
  ...{ url, method: 'POST', body: await readFile(image), headers: { 'content-type': 'image/jpeg' } },
  ...{ connections: Number(connections), duration: Number(seconds) },
  // In seconds: what takes longer counts as a timeout.
  timeout: 60,
});
console.log(JSON.stringify(result));
