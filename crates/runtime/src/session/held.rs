//! Whose a connection is: ours, a pool's, or one that an application lent.
//!
//! Read [`Held`] first.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Connection, Database};

use super::{DatabaseError, ErrorKind};

/// A connection, and whom it goes back to.
pub(super) enum Held<'c, DB: Database> {
    Own(DB::Connection),
    Pooled(PoolConnection<DB>),
    Lent(&'c mut DB::Connection),
}

impl<DB: Database> Held<'_, DB> {
    /// SQLite alone has settings that a run puts back by hand.
    #[cfg(feature = "sqlite")]
    pub fn is_own(&self) -> bool {
        matches!(self, Held::Own(_))
    }

    /// Refuses a connection on which the application has begun a transaction: our COMMIT would end it.
    pub fn refuse_transaction(&self) -> Result<(), DatabaseError> {
        if self.is_in_transaction() {
            let message = "the connection that the application lent is in a transaction";
            return Err(DatabaseError::new(ErrorKind::Other, message));
        }
        Ok(())
    }
}

impl<DB: Database> Deref for Held<'_, DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        match self {
            Held::Own(connection) => connection,
            Held::Pooled(connection) => connection,
            Held::Lent(connection) => connection,
        }
    }
}

impl<DB: Database> DerefMut for Held<'_, DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        match self {
            Held::Own(connection) => connection,
            Held::Pooled(connection) => connection,
            Held::Lent(connection) => connection,
        }
    }
}
