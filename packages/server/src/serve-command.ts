import {
  type CommandModule,
  print,
  requireThreads,
  requireWhole,
  untilStopped,
  UsageError,
  weightsFileOf,
  weightsOption,
} from '@sdnet/lab/cli';
import { serve } from './serve.js';

interface Arguments {
  readonly host: string;
  readonly port: number;
  readonly weights?: string | undefined;
  readonly 'token-file'?: string | undefined;
  readonly workers?: number | undefined;
  readonly queue?: number | undefined;
  readonly 'body-limit': number;
  readonly 'pixel-limit': number;
  readonly 'time-limit': number;
  readonly cors?: string | undefined;
  readonly 'log-results': boolean;
}

/** `sdnet serve`. */
export const command: CommandModule<unknown, Arguments> = {
  command: 'serve',
  describe: 'Recognize expressions over HTTP',
  builder: (yargs) =>
    yargs
      .options({
        host: {
          type: 'string',
          requiresArg: true,
          default: '127.0.0.1',
          description: 'Address to serve; any but this machine alone needs --token-file',
        },
        port: {
          type: 'number',
          requiresArg: true,
          default: 8080,
          description: 'Port; 0 is one that is free',
        },
        ...weightsOption,
        'token-file': {
          type: 'string',
          requiresArg: true,
          description: 'A bearer token a line: requests must have one of them (default: none is asked for)',
        },
        workers: {
          type: 'number',
          requiresArg: true,
          description: 'Processes that compute, each with networks of its own (default: all cores)',
        },
        queue: {
          type: 'number',
          requiresArg: true,
          description: 'Most images that wait or are computed; more are answered 503 (default: 64 a worker)',
        },
        'body-limit': {
          type: 'number',
          requiresArg: true,
          default: 20,
          description: 'Most megabytes of a request',
        },
        'pixel-limit': {
          type: 'number',
          requiresArg: true,
          default: 25,
          description: 'Most megapixels of an image',
        },
        'time-limit': {
          type: 'number',
          requiresArg: true,
          default: 30,
          description: 'Most seconds from a whole request to its answer',
        },
        cors: {
          type: 'string',
          requiresArg: true,
          description: 'Origins whose pages may use it, such as https://example.com, separated by commas',
        },
        'log-results': {
          type: 'boolean',
          default: false,
          description: 'Log what was read, too; images never are',
        },
      })
      .example('$0 serve', 'Serve this machine; curl --data-binary @photo.jpg localhost:8080/v1/recognize')
      .example('$0 serve --host 0.0.0.0 --token-file tokens', 'Serve others, who need a token'),
  async handler(options) {
    requireMeaning(options);
    const { host, port, workers, queue, cors, 'log-results': logResults } = options;
    // From here on: who stops it while it starts waits for the start, not for a timeout.
    const stopped = untilStopped();
    const server = await serve({
      ...{ host, port, workers, queue, logResults },
      weights: weightsFileOf(options.weights),
      tokenFile: options['token-file'],
      bodyLimit: Math.round(options['body-limit'] * 1e6),
      pixelLimit: Math.round(options['pixel-limit'] * 1e6),
      timeLimit: options['time-limit'] * 1000,
      cors: cors?.split(','),
      log: process.stderr,
    });
    print(`Serving ${server.address}, documented at ${server.address}/docs. Ctrl-C stops it.`);
    await stopped;
    await server.close();
  },
};

function requireMeaning({
  port,
  workers,
  queue,
  'body-limit': bodyLimit,
  'pixel-limit': pixelLimit,
  'time-limit': timeLimit,
}: Arguments): void {
  requireWhole({ port }, 0, 65_535);
  requireThreads(workers, 'workers');
  requireWhole({ queue }, 1, 1_000_000);
  // A request's body is one piece of memory, and decoding takes no more pixels.
  requireRange({ 'body-limit': bodyLimit }, 500);
  requireRange({ 'pixel-limit': pixelLimit }, 64);
  requireRange({ 'time-limit': timeLimit }, 3600);
}

function requireRange(options: Readonly<Record<string, number>>, most: number): void {
  for (const [name, value] of Object.entries(options))
    if (!(value > 0 && value <= most))
      throw new UsageError(`--${name} ${value}: a number above 0 and up to ${most} is expected.`);
}
