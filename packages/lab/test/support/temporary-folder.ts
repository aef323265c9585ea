export * from '../../../../test/support/temporary-folder.js';
