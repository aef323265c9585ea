/**
 * Serves the built studio on this machine alone.
 *
 *   node serve.mjs [--port 4173]
 */
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import sirv from 'sirv';
import { headers } from './headers.mjs';

const built = new URL('dist/', import.meta.url);

/**
 * @param {number} port 0: any that is free
 * @param {{ folder?: string, isolated?: boolean }} options `folder` is served instead of the built one; `isolated: false`
 *   leaves all headers out, as a web server does that knows nothing of the studio
 * @returns {Promise<{ address: string, close(): Promise<void> }>}
 */
export async function serveStudio(port, { folder = built.pathname, isolated = true } = {}) {
  const files = sirv(folder, {
    etag: true,
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(isolated ? headers : {})) response.setHeader(name, value);
      // Asked for again each time, and answered by 304: what is built anew is seen at once.
      response.setHeader('Cache-Control', 'no-cache');
    },
  });
  const server = createServer((request, response) =>
    files(request, response, () => {
      response.writeHead(404, { 'Content-Type': 'text/plain' });
      response.end('There is no such file.');
    }),
  );
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '4173' } } });
  const port = Number(values.port);
  try {
    const { address } = await serveStudio(port);
    console.log(`The studio is at ${address} (Ctrl-C ends it)`);
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    console.error(`Port ${port} is in use. Choose another: npm run studio -- --port ${port + 1}`);
    process.exitCode = 1;
  }
}
