//! A budget that threads share: of memory, or of processor cores.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// An amount that threads share: each takes what it needs and waits until there is enough. Of memory, so that big photos wait
/// for each other and small ones do not; of processor cores, one for each thread that works on pixels.
#[derive(Debug)]
pub struct Budget {
    total: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    free: u64,
    /// Who waits before all others.
    ahead: usize,
}

impl Budget {
    /// A budget of this much, all of it free.
    pub const fn new(total: u64) -> Self {
        Self {
            total,
            state: Mutex::new(State {
                free: total,
                ahead: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// Runs `work` once `amount` is free and nobody waits [`Budget::ahead`]. More than the whole budget waits for all of it, and runs
    /// alone.
    pub fn with<R>(&self, amount: u64, work: impl FnOnce() -> R) -> R {
        let amount = amount.min(self.total);
        let mut state = self.state();
        while state.free < amount || state.ahead > 0 {
            state = self.wait(state);
        }
        self.run(state, amount, work)
    }

    /// The same, before all who wait in [`Budget::with`]: for what is short, and what something dearer than the budget waits for.
    pub fn ahead<R>(&self, amount: u64, work: impl FnOnce() -> R) -> R {
        let amount = amount.min(self.total);
        let mut state = self.state();
        state.ahead += 1;
        while state.free < amount {
            state = self.wait(state);
        }
        state.ahead -= 1;
        self.changed.notify_all();
        self.run(state, amount, work)
    }

    fn run<R>(&self, mut state: MutexGuard<'_, State>, amount: u64, work: impl FnOnce() -> R) -> R {
        state.free -= amount;
        drop(state);
        let _held = Held { budget: self, amount };
        work()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

/// A share that is given back at the end, also when the work panics.
struct Held<'a> {
    budget: &'a Budget,
    amount: u64,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.budget.state().free += self.amount;
        self.budget.changed.notify_all();
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
    fn who_goes_ahead_is_next_however_many_wait() {
        let budget = Budget::new(1);
        let order = Mutex::new(Vec::new());
        let note = |who: &'static str| order.lock().unwrap().push(who);
        thread::scope(|scope| {
            budget.with(1, || {
                for _ in 0..8 {
                    scope.spawn(|| budget.with(1, || note("one of many")));
                }
                scope.spawn(|| budget.ahead(1, || note("ahead")));
                while budget.state().ahead == 0 {
                    thread::yield_now();
                }
            });
        });
        let order = order.into_inner().unwrap();
        assert_eq!((order[0], order.len()), ("ahead", 9));
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
