/** Where the weights lie: a `file:` URL in Node, an address of the page's in a bundle. */
export const weights = new URL('./weights.safetensors', import.meta.url);
