//! The compound statements of MySQL and MariaDB: procedures, functions, triggers, events and `BEGIN NOT ATOMIC`.
//!
//! A word opens or closes a block only where a statement may start; elsewhere `IF(…)`, `REPEAT(…)` and a column named
//! `end` are ordinary. Read [`Routine::see`] first.

use super::body::Seen;

/// A statement with a body, as far as it was seen.
pub(super) struct Routine<'t> {
    at: At,
    /// The open blocks with the word that opened them and its place.
    blocks: Vec<(Block, &'t str, usize)>,
    parentheses: usize,
    previous: &'t str,
}

/// Where in the statement the next token stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// In front of the body.
    Head(Head),
    /// Where a statement may start.
    Start,
    /// Between IF, CASE, WHEN, WHILE or UNTIL and what follows the expression.
    Expression,
    /// In a statement that opens no block.
    Simple,
    /// Behind DECLARE.
    Declaration,
    /// Behind DECLARE … HANDLER, whose action may be a block.
    Handler,
    /// Behind an END that closed a block: its kind and its label.
    End,
}

/// What is known of a statement in front of its body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    Create,
    /// Behind DEFINER, where a user's name is to be passed over.
    Definer,
    Procedure,
    /// A procedure behind its parameters.
    Characteristics,
    Function,
    /// A function behind its parameters.
    Returns,
    Trigger,
    /// A trigger behind FOR EACH ROW.
    TriggerOrder,
    Event,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Begin,
    If,
    Case,
    /// A CASE in an expression, which holds no statements.
    CaseExpression,
    Loop,
    Repeat,
    /// WHILE and FOR, whose statements follow DO.
    While,
}

/// The words between a procedure's parameters and its body.
const CHARACTERISTICS: [&str; 12] = [
    "COMMENT",
    "LANGUAGE",
    "SQL",
    "NOT",
    "DETERMINISTIC",
    "CONTAINS",
    "NO",
    "READS",
    "MODIFIES",
    "DATA",
    "SECURITY",
    "DEFINER",
];
/// The words between HANDLER and its action, except for names and numbers.
const CONDITIONS: [&str; 7] = ["FOR", "SQLSTATE", "VALUE", "SQLWARNING", "NOT", "FOUND", "SQLEXCEPTION"];

fn is_one_of(token: &Seen, words: &[&str]) -> bool {
    words.iter().any(|word| token.is(word))
}

/// Returns the block that a word opens where a statement may start.
fn opened(token: &Seen) -> Option<Block> {
    let table = [
        ("BEGIN", Block::Begin),
        ("IF", Block::If),
        ("CASE", Block::Case),
        ("LOOP", Block::Loop),
        ("REPEAT", Block::Repeat),
        ("WHILE", Block::While),
        ("FOR", Block::While),
    ];
    table.into_iter().find(|(word, _)| token.is(word)).map(|(_, block)| block)
}

impl<'t> Routine<'t> {
    /// Returns the reader of a statement with a body, told by its first words in upper case.
    pub(super) fn of(verb: &str, mut rest: impl Iterator<Item = String>) -> Option<Self> {
        let at = match verb {
            "IF" | "CASE" | "LOOP" | "WHILE" | "REPEAT" | "FOR" => At::Start,
            // MariaDB's block; a lone BEGIN starts a transaction.
            "BEGIN" if rest.next().is_some_and(|word| word == "NOT") => At::Start,
            "CREATE" | "ALTER" => {
                let object = rest.find(|word| !matches!(word.as_str(), "OR" | "REPLACE"))?;
                let has_body = match object.as_str() {
                    "DEFINER" | "EVENT" => true,
                    "AGGREGATE" | "PROCEDURE" | "FUNCTION" | "TRIGGER" => verb == "CREATE",
                    _ => false,
                };
                if !has_body {
                    return None;
                }
                At::Head(Head::Create)
            }
            _ => return None,
        };
        Some(Routine { at, blocks: Vec::new(), parentheses: 0, previous: "" })
    }

    pub(super) fn see(&mut self, token: Seen<'t>) {
        let previous = std::mem::replace(&mut self.previous, token.text);
        match token.text {
            "(" => self.parentheses += 1,
            ")" => self.close_parenthesis(),
            _ => {}
        }
        let is_name = matches!(previous, "." | "@");
        if !token.is_word || is_name {
            return;
        }
        let in_expression = !matches!(self.at, At::Start | At::Head(_) | At::End);
        if in_expression && token.is("CASE") {
            self.blocks.push((Block::CaseExpression, token.text, token.at));
        } else if in_expression && self.top() == Some(Block::CaseExpression) {
            if token.is("END") {
                self.blocks.pop();
            }
        } else {
            self.keyword(token, previous);
        }
    }

    fn top(&self) -> Option<Block> {
        self.blocks.last().map(|(block, ..)| *block)
    }

