// node client.js ADDRESS NAME CA: what each kind of call met, as one JSON object.
import fs from 'node:fs';
import grpc from '@grpc/grpc-js';
import service from './service.js';

const [address, name, ca] = process.argv.slice(2);
const Client = grpc.makeGenericClientConstructor(service, 'Echo');
const client = new Client(`ipv4:${address}:443`, grpc.credentials.createSsl(fs.readFileSync(ca)), { 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name });

const call = (method, message) => new Promise((done) => {
  let trailers = {};
  client[method](message, (error, answer) => setImmediate(() => done({ code: error?.code ?? 0, details: error?.details, answer, trailers }))).on('status', (status) => { trailers = status.metadata.getMap(); });
});

const talk = (words) => new Promise((done) => {
  const heard = [], stream = client.Talk();
  const say = () => (words.length > heard.length ? stream.write(words[heard.length]) : stream.end());
  stream.on('data', (word) => { heard.push(word); say(); });  // each word only after the answer to the last
  stream.on('status', (status) => done({ code: status.code, heard }));
  stream.on('error', () => {});
  say();
});

const cancelled = () => new Promise((done) => {
  const waiting = client.Wait('x', (error) => done(error.code));
  setTimeout(() => waiting.cancel(), 500);
});

const many = await Promise.all([...Array(50).keys()].map((i) => call('Say', String(i))));
const met = { said: await call('Say', 'hello'), many: many.every((m, i) => m.answer === `you said ${i}`), large: (await call('Say', 'x'.repeat(1_000_000))).answer?.length, failed: await call('Fail', 'thing'), talk: await talk(['a', 'b', 'c']), cancelled: await cancelled() };
client.makeUnaryRequest('/test.Echo/Missing', (b) => Buffer.from(b), (b) => b, 'x', (error) => {
  console.log(JSON.stringify({ ...met, missing: error.code }));
  client.close();
});
