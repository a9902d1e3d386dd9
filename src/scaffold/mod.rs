//! What is written into a workspace: settings by `init`, and the files of new revisions.
//!
//! Texts are made by pure functions; only `write` and `init::apply` touch the disk. Whether a new revision fits the
//! graph is not decided here. Read [`init::plan_init`] for `init`, [`template::Templates`] for new scripts.

pub mod file_name;
pub mod init;
mod manifest;
pub mod message;
pub mod template;
pub mod write;

pub use file_name::{FileNameError, file_name, new_revision_id, slug};
pub use init::{Change, Init, InitError, NewFeature, apply_init, plan_init};
pub use manifest::ManifestEditError;
pub use message::{Message, MessageError};
pub use template::{NewScript, Sections, Template, TemplateError, TemplateOrigin, TemplateSection, Templates};
pub use write::{WriteError, put_file, write_new_file};
