//! What a viewer may do in a session: one right each, and sets of them. Which channels of a pipe a set opens is said here,
//! too; who gets what is the server's business.

use std::fmt;

use crate::ProtocolError;
use crate::limits::RIGHTS_MAX;
use crate::pipe::{Channel, ChannelSet};
use crate::wire::link as proto;

/// One thing that a viewer may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Right {
    /// See the screen. No session is without it.
    View = 1,
    /// Mouse and keyboard.
    Control = 2,
    /// Copied text, both ways.
    Clipboard = 3,
    /// Files, both ways.
    Files = 4,
    /// A terminal.
    Terminal = 5,
}

impl Right {
    /// Every right, in the order in which people read them.
    pub const ALL: [Self; 5] = [
        Self::View,
        Self::Control,
        Self::Clipboard,
        Self::Files,
        Self::Terminal,
    ];

    /// Stable name, as in the API and in rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Control => "control",
            Self::Clipboard => "clipboard",
            Self::Files => "files",
            Self::Terminal => "terminal",
        }
    }

    /// The right with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == name)
    }

    /// The capability an agent must advertise for it.
    #[must_use]
    pub fn capability(self) -> &'static str {
        match self {
            Self::View => "screen",
            Self::Control => "input",
            Self::Clipboard => "clipboard",
            Self::Files => "files",
            Self::Terminal => "terminal",
        }
    }

    fn channel(self) -> Option<Channel> {
        match self {
            Self::View => Some(Channel::Screen),
            Self::Control => Some(Channel::Input),
            Self::Clipboard => Some(Channel::Clipboard),
            Self::Files | Self::Terminal => None,
        }
    }

    fn from_wire(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|right| *right as i32 == number)
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of rights.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Rights(u8);

impl Rights {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// Only to see.
    pub const VIEW: Self = Self(1 << Right::View as u8);

    /// This set and `right`.
    #[must_use]
    pub fn with(self, right: Right) -> Self {
        Self(self.0 | 1 << right as u8)
    }

    /// This set but `right`.
    #[must_use]
    pub fn without(self, right: Right) -> Self {
        Self(self.0 & !(1 << right as u8))
    }

    /// Whether `right` is in it.
    #[must_use]
    pub fn has(self, right: Right) -> bool {
        self.0 & 1 << right as u8 != 0
    }

    /// Whether all of `other` is in it.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What both have.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What either has.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What this has and `other` has not.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The rights, in the order in which people read them.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |&right| self.has(right))
    }

    /// The channels of a pipe that these rights open; who sees is in company.
    #[must_use]
    pub fn channels(self) -> ChannelSet {
        let channels: ChannelSet = self.iter().filter_map(Right::channel).collect();
        if self.has(Right::View) {
            channels.with(Channel::Company)
        } else {
            channels
        }
    }

    /// The names, joined by commas: how rows keep a set.
    #[must_use]
    pub fn names(self) -> String {
        self.iter().map(Right::as_str).collect::<Vec<_>>().join(",")
    }

    /// Reads what [`Self::names`] wrote; names that are no rights are left out.
    #[must_use]
    pub fn from_names(names: &str) -> Self {
        names.split(',').filter_map(Right::parse).collect()
    }

    pub(crate) fn into_wire(self) -> Vec<i32> {
        self.iter().map(|right| right as i32).collect()
    }

    /// Rights that this version does not know are no rights: leaving them out grants less, never more.
    pub(crate) fn from_wire(numbers: &[i32]) -> Result<Self, ProtocolError> {
        if numbers.len() > RIGHTS_MAX {
            return Err(ProtocolError::TooBig("list of rights"));
        }
        Ok(numbers.iter().filter_map(|&n| Right::from_wire(n)).collect())
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        rights.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

// The numbers are those of the wire.
const _: () = assert!(
    Right::View as i32 == proto::Right::View as i32
        && Right::Control as i32 == proto::Right::Control as i32
        && Right::Clipboard as i32 == proto::Right::Clipboard as i32
        && Right::Files as i32 == proto::Right::Files as i32
        && Right::Terminal as i32 == proto::Right::Terminal as i32
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sets() -> impl Strategy<Value = Rights> {
        prop::collection::vec(0..Right::ALL.len(), 0..6)
            .prop_map(|picks| picks.into_iter().map(|pick| Right::ALL[pick]).collect())
    }

    proptest! {
        #[test]
        fn names_and_numbers_keep_a_set(set in sets()) {
            prop_assert_eq!(Rights::from_names(&set.names()), set);
            prop_assert_eq!(Rights::from_wire(&set.into_wire()), Ok(set));
        }

        #[test]
        fn set_operations_agree_with_membership(a in sets(), b in sets()) {
            for right in Right::ALL {
                prop_assert_eq!(a.and(b).has(right), a.has(right) && b.has(right));
                prop_assert_eq!(a.or(b).has(right), a.has(right) || b.has(right));
                prop_assert_eq!(a.minus(b).has(right), a.has(right) && !b.has(right));
            }
            prop_assert_eq!(a.covers(b), b.minus(a).is_empty());
        }
    }

    #[test]
    fn what_is_not_known_grants_nothing() {
        assert_eq!(Rights::from_wire(&[0, 99, -1]), Ok(Rights::NONE));
        assert_eq!(Rights::from_names("view,everything"), Rights::VIEW);
        assert!(Rights::from_wire(&[1; RIGHTS_MAX + 1]).is_err());
    }

    #[test]
    fn rights_open_their_channels_and_no_other() {
        assert_eq!(Rights::VIEW.channels(), ChannelSet::VIEW);
        let all: Rights = Right::ALL.into_iter().collect();
        assert_eq!(all.channels(), ChannelSet::ALL);
    }
}
