//! How much memory this process takes.

/// What is resident, in bytes (proc_pid_status(5), `VmRSS`); `None` where the system does not say.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    resident(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_resident_is_read_from_the_systems_account() {
        assert_eq!(resident("Name:\tgantry\nVmRSS:\t   2048 kB\n"), Some(2 << 20));
        assert_eq!(resident("VmRSS:\t much\n"), None);
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1 << 20));
    }
}
