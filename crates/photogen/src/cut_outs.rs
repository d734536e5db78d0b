//! Cut-outs on this machine: the model, loaded once, and the cache that pictures of one product share.

use std::{path::Path, sync::Arc};

use engines::{Budget, CutOuts, EngineError, Kit, ReadPhoto};
use imaging::{
    codec::{Limits, decode, pixels_promised, read},
    vision::{Cutout, CutoutCache, Cutter, PhotoHash, VisionError},
};

use crate::{models, settings};

/// Bytes a pixel takes while a photo is decoded and cut out: 550 MB were measured for 24 megapixels.
const BYTES_PER_PIXEL: u64 = 23;

/// The share of the memory that remembered cut-outs may take.
const CACHE_SHARE: u64 = 4;

/// What they may take of any machine: some fifty photos of a megapixel, more than the products that are in work at once. Without an
/// end of its own, a service on a large machine grows for days and looks like a leak.
const CACHE_MAX: u64 = 512 << 20;

/// Cuts products out of photo files, each once while it is remembered.
struct CachedCutOuts {
    cutter: Cutter,
    cache: CutoutCache,
    budget: Budget,
    limits: Limits,
}

impl CutOuts for CachedCutOuts {
    fn cut_out(&self, sha256: &str, bytes: &[u8]) -> Result<Option<Arc<Cutout>>, EngineError> {
        let broken = |error: String| EngineError::Broken(error);
        let mut hash = PhotoHash::default();
        hex::decode_to_slice(sha256, &mut hash).map_err(|error| broken(format!("`{sha256}`: {error}")))?;
        let cut = self.cache.get_or_cut(hash, || {
            self.budget.with(pixels_promised(bytes) * BYTES_PER_PIXEL, || {
                let photo = decode(bytes, &self.limits)?;
                self.cutter.cut(&photo.pixels)
            })
        });
        match cut {
            Ok(cutout) => Ok(Some(cutout)),
            Err(VisionError::NoProduct) => Ok(None),
            Err(error) => Err(broken(error.to_string())),
        }
    }
}

/// Reads photos from local files.
pub(crate) fn files() -> ReadPhoto {
    let limits = Limits::default();
    Arc::new(move |photo| {
        read(Path::new(&photo.source), &limits).map_err(|error| EngineError::Broken(error.to_string()))
    })
}

/// What engines work with: photos from where they are, cut-outs by the default model, within so many bytes of memory.
pub(crate) fn kit(photos: ReadPhoto, memory: u64) -> anyhow::Result<Kit> {
    let remembered = (memory / CACHE_SHARE).min(CACHE_MAX);
    let model = models::ensure("cutout")?;
    let cutter = Cutter::load(&model.path, model.input()?)?;
    Ok(Kit {
        photos,
        setting: Arc::new(settings::read),
        cut_outs: Arc::new(CachedCutOuts {
            cutter,
            cache: CutoutCache::new(usize::try_from(remembered).unwrap_or(usize::MAX)),
            budget: Budget::new(memory - remembered),
            limits: Limits::default(),
        }),
        model_sha256: model.sha256,
        sharing: None,
    })
}
