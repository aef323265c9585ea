export { fileError, fileProblem } from 'sdnet';
