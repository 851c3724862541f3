// node server.js PORT: says "ready", and "cancelled" when a caller of Wait goes away.
import grpc from '@grpc/grpc-js';
import service from './service.js';

const server = new grpc.Server();
server.addService(service, {
  Say(call, answer) {
    const trailers = new grpc.Metadata();
    trailers.set('x-forwarded', String(call.metadata.get('x-forwarded-for')[0]));
    answer(null, `you said ${call.request}`, trailers);
  },
  Fail: (call, answer) => answer({ code: grpc.status.NOT_FOUND, details: `no ${call.request}` }),
  Talk(call) {
    call.on('data', (word) => call.write(word.toUpperCase()));
    call.on('end', () => call.end());
  },
  Wait: (call) => call.on('cancelled', () => console.log('cancelled')),
});
server.bindAsync(`0.0.0.0:${process.argv[2]}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  console.log('ready');
});
