import { render } from 'preact';
import { shippedRecognizer } from './recognition/engine.js';
import { App } from './shell/App.js';
import 'uplot/dist/uPlot.min.css';
import './styles/page.css';

// What goes wrong is said by the view that needs it.
shippedRecognizer().catch(() => {});
render(<App />, document.getElementById('app')!);
