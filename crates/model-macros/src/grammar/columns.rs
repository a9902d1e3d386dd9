//! Which columns a struct has, and under which names: the same for the macro's `COLUMNS` and for the command line.

use std::ops::{Deref, DerefMut};

use super::ast::{Column, ColumnItems, ExtraColumn, FieldDecl, ForeignKeyOptions, StructDecl, Token, TokenKind};
use super::words::snake_case;

impl<'s> StructDecl<'s> {
    /// The table's name, without its schema.
    pub fn table_name(&self) -> String {
        self.table.name.as_ref().map_or_else(|| snake_case(self.name.value), |name| name.value.clone())
    }

    /// Whether columns of another struct stand among those of this one.
    pub fn flattens(&self) -> bool {
        self.fields.iter().any(FieldDecl::is_flattened)
    }

    /// The fields that are columns themselves.
    pub fn columns(&self) -> impl Iterator<Item = &FieldDecl<'s>> + Clone {
        self.fields.iter().filter(|field| !field.is_skipped() && !field.is_flattened())
    }
}

impl FieldDecl<'_> {
    /// What sqlx calls the column, unless `#[column(name = …)]` says otherwise.
    pub fn column_name(&self) -> &str {
        self.column.name.as_ref().or(self.sqlx.rename.as_ref()).map_or(self.name.value, |name| &name.value)
    }

    pub fn is_skipped(&self) -> bool {
        self.column.skip.is_some() || self.sqlx.skip.is_some()
    }

    pub fn is_flattened(&self) -> bool {
        self.column.flatten.is_some() || self.sqlx.flatten.is_some()
    }

    /// Whether the column holds NULL, as far as the text tells: `Option<T>`, unless `nullable` or `not_null` is there.
    pub fn is_nullable(&self) -> bool {
        let column = &self.column;
        let optional = self.sqlx.try_from.as_ref().map_or_else(
            || option_of(&self.rust_type).is_some(),
            |from| from.value.split('<').next().is_some_and(|path| path.trim_end().ends_with("Option")),
        );
        column.nullable.is_some() || optional && column.not_null.is_none() && column.primary_key.is_none()
    }
}

impl Column {
    const NOTHING: &ColumnItems = &ColumnItems::NOTHING;
}

impl Deref for Column {
    type Target = ColumnItems;

    fn deref(&self) -> &ColumnItems {
        self.0.as_deref().unwrap_or(Column::NOTHING)
    }
}

impl DerefMut for Column {
    fn deref_mut(&mut self) -> &mut ColumnItems {
        self.0.get_or_insert_with(|| Box::new(ColumnItems::NOTHING))
    }
}

impl ColumnItems {
    const NOTHING: ColumnItems = ColumnItems {
        name: None,
        renamed_from: None,
        skip: None,
        comment: None,
        primary_key: None,
        auto_increment: None,
        identity: None,
        nullable: None,
        not_null: None,
        unique: None,
        index: None,
        references: None,
        foreign_key: ForeignKeyOptions { on_delete: None, on_update: None, deferrable: None, name: None },
        default: None,
        default_value: None,
        sql_type: None,
        len: None,
        precision: None,
        scale: None,
        check: None,
        collate: None,
        generated: None,
        storage: None,
        flatten: None,
        prefix: None,
        dialects: Vec::new(),
    };
}

impl ExtraColumn {
    /// The application does not know the column, so it may be NULL unless it is told otherwise.
    pub fn is_nullable(&self) -> bool {
        self.column.not_null.is_none() && self.column.primary_key.is_none()
    }
}

/// The `T` of `Option<T>`, under any of the paths of `Option`.
pub fn option_of<'t, 's>(rust_type: &'t [Token<'s>]) -> Option<&'t [Token<'s>]> {
    let open = rust_type.iter().position(|token| token.kind == TokenKind::Punct('<'))?;
    let (path, rest) = rust_type.split_at(open);
    let word = |token: &Token<'_>, name: &str| token.kind == TokenKind::Ident(name);
    let is_path = path.iter().rev().skip(1).all(|token| {
        token.kind == TokenKind::Punct(':') || ["std", "core", "option"].iter().any(|name| word(token, name))
    });
    match rest {
        [_, inner @ .., Token { kind: TokenKind::Punct('>'), .. }] if is_path && word(path.last()?, "Option") => {
            Some(inner)
        }
        _ => None,
    }
}
