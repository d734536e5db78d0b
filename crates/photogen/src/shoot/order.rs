//! From the plan to orders the store understands.

use domain::{
    brief::Brief,
    plan::PlannedGeneration,
    product::{PhotoRef, Product},
    shot::Shot,
};
use store::shoots::Order;

/// One order for each planned picture.
pub(crate) fn orders(
    planned: &[PlannedGeneration],
    products: &[Product],
    brief: &Brief,
    person: &[PhotoRef],
    engine_revision: &str,
) -> Vec<Order> {
    let revision = format!("{engine_revision}; imaging {}", imaging::REVISION);
    planned
        .iter()
        .map(|picture| order(picture, products, brief, person, &revision))
        .collect()
}

fn order(
    picture: &PlannedGeneration,
    products: &[Product],
    brief: &Brief,
    person: &[PhotoRef],
    engine_revision: &str,
) -> Order {
    let shot = Shot {
        product: products[picture.product].clone(),
        pose: picture.pose,
        take: picture.take,
        seed: picture.seed,
        person: person.to_vec(),
        brief: brief.clone(),
    };
    Order {
        product: picture.product,
        fingerprint: shot.fingerprint(engine_revision),
        shot,
        skip: picture.skip.clone(),
    }
}
