import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Engine, EngineObserver } from '../engine/engine.js';

/** What Prometheus is told. None of it says anything of an image but how many there were. */
export interface Metrics {
  readonly observer: EngineObserver;
  /** From now on its queue is shown. */
  watch(engine: Engine): void;
  request(route: string, method: string, status: number, seconds: number): void;
  image(outcome: string, faces: number): void;
  readonly contentType: string;
  text(): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: 'sdnet_request_duration_seconds',
    help: 'Time from a request’s head to the end of its answer',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const images = new Counter({
    name: 'sdnet_images_total',
    help: 'Images by what came of them: read, or the code of the problem',
    labelNames: ['outcome'],
    registers,
  });
  const faces = new Counter({ name: 'sdnet_faces_total', help: 'Faces read', registers });
  const batches = new Histogram({
    name: 'sdnet_batch_images',
    help: 'Images that shared a batch',
    buckets: [1, 2, 4, 8, 16, 32],
    registers,
  });
  const batchSeconds = new Histogram({
    name: 'sdnet_batch_duration_seconds',
    help: 'Time that a batch took in its process',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const deaths = new Counter({
    name: 'sdnet_worker_deaths_total',
    help: 'Threads that ended and were replaced',
    registers,
  });

  return {
    observer: {
      batch(count, seconds) {
        batches.observe(count);
        batchSeconds.observe(seconds);
      },
      workerDied: () => deaths.inc(),
    },
    watch(engine) {
      const gauge = (name: string, help: string, value: () => number) =>
        new Gauge({
          ...{ name, help, registers },
          collect() {
            this.set(value());
          },
        });
      gauge('sdnet_queue_waiting_images', 'Images that wait for a process', () => engine.load().waiting);
      gauge('sdnet_queue_running_images', 'Images in a process', () => engine.load().running);
      gauge(
        'sdnet_queue_limit_images',
        'Most images that wait or are in a process',
        () => engine.load().limit,
      );
      gauge('sdnet_workers', 'Processes of the pool', () => engine.workers);
    },
    request: (route, method, status, seconds) =>
      requests.observe({ route, method, status: String(status) }, seconds),
    image(outcome, count) {
      images.inc({ outcome });
      faces.inc(count);
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
