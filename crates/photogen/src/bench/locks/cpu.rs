//! Time that a thread really worked, so that other programs on the machine do not count.

use std::{fs, time::Instant};

/// Milliseconds of CPU that `work` took on this thread; of the wall clock where the system does not tell.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let (start, wall) = (thread_ns(), Instant::now());
    let result = work();
    let ms = match (start, thread_ns()) {
        (Some(start), Some(end)) if end > start => (end - start) as f64 / 1e6,
        _ => wall.elapsed().as_secs_f64() * 1000.0,
    };
    (result, ms)
}

/// Linux: nanoseconds on the CPU so far are the first number of the thread's own `schedstat`.
fn thread_ns() -> Option<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
