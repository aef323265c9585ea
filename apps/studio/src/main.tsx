import { render } from 'preact';
import { prepareOffline } from './offline/offline.js';
import { countRequests } from './offline/requests.js';
import { shippedRecognizer } from './recognition/engine.js';
import { App } from './shell/App.js';
import { restoreSettings } from './shell/settings.js';
import 'uplot/dist/uPlot.min.css';
import './styles/page.css';

restoreSettings();
countRequests();
void prepareOffline();
// What goes wrong is said by the view that needs it.
shippedRecognizer().catch(() => {});
render(<App />, document.getElementById('app')!);
