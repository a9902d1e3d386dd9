//! The name of an identity's sequence, where its column is about to get another name.
//!
//! PostgreSQL calls a sequence after its table and column and never again: a way back that renames last would leave it
//! with the name in between. Read [`stated`] first.

use crate::change::{Change, Delta};
use crate::schema::{Column, Identity, ObjectName};

/// What PostgreSQL keeps of a name, in bytes.
const LIMIT: usize = 63;
const LABEL: &str = "_seq";

/// Returns the name that `change` must state for the sequence that it makes; none if PostgreSQL finds it by itself.
pub(super) fn stated(change: &Change, rest: &[Change]) -> Option<ObjectName> {
    let Change::Column { table, delta, .. } = change else { return None };
    let column = delta.to().filter(|to| makes_sequence(delta.from(), to))?;
    let (mut last_table, mut last_column) = (table, &column.name);
    for change in rest {
        match change {
            Change::Table(Delta::Rename { from, to }) if from.name == *last_table => last_table = &to.name,
            Change::Column { table, delta: Delta::Rename { from, to }, .. }
                if table == last_table && from.name == *last_column =>
            {
                last_column = &to.name;
            }
            _ => {}
        }
    }
    let is_found = last_table.name == table.name && *last_column == column.name;
    // It follows its table into another schema.
    (!is_found).then(|| ObjectName { schema: table.schema.clone(), name: name(&last_table.name, last_column) })
}

fn makes_sequence(from: Option<&Column>, to: &Column) -> bool {
    let counts = |column: &Column| !matches!(column.identity, None | Some(Identity::Serial { .. }));
    counts(to) && !from.is_some_and(counts)
}

/// Returns the name that PostgreSQL would give: the longer of the two parts is cut until both fit.
fn name(table: &str, column: &str) -> String {
    let room = LIMIT - LABEL.len() - 1;
    let (mut table_len, mut column_len) = (table.len(), column.len());
    while table_len + column_len > room {
        if table_len > column_len {
            table_len -= 1;
        } else {
            column_len -= 1;
        }
    }
    let cut = |text: &str, len: usize| text[..text.floor_char_boundary(len)].to_owned();
    format!("{}_{}{LABEL}", cut(table, table_len), cut(column, column_len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_as_postgres_cuts_them() {
        let long = "l".repeat(60);
        for (table, column, expected) in [
            ("players", "id", "players_id_seq".to_owned()),
            (long.as_str(), "id", format!("{}_id_seq", "l".repeat(56))),
            ("t", long.as_str(), format!("t_{}_seq", "l".repeat(57))),
            (long.as_str(), long.as_str(), format!("{}_{}_seq", "l".repeat(29), "l".repeat(29))),
            ("é".repeat(30).as_str(), "id", format!("{}_id_seq", "é".repeat(28))),
        ] {
            assert_eq!(name(table, column), expected);
        }
    }
}
