import { compileGradient, initialize, random, batchNormTraining, parameter, flatten, constant, mul, sum, reshape, conv2d, relu } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
const N=16,C=16,S=34,P=N*S*S;
for (const mu of [0,1,3,10]) {
const c=compileGradient({network:(x,s)=>{const g=parameter(s,'w',[C],{kind:'constant',value:1}),b=parameter(s,'b',[C],{kind:'constant',value:0});return flatten(batchNormTraining(x,g,b,1e-5).y);},image:[C,S,S],batch:N,classes:7,loss:(o,t)=>reshape(sum(sum(o,[1]),[0]),[1])});
const s=await nodeRuntime.createSession(c.model);
const r=random(3); const x=Float32Array.from({length:P*C},()=>r.normal()+mu);
const p=initialize(c.parameters,1);
const o=await s.run({images:{shape:[N,C,S,S],data:x},targets:{shape:[N,7],data:new Float32Array(N*7)},parameters:{shape:[p.length],data:p}},['output']);
const y=o.output.data; let worst=0, rmsTot=0, rmsNoMean=0;
for(let ch=0;ch<C;ch++){let m=0,v=0;const idx=(n,i)=>(n*C+ch)*S*S+i; for(let n=0;n<N;n++)for(let i=0;i<S*S;i++)m+=x[idx(n,i)];m/=P;for(let n=0;n<N;n++)for(let i=0;i<S*S;i++)v+=(x[idx(n,i)]-m)**2;v/=P;
 let e=0,e2=0;for(let n=0;n<N;n++)for(let i=0;i<S*S;i++){const d=y[idx(n,i)]-(x[idx(n,i)]-m)/Math.sqrt(v+1e-5);e+=d;e2+=d*d;} e/=P; worst=Math.max(worst,Math.abs(e)); rmsTot+=e2/P; rmsNoMean+=e2/P-e*e;}
console.log('mu',mu,'worst channel shift',worst.toExponential(2),'rms',Math.sqrt(rmsTot/C).toExponential(2),'rms without shift',Math.sqrt(rmsNoMean/C).toExponential(2));
}
process.exit(0)
