//! Any text as a target: an error in words, or a target that reads the same when it is shown.

#![no_main]

use alembic_revisions::Target;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match text.parse::<Target>() {
    Ok(target) => {
        assert_eq!(target.as_str(), text);
        assert_eq!(target.to_string().parse::<Target>().as_ref(), Ok(&target));
        let _ = (target.form(|_| true), target.form(|_| false), target.branch());
    }
    Err(illegal) => {
        assert!(!illegal.to_string().chars().any(char::is_control), "{illegal:?}");
    }
});
