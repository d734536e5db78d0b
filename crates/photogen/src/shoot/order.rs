//! From the plan to orders the store understands.

use domain::{brief::Brief, engine::EngineName, plan::PlannedGeneration, product::Product, shot::Shot};
use store::shoots::Order;

/// One order for each planned picture.
pub(crate) fn orders(
    planned: &[PlannedGeneration],
    products: &[Product],
    brief: &Brief,
    engine_revision: &str,
) -> Vec<Order> {
    let revision = format!("{engine_revision}; imaging {}", imaging::REVISION);
    planned
        .iter()
        .map(|picture| order(picture, products, brief, &revision))
        .collect()
}

fn order(picture: &PlannedGeneration, products: &[Product], brief: &Brief, engine_revision: &str) -> Order {
    let shot = Shot {
        product: products[picture.product].clone(),
        pose: picture.pose,
        take: picture.take,
        seed: picture.seed,
        prompt: picture.prompt.clone(),
        brief: brief.clone(),
    };
    Order {
        product: picture.product,
        fingerprint: shot.fingerprint(engine_revision),
        shot,
        skip: picture.skip.clone(),
    }
}

/// The sentence for an engine that is not there.
pub(crate) fn unknown_engine(name: &EngineName) -> String {
    let known: Vec<_> = engines::ALL.iter().map(|entry| entry.card.name).collect();
    format!("there is no engine `{name}`: use {}", known.join(", "))
}
