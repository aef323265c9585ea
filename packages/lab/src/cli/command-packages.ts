import { optionalPackage } from '@sdnet/autograd';
import type { Argv, CommandModule } from 'yargs';

/** What the entry `<name>-command` of a package with a command of its own exports. */
interface CommandPackage {
  readonly command: CommandModule & { readonly builder: (yargs: Argv) => Argv };
}

const packages = [
  { command: 'serve', describe: 'Recognize expressions over HTTP', name: '@sdnet/server' },
  { command: 'label [images..]', describe: 'Label folders of photos and videos', name: '@sdnet/server' },
  { command: 'work', describe: 'Label and train what comes into a queue', name: '@sdnet/server' },
] as const;

/**
 * Commands of packages that stand on this one. They are installed apart, so that nobody gets a server who needs none, and
 * known by name alone: see docs/decisions/0009. Where one is missing, its command throws what to install.
 */
export const commandsOfPackages: readonly CommandModule[] = packages.map(({ command, describe, name }) => {
  const [entry] = command.split(' ');
  const load = () =>
    optionalPackage<CommandPackage>(name, `npm install ${name}`, () => import(`${name}/${entry}-command`));
  return {
    ...{ command, describe },
    builder: async (yargs: Argv) => (await load()).command.builder(yargs),
    handler: async (options) => (await load()).command.handler(options),
  };
});
