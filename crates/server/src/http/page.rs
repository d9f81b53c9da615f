//! Lists: `?cursor=&limit=` in, `{items, next_cursor}` out. Cursors are keys of the last row, opaque to callers.
//!
//! A cursor is signed with what only this server knows, together with the name of its list: one that was made up, changed or belongs to
//! another list is a wrong field, not a place in the list. It does not expire: the key of a row says where to go on, whatever came or went
//! meanwhile. What may be seen is asked anew with every page; a cursor opens nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use utoipa::{IntoParams, ToSchema};

use crate::ctx::Ctx;
use crate::error::{FieldError, Result};
use crate::identity::Identity;
use crate::secrets;

/// Items of a page when the caller does not say.
const LIMIT_DEFAULT: u64 = 50;
/// Most items of a page; bounds the memory of one answer.
const LIMIT_MAX: u64 = 200;
/// What the key of the signatures is derived for.
const PURPOSE: &str = "farol cursors 1";
/// Bytes of a signature that a cursor carries; guessing 128 bits is hopeless.
const SIGNATURE: usize = 16;

/// A list as its cursors know it: its name, and for a list below a thing the thing's id too.
#[derive(Debug)]
pub struct List<'a> {
    identity: &'a Identity,
    name: String,
}

impl<'a> List<'a> {
    /// `name` must be no other list's.
    #[must_use]
    pub fn new(ctx: &'a Ctx, name: impl Into<String>) -> Self {
        Self {
            identity: &ctx.identity,
            name: name.into(),
        }
    }

    /// The cursor that [`PageQuery::key`] reads `key` from.
    #[must_use]
    pub fn cursor(&self, key: &impl std::fmt::Display) -> String {
        let key = key.to_string();
        let mut cursor = Vec::new();
        if let Some(secret) = self.identity.derived(PURPOSE).first() {
            cursor.extend_from_slice(
                &self.signature(secret, key.as_bytes()).finalize().into_bytes()[..SIGNATURE],
            );
        }
        cursor.extend_from_slice(key.as_bytes());
        URL_SAFE_NO_PAD.encode(cursor)
    }

    /// The text of the key, if this server signed it for this list.
    fn open(&self, cursor: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (signature, key) = bytes.split_at_checked(SIGNATURE)?;
        // Also with the keys of before: a cursor outlives a rotation.
        let secrets = self.identity.derived(PURPOSE);
        let ours = |secret| {
            self.signature(secret, key)
                .verify_truncated_left(signature)
                .is_ok()
        };
        secrets
            .iter()
            .any(ours)
            .then(|| String::from_utf8(key.to_vec()).ok())?
    }

    fn signature(&self, secret: &[u8; 32], key: &[u8]) -> Hmac<Sha256> {
        let mut mac = secrets::keyed(secret);
        mac.update(self.name.as_bytes());
        mac.update(&[0]);
        mac.update(key);
        mac
    }
}

/// Parameters of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Most items wanted, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
}

impl PageQuery {
    /// Items wanted, within bounds.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
    }

    /// The key of the last row of the page before.
    ///
    /// # Errors
    /// `validation_failed` for a cursor that this server did not make for this list.
    pub fn key<K: std::str::FromStr>(&self, list: &List<'_>) -> Result<Option<K>> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let key = list.open(cursor).and_then(|text| text.parse().ok());
        key.map(Some).ok_or_else(|| {
            let detail = "The cursor is not one of this list; start again without it.";
            FieldError::new("cursor", "invalid", detail).in_query().into()
        })
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Where the next page starts; `null` on the last one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of `list` out of up to `limit + 1` items: ask the database for one more than wanted, and its presence says
    /// that there is another page. `key` is the key of an item.
    pub fn of<K: std::fmt::Display>(
        list: &List<'_>,
        mut items: Vec<T>,
        limit: u64,
        key: impl Fn(&T) -> K,
    ) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|last| list.cursor(&key(last)));
        Self { items, next_cursor }
    }

    /// A list that always fits in one page.
    #[must_use]
    pub fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Error;

    fn list<'a>(identity: &'a Identity, name: &str) -> List<'a> {
        List {
            identity,
            name: name.into(),
        }
    }

    fn at(cursor: String) -> PageQuery {
        PageQuery {
            cursor: Some(cursor),
            limit: None,
        }
    }

    #[test]
    fn a_page_names_where_the_next_one_starts() {
        let identity = Identity::random().unwrap();
        let list = list(&identity, "numbers");
        let page = Page::of(&list, vec![1, 2, 3], 2, |item| *item);
        assert_eq!(page.items, [1, 2]);
        let query = PageQuery {
            cursor: page.next_cursor,
            limit: Some(0),
        };
        assert_eq!(query.key::<i32>(&list).unwrap(), Some(2));
        assert_eq!(query.limit(), 1);
        assert_eq!(Page::of(&list, vec![1, 2], 2, |item| *item).next_cursor, None);
    }

    #[test]
    fn a_cursor_is_good_for_its_list_on_its_server_alone() {
        let (here, there) = (Identity::random().unwrap(), Identity::random().unwrap());
        let numbers = list(&here, "numbers");
        let cursor = numbers.cursor(&7);
        assert_eq!(at(cursor.clone()).key::<i32>(&numbers).unwrap(), Some(7));
        for other in [list(&here, "letters"), list(&there, "numbers")] {
            let Err(Error::Invalid(wrong)) = at(cursor.clone()).key::<i32>(&other) else {
                panic!("{other:?} took it");
            };
            assert_eq!((wrong[0].parameter, wrong[0].code), (Some("cursor"), "invalid"));
        }
        // What callers could make of the cursors of before, and of nothing.
        for made_up in [URL_SAFE_NO_PAD.encode("7"), String::new(), "%".into()] {
            assert!(at(made_up).key::<i32>(&numbers).is_err());
        }
    }

    proptest! {
        #[test]
        fn a_changed_cursor_is_refused(key in any::<u64>(), at_byte in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let identity = Identity::random().unwrap();
            let numbers = list(&identity, "numbers");
            let mut bytes = URL_SAFE_NO_PAD.decode(numbers.cursor(&key)).unwrap();
            let index = at_byte.index(bytes.len());
            bytes[index] ^= 1 << bit;
            prop_assert!(at(URL_SAFE_NO_PAD.encode(bytes)).key::<u64>(&numbers).is_err());
        }
    }
}
