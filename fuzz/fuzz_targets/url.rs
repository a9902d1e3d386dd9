//! Any text around a password in a URL: the password is in nothing that is shown.

#![no_main]

use alembic_revisions::Diagnose;
use alembic_runtime::DatabaseUrl;
use libfuzzer_sys::fuzz_target;

const PASSWORD: &str = "Hunter2secret";

fuzz_target!(|input: (u8, &str, &str, &str)| {
    let (kind, before, after, rest) = input;
    let scheme = ["postgres", "postgresql", "mysql", "mariadb"][usize::from(kind) % 4];
    // A password where it belongs, whatever is around it, and as a parameter.
    let text = match kind / 4 % 3 {
        0 => format!("{scheme}://ann:{before}{PASSWORD}{after}@db/{rest}"),
        // A raw `&` ends a parameter: what follows is the next one, which nobody can tell from a password.
        1 if before.contains('&') => return,
        1 => format!("{scheme}://ann@db/arena?password={before}{PASSWORD}&{rest}"),
        _ => format!("{scheme}://{rest}:{PASSWORD}@db:{before}/{after}"),
    };
    let shown = match DatabaseUrl::parse(&text) {
        Ok(url) => format!(
            "{url} {url:?} {} {:?} {:?} {:?}",
            url.target(),
            url.database(),
            url.user(),
            url.beside("other").map(|url| url.to_string())
        ),
        Err(error) => format!("{error} {error:?} {:?}", error.help()),
    };
    assert!(!shown.to_lowercase().contains(&PASSWORD.to_lowercase()), "{text:?} is shown as {shown:?}");
});
