//! All cores at once, results in order.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        let items: Vec<u64> = (0..200).collect();
        let doubled = map(&items, 8, |&item| {
            thread::yield_now();
            item * 2
        });
        assert!(
            doubled
                .iter()
                .zip(&items)
                .all(|(result, item)| *result == item * 2)
        );
        assert_eq!(doubled.len(), items.len());
        assert!(map(&[] as &[u8], 4, |_| ()).is_empty());
    }
}
