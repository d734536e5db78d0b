//! Who waits for which job, so that a vendor's word that it is over is heard before the next look.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::Notify;

/// Those who wait, by the vendor's id of the job.
#[derive(Debug, Default)]
pub(super) struct Wakes(Arc<Mutex<Waiting>>);

type Waiting = HashMap<String, Weak<Notify>>;

/// One who waits; forgotten when dropped.
pub(super) struct Waiter {
    id: String,
    notify: Arc<Notify>,
    all: Arc<Mutex<Waiting>>,
}

impl Wakes {
    /// Waits for a job from now on. A wake that comes while its waiter asks the vendor is not lost: it asks once more.
    pub(super) fn of(&self, id: &str) -> Waiter {
        let notify = Arc::new(Notify::new());
        lock(&self.0).insert(id.to_owned(), Arc::downgrade(&notify));
        Waiter {
            id: id.to_owned(),
            notify,
            all: Arc::clone(&self.0),
        }
    }

    /// Wakes who waits for a job, if anybody does.
    pub(super) fn wake(&self, id: &str) {
        if let Some(notify) = lock(&self.0).get(id).and_then(Weak::upgrade) {
            notify.notify_one();
        }
    }
}

impl Deref for Waiter {
    type Target = Notify;

    fn deref(&self) -> &Notify {
        &self.notify
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut all = lock(&self.all);
        // Another may wait for the same job by now.
        let own = Arc::downgrade(&self.notify);
        if all.get(&self.id).is_some_and(|other| other.ptr_eq(&own)) {
            all.remove(&self.id);
        }
    }
}

fn lock(all: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, timeout};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken_once_also_by_a_wake_before_the_wait_and_nobody_is_kept() {
        let wakes = Wakes::default();
        let waiter = wakes.of("job-1");
        wakes.wake("job-1");
        wakes.wake("job-2");
        let minute = Duration::from_mins(1);
        let began = Instant::now();
        timeout(minute, waiter.notified()).await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert!(timeout(minute, waiter.notified()).await.is_err());
        let second = wakes.of("job-1");
        drop(waiter);
        wakes.wake("job-1");
        timeout(minute, second.notified()).await.unwrap();
        drop(second);
        assert!(lock(&wakes.0).is_empty());
    }
}
