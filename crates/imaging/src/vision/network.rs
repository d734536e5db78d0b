//! An ONNX network in rten, run on the calling thread's share of the machine: one core.

use std::{path::Path, sync::Arc};

use rten::{Model, RunOptions, ThreadPool};
use rten_tensor::{AsView, NdTensor, Tensor, prelude::*};

/// A loaded network. Errors are what the runtime said, or what does not fit; callers say which model it was.
pub(super) struct Network(Model);

/// One output: its shape, and its numbers row by row.
pub(super) struct Output {
    pub(super) shape: Vec<usize>,
    pub(super) data: Vec<f32>,
}

impl Network {
    /// Reads the network.
    pub(super) fn load(path: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
        let model = Model::load(bytes).map_err(|error| error.to_string())?;
        Ok(Self(model))
    }

    /// Runs the first input through; the outputs are named by their index.
    pub(super) fn run(
        &self,
        shape: [usize; 4],
        input: Vec<f32>,
        outputs: &[usize],
    ) -> Result<Vec<Output>, String> {
        let wanted = self.0.input_ids().first().ok_or("it has no input")?;
        let given = outputs
            .iter()
            .map(|&index| {
                let id = self.0.output_ids().get(index).copied();
                id.ok_or_else(|| format!("it has no output {index}"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let tensor = NdTensor::from_data(shape, input);
        // One pool a call: a shared pool of one thread would make photos wait for each other.
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        let options = RunOptions::default().with_thread_pool(Some(pool));
        let values = self
            .0
            .run(vec![(*wanted, tensor.into())], &given, Some(options))
            .map_err(|error| error.to_string())?;
        values
            .into_iter()
            .map(|value| {
                let tensor: Tensor<f32> = value
                    .try_into()
                    .map_err(|_| "an output is not of numbers".to_owned())?;
                Ok(Output {
                    shape: tensor.shape().to_vec(),
                    data: tensor.to_vec(),
                })
            })
            .collect()
    }
}
