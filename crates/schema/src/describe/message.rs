//! The message that a revision is proposed: what a person would have written.
//!
//! Says the most important changes and counts the others. Read [`message`] first.

use crate::change::{Change, Delta};
use crate::schema::ObjectName;

/// Messages stay below this many characters.
const LIMIT: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verb {
    Add,
    Change,
    Rename,
    Drop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Noun {
    Table,
    Column,
    Enum,
    /// A constraint, an index: worth a word only if nothing else happens.
    Part,
}

/// What a change is about, in the order of its importance.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Topic {
    verb: Verb,
    noun: Noun,
    name: String,
}

/// Returns a message for a revision with these changes: `Add smurf_scores and 3 other tables`.
pub fn message(changes: &[Change]) -> String {
    let topics = topics(changes);
    let mut groups: Vec<(Verb, Vec<&Topic>)> = Vec::new();
    for verb in [Verb::Add, Verb::Change, Verb::Rename, Verb::Drop] {
        let of_verb: Vec<&Topic> = topics.iter().filter(|topic| topic.verb == verb).collect();
        if !of_verb.is_empty() {
            groups.push((verb, of_verb));
        }
    }
    let phrases: Vec<String> = groups.iter().map(|(verb, topics)| phrase(*verb, topics)).collect();
    let others = |said: usize| match topics.len() - said {
        0 => String::new(),
        1 => " and 1 other change".to_owned(),
        count => format!(" and {count} other changes"),
    };
    let first_group = groups.first().map_or(0, |(_, topics)| topics.len());
    let first_topic = groups.first().map(|(verb, topics)| phrase(*verb, &topics[..1])).unwrap_or_default();
    let first_phrase = phrases.first().cloned().unwrap_or_default();
    let proposals = [
        joined(&phrases),
        format!("{first_phrase}{}", others(first_group)),
        format!("{first_topic}{}", others(topics.len().min(1))),
        "Change the schema".to_owned(),
    ];
    let is_short = |text: &String| !text.is_empty() && text.chars().count() < LIMIT;
    capitalized(proposals.into_iter().find(is_short).unwrap_or_default())
}

fn topics(changes: &[Change]) -> Vec<Topic> {
    let mut topics: Vec<Topic> = Vec::new();
    for (verb, noun, name) in changes.iter().filter_map(topic) {
        let is_new = !topics.iter().any(|topic| (topic.verb, topic.noun, &topic.name) == (verb, noun, &name));
        if is_new {
            topics.push(Topic { verb, noun, name });
        }
    }
    // A column that is dropped and made anew is changed.
    let both: Vec<String> = topics
        .iter()
        .filter(|topic| topic.noun == Noun::Column && topic.verb == Verb::Drop)
        .filter(|drop| topics.iter().any(|add| add.verb == Verb::Add && add.name == drop.name && add.noun == drop.noun))
        .map(|topic| topic.name.clone())
        .collect();
    topics.retain(|topic| !(topic.noun == Noun::Column && topic.verb == Verb::Drop && both.contains(&topic.name)));
    for topic in topics.iter_mut().filter(|topic| topic.noun == Noun::Column && both.contains(&topic.name)) {
        topic.verb = Verb::Change;
    }
    if topics.iter().any(|topic| topic.noun != Noun::Part) {
        topics.retain(|topic| topic.noun != Noun::Part);
    }
    topics
}

fn topic(change: &Change) -> Option<(Verb, Noun, String)> {
    let column = |table: &ObjectName, column: &str| format!("{}.{column}", table.name);
    Some(match change {
        Change::Table(delta) => {
            let name = delta.from().or(delta.to()).map(|table| table.name.name.clone())?;
            (verb(delta), Noun::Table, renamed(delta, name, |table| table.name.name.clone()))
        }
        Change::Column { table, delta, .. } => {
            let name = delta.from().or(delta.to()).map(|found| column(table, &found.name))?;
            (verb(delta), Noun::Column, renamed(delta, name, |column| column.name.clone()))
        }
        Change::Enum(delta) => {
            let name = delta.from().or(delta.to()).map(|found| found.name.name.clone())?;
            (verb(delta), Noun::Enum, renamed(delta, name, |found| found.name.name.clone()))
        }
        Change::EnumValue { of, .. } => (Verb::Change, Noun::Enum, of.name.clone()),
        Change::Value { table, column: name, .. } => (Verb::Change, Noun::Column, column(table, name)),
        Change::PrimaryKey { table, delta } => (verb(delta), Noun::Part, format!("primary key of {}", table.name)),
        Change::ForeignKey { table, delta } => (verb(delta), Noun::Part, format!("foreign key of {}", table.name)),
        Change::Unique { table, delta } => (verb(delta), Noun::Part, format!("unique constraint of {}", table.name)),
        Change::Check { table, delta } => (verb(delta), Noun::Part, format!("check of {}", table.name)),
        Change::Index { table, delta } => (verb(delta), Noun::Part, format!("index of {}", table.name)),
    })
}

fn verb<T>(delta: &Delta<T>) -> Verb {
    match delta {
        Delta::Create(_) => Verb::Add,
        Delta::Drop(_) => Verb::Drop,
        Delta::Alter { .. } => Verb::Change,
        Delta::Rename { .. } => Verb::Rename,
    }
}

fn renamed<T>(delta: &Delta<T>, name: String, new: impl Fn(&T) -> String) -> String {
    match delta {
        Delta::Rename { to, .. } => format!("{name} to {}", new(to)),
        _ => name,
    }
}

/// Returns what one verb is said of, `add a and b tables`.
fn phrase(verb: Verb, topics: &[&Topic]) -> String {
    let verb = match verb {
        Verb::Add => "add",
        Verb::Change => "change",
        Verb::Rename => "rename",
        Verb::Drop => "drop",
    };
    let noun = |noun| topics.iter().all(|topic| topic.noun == noun);
    let (one, many) = match () {
        () if noun(Noun::Table) => (" table", " tables"),
        () if noun(Noun::Enum) => (" enum", " enums"),
        () => ("", ""),
    };
    match topics {
        [] => String::new(),
        [topic] if verb == "rename" => format!("rename {}", topic.name),
        [topic] => format!("{verb} {}{one}", topic.name),
        [first, second] => format!("{verb} {} and {}{many}", first.name, second.name),
        [first, others @ ..] if many.is_empty() => format!("{verb} {} and {} others", first.name, others.len()),
        [first, others @ ..] => format!("{verb} {} and {} other{many}", first.name, others.len()),
    }
}

fn joined(phrases: &[String]) -> String {
    match phrases {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn capitalized(text: String) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
