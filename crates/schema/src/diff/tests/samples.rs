//! Random schemas that a database would take, out of a list of small numbers: fewer and smaller numbers, smaller schemas.

use std::collections::BTreeSet;

use crate::diff::Renames;
use crate::schema::*;
use proptest::prelude::*;

/// Numbers that decide; none left means 0.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn of(&mut self, count: usize) -> usize {
        let choice = usize::from(self.0.next().copied().unwrap_or(0));
        choice % count.max(1)
    }

    fn once_in(&mut self, count: usize) -> bool {
        self.of(count) == count - 1
    }
}

/// One list for each table, two for enums.
type Numbers = Vec<Vec<u8>>;

const TABLES: usize = 4;

fn numbers() -> impl Strategy<Value = Numbers> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), TABLES + 2)
}

/// Two schemas that may have much in common, with some renames between them.
pub fn two_schemas() -> impl Strategy<Value = (Schema, Schema, Renames)> {
    let edits = prop::collection::vec((0..TABLES + 2, 0..60usize, any::<u8>()), 0..6);
    let second = prop_oneof![edits.prop_map(Err), numbers().prop_map(Ok)];
    (numbers(), second, prop::collection::vec(any::<u8>(), 0..20)).prop_map(|(first, second, renames)| {
        let second = second.unwrap_or_else(|edits| {
            let mut second = first.clone();
            for (list, at, number) in edits {
                if let Some(place) = second[list].get_mut(at) {
                    *place = number;
                }
            }
            second
        });
        let (current, wanted) = (as_found(schema(&first)), schema(&second));
        let renames = some_renames(&current, &wanted, &mut Choices(renames.iter()));
        (current, wanted, renames)
    })
}

fn schema(numbers: &Numbers) -> Schema {
    let mut schema = Schema::default();
    let mut taken = BTreeSet::new();
    for (name, numbers) in ["mood", "size"].iter().zip(&numbers[TABLES..]) {
        let mut choices = Choices(numbers.iter());
        let mut values: Vec<String> = ["sad", "ok", "happy", "wild"].map(str::to_owned).to_vec();
        values.rotate_left(choices.of(4));
        values.truncate(1 + choices.of(4));
        if choices.once_in(3) {
            values.reverse();
        }
        if !choices.once_in(5) {
            let name = ObjectName::new(*name);
            schema.enums.insert(name.clone(), EnumType { name, values });
        }
    }
    for (at, numbers) in numbers[..TABLES].iter().enumerate() {
        let mut choices = Choices(numbers.iter());
        // Five names for four tables: some come, some go.
        let name = ObjectName::new(format!("t{}", at + choices.of(2)));
        if !schema.tables.contains_key(&name) && !choices.once_in(6) {
            let table = table(name.clone(), &schema, &mut taken, &mut choices);
            schema.tables.insert(name, table);
        }
    }
    for (at, numbers) in numbers[..TABLES].iter().enumerate() {
        let mut choices = Choices(numbers.iter().as_slice().get(30..).unwrap_or(&[]).iter());
        foreign_keys(&mut schema, at, &mut taken, &mut choices);
    }
    schema
}

fn name(convention: String, taken: &mut BTreeSet<String>, choices: &mut Choices<'_>) -> Name {
    // Several of one kind in one table share a few stated names.
    let kind: Vec<&str> = convention.splitn(3, '_').take(2).collect();
    let stated = format!("{}_name{}", kind.join("_"), choices.of(3));
    if choices.once_in(3) && taken.insert(stated.clone()) {
        return Name::Stated(stated);
    }
    if taken.insert(convention.clone()) { Name::Conventional(convention) } else { Name::Unnamed }
}

