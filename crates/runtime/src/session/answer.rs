//! The answers to one text, read from whichever driver gives them.
//!
//! Read [`drained`] first.

use futures_util::{Stream, TryStreamExt};
use sqlx::Either;

use super::{Answer, BatchError, DatabaseError, Row};

/// How a driver's types become ours.
pub(super) struct Reading<Done, DriverRow> {
    pub affected: fn(&Done) -> u64,
    /// None: rows are not wanted, and may be many.
    pub row: Option<fn(&DriverRow) -> Row>,
}

/// Reads to the end, since only then the connection is ready for the next text.
pub(super) async fn drained<Done, DriverRow>(
    stream: impl Stream<Item = Result<Either<Done, DriverRow>, sqlx::Error>> + Unpin,
    reading: Reading<Done, DriverRow>,
    fault: impl FnOnce(sqlx::Error) -> DatabaseError,
) -> Result<Vec<Answer>, BatchError> {
    drained_each(stream, reading, fault, &mut |_| {}).await
}

/// As [`drained`], and calls `each` with the number of every statement that is done.
pub(super) async fn drained_each<Done, DriverRow>(
    mut stream: impl Stream<Item = Result<Either<Done, DriverRow>, sqlx::Error>> + Unpin,
    reading: Reading<Done, DriverRow>,
    fault: impl FnOnce(sqlx::Error) -> DatabaseError,
    each: &mut (dyn FnMut(usize) + Send),
) -> Result<Vec<Answer>, BatchError> {
    let mut answers = Vec::new();
    let mut rows = Vec::new();
    loop {
        match stream.try_next().await {
            Ok(Some(Either::Left(done))) => {
                answers.push(Answer { affected: (reading.affected)(&done), rows: std::mem::take(&mut rows) });
                each(answers.len() - 1);
            }
            Ok(Some(Either::Right(row))) => rows.extend(reading.row.map(|values| values(&row))),
            Ok(None) => return Ok(answers),
            Err(error) => return Err(BatchError { completed: answers.len(), error: fault(error) }),
        }
    }
}

pub(super) fn counts(answers: Vec<Answer>) -> Vec<u64> {
    answers.into_iter().map(|answer| answer.affected).collect()
}
