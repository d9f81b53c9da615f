//! Secrets at rest: what the database keeps of them is sealed with a key that is not in the database.
//!
//! Here: sealing and opening ([`Sealed`]), the list of all places where sealed secrets are kept ([`PLACES`]), rotation
//! ([`rotate`]). Not here: secrets that are only compared (`crate::secrets` keeps their hashes), the identity key (a file).
//!
//! A domain that keeps a secret names its column `sealed_…`, adds a line to [`PLACES`] (a test of the store suite finds a
//! column without one), writes it with [`Sealed::seal`] inside its transaction and reads it with [`Sealed::open`].
//!
//! # Invariants
//! - A key leaves the file only after every envelope was sealed anew with another one, in a transaction that no other sealing
//!   overlaps: [`Sealed::seal`] holds `Lock::Secrets` shared until its transaction ends, [`rotate`] holds it alone.
//! - A key is made only while nothing is sealed: a lost file is an error, never a silent new beginning.

mod envelope;
mod keys;
mod rotate;

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use self::keys::{KeyId, KeyRing};
use crate::error::{Code, Error, Result};
use crate::store::{WriteTx, dialect};

pub use rotate::{Rotation, check, rotate};

/// Name of the key file inside the data directory, when the settings name no other.
pub const FILE: &str = "secrets.key";

/// What kind of value names a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKey {
    /// A text column.
    Text,
    /// A UUID column.
    Uuid,
}

/// One column with sealed secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The column; its name starts with `sealed_`. May hold NULL.
    pub column: &'static str,
    /// The table's primary key, one column.
    pub key: &'static str,
    /// What that key is.
    pub kind: RowKey,
}

/// All of them. Rotation goes through this list; a column that is missing here would lose its secrets.
pub const PLACES: &[SealedColumn] = &[
    SealedColumn {
        table: "certificates",
        column: "sealed_key",
        key: "name",
        kind: RowKey::Text,
    },
    SealedColumn {
        table: "acme_accounts",
        column: "sealed_credentials",
        key: "directory",
        kind: RowKey::Text,
    },
    SealedColumn {
        table: "totp",
        column: "sealed_secret",
        key: "account_id",
        kind: RowKey::Uuid,
    },
    SealedColumn {
        table: "identity_providers",
        column: "sealed_client_secret",
        key: "id",
        kind: RowKey::Uuid,
    },
    SealedColumn {
        table: "provider_logins",
        column: "sealed_id_token",
        key: "login_id",
        kind: RowKey::Uuid,
    },
    SealedColumn {
        table: "server_mail",
        column: "sealed_password",
        key: "name",
        kind: RowKey::Text,
    },
    SealedColumn {
        table: "mail_outbox",
        column: "sealed_contents",
        key: "id",
        kind: RowKey::Uuid,
    },
    SealedColumn {
        table: "webhooks",
        column: "sealed_secret",
        key: "id",
        kind: RowKey::Uuid,
    },
    SealedColumn {
        table: "idempotency_keys",
        column: "sealed_request",
        key: "id",
        kind: RowKey::Uuid,
    },
    SealedColumn {
        table: "webhooks",
        column: "sealed_previous",
        key: "id",
        kind: RowKey::Uuid,
    },
    SealedColumn {
        table: "idempotency_keys",
        column: "sealed_answer",
        key: "id",
        kind: RowKey::Uuid,
    },
];

impl SealedColumn {
    /// One row's secret.
    #[must_use]
    pub const fn row(&self, row: &'static str) -> Place<'static> {
        Place {
            table: self.table,
            column: self.column,
            row,
        }
    }
}

/// Where one secret is kept; an envelope opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's primary key as text; a UUID in its hyphenated form.
    pub row: &'a str,
}

