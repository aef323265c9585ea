import { compileGradient, initialize, permutation, random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { classCounts, evaluationBatches, loadDataset, pixelStatistics, requireSplit } from '@sdnet/lab';
import { classWeights as adaptiveClassWeights, modelNamed, roLoss } from 'sdnet';
import { reference, relativeError } from './reference.mjs';
const model=process.argv[2], batch=+process.argv[3], nb=+process.argv[4]-1, py=(process.argv[5]??'').split(',').filter(Boolean);
const size=68, build=modelNamed(model);
const dataset = await loadDataset({ dataset: 'fer2013', data: '/work/data/fer2013' });
const training = requireSplit(dataset, 'train');
const order = Array.from(permutation(training.length, random(1)), (p) => training[p]);
const classWeights = adaptiveClassWeights(classCounts(dataset, training));
const c = compileGradient({ network: (x, s) => build(x, s, { classes:7, dropoutRate: 0 }), image: [1,size,size], batch, classes:7, loss: (l, t) => roLoss(l, t, { classWeights }) });
const pre = { size, channels: 1, ...pixelStatistics(dataset, training) };
const [b] = [...evaluationBatches(dataset, order.slice(nb*batch,(nb+1)*batch), {batch,...pre})];
const seed=nb+1;
const pass={model,images:{shape:[batch,1,size,size],data:b.images},targets:{shape:[batch,7],data:b.targets},parameters:initialize(c.parameters,seed),statistics:initialize(c.statistics,seed),classWeights,lambda1:.9,lambda2:.1};
const exact=await reference(c,pass,{python:'/usr/bin/python3'});
let g, st;
if(py.length){ const r=await reference(c,pass,{python:'/usr/bin/python3',arguments:py}); g=r.gradient; st=r.statistics;}
else { const s=await nodeRuntime.createSession(c.model); const o=await s.run({images:pass.images,targets:pass.targets,parameters:{shape:[pass.parameters.length],data:pass.parameters},statistics:{shape:[pass.statistics.length],data:pass.statistics}}); g=o.gradient.data; st=o['next.statistics'].data;}
let tot=0,nrm=0; for(let i=0;i<g.length;i++){tot+=(g[i]-exact.gradient[i])**2; nrm+=exact.gradient[i]**2}
console.log('rel',Math.sqrt(tot/nrm), 'norm', Math.sqrt(nrm));
for(const e of c.parameters.entries){ let d=0,n=0,mx=0; for(let i=e.offset;i<e.offset+e.size;i++){d+=(g[i]-exact.gradient[i])**2;n+=exact.gradient[i]**2; mx=Math.max(mx,Math.abs(g[i]-exact.gradient[i]))}
 console.log(e.name.padEnd(44),'share of err²',(d/tot).toFixed(4),'rel',Math.sqrt(d/n).toExponential(2),'share of norm²',(n/nrm).toFixed(4));}
console.log('-- statistics variance extremes');
const vs=[];for(const e of c.statistics.entries) if(e.name.endsWith('running_var')){ let mn=Infinity; for(let i=e.offset;i<e.offset+e.size;i++) mn=Math.min(mn,(exact.statistics[i]-.9)/.1); vs.push([mn,e.name]);}
vs.sort((a,b)=>a[0]-b[0]); console.log(vs.slice(0,8));
process.exit(0);
