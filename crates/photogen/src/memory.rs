//! Memory for pixels: how much it may be, and how much this machine can spare.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// The least that is planned with, whatever the system says is free: one photo of 24 megapixels at a time.
const SPARE_MIN: u64 = 640 * 1024 * 1024;

/// What may be used, as it is told.
#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Memory {
    /// Memory for photos in work and remembered cut-outs, in MiB [default: half of what is free]
    #[arg(long = "memory", env = "MEMORY_MB", value_name = "MIB", value_parser = clap::value_parser!(u32).range(640..))]
    memory_mib: Option<u32>,
}

impl Memory {
    /// Bytes to plan with.
    pub(crate) fn bytes(self) -> u64 {
        self.memory_mib.map_or_else(spare, |mib| u64::from(mib) << 20)
    }
}

/// Bytes of pixels to plan with: half of what is free now, on this machine or within this container's limit.
fn spare() -> u64 {
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
