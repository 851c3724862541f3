// One service whose messages are plain bytes: no code is made from .proto files.
const bytes = (value) => Buffer.from(value);
const method = (name, requestStream, responseStream) => ({
  path: `/test.Echo/${name}`, requestStream, responseStream,
  requestSerialize: bytes, requestDeserialize: (b) => b.toString(), responseSerialize: bytes, responseDeserialize: (b) => b.toString(),
});

export default { Say: method('Say', false, false), Fail: method('Fail', false, false), Talk: method('Talk', true, true), Wait: method('Wait', false, false) };
