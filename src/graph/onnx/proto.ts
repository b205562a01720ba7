// The part of the ONNX file format that is used here, written with the protobuf wire encoder.
// Field numbers: onnx.proto of the ONNX specification (IR version 10).
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { DType, OnnxAttr, Shape } from '../tensor.ts';

export const elementType: Record<DType, number> = { float32: 1, int64: 7 };
/** The domain of custom operations. */
export const CUSTOM = 'gaplab';
/** Versions of the operator sets: ONNX's own, ONNX Runtime's contributed operators, and custom ones. */
const OPSETS = [
  ['', 20],
  ['com.microsoft', 1],
  [CUSTOM, 1],
] as const;
const IR_VERSION = 10;

export interface NodeProto {
  type: string;
  inputs: string[];
  outputs: string[];
  attrs: Record<string, OnnxAttr>;
  domain: string;
}
export interface TensorProto {
  name: string;
  dtype: DType;
  shape: Shape;
  /** Little-endian values. */
  raw: Uint8Array;
}
export interface ValueProto {
  name: string;
  dtype: DType;
  shape: Shape;
}
export interface GraphProto {
  nodes: NodeProto[];
  initializers: TensorProto[];
  inputs: ValueProto[];
  outputs: ValueProto[];
  /** Of values between, where nobody could infer them. */
  shapes: ValueProto[];
}

type Write = (w: BinaryWriter) => BinaryWriter;
const message = (w: BinaryWriter, field: number, write: Write) =>
  write(w.tag(field, WireType.LengthDelimited).fork()).join();
const text = (w: BinaryWriter, field: number, value: string) =>
  w.tag(field, WireType.LengthDelimited).string(value);
const int = (w: BinaryWriter, field: number, value: number) => w.tag(field, WireType.Varint).int64(value);

const attribute =
  (name: string, attr: OnnxAttr): Write =>
  (w) => {
    text(w, 1, name);
    if ('float' in attr) return int(w.tag(2, WireType.Bit32).float(attr.float), 20, 1);
    if ('int' in attr) return int(int(w, 3, attr.int), 20, 2);
    if ('string' in attr) return int(text(w, 4, attr.string), 20, 3);
    for (const value of attr.ints) int(w, 8, value);
    return int(w, 20, 7);
  };

const node =
  (n: NodeProto, index: number): Write =>
  (w) => {
    for (const name of n.inputs) text(w, 1, name);
    for (const name of n.outputs) text(w, 2, name);
    text(w, 3, `${index}:${n.type}`);
    text(w, 4, n.type);
    for (const [name, attr] of Object.entries(n.attrs)) message(w, 5, attribute(name, attr));
    return text(w, 7, n.domain);
  };

const tensor =
  (t: TensorProto): Write =>
  (w) => {
    for (const size of t.shape) int(w, 1, size);
    text(int(w, 2, elementType[t.dtype]), 8, t.name);
    return w.tag(9, WireType.LengthDelimited).bytes(t.raw);
  };

const value =
  (v: ValueProto): Write =>
  (w) =>
    message(text(w, 1, v.name), 2, (type) =>
      message(type, 1, (tensorType) =>
        message(int(tensorType, 1, elementType[v.dtype]), 2, (shape) => {
          for (const size of v.shape) message(shape, 1, (dim) => int(dim, 1, size));
          return shape;
        }),
      ),
    );

/** The bytes of an ONNX model file. */
export function encodeModel(graph: GraphProto): Uint8Array<ArrayBuffer> {
  const w = new BinaryWriter();
  int(w, 1, IR_VERSION);
  text(w, 2, 'gaplab');
  message(w, 7, (g) => {
    graph.nodes.forEach((n, i) => message(g, 1, node(n, i)));
    text(g, 2, 'graph');
    for (const t of graph.initializers) message(g, 5, tensor(t));
    for (const v of graph.inputs) message(g, 11, value(v));
    for (const v of graph.outputs) message(g, 12, value(v));
    for (const v of graph.shapes) message(g, 13, value(v));
    return g;
  });
  for (const [domain, version] of OPSETS) message(w, 8, (o) => int(text(o, 1, domain), 2, version));
  return w.finish() as Uint8Array<ArrayBuffer>;
}
