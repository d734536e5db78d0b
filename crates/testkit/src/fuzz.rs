//! What strangers send: a target is given seeds and altered seeds, and must answer, neither panic nor hang.
//!
//! [`bounded`] alters at random for a second, in every run of the tests; `bin/fuzz` drives the same targets by coverage for as
//! long as one likes.

use std::{
    env, fs,
    panic::catch_unwind,
    time::{Duration, Instant},
};

use crate::{Random, repository};

/// No input may take longer: far more than any takes on a busy machine, far less than a person waits.
const SLOWEST: Duration = Duration::from_secs(10);
/// Inputs grow no longer than this.
const BYTES_MAX: usize = 64 << 10;

/// Something that reads what strangers send.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Reads, and panics where something is wrong.
    pub read: fn(&[u8]),
    /// Good inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Reads every seed, then altered seeds for `FUZZ_SECONDS` (1), beginning with the random number `FUZZ_SEED` (1). What made it panic
/// or took too long is kept in `target/fuzz/found`.
pub fn bounded(target: &Target) {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    let until = Instant::now() + Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(1));
    let mut random = Random::new(number("FUZZ_SEED").unwrap_or(1));
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{} has nothing to begin with", target.name);
    for seed in &seeds {
        read(target, seed);
    }
    let mut inputs = 0_u64;
    while inputs < 100 || Instant::now() < until {
        read(target, &altered(&seeds, &mut random));
        inputs += 1;
    }
    println!(
        "{}: {} seeds, {inputs} inputs made of them",
        target.name,
        seeds.len()
    );
}

fn read(target: &Target, input: &[u8]) {
    let began = Instant::now();
    let ended = catch_unwind(|| (target.read)(input));
    let slow = began.elapsed() > SLOWEST;
    if ended.is_ok() && !slow {
        return;
    }
    let found = repository().join("target/fuzz/found");
    fs::create_dir_all(&found).expect("a folder for what was found");
    let file = found.join(format!("{}-{:016x}", target.name, sum(input)));
    fs::write(&file, input).expect("room for what was found");
    let what = if slow { "took too long" } else { "panicked" };
    panic!("{} {what}: see {}", target.name, file.display());
}

/// FNV-1a, to name a file.
fn sum(bytes: &[u8]) -> u64 {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// A seed with one to eight changes.
fn altered(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[below(random, seeds.len())].clone();
    for _ in 0..=below(random, 8) {
        alter(&mut bytes, seeds, random);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn alter(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = below(random, bytes.len() + 1);
    let end = (at + 1 + below(random, 32)).min(bytes.len());
    match below(random, 7) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end.max(at))),
        2 => {
            let again = bytes[at..end.max(at)].to_vec();
            bytes.splice(at..at, again);
        }
        3 => {
            let other = &seeds[below(random, seeds.len())];
            let from = below(random, other.len() + 1);
            bytes.splice(at.., other[from..].iter().copied());
        }
        4 => {
            // Numbers at their ends, of one to eight bytes: lengths, counts and offsets are such.
            let number = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0xffff_ffff, u64::MAX][below(random, 8)];
            let wide = [1, 2, 4, 8][below(random, 4)];
            let number = number.to_le_bytes();
            let end = (at + wide).min(bytes.len());
            let put = number.into_iter().take(wide);
            if below(random, 2) == 0 {
                bytes.splice(at..end.max(at), put);
            } else {
                bytes.splice(at..end.max(at), put.rev());
            }
        }
        5 => bytes.insert(at, random.next_u64() as u8),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << below(random, 8);
            }
        }
    }
}

fn below(random: &mut Random, end: usize) -> usize {
    (random.next_u64() % end.max(1) as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_digits(bytes: &[u8]) {
        assert!(bytes.iter().all(u8::is_ascii_digit));
    }

    #[test]
    fn what_makes_a_target_panic_is_found_and_kept() {
        let target = Target {
            name: "only-digits",
            read: only_digits,
            seeds: || vec![b"0123456789".to_vec()],
        };
        let told = catch_unwind(|| bounded(&target)).expect_err("a letter is soon among the digits");
        let told = told.downcast::<String>().expect("a sentence");
        let (_, file) = told.split_once("see ").expect("a file");
        let kept = fs::read(file).expect("it is kept");
        assert!(catch_unwind(|| only_digits(&kept)).is_err());
        fs::remove_file(file).expect("it is ours");
    }
}
