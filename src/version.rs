//! What this binary is: its version, what it was built from and for, and what it makes use of.

/// The version of `serl`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The platform that it was built for.
pub const TARGET: &str = env!("SERL_TARGET");

/// The devices that it was built for.
pub const DEVICES: &str = match (cfg!(feature = "cuda"), cfg!(feature = "wgpu")) {
    (false, false) => "cpu",
    (true, false) => "cpu, cuda",
    (false, true) => "cpu, wgpu",
    (true, true) => "cpu, cuda, wgpu",
};

/// The version with all of that, a line each. It has no clock: equal sources make equal binaries.
pub fn long(commit: Option<&str>) -> String {
    let commit = commit.unwrap_or("unknown");
    let simd = serl_lm::simd();
    format!("{VERSION}\ncommit   {commit}\ntarget   {TARGET}\ndevices  {DEVICES}\nsimd     {simd}")
}
