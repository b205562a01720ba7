// Calls into native libraries. The one place that names koffi: a published gaplab has it within this file
// (scripts/build.ts), since the package itself runs a script when it is installed.
export { default, type LibraryHandle } from 'koffi';
