import { compileEvaluation, initialize, random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { models } from 'sdnet';
for (const name of Object.keys(models)) for (const [lo,hi] of [[.1,.3],[.3,.6],[.5,1],[1,2]]) {
 if (name==='xception'&&lo!==.3) continue;
 const image=[1,37,37]; const { model, parameters, statistics } = compileEvaluation((i,s)=>models[name](i,s,{classes:5}), image);
 const src=random(2); const p=initialize(parameters,1), st=initialize(statistics,1);
 for(const {name:n,offset,size} of statistics.entries) for(let i=offset;i<offset+size;i++) st[i]=n.endsWith('running_var')?lo+(hi-lo)*src.uniform():.1*src.normal();
 const data=Float32Array.from({length:2*37*37},()=>src.normal());
 const s=await nodeRuntime.createSession(model); const o=await s.run({images:{shape:[2,...image],data},parameters:{shape:[p.length],data:p},statistics:{shape:[st.length],data:st}});
 console.log(name,lo,hi,Array.from(o.output.data,x=>+x.toPrecision(5)).join(' '));
}
process.exit(0)
