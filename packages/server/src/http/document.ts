import type { FastifyInstance } from 'fastify';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';

/** The OpenAPI document, from the routes' schemas, and a page of it that loads nothing from elsewhere. */
export async function registerDocument(
  app: FastifyInstance,
  version: string,
  needsToken: boolean,
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'SDNet',
        version,
        description:
          'Facial expression recognition. An expression is what a face shows, not what a person feels. Nothing is stored.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      ...(needsToken && {
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
        security: [{ token: [] }],
      }),
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    // Its default asks a host on the internet whether the document is valid.
    uiConfig: { validatorUrl: null },
    staticCSP: true,
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
