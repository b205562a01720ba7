// The pages' beginning: colours of the figures as CSS variables, then the shell.
import { render } from 'preact';
import { cssVariables, dark, light } from '../../src/figures/palette.ts';
import { follow } from './data/live.ts';
import { Shell } from './shell.tsx';
import './style.css';
import './parts.css';

const colours = document.createElement('style');
colours.textContent = `:root { ${cssVariables(light)} }
@media (prefers-color-scheme: dark) { :root { ${cssVariables(dark)} } }`;
document.head.append(colours);

const app = document.getElementById('app')!;
app.replaceChildren();
render(<Shell />, app);
follow();
