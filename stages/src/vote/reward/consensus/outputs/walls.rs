//! Walls around a process that runs foreign code: it may compute, and read the files of its interpreter.
//!
//! Landlock (Linux 5.13) keeps it from all other files, and from writing. A seccomp filter lets through only the calls
//! that computing needs: no sockets, processes or signals, and nothing that Landlock leaves open, such as modes and
//! owners of files. Neither needs a privilege, and a container may add another wall.

use std::io;
use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, Scope,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};

/// Where shared libraries and what finds them lie.
const SYSTEM: [&str; 6] = [
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/dev/urandom",
];
/// The calls that an interpreter needs to start and to compute. All others are refused, what kernels learn later too.
const ALLOWED: &[libc::c_long] = &[
    // Files, as far as Landlock shows them.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_fcntl,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_ioctl,
    libc::SYS_fadvise64,
    libc::SYS_umask,
    libc::SYS_execve,
    // Memory.
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    // Its own signals, threads and end.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Waiting and clocks.
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getrusage,
    // Who and where it is.
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getgroups,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrandom,
];
/// The same where an architecture still has the older ones.
#[cfg(target_arch = "x86_64")]
const ALLOWED_HERE: &[libc::c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_time,
    libc::SYS_getrlimit,
    libc::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_HERE: &[libc::c_long] = &[];

/// What a process may read, and the calls it may make.
#[derive(Debug, Clone)]
pub(super) struct Walls {
    /// Folders and files that may be read and executed.
    readable: Vec<PathBuf>,
    filter: BpfProgram,
}

impl Walls {
    /// Walls within which `readable` can be read, besides the system's libraries.
    ///
    /// # Errors
    /// An architecture for which there is no filter.
    pub(super) fn new(readable: Vec<PathBuf>) -> Result<Self, String> {
        Ok(Self {
            readable: SYSTEM.iter().map(PathBuf::from).chain(readable).collect(),
            filter: filter().map_err(|error| error.to_string())?,
        })
    }

    /// Prepares them; calling the result shuts the calling process in, for good. That call allocates nothing unless it
    /// fails.
    ///
    /// # Errors
    /// A kernel without Landlock.
    pub(super) fn prepare(&self) -> io::Result<impl FnOnce() -> io::Result<()> + Send + Sync + use<>> {
        let files = self.files().map_err(io::Error::other)?;
        let filter = self.filter.clone();
        let refused = || io::Error::from_raw_os_error(libc::EPERM);
        Ok(move || {
            files.restrict_self().map_err(|_| refused())?;
            apply_filter(&filter).map_err(|_| refused())
        })
    }

    fn files(&self) -> Result<RulesetCreated, RulesetError> {
        let read = AccessFs::ReadFile | AccessFs::ReadDir | AccessFs::Execute;
        let mut rules = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(ABI::V1))?
            // What newer kernels can forbid besides.
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(ABI::V5))?
            .scope(Scope::from_all(ABI::V6))?
            .create()?;
        for path in &self.readable {
            // Not every system has all of them.
            if let Ok(opened) = PathFd::new(path) {
                let of = if path.is_dir() {
                    read
                } else {
                    read & AccessFs::from_file(ABI::V1)
                };
                rules = rules.add_rule(PathBeneath::new(opened, of))?;
            }
        }
        Ok(rules)
    }
}

/// Answers other calls with “operation not permitted”, which an interpreter reports as any other error.
fn filter() -> Result<BpfProgram, seccompiler::Error> {
    let allowed = ALLOWED.iter().chain(ALLOWED_HERE).map(|&call| (call, Vec::new()));
    // Reading limits is harmless; setting some has a third argument.
    let reads = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?;
    let limits = (libc::SYS_prlimit64, vec![SeccompRule::new(vec![reads])?]);
    let filter = SeccompFilter::new(
        allowed.chain([limits]).collect(),
        SeccompAction::Errno(libc::EPERM as u32),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?;
    Ok(filter.try_into()?)
}
