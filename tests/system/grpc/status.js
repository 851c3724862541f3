// node status.js ADDRESS NAME CA: the status that one call of Say met.
import fs from 'node:fs';
import grpc from '@grpc/grpc-js';
import service from './service.js';

const [address, name, ca] = process.argv.slice(2);
const Client = grpc.makeGenericClientConstructor(service, 'Echo');
const client = new Client(`ipv4:${address}:443`, grpc.credentials.createSsl(fs.readFileSync(ca)), { 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name });
client.Say('hello', (error) => {
  console.log(error?.code ?? 0);
  client.close();
});
