//! A shot: everything an engine is given for one picture.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    brief::{Brief, COST_MAX, RETRIES_MAX},
    engine::{EngineCard, Scene},
    intake::file_stem,
    pose::PoseName,
    product::{PhotoRef, Product},
};

/// One picture to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shot {
    /// The product, its words and its photos.
    pub product: Product,
    /// The pose asked for.
    pub pose: PoseName,
    /// 1 for the first picture of the pose, counting up.
    pub take: u32,
    /// The picture's seed.
    pub seed: u64,
    /// Photos of the person who wears it; empty: the product alone, or a person of the engine's choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub person: Vec<PhotoRef>,
    /// Background, size, shadow and the rest of what was asked.
    pub brief: Brief,
}

impl Shot {
    /// A person wears the product in this picture: one was given, or the pose needs one.
    pub fn is_worn(&self, card: &EngineCard) -> bool {
        self.scene(card) != Scene::Alone
    }

    /// What an engine is to show in this picture.
    pub fn scene(&self, card: &EngineCard) -> Scene {
        Scene::of(card, self.pose.pose(), !self.person.is_empty())
    }

    /// The key of its delivered file: `A12/A12_front.webp`, later takes counted: `A12/A12_detail_close_up_2.webp`.
    pub fn file_key(&self) -> String {
        let stem = file_stem(&self.product.sku);
        let take = if self.take == 1 {
            String::new()
        } else {
            format!("_{}", self.take)
        };
        format!(
            "{stem}/{stem}_{}{take}.{}",
            self.pose.slug(),
            self.brief.format.extension()
        )
    }

    /// A hash of everything that decides the pixels: the shot without its file paths, the poses asked beside it,
    /// the shoot's seed and what happens when a try fails, plus what the engine says of itself. Equal fingerprints mean the same picture.
    pub fn fingerprint(&self, engine_revision: &str) -> String {
        let mut shot = self.clone();
        shot.brief.poses.clear();
        shot.brief.seed = 0;
        shot.brief.fallbacks.clear();
        shot.brief.retries_max = RETRIES_MAX;
        shot.brief.cost_max = COST_MAX;
        for photo in shot.product.photos.iter_mut().chain(&mut shot.person) {
            photo.source.clear();
        }
        let text = serde_json::to_string(&shot).unwrap_or_default();
        let digest = Sha256::new()
            .chain_update(text)
            .chain_update([0])
            .chain_update(engine_revision)
            .finalize();
        hex::encode(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{background::Background, product::View};

    fn shot() -> Shot {
        let photo = PhotoRef {
            view: View::Front,
            side: None,
            number: 1,
            source: "a/x.jpg".into(),
            sha256: "00".into(),
        };
        let product = Product {
            sku: "A".into(),
            name: None,
            category: crate::category::Category::Top,
            colour: None,
            photos: vec![photo],
        };
        Shot {
            product,
            pose: "FRONT".parse().unwrap(),
            take: 1,
            seed: 9,
            person: Vec::new(),
            brief: Brief::default(),
        }
    }

    #[test]
    fn moving_the_photos_or_asking_other_poses_is_the_same_picture() {
        let mut moved = shot();
        moved.product.photos[0].source = "b/x.jpg".into();
        moved.brief.poses.truncate(1);
        assert_eq!(moved.fingerprint("1"), shot().fingerprint("1"));
    }

    #[test]
    fn other_bytes_ground_or_engine_are_another_picture() {
        let base = shot().fingerprint("1");
        let mut bytes = shot();
        bytes.product.photos[0].sha256 = "01".into();
        let mut ground = shot();
        ground.brief.background = Background::LIGHT_GRAY;
        for other in [
            bytes.fingerprint("1"),
            ground.fingerprint("1"),
            shot().fingerprint("2"),
        ] {
            assert_ne!(base, other);
        }
    }
}