fn table(table: ObjectName, schema: &Schema, taken: &mut BTreeSet<String>, choices: &mut Choices<'_>) -> Table {
    let mut made = Table { name: table.clone(), ..Table::default() };
    for at in 0..2 + choices.of(3) {
        let column = column(format!("c{}", at + choices.of(2)), schema, choices);
        if made.column(&column.name).is_none() {
            made.columns.push(column);
        }
    }
    let names: Vec<String> = made.columns.iter().map(|column| column.name.clone()).collect();
    let pick = |choices: &mut Choices<'_>| names[choices.of(names.len())].clone();
    if choices.once_in(3) {
        let storage = if choices.once_in(2) { Storage::Stored } else { Storage::Virtual };
        let expression = format!("{} + {}", pick(choices), choices.of(2));
        let generated = Some(Generated { expression, storage });
        made.columns.push(Column {
            name: "g".into(),
            sql_type: ColumnType::new("bigint"),
            generated,
            ..column("".into(), schema, &mut Choices([].iter()))
        });
    }
    if !choices.once_in(5) {
        let mut columns: BTreeSet<String> = [pick(choices)].into();
        if choices.once_in(3) {
            columns.insert(pick(choices));
        }
        for column in made.columns.iter_mut().filter(|column| columns.contains(&column.name)) {
            column.nullable = false;
            if columns.len() == 1 && column.default.is_none() && choices.once_in(2) {
                column.identity = Some(Identity::AutoIncrement);
            }
        }
        let name = name(format!("pk_{table}"), taken, choices);
        made.primary_key = Some(PrimaryKey { name, columns: columns.into_iter().collect() });
    }
    parts(&mut made, taken, choices);
    if choices.once_in(4) {
        made.comment = Some(format!("comment {}", choices.of(3)));
    }
    made
}

/// Adds keys, checks and indexes.
fn parts(made: &mut Table, taken: &mut BTreeSet<String>, choices: &mut Choices<'_>) {
    let table = made.name.clone();
    let all: Vec<String> = made.columns.iter().map(|column| column.name.clone()).collect();
    for _ in 0..choices.of(3) {
        let columns = vec![all[choices.of(all.len())].clone()];
        let is_index = choices.once_in(2);
        if unique_keys(made).contains(&columns) {
            continue;
        }
        let name = name(format!("uq_{table}_{}", columns.join("_")), taken, choices);
        if is_index {
            let keys = columns.into_iter().map(IndexKey::column).collect();
            made.indexes.push(Index { name, keys, unique: true, ..Index::default() });
        } else {
            made.uniques.push(Unique { name, columns, ..Unique::default() });
        }
    }
    for _ in 0..choices.of(3) {
        let expression = format!("{} > {}", all[choices.of(all.len())], choices.of(3));
        if !made.checks.iter().any(|check| check.expression == expression) {
            let name = name(format!("ck_{table}_{}", choices.of(3)), taken, choices);
            made.checks.push(Check { name, expression });
        }
    }
    for _ in 0..choices.of(3) {
        let index = index(&table, &all, taken, choices);
        if !made.indexes.iter().any(|other| other.keys == index.keys) {
            made.indexes.push(index);
        }
    }
}

fn column(name: String, schema: &Schema, choices: &mut Choices<'_>) -> Column {
    let mut sql_type = ColumnType::new(["integer", "bigint", "text"][choices.of(3)]);
    let mut default = choices.once_in(4).then(|| choices.of(2).to_string());
    let chosen = ObjectName::new(["mood", "size"][choices.of(2)]);
    if choices.once_in(4)
        && let Some(of) = schema.enums.get(&chosen)
    {
        sql_type = ColumnType { sql: chosen.name.clone(), enum_type: Some(chosen.clone()) };
        default = choices.once_in(2).then(|| format!("'{}'::{chosen}", of.values[choices.of(of.values.len())]));
    }
    let collation = choices.once_in(8).then(|| "C".to_owned());
    Column { name, sql_type, nullable: choices.once_in(2), default, collation, ..Column::default() }
}

fn index(table: &ObjectName, columns: &[String], taken: &mut BTreeSet<String>, choices: &mut Choices<'_>) -> Index {
    let column = columns[choices.of(columns.len())].clone();
    let mut key = IndexKey::column(column.clone());
    match choices.of(5) {
        1 => key.part = IndexPart::Expression(format!("abs({column})")),
        2 => key.order = Order::Descending,
        3 => key.operator_class = Some("some_ops".into()),
        _ => {}
    }
    let predicate = choices.once_in(5).then(|| format!("{} > 1", columns[choices.of(columns.len())]));
    let name = name(format!("ix_{table}_{column}"), taken, choices);
    Index { name, keys: vec![key], predicate, ..Index::default() }
}

