//! The network that says roughly where the product is, behind a card of data and a seam.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{VisionError, network::Network};

/// What a segmentation network wants and gives. The input is RGB, 1 x 3 x side x side; each channel is
/// `(v - mean) / std` with v in 0..=1. One output is 1 x 1 x side x side and is stretched to 0..=1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CutoutCard {
    /// Input side in pixels.
    pub side: u32,
    /// Subtracted from each channel.
    pub mean: [f32; 3],
    /// Divides each channel.
    pub std: [f32; 3],
    /// Which output holds the mask, from 0.
    pub output: usize,
}

impl CutoutCard {
    /// u2netp, the default: the means and deviations are ImageNet's, the first of seven outputs is the fused one.
    pub const U2NETP: Self = Self {
        side: 320,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        output: 0,
    };

    /// ISNet: `(v - 128) / 256` over 0..=255, at 1024.
    pub const ISNET: Self = Self {
        side: 1024,
        mean: [128.0 / 255.0; 3],
        std: [256.0 / 255.0; 3],
        output: 0,
    };
}

impl Default for CutoutCard {
    fn default() -> Self {
        Self::U2NETP
    }
}

/// A runtime that can run one network. Implemented by rten here; another can stand in.
pub trait Infer: Send + Sync {
    /// Runs the network on 3 planes of `side` x `side` numbers and returns the `side` x `side` numbers of
    /// the output with that index. Uses the calling thread's share of the machine: one core.
    fn infer(&self, input: Vec<f32>, side: usize, output: usize) -> Result<Vec<f32>, VisionError>;
}

/// An ONNX network in rten.
pub struct RtenNetwork(Network);

impl RtenNetwork {
    /// Reads the network.
    pub fn load(path: &Path) -> Result<Self, VisionError> {
        Network::load(path)
            .map(Self)
            .map_err(|reason| VisionError::Model {
                path: path.to_path_buf(),
                reason,
            })
    }
}

impl Infer for RtenNetwork {
    fn infer(&self, input: Vec<f32>, side: usize, output: usize) -> Result<Vec<f32>, VisionError> {
        let mut outputs = self
            .0
            .run([1, 3, side, side], input, &[output])
            .map_err(VisionError::Inference)?;
        let mask = outputs.swap_remove(0);
        if mask.shape != [1, 1, side, side] {
            return Err(VisionError::Inference(format!(
                "its output is {:?}, not 1x1x{side}x{side}",
                mask.shape
            )));
        }
        Ok(mask.data)
    }
}
