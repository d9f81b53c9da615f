//! Lists: `?cursor=&limit=` in, `{items, next_cursor}` out. Cursors are keys of the last row, opaque to callers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Error, Result};

/// Items of a page when the caller does not say.
const LIMIT_DEFAULT: u64 = 50;
/// Most items of a page; bounds the memory of one answer.
const LIMIT_MAX: u64 = 200;

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

    /// The cursor that [`PageQuery::key`] reads `key` from.
    #[must_use]
    pub fn cursor_for(key: &impl std::fmt::Display) -> String {
        URL_SAFE_NO_PAD.encode(key.to_string())
    }

    /// The key of the last row of the page before.
    ///
    /// # Errors
    /// The cursor was not made by [`Page::of`].
    pub fn key<K: std::str::FromStr>(&self) -> Result<Option<K>> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.parse().ok())
            .map(Some)
            .ok_or_else(|| Error::malformed("The cursor is not one of this list; start again without it."))
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
    /// Makes a page out of up to `limit + 1` items: ask the database for one more than wanted, and its presence says
    /// that there is another page. `key` is the key of an item.
    pub fn of<K: std::fmt::Display>(mut items: Vec<T>, limit: u64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items
            .last()
            .filter(|_| more)
            .map(|last| PageQuery::cursor_for(&key(last)));
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
    use super::*;

    #[test]
    fn a_page_names_where_the_next_one_starts() {
        let page = Page::of(vec![1, 2, 3], 2, |item| *item);
        assert_eq!(page.items, [1, 2]);
        let query = PageQuery {
            cursor: page.next_cursor,
            limit: Some(0),
        };
        assert_eq!(query.key::<i32>().unwrap(), Some(2));
        assert_eq!(query.limit(), 1);
        assert_eq!(Page::of(vec![1, 2], 2, |item| *item).next_cursor, None);
        let nonsense = PageQuery {
            cursor: Some("%".into()),
            limit: None,
        };
        assert!(nonsense.key::<i32>().is_err());
    }
}
