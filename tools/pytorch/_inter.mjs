// dumps our batchnorm inputs: all conv outputs feeding BN of the network, via hijacking: build network, flatten of k-th batchNormTraining input
import { compileGradient, initialize, flatten, reshape, sum } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { decodeSafetensors, flattenTensors } from '@sdnet/autograd';
import { modelNamed } from 'sdnet';
import { readFileSync, writeFileSync } from 'node:fs';
const [,,model,file,batch,...ks]=process.argv; const b=+batch; const build=modelNamed(model);
const {tensors}=await decodeSafetensors(readFileSync(file));
for(const k of ks){
const c=compileGradient({network:(x,s)=>{build(x,s,{classes:7,dropoutRate:0}); const n=x.graph.nodes.filter(n=>n.operator.name==='batchNormTraining')[+k]; const v=process.env.OUT==='y'?n.outputs[0]:n.inputs[0]; return flatten(v);},image:[1,68,68],batch:b,classes:7,loss:(o)=>reshape(sum(sum(o,[1]),[0]),[1])});
const s=await nodeRuntime.createSession(c.model);
const p=flattenTensors(c.parameters,tensors), st=flattenTensors(c.statistics,tensors);
const o=await s.run({images:{shape:[b,1,68,68],data:tensors.get('batch.images').data},targets:{shape:[b,7],data:tensors.get('batch.targets').data},parameters:{shape:[p.length],data:p},statistics:{shape:[st.length],data:st}},['output']);
writeFileSync(`/tmp/nets/bn${k}.f32`,new Uint8Array(o.output.data.buffer,o.output.data.byteOffset,o.output.data.byteLength));
}
process.exit(0);
