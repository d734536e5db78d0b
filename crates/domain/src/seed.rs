//! Seeds: 64 bits derived from what a picture is, so the same shoot gives the same pictures.

use sha2::{Digest, Sha256};

/// The seed of one picture: the first eight bytes (big endian) of
/// `SHA-256("photogen seed 1" ‖ shoot_seed ‖ len(sku) ‖ sku ‖ pose ‖ take)`.
pub fn picture_seed(shoot_seed: u64, sku: &str, pose: &str, take: u32) -> u64 {
    let digest = Sha256::new()
        .chain_update(b"photogen seed 1")
        .chain_update(shoot_seed.to_be_bytes())
        .chain_update((sku.len() as u64).to_be_bytes())
        .chain_update(sku)
        .chain_update(pose)
        .chain_update(take.to_be_bytes())
        .finalize();
    first_eight(&digest)
}

/// The seed of a picture's retry after `rejected` pictures that were sent back: its own before any, else the first eight bytes
/// of `SHA-256("photogen retry seed 1" ‖ seed ‖ rejected)`.
pub fn retry_seed(seed: u64, rejected: u32) -> u64 {
    if rejected == 0 {
        return seed;
    }
    let digest = Sha256::new()
        .chain_update(b"photogen retry seed 1")
        .chain_update(seed.to_be_bytes())
        .chain_update(rejected.to_be_bytes())
        .finalize();
    first_eight(&digest)
}

fn first_eight(digest: &[u8]) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_depends_on_every_part_and_on_nothing_else() {
        let base = picture_seed(7, "A1", "FRONT", 1);
        assert_eq!(base, picture_seed(7, "A1", "FRONT", 1));
        for other in [
            picture_seed(8, "A1", "FRONT", 1),
            picture_seed(7, "A2", "FRONT", 1),
            picture_seed(7, "A1", "BACK", 1),
            picture_seed(7, "A1", "FRONT", 2),
        ] {
            assert_ne!(base, other);
        }
    }
}
