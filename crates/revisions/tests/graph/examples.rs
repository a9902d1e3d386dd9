//! The worked examples of `revision-graph.md` §19, run by Alembic 1.20.1; ours where the text says so.

use crate::drawn::graph;
use crate::outcome::run;

const LIN: &str = "aaa1; bbb2:aaa1; ccc3:bbb2; ddd4:ccc3";
const TWO: &str = "aaa1; bbb1:aaa1@left; bbb2:bbb1; ccc1:aaa1@right; ccc2:ccc1";
const DIA: &str = "aaa1; bbb1:aaa1; bbb2:bbb1; ccc1:aaa1; mmm1:bbb2,ccc1; nnn1:mmm1";
const THREE: &str = "aaa1; bbb1:aaa1; ccc1:aaa1; ddd1:aaa1; mmm1:bbb1,ccc1,ddd1";
const ROOTS: &str = "app1@app; app2:app1; net1@net; net2:net1";
const DEP: &str = "app1@app; app2:app1; app3:app2; net1@net; net2:net1!app2; net3:net2";
const EFF: &str = "app1@app; app2:app1; net1@net; net2:net1!app2; net3:net2";
const INNER: &str = "aaa1@lab; bbb1:aaa1; ccc1:aaa1!bbb1";
const RED: &str = "aaa1; bbb1:aaa1; ccc1:aaa1; mmm1:bbb1,ccc1!aaa1";

