//! Login records (utmp(5), lastlog), from bytes.

/// Size of one record: glibc has 32-bit times in it where programs of 32 bits can run beside.
pub(crate) const RECORD: usize = if WIDE { 400 } else { 384 };
const WIDE: bool = cfg!(target_arch = "aarch64");

/// Somebody logged on.
const USER_PROCESS: i16 = 7;

/// A record of somebody who logged on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Login {
    /// Name of the account.
    pub(crate) user: String,
    /// Where: `:0`, `tty1`, `pts/3`.
    pub(crate) line: String,
    /// The machine they came from, empty for this one.
    pub(crate) host: String,
    /// When, in seconds since 1970.
    pub(crate) at: u64,
}

/// The records of a file, in its order; others than logins, and what is cut off, are passed over.
pub(crate) fn logins(bytes: &[u8]) -> impl DoubleEndedIterator<Item = Login> + '_ {
    bytes.chunks_exact(RECORD).filter_map(login)
}

fn login(record: &[u8]) -> Option<Login> {
    if i16::from_ne_bytes(record.get(..2)?.try_into().ok()?) != USER_PROCESS {
        return None;
    }
    Some(Login {
        user: Some(text(record.get(44..76)?)).filter(|name| !name.is_empty())?,
        line: text(record.get(8..40)?),
        host: text(record.get(76..332)?),
        at: seconds(record, if WIDE { 344 } else { 340 })?,
    })
}

/// Size of one entry of `lastlog`, whose place is the number of its account.
pub(crate) const LAST_RECORD: usize = if WIDE { 296 } else { 292 };

/// The last login that `lastlog` has of `user`; `None` if they never logged on.
pub(crate) fn last_login(record: &[u8], user: &str) -> Option<Login> {
    let begin = if WIDE { 8 } else { 4 };
    Some(Login {
        user: user.to_owned(),
        line: text(record.get(begin..begin + 32)?),
        host: text(record.get(begin + 32..begin + 288)?),
        at: seconds(record, 0).filter(|at| *at > 0)?,
    })
}

fn seconds(record: &[u8], at: usize) -> Option<u64> {
    if WIDE {
        Some(u64::from_ne_bytes(record.get(at..at + 8)?.try_into().ok()?))
    } else {
        Some(u32::from_ne_bytes(record.get(at..at + 4)?.try_into().ok()?).into())
    }
}

/// Text up to the first zero.
fn text(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A record as the system writes it.
    pub(crate) fn record(user: &str, line: &str, host: &str, at: u32) -> Vec<u8> {
        let mut record = vec![0; RECORD];
        record[..2].copy_from_slice(&USER_PROCESS.to_ne_bytes());
        for (place, text) in [(8, line), (44, user), (76, host)] {
            record[place..place + text.len()].copy_from_slice(text.as_bytes());
        }
        let place = if WIDE { 344 } else { 340 };
        record[place..place + 4].copy_from_slice(&at.to_ne_bytes());
        record
    }

    #[test]
    fn records_of_logins_and_others() {
        let fred = record("fred", ":0", "", 1_700_000_000);
        let mut over = fred.clone();
        over[0] = 8;
        let bytes = [
            fred.clone(),
            over,
            record("", "x", "", 1),
            record("ana", "pts/1", "192.0.2.9", 5),
            fred[..100].to_vec(),
        ];
        let found: Vec<Login> = logins(&bytes.concat()).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].user.as_str(), found[0].line.as_str(), found[0].at),
            ("fred", ":0", 1_700_000_000)
        );
        assert_eq!((found[1].host.as_str(), found[1].at), ("192.0.2.9", 5));
    }

    #[test]
    fn last_logins_and_none() {
        let mut record = vec![0; LAST_RECORD];
        assert_eq!(last_login(&record, "fred"), None);
        record[..4].copy_from_slice(&5_u32.to_ne_bytes());
        let begin = if WIDE { 8 } else { 4 };
        record[begin..begin + 4].copy_from_slice(b"tty1");
        let last = last_login(&record, "fred").unwrap();
        assert_eq!((last.line.as_str(), last.at), ("tty1", 5));
        assert_eq!(last_login(&record[..20], "fred"), None);
    }
}
