/** Names as people write them. */
const dataSets: Readonly<Record<string, string>> = {
  fer2013: 'FER2013',
  ferplus: 'FER+',
  'ck+': 'CK+',
  'ck+48': 'CK+48',
  'oulu-casia': 'Oulu-CASIA',
  sfew: 'SFEW',
  rafdb: 'RAF-DB',
  affectnet: 'AffectNet',
  synthetic: 'faces drawn by code',
  folder: 'a folder of images',
  manifest: 'images listed in a file',
};
const networks: Readonly<Record<string, string>> = {
  sdnet: 'SDNet',
  'mobilenet-v3-small': 'MobileNetV3 small',
  'shufflenet-v2': 'ShuffleNetV2',
  ghostnet: 'GhostNet',
  xception: 'Xception',
};

export const datasetTitle = (name: string): string => dataSets[name] ?? name;
export const networkTitle = (name: string): string => networks[name] ?? name;

export const count = (value: number): string => value.toLocaleString('en-GB');
export const millions = (value: number, digits: number): string => `${(value / 1e6).toFixed(digits)} M`;
