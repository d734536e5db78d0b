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

/// Has the kernel give memory by small pages. A picture's memory is taken and given back within a second, by one thread of hundreds: with
/// pages of 2 MiB the kernel empties as much for each thread that asks for a little (five times the memory at 192 pictures in work), and
/// again after each return (16-bit PNG took 1.7 times the processor). A kernel that does not know the wish goes on as it did.
#[cfg(target_os = "linux")]
pub(crate) fn take_small_pages() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn take_small_pages() {}

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

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_gives_small_pages() {
        take_small_pages();
        assert_eq!(rustix::thread::transparent_huge_pages_are_disabled(), Ok(true));
    }

    #[test]
    fn some_memory_can_always_be_planned_with() {
        assert!(spare() >= SPARE_MIN);
    }
}
