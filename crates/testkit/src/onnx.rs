//! Tiny ONNX networks, written byte by byte: so that a test can hand in a model of its own and no weights are kept.

/// One output of a [`tiny`] network.
pub struct Head {
    /// One row a channel of the input, each of as many numbers as `bias`.
    pub weights: Vec<Vec<f32>>,
    /// Added.
    pub bias: Vec<f32>,
    /// The output's shape.
    pub shape: Vec<u64>,
}

impl Head {
    /// Gives these numbers whatever it sees.
    pub fn constant(channels: usize, numbers: Vec<f32>, shape: &[u64]) -> Self {
        Self {
            weights: vec![vec![0.0; numbers.len()]; channels],
            bias: numbers,
            shape: shape.to_vec(),
        }
    }
}

/// An ONNX file: the input (1 x channels x height x width) is averaged a channel, and each head gives
/// `means * weights + bias` in its shape.
pub fn tiny(input: [u64; 4], heads: &[Head]) -> Vec<u8> {
    let mut graph = Vec::new();
    field(&mut graph, 1, &node("GlobalAveragePool", &["input"], "pooled"));
    field(&mut graph, 1, &node("Flatten", &["pooled"], "means"));
    for (number, head) in heads.iter().enumerate() {
        let name = |what: &str| format!("{what}{number}");
        let (weights, bias, shape) = (name("weights"), name("bias"), name("shape"));
        let (sum, output) = (name("sum"), name("output"));
        field(&mut graph, 1, &node("Gemm", &["means", &weights, &bias], &sum));
        field(&mut graph, 1, &node("Reshape", &[&sum, &shape], &output));
        let count = head.bias.len() as u64;
        let flat: Vec<f32> = head.weights.concat();
        field(&mut graph, 5, &floats(&weights, &[input[1], count], &flat));
        field(&mut graph, 5, &floats(&bias, &[count], &head.bias));
        field(&mut graph, 5, &integers(&shape, &head.shape));
        field(&mut graph, 12, &value(&output, &head.shape));
    }
    field(&mut graph, 2, b"tiny");
    field(&mut graph, 11, &value("input", &input));
    model(&graph)
}

/// An ONNX file that tells dark from light: its output (1 x 1 x side x side) is the less the lighter a pixel of its input
/// (1 x 3 x side x side) is. Enough to cut a drawn garment out, in no time.
pub fn dark_from_light(side: u64) -> Vec<u8> {
    let mut mean = node("ReduceMean", &["input"], "mean");
    field(&mut mean, 5, &attribute("axes", &[1]));
    let mut graph = Vec::new();
    field(&mut graph, 1, &mean);
    field(&mut graph, 1, &node("Neg", &["mean"], "output"));
    field(&mut graph, 2, b"dark");
    field(&mut graph, 11, &value("input", &[1, 3, side, side]));
    field(&mut graph, 12, &value("output", &[1, 1, side, side]));
    model(&graph)
}

/// ModelProto.
fn model(graph: &[u8]) -> Vec<u8> {
    let mut opset = Vec::new();
    number(&mut opset, 2, 13);
    let mut model = Vec::new();
    number(&mut model, 1, 7);
    field(&mut model, 8, &opset);
    field(&mut model, 7, graph);
    model
}

/// AttributeProto of integers.
fn attribute(name: &str, integers: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    field(&mut bytes, 1, name.as_bytes());
    for integer in integers {
        number(&mut bytes, 8, *integer);
    }
    number(&mut bytes, 20, 7);
    bytes
}

/// NodeProto.
fn node(operator: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for input in inputs {
        field(&mut bytes, 1, input.as_bytes());
    }
    field(&mut bytes, 2, output.as_bytes());
    field(&mut bytes, 3, output.as_bytes());
    field(&mut bytes, 4, operator.as_bytes());
    bytes
}

/// TensorProto of 32-bit floats.
fn floats(name: &str, shape: &[u64], data: &[f32]) -> Vec<u8> {
    let raw: Vec<u8> = data.iter().flat_map(|v| v.to_le_bytes()).collect();
    tensor(name, shape, 1, &raw)
}

/// TensorProto of 64-bit integers.
fn integers(name: &str, data: &[u64]) -> Vec<u8> {
    let raw: Vec<u8> = data.iter().flat_map(|v| v.to_le_bytes()).collect();
    tensor(name, &[data.len() as u64], 7, &raw)
}

fn tensor(name: &str, shape: &[u64], kind: u64, raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for side in shape {
        number(&mut bytes, 1, *side);
    }
    number(&mut bytes, 2, kind);
    field(&mut bytes, 8, name.as_bytes());
    field(&mut bytes, 9, raw);
    bytes
}

/// ValueInfoProto of 32-bit floats.
fn value(name: &str, shape: &[u64]) -> Vec<u8> {
    let mut dimensions = Vec::new();
    for side in shape {
        let mut dimension = Vec::new();
        number(&mut dimension, 1, *side);
        field(&mut dimensions, 1, &dimension);
    }
    let mut tensor = Vec::new();
    number(&mut tensor, 1, 1);
    field(&mut tensor, 2, &dimensions);
    let mut kind = Vec::new();
    field(&mut kind, 1, &tensor);
    let mut bytes = Vec::new();
    field(&mut bytes, 1, name.as_bytes());
    field(&mut bytes, 2, &kind);
    bytes
}

/// A protobuf field that holds a whole number.
fn number(bytes: &mut Vec<u8>, tag: u64, value: u64) {
    varint(bytes, tag << 3);
    varint(bytes, value);
}

/// A protobuf field that holds bytes, text or another message.
fn field(bytes: &mut Vec<u8>, tag: u64, content: &[u8]) {
    varint(bytes, tag << 3 | 2);
    varint(bytes, content.len() as u64);
    bytes.extend_from_slice(content);
}

fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
