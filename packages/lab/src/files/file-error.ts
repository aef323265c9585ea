export { fileError } from 'sdnet';
