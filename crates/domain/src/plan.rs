//! The plan: which pictures a brief asks of which products, and which cannot truthfully be made.

use crate::{
    brief::Brief,
    engine::EngineCard,
    pose::{Framing, PoseName},
    product::{Product, View},
    seed::picture_seed,
};

/// One picture the plan names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedGeneration {
    /// Index into the planned products.
    pub product: usize,
    /// The pose.
    pub pose: PoseName,
    /// 1 for the first picture of the pose, counting up.
    pub take: u32,
    /// The picture's own seed.
    pub seed: u64,
    /// Why it will not be made and what would give it; `None` when it will.
    pub skip: Option<String>,
}

/// Plans every product x pose x take of a brief, products in order, poses in catalogue order.
///
/// A pose that cannot be made truthfully is one skipped generation with its reason, never a guess.
pub fn plan(brief: &Brief, products: &[Product], card: &EngineCard) -> Vec<PlannedGeneration> {
    let mut planned = Vec::new();
    for (index, product) in products.iter().enumerate() {
        for &pose in &brief.poses {
            let skip = card.refusal(pose).or_else(|| missing_photo(product, pose, card));
            let takes = if skip.is_some() { 1 } else { pose.pose().takes };
            planned.extend((1..=takes).map(|take| PlannedGeneration {
                product: index,
                pose,
                take,
                seed: picture_seed(brief.seed, &product.sku, pose.as_str(), take),
                skip: skip.clone(),
            }));
        }
    }
    planned
}

fn missing_photo(product: &Product, name: PoseName, card: &EngineCard) -> Option<String> {
    let pose = name.pose();
    if product.photos.is_empty() {
        return Some("the product has no photo that can be read".to_owned());
    }
    if !card.needs_photo_of_view || product.photo(pose.view).is_some() {
        return None;
    }
    if pose.framing == Framing::CloseUp && product.photo(View::Detail).is_some() {
        return None;
    }
    let sku = &product.sku;
    let view = pose.view;
    Some(format!(
        "no {view} photo of {sku}, and {engine} never invents a view; add {sku}_{word}.jpg",
        engine = card.name,
        word = pose.photo_word
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{category::Category, engine::EngineName, product::PhotoRef};

    fn card() -> EngineCard {
        EngineCard {
            name: EngineName("studio".to_owned()),
            packshot: true,
            needs_photo_of_view: true,
            ..EngineCard::default()
        }
    }

    fn product(sku: &str, views: &[View]) -> Product {
        let photo = |&view| PhotoRef {
            view,
            side: None,
            number: 1,
            source: String::new(),
            sha256: String::new(),
        };
        Product {
            sku: sku.to_owned(),
            name: None,
            category: Category::Unknown,
            colour: None,
            photos: views.iter().map(photo).collect(),
        }
    }

    #[test]
    fn a_front_photo_gives_the_front_and_close_ups_and_says_why_not_the_rest() {
        let planned = plan(&Brief::default(), &[product("A1", &[View::Front])], &card());
        let made: Vec<_> = planned
            .iter()
            .filter(|g| g.skip.is_none())
            .map(|g| (g.pose.as_str(), g.take))
            .collect();
        assert_eq!(
            made,
            [
                ("FRONT", 1),
                ("DETAIL_CLOSE_UP", 1),
                ("DETAIL_CLOSE_UP", 2),
                ("DETAIL_CLOSE_UP", 3)
            ]
        );
        let reason = |pose: &str| {
            planned
                .iter()
                .find(|g| g.pose.as_str() == pose)
                .unwrap()
                .skip
                .clone()
                .unwrap()
        };
        assert!(reason("BACK").contains("A1_back.jpg"));
        assert!(reason("LEFT").contains("A1_left.jpg"));
        assert!(reason("WALKING").contains("person"));
    }

    #[test]
    fn every_pose_of_every_product_is_accounted_for_once() {
        let products = [
            product("A", &[View::Front, View::Back]),
            product("B", &[View::Back]),
            product("C", &[]),
        ];
        let planned = plan(&Brief::default(), &products, &card());
        for (index, _) in products.iter().enumerate() {
            for pose in PoseName::all() {
                assert!(
                    planned
                        .iter()
                        .any(|g| g.product == index && g.pose == pose && g.take == 1)
                );
            }
        }
        let keys: HashSet<_> = planned.iter().map(|g| (g.product, g.pose, g.take)).collect();
        assert_eq!(keys.len(), planned.len(), "no picture is planned twice");
    }
}
