//! Cut-outs on this machine: the model, loaded once, and the cache that pictures of one product share.

use std::{path::Path, sync::Arc};

use engines::{CutOuts, EngineError, Kit};
use imaging::{
    codec::{Limits, decode, read},
    vision::{Cutout, CutoutCache, Cutter, PhotoHash, VisionError},
};

use crate::models;

/// Cuts products out of photo files, each once while it is remembered.
struct CachedCutOuts {
    cutter: Cutter,
    cache: CutoutCache,
    limits: Limits,
}

impl CutOuts for CachedCutOuts {
    fn cut_out(&self, sha256: &str, bytes: &[u8]) -> Result<Option<Arc<Cutout>>, EngineError> {
        let broken = |error: String| EngineError::Broken(error);
        let mut hash = PhotoHash::default();
        hex::decode_to_slice(sha256, &mut hash).map_err(|error| broken(format!("`{sha256}`: {error}")))?;
        let cut = self.cache.get_or_cut(hash, || {
            let photo = decode(bytes, &self.limits)?;
            self.cutter.cut(&photo.pixels)
        });
        match cut {
            Ok(cutout) => Ok(Some(cutout)),
            Err(VisionError::NoProduct) => Ok(None),
            Err(error) => Err(broken(error.to_string())),
        }
    }
}

/// What engines work with: photos from local files, cut-outs by the default model. `cache_bytes` bounds the memory
/// that remembered cut-outs take.
pub(crate) fn kit(cache_bytes: usize) -> anyhow::Result<Kit> {
    let model = models::ensure("cutout")?;
    let cutter = Cutter::load(&model.path, model.input()?)?;
    let limits = Limits::default();
    Ok(Kit {
        photos: Arc::new(move |photo| {
            read(Path::new(&photo.source), &limits).map_err(|error| EngineError::Broken(error.to_string()))
        }),
        cut_outs: Arc::new(CachedCutOuts {
            cutter,
            cache: CutoutCache::new(cache_bytes),
            limits,
        }),
        model_sha256: model.sha256,
    })
}
