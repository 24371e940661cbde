//! Walls around a process that runs foreign code: it may compute, and read the files of its interpreter.
//!
//! Landlock (Linux 5.13) hides all other files and forbids writing; a seccomp filter forbids sockets, new processes,
//! signals to other processes and changes of its own limits. Neither needs a privilege, and a container may add another
//! wall.

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
/// What foreign code may not do, besides what limits and Landlock forbid.
const FORBIDDEN: &[libc::c_long] = &[
    // Reach other machines, and other processes of this one.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_io_uring_setup,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pidfd_getfd,
    // Start processes, or leave the group that is ended after the timeout.
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_setsid,
    libc::SYS_setpgid,
    // Change its limits, its scheduling or the system, as far as root could.
    libc::SYS_setrlimit,
    libc::SYS_setpriority,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_sethostname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
];
/// The same calls where an architecture still has the older ones.
#[cfg(target_arch = "x86_64")]
const FORBIDDEN_HERE: &[libc::c_long] = &[libc::SYS_fork, libc::SYS_vfork, libc::SYS_iopl, libc::SYS_ioperm];
#[cfg(not(target_arch = "x86_64"))]
const FORBIDDEN_HERE: &[libc::c_long] = &[];

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

/// Answers forbidden calls with “operation not permitted”, which an interpreter reports as any other error.
fn filter() -> Result<BpfProgram, seccompiler::Error> {
    let forbidden = FORBIDDEN.iter().chain(FORBIDDEN_HERE).map(|&call| (call, Vec::new()));
    // Reading limits is harmless; setting some has a third argument.
    let sets = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
    let limits = (libc::SYS_prlimit64, vec![SeccompRule::new(vec![sets])?]);
    let filter = SeccompFilter::new(
        forbidden.chain([limits]).collect(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
        std::env::consts::ARCH.try_into()?,
    )?;
    Ok(filter.try_into()?)
}
