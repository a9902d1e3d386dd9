//! `list-templates`: what `revision --template` knows.

use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::scaffold::Template;
use crate::ui::{Outcome, Page, Text};

/// List the templates for new scripts
#[derive(Args)]
pub struct ListTemplates {}

struct Templates(Vec<Template>);

impl ListTemplates {
    pub fn run(self, app: &App) -> Result<Box<dyn Outcome>, Failure> {
        Ok(Box::new(Templates(app.templates()?.list().to_vec())))
    }
}

impl Outcome for Templates {
    fn json(&self) -> Value {
        let templates: Vec<_> = self
            .0
            .iter()
            .map(|template| json!({ "name": template.name, "description": template.description, "origin": template.origin.to_string() }))
            .collect();
        json!({ "templates": templates })
    }

    fn render(&self, page: &mut Page) {
        let row = |template: &Template| {
            vec![
                Text::new().strong(&template.name),
                Text::from(template.description.as_str()).elastic(),
                Text::new().dim(template.origin.to_string()),
            ]
        };
        page.columns(&self.0.iter().map(row).collect::<Vec<_>>());
    }
}
