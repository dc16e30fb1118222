//! Random numbers from a seed that is printed, so that a failure can be looked at again.

/// A generator (SplitMix64).
pub(crate) struct Chance {
    pub(crate) seed: u64,
    state: u64,
}

impl Chance {
    /// From `GANTRY_SEED`, or else from the system. Prints the seed: the test run shows it with a failure.
    #[expect(
        clippy::disallowed_methods,
        reason = "the runner speaks to tests through the environment"
    )]
    pub(crate) fn new() -> Self {
        let given = std::env::var("GANTRY_SEED").ok().and_then(|s| s.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let mut bytes = [0; 8];
            getrandom::fill(&mut bytes).expect("the system's randomness");
            u64::from_le_bytes(bytes)
        });
        println!("GANTRY_SEED={seed}");
        Self { seed, state: seed }
    }

    /// Another generator with numbers of its own.
    pub(crate) fn split(&mut self) -> Self {
        let seed = self.next();
        Self { seed, state: seed }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}
