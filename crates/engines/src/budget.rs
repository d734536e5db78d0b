//! A budget that threads share: of memory, or of processor cores.

use std::sync::{Condvar, Mutex, PoisonError};

/// An amount that threads share: each takes what it needs and waits until there is enough. Of memory, so that big photos wait
/// for each other and small ones do not; of processor cores, one for each thread that works on pixels.
#[derive(Debug)]
pub struct Budget {
    total: u64,
    free: Mutex<u64>,
    freed: Condvar,
}

impl Budget {
    /// A budget of this much, all of it free.
    pub const fn new(total: u64) -> Self {
        Self {
            total,
            free: Mutex::new(total),
            freed: Condvar::new(),
        }
    }

    /// Runs `work` once `amount` is free. More than the whole budget waits for all of it, and runs alone.
    pub fn with<R>(&self, amount: u64, work: impl FnOnce() -> R) -> R {
        let amount = amount.min(self.total);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < amount {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= amount;
        drop(free);
        let _held = Held { budget: self, amount };
        work()
    }
}

/// A share that is given back at the end, also when the work panics.
struct Held<'a> {
    budget: &'a Budget,
    amount: u64,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.budget.free.lock().unwrap_or_else(PoisonError::into_inner) += self.amount;
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU64, Ordering},
        thread,
    };

    use super::*;

    #[test]
    fn the_budget_is_never_exceeded_and_more_than_all_of_it_runs_alone() {
        let budget = Budget::new(10);
        let used = AtomicU64::new(0);
        thread::scope(|scope| {
            for first in 0..8_u64 {
                let (budget, used) = (&budget, &used);
                scope.spawn(move || {
                    for need in (0..25).map(|i| (first + i) % 14) {
                        budget.with(need, || {
                            let before = used.fetch_add(need.min(10), Ordering::SeqCst);
                            assert!(before + need.min(10) <= 10);
                            thread::yield_now();
                            used.fetch_sub(need.min(10), Ordering::SeqCst);
                        });
                    }
                });
            }
        });
        assert_eq!(used.into_inner(), 0);
    }

    #[test]
    fn a_panic_gives_its_share_back() {
        let budget = Budget::new(10);
        let broke = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            budget.with(10, || panic!("a decoder broke down"));
        }));
        assert!(broke.is_err());
        budget.with(10, || ());
    }
}