/// Number, graph, rows before, command, outcome.
const EXAMPLES: &[(u8, &str, &str, &str, &str)] = &[
    (1, LIN, "", "upgrade head", "+aaa1 {aaa1}; +bbb2 {bbb2}; +ccc3 {ccc3}; +ddd4 {ddd4}"),
    (2, LIN, "bbb2", "upgrade +1", "+ccc3 {ccc3}"),
    (3, LIN, "ccc3", "upgrade +2", "!OutOfRange"),
    (4, LIN, "ddd4", "upgrade bbb2", ""),
    (5, LIN, "", "upgrade bbb2+1", "+aaa1 {aaa1}; +bbb2 {bbb2}; +ccc3 {ccc3}"),
    (6, LIN, "ccc3", "downgrade -1", "-ccc3 {bbb2}"),
    (7, LIN, "ddd4", "downgrade bbb2", "-ddd4 {ccc3}; -ccc3 {bbb2}"),
    (8, LIN, "bbb2", "downgrade base", "-bbb2 {aaa1}; -aaa1 {}"),
    (9, LIN, "bbb2", "downgrade ccc3", "!NotApplied"),
    (10, TWO, "", "upgrade head", "!MultipleHeads"),
    (11, TWO, "", "upgrade heads", "+aaa1 {aaa1}; +ccc1 {ccc1}; +ccc2 {ccc2}; +bbb1 {bbb1 ccc2}; +bbb2 {bbb2 ccc2}"),
    (12, TWO, "", "upgrade left@head", "+aaa1 {aaa1}; +bbb1 {bbb1}; +bbb2 {bbb2}"),
    (13, TWO, "bbb2", "upgrade right@+1", "+ccc1 {bbb2 ccc1}"),
    (14, TWO, "bbb1 ccc1", "upgrade +1", "!AmbiguousWalk"),
    (15, TWO, "bbb1 ccc1", "upgrade left@+1", "+bbb2 {bbb2 ccc1}"),
    (16, TWO, "bbb2 ccc2", "downgrade left@aaa1", "-bbb2 {bbb1 ccc2}; -bbb1 {ccc2}"),
    (17, TWO, "bbb2 ccc2", "downgrade left@-1", "-bbb2 {bbb1 ccc2}"),
    (18, TWO, "bbb1 ccc2", "downgrade left@-2", "-bbb1 {ccc2}; -ccc2 {ccc1}; -ccc1 {aaa1}; -aaa1 {}"),
    (
        19,
        TWO,
        "bbb2 ccc2",
        "downgrade left@base",
        "-bbb2 {bbb1 ccc2}; -bbb1 {ccc2}; -ccc2 {ccc1}; -ccc1 {aaa1}; -aaa1 {}",
    ),
    // Alembic takes the first row that the database returns.
    (20, TWO, "ccc2 bbb2", "downgrade -1", "!AmbiguousWalk"),
    (21, DIA, "bbb1", "upgrade head", "+ccc1 {bbb1 ccc1}; +bbb2 {bbb2 ccc1}; +mmm1 {mmm1}; +nnn1 {nnn1}"),
    (22, DIA, "nnn1", "downgrade bbb2", "-nnn1 {mmm1}; -mmm1 {bbb2 ccc1}"),
    (23, DIA, "mmm1", "downgrade -1", "!AmbiguousWalk"),
    (24, DIA, "mmm1", "downgrade aaa1", "-mmm1 {bbb2 ccc1}; -bbb2 {bbb1 ccc1}; -bbb1 {ccc1}; -ccc1 {aaa1}"),
    (25, THREE, "bbb1 ccc1 ddd1", "upgrade head", "+mmm1 {mmm1}"),
    (26, THREE, "mmm1", "downgrade aaa1", "-mmm1 {bbb1 ccc1 ddd1}; -bbb1 {ccc1 ddd1}; -ccc1 {ddd1}; -ddd1 {aaa1}"),
    (27, ROOTS, "app2", "upgrade net@head", "+net1 {app2 net1}; +net2 {app2 net2}"),
    (28, ROOTS, "app2 net2", "downgrade net@base", "-net2 {app2 net1}; -net1 {app2}"),
    (29, DEP, "", "upgrade net@head", "+app1 {app1}; +app2 {app2}; +net1 {app2 net1}; +net2 {net2}; +net3 {net3}"),
    (30, DEP, "net3", "upgrade app@head", "+app3 {app3 net3}"),
    (31, DEP, "net3 app3", "downgrade net@-2", "-net3 {app3 net2}; -net2 {app3 net1}"),
    (32, DEP, "net2", "downgrade net@-1", "-net2 {app2 net1}"),
    (33, DEP, "net3 app3", "downgrade app1", "-app3 {net3}; -net3 {net2}; -net2 {app2 net1}; -app2 {app1 net1}"),
    (34, DEP, "net2", "downgrade app@-1", "-net2 {app2 net1}; -app2 {app1 net1}"),
    (35, EFF, "", "upgrade heads", "+app1 {app1}; +app2 {app2}; +net1 {app2 net1}; +net2 {net2}; +net3 {net3}"),
    // Alembic finds that its targets overlap.
    (36, INNER, "", "upgrade lab@heads", "+aaa1 {aaa1}; +bbb1 {bbb1}; +ccc1 {ccc1}"),
    (37, LIN, "aaa1 bbb2", "upgrade head", "!Overlap"),
    (38, LIN, "zzz9", "upgrade head", "!NotFound"),
    // Alembic stops with a KeyError after the SQL of mmm1 has run.
    (39, RED, "bbb1 ccc1", "upgrade head", "+mmm1 {mmm1}"),
    (40, LIN, "bbb2", "stamp head", "~ {ddd4}"),
    (41, LIN, "ddd4", "stamp bbb2", "~ {bbb2}"),
    (42, TWO, "bbb2 ccc2", "stamp left", "~ {bbb1 ccc2}"),
    (43, TWO, "bbb1", "stamp right@head", "~ {bbb1 ccc2}"),
    (44, TWO, "bbb2 ccc2", "stamp aaa1", "~ {aaa1}"),
    (45, TWO, "bbb2 ccc2", "stamp left@base", "~ {ccc2}"),
    (46, TWO, "aaa1", "stamp heads", "~ {bbb2 ccc2}"),
    // Alembic loses ccc2.
    (47, TWO, "bbb1 ccc2", "stamp heads", "~ {bbb2 ccc2}"),
    // Alembic stops half-way.
    (48, DIA, "mmm1", "stamp bbb2 ccc1", "~ {bbb2 ccc1}"),
];

#[test]
fn every_worked_example_has_its_outcome() {
    assert!(EXAMPLES.iter().map(|(number, ..)| *number).eq(1..=48));
    for (number, drawing, rows, line, expected) in EXAMPLES {
        let rows: Vec<&str> = rows.split_whitespace().collect();
        let (command, targets) = line.split_once(' ').unwrap();
        let targets: Vec<&str> = targets.split(' ').collect();
        assert_eq!(run(&graph(drawing), &rows, command, &targets), *expected, "example {number}: {line}");
    }
}