/// Returns the keys that a foreign key may reference, each sorted.
pub fn unique_keys(table: &Table) -> Vec<Vec<String>> {
    let plain = |index: &&Index| index.unique && index.predicate.is_none();
    let column = |key: &IndexKey| match &key.part {
        IndexPart::Column(column) => column.clone(),
        IndexPart::Expression(expression) => expression.clone(),
    };
    let indexes = table.indexes.iter().filter(plain).map(|index| index.keys.iter().map(column).collect());
    let uniques = table.uniques.iter().map(|unique| unique.columns.clone());
    let mut keys: Vec<Vec<String>> =
        table.primary_key.iter().map(|key| key.columns.clone()).chain(uniques).chain(indexes).collect();
    keys.iter_mut().for_each(|key| key.sort());
    keys
}

fn foreign_keys(schema: &mut Schema, at: usize, taken: &mut BTreeSet<String>, choices: &mut Choices<'_>) {
    let names: Vec<ObjectName> = schema.tables.keys().cloned().collect();
    let Some(own) = names.get(at).cloned() else { return };
    for number in 0..choices.of(4) {
        let target = names[choices.of(names.len())].clone();
        let keys = unique_keys(&schema.tables[&target]);
        if keys.is_empty() {
            continue;
        }
        let referenced_columns = keys[choices.of(keys.len())].clone();
        let columns: Vec<String> = (0..referenced_columns.len()).map(|at| format!("f{number}{at}")).collect();
        for (name, referenced) in columns.iter().zip(&referenced_columns) {
            let like = schema.tables[&target].column(referenced).cloned().unwrap_or_default();
            let column = Column {
                name: name.clone(),
                sql_type: like.sql_type,
                collation: like.collation,
                nullable: true,
                ..Column::default()
            };
            if let Some(table) = schema.tables.get_mut(&own) {
                table.columns.push(column);
            }
        }
        let on_delete = [Action::NoAction, Action::Cascade, Action::SetNull][choices.of(3)];
        let name = name(format!("fk_{own}_{number}_{target}"), taken, choices);
        let key =
            ForeignKey { name, columns, references: target, referenced_columns, on_delete, ..ForeignKey::default() };
        if let Some(table) = schema.tables.get_mut(&own) {
            table.foreign_keys.push(key);
        }
    }
}

/// Names as a catalogue gives them.
fn as_found(mut schema: Schema) -> Schema {
    let found = |name: &mut Name| {
        if let Name::Conventional(text) = name {
            *name = Name::Stated(std::mem::take(text));
        }
    };
    for table in schema.tables.values_mut() {
        table.primary_key.iter_mut().for_each(|key| found(&mut key.name));
        table.foreign_keys.iter_mut().for_each(|key| found(&mut key.name));
        table.uniques.iter_mut().for_each(|unique| found(&mut unique.name));
        table.checks.iter_mut().for_each(|check| found(&mut check.name));
        table.indexes.iter_mut().for_each(|index| found(&mut index.name));
    }
    schema
}

fn some_renames(current: &Schema, wanted: &Schema, choices: &mut Choices<'_>) -> Renames {
    let mut renames = Renames::default();
    let mut gone: Vec<&ObjectName> = current.tables.keys().filter(|name| !wanted.tables.contains_key(name)).collect();
    for new in wanted.tables.keys().filter(|name| !current.tables.contains_key(name)) {
        if !gone.is_empty() && !choices.once_in(3) {
            renames.tables.insert(new.clone(), gone.remove(choices.of(gone.len())).clone());
        }
    }
    for (name, table) in &wanted.tables {
        let Some(old) = current.tables.get(renames.tables.get(name).unwrap_or(name)) else { continue };
        let came = table.columns.iter().filter(|column| old.column(&column.name).is_none());
        let mut gone: Vec<&Column> = old.columns.iter().filter(|column| table.column(&column.name).is_none()).collect();
        for column in came {
            if !gone.is_empty() && choices.once_in(2) {
                let old = gone.remove(choices.of(gone.len()));
                let counts = old.identity.is_some() || column.identity.is_some();
                if !counts || old.generated.is_some() == column.generated.is_some() {
                    renames.columns.insert((name.clone(), column.name.clone()), old.name.clone());
                }
            }
        }
    }
    for (name, enum_type) in &wanted.enums {
        let Some(old) = current.enums.get(name) else { continue };
        let came = enum_type.values.iter().find(|value| !old.values.contains(value));
        let gone = old.values.iter().find(|value| !enum_type.values.contains(value));
        if let (Some(new), Some(old)) = (came, gone)
            && choices.once_in(2)
        {
            renames.enum_values.insert((name.clone(), new.clone()), old.clone());
        }
    }
    renames
}
