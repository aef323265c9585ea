/** Where the networks lie: `file:` URLs in Node, addresses of the page's in a bundle. */
export const back = new URL('./back.onnx', import.meta.url);
export const shortRange = new URL('./short-range.onnx', import.meta.url);