    fn close_parenthesis(&mut self) {
        self.parentheses = self.parentheses.saturating_sub(1);
        match self.at {
            At::Head(Head::Procedure) if self.parentheses == 0 => self.at = At::Head(Head::Characteristics),
            At::Head(Head::Function) if self.parentheses == 0 => self.at = At::Head(Head::Returns),
            _ => {}
        }
    }

    fn keyword(&mut self, token: Seen<'t>, previous: &str) {
        match self.at {
            At::Head(head) if self.parentheses == 0 => self.head(head, token, previous),
            At::Start => self.start(token, previous),
            At::Expression => match self.top() {
                Some(Block::If | Block::Case) if token.is("THEN") => self.at = At::Start,
                Some(Block::While) if token.is("DO") => self.at = At::Start,
                Some(Block::Repeat) if token.is("END") => self.end(),
                _ => {}
            },
            At::Declaration if token.is("HANDLER") => self.at = At::Handler,
            At::Handler if opened(&token).is_some() && !token.is("FOR") => self.start(token, previous),
            At::Handler => {
                let is_condition = is_one_of(&token, &CONDITIONS);
                let is_name = previous == "," || previous.eq_ignore_ascii_case("FOR");
                if !is_condition && !is_name {
                    self.at = At::Simple;
                }
            }
            At::Head(_) | At::Simple | At::Declaration | At::End => {}
        }
    }

    fn head(&mut self, head: Head, token: Seen<'t>, previous: &str) {
        let next = match head {
            Head::Create | Head::Definer => match token.text.to_ascii_uppercase().as_str() {
                "PROCEDURE" => At::Head(Head::Procedure),
                "FUNCTION" => At::Head(Head::Function),
                "TRIGGER" => At::Head(Head::Trigger),
                "EVENT" => At::Head(Head::Event),
                "DEFINER" => At::Head(Head::Definer),
                "CREATE" | "ALTER" | "OR" | "REPLACE" | "AGGREGATE" => self.at,
                "VIEW" | "SQL" => At::Simple,
                _ if head == Head::Definer => self.at,
                _ => At::Simple,
            },
            Head::Characteristics if is_one_of(&token, &CHARACTERISTICS) || token.is("INVOKER") => self.at,
            Head::Characteristics => return self.start(token, previous),
            Head::Returns if token.is("RETURN") => At::Simple,
            Head::Returns if opened(&token).is_some() || is_label(&token) => return self.start(token, previous),
            Head::Trigger if token.is("ROW") && previous.eq_ignore_ascii_case("EACH") => At::Head(Head::TriggerOrder),
            Head::TriggerOrder if is_one_of(&token, &["FOLLOWS", "PRECEDES"]) => self.at,
            Head::TriggerOrder if ["FOLLOWS", "PRECEDES"].iter().any(|word| previous.eq_ignore_ascii_case(word)) => {
                self.at
            }
            Head::TriggerOrder => return self.start(token, previous),
            Head::Event if token.is("DO") => At::Start,
            Head::Procedure | Head::Function | Head::Returns | Head::Trigger | Head::Event => self.at,
        };
        self.at = next;
    }

    /// Sees the first word of a statement, or one that may stand in front of it.
    fn start(&mut self, token: Seen<'t>, previous: &str) {
        self.at = At::Start;
        if is_label(&token) {
            return;
        }
        if let Some(block) = opened(&token) {
            self.blocks.push((block, token.text, token.at));
            let has_expression = matches!(block, Block::If | Block::Case | Block::While);
            self.at = if has_expression { At::Expression } else { At::Start };
            return;
        }
        let is_atomic = (token.is("NOT") && previous.eq_ignore_ascii_case("BEGIN"))
            || (token.is("ATOMIC") && previous.eq_ignore_ascii_case("NOT"));
        match token.text.to_ascii_uppercase().as_str() {
            "END" => self.end(),
            "ELSE" => {}
            "ELSEIF" | "WHEN" | "UNTIL" => self.at = At::Expression,
            "DECLARE" => self.at = At::Declaration,
            _ if is_atomic => {}
            _ => self.at = At::Simple,
        }
    }

    fn end(&mut self) {
        self.blocks.pop();
        self.at = At::End;
    }

    pub(super) fn ends_at_semicolon(&mut self) -> bool {
        self.previous = ";";
        self.blocks.truncate(
            self.blocks.iter().rposition(|(block, ..)| *block != Block::CaseExpression).map_or(0, |last| last + 1),
        );
        if !matches!(self.at, At::Head(_)) {
            self.at = At::Start;
        }
        self.blocks.is_empty()
    }

    pub(super) fn unclosed(&self) -> Option<(&'t str, usize)> {
        self.blocks.first().map(|(_, word, at)| (*word, *at))
    }
}

/// Whether a word is a label: `again: LOOP`, but not `x := 1`.
fn is_label(token: &Seen) -> bool {
    token.next == b':'
}
