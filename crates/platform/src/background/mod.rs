//! Work that lets everything else go first.

/// Gives the calling thread, and the programs that it starts from now on, the lowest priority: for a thread that then does its
/// work and ends, because there is no way back.
///
/// False when the system did not take it or has no such setting; the work is done at the usual priority then.
pub fn step_back() -> bool {
    // On Linux each thread has a priority of its own; elsewhere this would be the whole program's.
    #[cfg(target_os = "linux")]
    return rustix::process::setpriority_process(None, 19).is_ok();
    #[cfg(not(target_os = "linux"))]
    {
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn one_thread_steps_back_and_no_other() {
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let before = priority();
        let stepped_back = std::thread::spawn(move || (step_back(), priority()))
            .join()
            .unwrap();
        assert_eq!(stepped_back, (true, 19));
        assert_eq!(priority(), before);
    }
}
