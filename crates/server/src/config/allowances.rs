//! How many requests whoever asks may send.

use super::ConfigError;
use super::file::RateLimitsSection;

/// Far more than a console asks for, and more than a program needs that does one thing after the other.
const SIGNED_IN: u32 = 6_000;
/// A large office signs in behind one address.
const NETWORK: u32 = 1_200;
/// One in each millisecond; who needs more wants no limit.
const MOST: u32 = 60_000;

/// Requests in a minute; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowances {
    /// Of each login and each API token.
    pub signed_in_per_minute: u32,
    /// Of each network (one address, with IPv6 one /64), of those that need no login.
    pub network_per_minute: u32,
}

impl Default for Allowances {
    fn default() -> Self {
        Self {
            signed_in_per_minute: SIGNED_IN,
            network_per_minute: NETWORK,
        }
    }
}

impl Allowances {
    /// No limits.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            signed_in_per_minute: 0,
            network_per_minute: 0,
        }
    }

    pub(super) fn resolve(section: &RateLimitsSection) -> Result<Self, ConfigError> {
        let default = Self::default();
        let checked = |name, given: Option<u32>, default| match given {
            Some(number) if number > MOST => Err(ConfigError::value(
                name,
                format!("it may be 1 to {MOST}, or 0 for no limit"),
            )),
            other => Ok(other.unwrap_or(default)),
        };
        Ok(Self {
            signed_in_per_minute: checked(
                "signed_in_per_minute",
                section.signed_in_per_minute,
                default.signed_in_per_minute,
            )?,
            network_per_minute: checked(
                "network_per_minute",
                section.network_per_minute,
                default.network_per_minute,
            )?,
        })
    }
}
