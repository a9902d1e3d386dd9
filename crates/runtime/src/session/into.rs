//! What a session can be made of: the text of a URL here, pools and connections of an application in the drivers' files.
//!
//! Read [`IntoSession`] first.

use std::pin::Pin;

use super::{OpenError, OpenOptions, Session, open};
use crate::url::DatabaseUrl;

/// A session that is being opened.
pub type Opening<'c> = Pin<Box<dyn Future<Output = Result<Box<dyn Session + 'c>, OpenError>> + Send + 'c>>;

/// A database to run on: a URL, `&PgPool`, `&mut PgConnection`, or the same of SQLite and MySQL.
pub trait IntoSession<'c> {
    /// Opens the session. What is lent or comes from a pool has been opened already, so `options` do not matter there.
    fn into_session(self, options: OpenOptions) -> Opening<'c>;
}

impl<'c> IntoSession<'c> for &'c DatabaseUrl {
    fn into_session(self, options: OpenOptions) -> Opening<'c> {
        Box::pin(async move { open(self, &options).await })
    }
}

impl<'c> IntoSession<'c> for &'c str {
    fn into_session(self, options: OpenOptions) -> Opening<'c> {
        Box::pin(async move { open(&DatabaseUrl::parse(self)?, &options).await })
    }
}

impl<'c> IntoSession<'c> for &'c String {
    fn into_session(self, options: OpenOptions) -> Opening<'c> {
        self.as_str().into_session(options)
    }
}