/// Why secrets cannot be used; each text is a full sentence for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// The file is not there, but something is sealed.
    #[error(
        "The secrets key {path} is missing, but the database holds secrets that were sealed with it. Restore the file from \
         its backup, or name its place with secrets_key_file.",
        path = .0.display()
    )]
    Missing(PathBuf),
    /// The file cannot be read, written or understood.
    #[error("The secrets key {path} cannot be used: {source}. Restore it from its backup.", path = .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// The file holds other keys.
    #[error(
        "A secret in the database was sealed with the key {id}, which is not in {path}. This is the key file of another \
         server, or one from before or after a rotation; restore the one that belongs to this database.",
        path = .path.display()
    )]
    Wrong {
        /// The key that is wanted.
        id: String,
        /// The file that was looked into.
        path: PathBuf,
    },
    /// The envelope does not open although its key is there.
    #[error("The secret in {table}.{column} of the row “{row}” was changed or moved after it was sealed.")]
    Tampered {
        /// Table.
        table: String,
        /// Column.
        column: String,
        /// Primary key.
        row: String,
    },
    /// Two at once.
    #[error("Another rotation is under way with {path}. Wait for it to end.", path = .0.display())]
    Rotating(PathBuf),
}

impl From<SealedError> for Error {
    fn from(error: SealedError) -> Self {
        Self::Unavailable {
            code: Code::SecretsUnavailable,
            detail: error.to_string(),
            source: Some(Box::new(error)),
        }
    }
}

/// Seals and opens. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Sealed(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    // Held for a look at the file's date and, after a rotation, for reading it.
    ring: Mutex<Option<(Stamp, Arc<KeyRing>)>>,
}

/// Tells one content of the file from the next: it is always replaced as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    modified: (i64, i64),
    length: u64,
}

impl Sealed {
    /// With the keys in this file, which need not exist before something is sealed.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(Arc::new(Inner {
            path,
            ring: Mutex::new(None),
        }))
    }

    /// The key file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Seals `secret` for `place`. Call it in the transaction that writes the envelope: a rotation waits for that
    /// transaction, so the envelope is not forgotten. Makes the key when nothing was ever sealed.
    ///
    /// # Errors
    /// `secrets_unavailable` with the reason; those of the database.
    pub async fn seal(&self, tx: &WriteTx, place: Place<'_>, secret: &[u8]) -> Result<Vec<u8>> {
        dialect::lock_shared(tx, dialect::Lock::Secrets).await?;
        let ring = match self.ring()? {
            Some(ring) => ring,
            None => {
                if !rotate::anything_sealed(tx).await? {
                    KeyRing::create(&self.0.path).map_err(|source| self.unusable(source))?;
                }
                // Somebody else may have made it since it was looked for, and sealed something.
                self.ring()?
                    .ok_or_else(|| SealedError::Missing(self.0.path.clone()))?
            }
        };
        envelope::seal(&ring.current, place, secret).map_err(Error::internal)
    }

    /// Opens the envelope of `place`. The secret is wiped when it is dropped.
    ///
    /// # Errors
    /// See [`SealedError`].
    pub fn open(&self, place: Place<'_>, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        let ring = self
            .ring()?
            .ok_or_else(|| SealedError::Missing(self.0.path.clone()))?;
        self.open_with(&ring, place, envelope)
    }

    fn open_with(
        &self,
        ring: &KeyRing,
        place: Place<'_>,
        envelope: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        let tampered = || SealedError::Tampered {
            table: place.table.to_owned(),
            column: place.column.to_owned(),
            row: place.row.to_owned(),
        };
        let id = envelope::key_of(envelope).ok_or_else(tampered)?;
        let key = ring.find(id).ok_or_else(|| self.wrong(id))?;
        envelope::open(key, place, envelope).ok_or_else(tampered)
    }

    /// The keys as the file has them now; `None` when there is no file.
    fn ring(&self) -> Result<Option<Arc<KeyRing>>, SealedError> {
        let stamp = match std::fs::metadata(&self.0.path) {
            Ok(metadata) => Stamp {
                inode: metadata.ino(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
                length: metadata.len(),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(error)),
        };
        let mut kept = self.0.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, ring)) = kept.as_ref()
            && *known == stamp
        {
            return Ok(Some(Arc::clone(ring)));
        }
        let ring = Arc::new(KeyRing::read(&self.0.path).map_err(|source| self.unusable(source))?);
        *kept = Some((stamp, Arc::clone(&ring)));
        Ok(Some(ring))
    }

    fn unusable(&self, source: io::Error) -> SealedError {
        SealedError::File {
            path: self.0.path.clone(),
            source,
        }
    }

    fn wrong(&self, id: KeyId) -> SealedError {
        SealedError::Wrong {
            id: id.to_string(),
            path: self.0.path.clone(),
        }
    }
}
