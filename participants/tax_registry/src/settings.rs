//! What only the tax registry is told: the persons its register begins with.

use anyhow::{Context, Result};
use serde::Deserialize;
use terms::{Iin, ShortText};

/// `[settings]` of a tax registry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Persons entered into the register at the start; an entry of the same number is renewed.
    #[serde(default)]
    pub person: Vec<Person>,
}

impl Settings {
    /// The persons, checked.
    ///
    /// # Errors
    /// Where a number or a name is not one.
    pub fn persons(&self) -> Result<Vec<(Iin, ShortText)>> {
        let checked = |(i, person): (usize, &Person)| {
            let iin = person.iin.parse().with_context(|| format!("the IIN of person {}", i + 1))?;
            let name = person.name.parse().with_context(|| format!("the name of person {}", i + 1))?;
            Ok((iin, name))
        };
        self.person.iter().enumerate().map(checked).collect()
    }
}

/// One person.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// ИИН.
    pub iin: String,
    /// Full name.
    pub name: String,
}

impl std::fmt::Debug for Person {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(…)")
    }
}
