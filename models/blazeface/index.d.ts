/** Where the networks lie: `file:` URLs in Node, addresses of the page's in a bundle. */
export declare const back: URL;
export declare const shortRange: URL;
