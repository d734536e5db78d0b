//! Memory for pixels: how much this machine can spare.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// The least that is planned with, whatever the system says is free: one photo of 24 megapixels at a time.
const SPARE_MIN: u64 = 640 * 1024 * 1024;

/// Bytes of pixels to plan with: half of what is free now, on this machine or within this container's limit.
pub(crate) fn spare() -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let free = System::new_with_specifics(memory).map_or(0, |system| {
        let here = system.available_memory();
        let limit = system.cgroup_limits();
        limit.map_or(here, |limit| limit.free_memory.min(here))
    });
    (free / 2).max(SPARE_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_memory_can_always_be_planned_with() {
        assert!(spare() >= SPARE_MIN);
    }
}
