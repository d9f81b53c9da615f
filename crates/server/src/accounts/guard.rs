//! [`Guard`]: slows guesses down without locking anybody out for good.
//!
//! Each address has its own allowance, and so has each account over all addresses. An attacker can use up an account's
//! allowance; its owner still gets in from an address with a live login of theirs, and always by a sign-in link from the
//! server's command line. A success gives the account its full allowance back. Unknown e-mails are counted like known
//! ones, so refusals tell nothing.

use std::net::IpAddr;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::AccountId;
use crate::secrets;
use crate::throttle::{Rate, Throttle, network};

/// Attempts from one address: a team behind one address may sign in at once, a guesser gets nowhere.
const PER_ADDRESS: Rate = Rate {
    burst: 20,
    period: Duration::from_secs(5),
};
/// Attempts on one account: three thousand a day at most, against passwords of ten billion guesses.
const PER_ACCOUNT: Rate = Rate {
    burst: 10,
    period: Duration::from_secs(30),
};
/// Strength estimates and the like from one address: a person typing, with room for a fast one.
const ESTIMATES: Rate = Rate {
    burst: 60,
    period: Duration::from_millis(200),
};
/// Codes of a second factor for one account, over all addresses: a guesser who has the password finds one of a million in a year.
const PER_CODE: Rate = Rate {
    burst: 10,
    period: Duration::from_secs(60),
};
/// Keys remembered by each throttle, about 1 MB at worst.
const KEYS_MAX: usize = 10_000;

/// Counts attempts.
#[derive(Debug)]
pub struct Guard {
    addresses: Throttle<IpAddr>,
    accounts: Throttle<[u8; 32]>,
    codes: Throttle<AccountId>,
    estimates: Throttle<IpAddr>,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            addresses: Throttle::new(PER_ADDRESS, KEYS_MAX),
            accounts: Throttle::new(PER_ACCOUNT, KEYS_MAX),
            codes: Throttle::new(PER_CODE, KEYS_MAX),
            estimates: Throttle::new(ESTIMATES, KEYS_MAX),
        }
    }
}

impl Guard {
    /// Counts an attempt (password, link or set-up) from an address.
    ///
    /// # Errors
    /// `too_many_attempts`.
    pub fn address(&self, address: IpAddr, now: Timestamp) -> Result<()> {
        self.addresses.check(network(address), now).map_err(slow_down)
    }

    /// Counts an attempt on an account.
    ///
    /// # Errors
    /// `too_many_attempts`.
    pub fn account(&self, email_key: &str, now: Timestamp) -> Result<()> {
        self.accounts
            .check(secrets::hash(email_key), now)
            .map_err(slow_down)
    }

    /// The account's owner has signed in.
    pub fn forget_account(&self, email_key: &str) {
        self.accounts.forget(&secrets::hash(email_key));
    }

    /// Counts a proof of a second factor, or of the account once more.
    ///
    /// # Errors
    /// `too_many_attempts`.
    pub fn code(&self, account: AccountId, now: Timestamp) -> Result<()> {
        self.codes.check(account, now).map_err(slow_down)
    }

    /// The proof was right.
    pub fn forget_codes(&self, account: AccountId) {
        self.codes.forget(&account);
    }

    /// Counts what is cheap and may be asked by anybody: a strength estimate, what a passkey is to sign.
    ///
    /// # Errors
    /// `too_many_attempts`.
    pub fn estimate(&self, address: IpAddr, now: Timestamp) -> Result<()> {
        self.estimates.check(network(address), now).map_err(slow_down)
    }
}

fn slow_down(wait: Duration) -> Error {
    metrics::counter!("farol_attempts_throttled_total").increment(1);
    let seconds = wait.as_millis().div_ceil(1000);
    Error::TooMany {
        code: Code::TooManyAttempts,
        detail: format!("Too many attempts. Wait {seconds} seconds, then try again."),
        retry_after: Some(wait),
    }
}
