import { config } from 'zod/mini';

// Zod else tries whether it may make functions of text. The page's policy forbids that, and the browser reports the attempt.
config({ jitless: true });
