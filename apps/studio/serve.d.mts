export function serveStudio(
  port: number,
  options?: { readonly folder?: string; readonly isolated?: boolean },
): Promise<{ readonly address: string; close(): Promise<void> }>;
