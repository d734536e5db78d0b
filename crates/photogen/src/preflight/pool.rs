//! All cores, within a memory budget: big photos wait for each other, small ones do not.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Applies `work` to every item on `threads` threads; results come back in the items' order.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], threads: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(item)));
        }
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, items.len().max(1)))
            .map(|_| scope.spawn(take))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// A budget threads share: each takes what it needs and waits until there is enough.
pub(crate) struct Budget {
    total: u64,
    free: Mutex<u64>,
    freed: Condvar,
}

impl Budget {
    pub(crate) fn new(total: u64) -> Self {
        Self {
            total,
            free: Mutex::new(total),
            freed: Condvar::new(),
        }
    }

    /// Runs `work` once `amount` is free. More than the whole budget waits for all of it, and runs alone.
    pub(crate) fn with<R>(&self, amount: u64, work: impl FnOnce() -> R) -> R {
        let amount = amount.min(self.total);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < amount {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= amount;
        drop(free);
        let result = work();
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += amount;
        self.freed.notify_all();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_the_budget_is_never_exceeded() {
        let budget = Budget::new(10);
        let used = AtomicUsize::new(0);
        let items: Vec<u64> = (0..200).map(|i| i % 14).collect();
        let results = map(&items, 8, |&need| {
            budget.with(need, || {
                let before = used.fetch_add(need.min(10) as usize, Ordering::SeqCst);
                assert!(before + need.min(10) as usize <= 10);
                thread::yield_now();
                used.fetch_sub(need.min(10) as usize, Ordering::SeqCst);
                need
            })
        });
        assert_eq!(results, items);
        assert!(map(&[] as &[u8], 4, |_| ()).is_empty());
    }
}
