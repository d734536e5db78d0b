//! The plan: which pictures a brief asks of which products, and which cannot truthfully be made.

use jiff::civil::Date;

use crate::{
    brief::Brief,
    engine::{EngineCard, EngineChoice, Scene},
    money::MicroUsd,
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
    /// What the first engine that makes it charges for one try, by its card; `None` where its vendor's price is not known.
    pub price: Option<MicroUsd>,
}

/// Who can be asked for the pictures of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The engine of the brief, then those that are asked after it.
    pub engines: &'a [(EngineChoice, &'a EngineCard)],
    /// Photos of a person go along.
    pub has_person: bool,
    /// For the end of models.
    pub today: Date,
}

/// Plans every product x pose x take of a brief, products in order, poses in catalogue order.
///
/// A pose that none of the engines can make truthfully is one skipped generation with the first engine's reason, never a
/// guess.
pub fn plan(brief: &Brief, products: &[Product], asked: &Asked<'_>) -> Vec<PlannedGeneration> {
    let mut planned = Vec::new();
    for (index, product) in products.iter().enumerate() {
        for &pose in &brief.poses {
            let (skip, price) = match price_of(brief, product, pose, asked) {
                Ok(price) => (None, price),
                Err(reason) => (Some(reason), None),
            };
            let takes = if skip.is_some() { 1 } else { pose.pose().takes };
            planned.extend((1..=takes).map(|take| PlannedGeneration {
                product: index,
                pose,
                take,
                seed: picture_seed(brief.seed, &product.sku, pose.as_str(), take),
                skip: skip.clone(),
                price,
            }));
        }
    }
    planned
}

/// What the first engine that can make it charges, or why the first of all cannot.
fn price_of(
    brief: &Brief,
    product: &Product,
    pose: PoseName,
    asked: &Asked<'_>,
) -> Result<Option<MicroUsd>, String> {
    let mut reasons = None;
    for (choice, card) in asked.engines {
        match price_at(brief, product, pose, choice, card, asked) {
            Ok(price) => return Ok(price),
            Err(reason) => reasons.get_or_insert(reason),
        };
    }
    Err(reasons.unwrap_or_else(|| "no engine is asked".to_owned()))
}

fn price_at(
    brief: &Brief,
    product: &Product,
    pose: PoseName,
    choice: &EngineChoice,
    card: &EngineCard,
    asked: &Asked<'_>,
) -> Result<Option<MicroUsd>, String> {
    if let Some(reason) = card.refusal(pose).or_else(|| missing_photo(product, pose, card)) {
        return Err(reason);
    }
    let scene = Scene::of(card, pose.pose(), asked.has_person);
    let model = card.model_for(choice.model.as_deref(), scene, asked.today);
    let model = model.map_err(|refusal| refusal.to_string())?;
    Ok(match model {
        // Nobody takes money for it.
        _ if card.local => Some(MicroUsd::default()),
        model => model
            .and_then(|model| model.price(brief.quality))
            .map(MicroUsd::of_usd),
    })
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

    use jiff::civil::date;

    use super::*;
    use crate::{category::Category, engine::EngineName, product::PhotoRef};

    fn card() -> EngineCard {
        EngineCard {
            name: EngineName("studio".to_owned()),
            local: true,
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

    fn planned(products: &[Product], cards: &[EngineCard]) -> Vec<PlannedGeneration> {
        let engines: Vec<_> = cards
            .iter()
            .map(|card| (EngineChoice::of(&card.name.0), card))
            .collect();
        let asked = Asked {
            engines: &engines,
            has_person: false,
            today: date(2026, 11, 25),
        };
        plan(&Brief::default(), products, &asked)
    }

    #[test]
    fn what_the_first_engine_cannot_make_is_planned_where_the_next_can() {
        let model = r#"{ "id": "m", "sizes": { "rule": "like_input" }, "price_usd": { "medium": 0.2 } }"#;
        let dresses = EngineCard {
            name: EngineName("dresser".to_owned()),
            on_model: true,
            models: vec![serde_json::from_str(model).unwrap()],
            ..EngineCard::default()
        };
        let planned = planned(&[product("A1", &[View::Front])], &[card(), dresses]);
        let price = |pose: &str| {
            let found = planned.iter().find(|one| one.pose.as_str() == pose).unwrap();
            (found.skip.is_none(), found.price)
        };
        assert_eq!(price("FRONT"), (true, Some(MicroUsd(0))));
        assert_eq!(price("WALKING"), (true, Some(MicroUsd(200_000))));
    }

    #[test]
    fn a_front_photo_gives_the_front_and_close_ups_and_says_why_not_the_rest() {
        let planned = planned(&[product("A1", &[View::Front])], &[card()]);
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
        let planned = planned(&products, &[card()]);
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
