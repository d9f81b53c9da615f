//! Recovery codes: each works once in place of a second factor.

use data_encoding::{Encoding, Specification};

use super::super::Caller;
use super::view::NewFactor;
use super::{record, require_fresh, store, tell};
use crate::audit::Action;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::AccountId;
use crate::secrets;
use crate::store::WriteTx;

/// So many are made at once.
pub const RECOVERY_CODES: usize = 10;
/// 80 random bits: what is kept of them is a plain hash.
const CODE_BYTES: usize = 10;
/// Letters and digits that nobody takes for another one, in the order of their values.
const SYMBOLS: &str = "0123456789abcdefghjkmnpqrstvwxyz";
/// Letters between two dashes.
const GROUP: usize = 4;

/// What came of using a code.
pub(super) enum Used {
    /// It was right, and is used up.
    Right,
    /// It was used before.
    Again,
    /// There is no such code.
    Wrong,
}

/// Makes new recovery codes; the older ones count for nothing.
///
/// # Errors
/// `step_up_required`, `conflict` when the account has no second factor; those of the database.
pub async fn make_recovery_codes(ctx: &Ctx, by: &Caller) -> Result<NewFactor> {
    require_fresh(ctx, by)?;
    let tx = ctx.db.write().await?;
    if !store::has_any(&tx, by.account).await? {
        return Err(Error::conflict(
            Code::Conflict,
            "Recovery codes stand in for a second factor. Add one first.",
        ));
    }
    let codes = make(&tx, by.account).await?;
    record(ctx, &tx, by, Action::RecoveryCodesMade, &serde_json::json!({})).await?;
    tx.commit().await?;
    tell(ctx, by);
    Ok(NewFactor {
        recovery_codes: Some(codes),
    })
}

/// Makes recovery codes if the account has none: its first factor was just added.
pub(super) async fn with_first_factor(ctx: &Ctx, tx: &WriteTx, by: &Caller) -> Result<Option<Vec<String>>> {
    if store::recovery_codes_left(tx, by.account).await? > 0 {
        return Ok(None);
    }
    let codes = make(tx, by.account).await?;
    record(ctx, tx, by, Action::RecoveryCodesMade, &serde_json::json!({})).await?;
    Ok(Some(codes))
}

/// Forgets the recovery codes of an account whose last factor was just taken away.
pub(super) async fn without_factors(tx: &WriteTx, account: AccountId) -> Result<()> {
    if !store::has_any(tx, account).await? {
        store::replace_recovery_codes(tx, account, &[]).await?;
    }
    Ok(())
}

/// Uses a code up, in the caller's transaction.
pub(super) async fn use_code(ctx: &Ctx, tx: &WriteTx, account: AccountId, text: &str) -> Result<Used> {
    let hash = secrets::hash(&fold(text));
    match store::use_recovery_code(tx, account, hash, ctx.clock.now()).await? {
        Some(true) => Ok(Used::Right),
        Some(false) => Ok(Used::Again),
        None => Ok(Used::Wrong),
    }
}

async fn make(tx: &WriteTx, account: AccountId) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| random()).collect::<Result<_>>()?;
    let hashes: Vec<[u8; 32]> = codes.iter().map(|code| secrets::hash(&fold(code))).collect();
    store::replace_recovery_codes(tx, account, &hashes).await?;
    Ok(codes)
}

fn random() -> Result<String> {
    let mut bytes = [0_u8; CODE_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    let letters: Vec<char> = alphabet()?.encode(&bytes).chars().collect();
    let groups: Vec<String> = letters
        .chunks(GROUP)
        .map(|group| group.iter().collect())
        .collect();
    Ok(groups.join("-"))
}

fn alphabet() -> Result<Encoding> {
    let mut alphabet = Specification::new();
    alphabet.symbols.push_str(SYMBOLS);
    alphabet
        .encoding()
        .map_err(|error| Error::internal(error.to_string()))
}

/// What a code is compared by: without dashes and spaces, in lower case, and with what a reader takes for a digit as that digit.
fn fold(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .take(2 * CODE_BYTES)
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_long_and_read_as_people_write_them() {
        let code = random().unwrap();
        assert_eq!(code.len(), 19, "{code}");
        assert_eq!(code.chars().filter(|letter| *letter == '-').count(), 3);
        assert_ne!(code, random().unwrap());
        assert_eq!(
            fold(&code),
            fold(&format!(" {} ", code.to_uppercase().replace('-', " ")))
        );
        assert_eq!(fold("OI1l-0000"), "01110000");
        assert_eq!(fold(&"a".repeat(100)).len(), 20);
    }
}
