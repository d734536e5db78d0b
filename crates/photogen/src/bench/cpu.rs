//! Time that a thread really worked, so that other programs on the machine do not count.

use cpu_time::ThreadTime;

/// Milliseconds of CPU that `work` took on this thread.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = ThreadTime::now();
    let result = work();
    (result, start.elapsed().as_secs_f64() * 1000.0)
}
