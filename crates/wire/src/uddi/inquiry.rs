//! Inquiries as they are read: what is looked for, with which qualifiers.
//!
//! What matches is decided in `find`.
//! Source: UDDI 3.0.2, 5.1. Bounds are ours.

use xml::{Element, Fields, Problem};

use super::disposition::Disposition;
use super::registry::KeyedReference;
use super::{LONGEST_TEXT, NAMESPACE};

/// How many names one inquiry may have.
const MOST_NAMES: usize = 16;
/// How many qualifiers.
const MOST_QUALIFIERS: usize = 32;
/// How many keys or keyed references in one bag, and keys in one request for details.
const MOST_KEYS: usize = 100;
/// How many entries one answer lists, whatever `maxRows` says.
const MOST_ROWS: usize = 500;
/// What UDDI prefixes a qualifier with when it is named by its tModel.
const QUALIFIER_KEY: &str = "uddi:uddi.org:findqualifier:";

/// The four kinds of things that are registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A participant.
    Business,
    /// A service.
    Service,
    /// A way to reach a service.
    Binding,
    /// A description that others refer to.
    TModel,
}

impl Entity {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Business, Self::Service, Self::Binding, Self::TModel];

    /// The name of its inquiry: `find_business`.
    pub fn find_name(self) -> &'static str {
        match self {
            Self::Business => "find_business",
            Self::Service => "find_service",
            Self::Binding => "find_binding",
            Self::TModel => "find_tModel",
        }
    }

    /// The name of the request for its details: `get_businessDetail`.
    pub fn get_name(self) -> &'static str {
        match self {
            Self::Business => "get_businessDetail",
            Self::Service => "get_serviceDetail",
            Self::Binding => "get_bindingDetail",
            Self::TModel => "get_tModelDetail",
        }
    }

    /// The name of its key: `businessKey`.
    pub fn key_name(self) -> &'static str {
        match self {
            Self::Business => "businessKey",
            Self::Service => "serviceKey",
            Self::Binding => "bindingKey",
            Self::TModel => "tModelKey",
        }
    }
}

/// One inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inquiry {
    /// `find_…`: which there are.
    Find(Entity, Find),
    /// `get_…Detail`: all about those with these keys.
    Get(Entity, Vec<String>),
}

/// What a `find_…` looks for. What is not said, matches everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    pub(super) qualifiers: Qualifiers,
    /// Only in this business (for services) or this service (for bindings).
    pub(super) within: Option<String>,
    pub(super) names: Vec<NamePattern>,
    pub(super) identifiers: Vec<KeyedReference>,
    pub(super) categories: Vec<KeyedReference>,
    pub(super) tmodels: Vec<String>,
    /// The keys it finds count as if they stood in `tmodels`.
    pub(super) find_tmodel: Option<Box<Find>>,
    /// The first entry to list, from 1.
    pub(super) head: usize,
    pub(super) rows: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamePattern {
    pub(super) language: Option<String>,
    pub(super) text: String,
}

/// How the keys of a bag go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// All of them.
    And,
    /// One of them.
    Or,
    /// One of each system of categories.
    OrLike,
}

/// Whose categories count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Scope {
    /// The entry's own.
    #[default]
    Own,
    /// Its own and those of everything in it.
    Combined,
    /// Those of the services in it.
    Services,
    /// Those of the bindings in it.
    Bindings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Qualifiers {
    /// `%` and `_` are wildcards, `\` takes their meaning away.
    pub(super) approximate: bool,
    pub(super) ignores_case: bool,
    pub(super) keys: Option<Keys>,
    pub(super) scope: Scope,
    pub(super) descending: bool,
}

impl Inquiry {
    /// Reads the element inside the Body.
    ///
    /// # Errors
    /// The [`Disposition`] to answer with.
    pub fn read(element: Element<'_, '_>) -> Result<Self, Disposition> {
        match element.namespace() {
            Some(NAMESPACE) => {}
            Some(other) if other.starts_with("urn:uddi-org:api") => {
                return Err(Disposition::UnrecognizedVersion);
            }
            _ => return Err(element.fault(Problem::Unexpected).into()),
        }
        for entity in Entity::ALL {
            if element.name() == entity.find_name() {
                return Ok(Self::Find(entity, Find::read(entity, element)?));
            }
            if element.name() == entity.get_name() {
                return Ok(Self::Get(entity, read_keys(entity, element)?));
            }
        }
        Err(Disposition::Unsupported(element.name().to_owned()))
    }
}

fn read_keys(entity: Entity, element: Element<'_, '_>) -> Result<Vec<String>, Disposition> {
    let mut fields = element.fields(NAMESPACE)?;
    fields.optional("authInfo")?;
    let first = fields.required(entity.key_name())?;
    let rest = fields.repeated(entity.key_name(), MOST_KEYS - 1)?;
    fields.finish()?;
    std::iter::once(first).chain(rest).map(collapsed).collect()
}

impl Find {
    fn read(entity: Entity, element: Element<'_, '_>) -> Result<Self, Disposition> {
        let mut fields = element.fields(NAMESPACE)?;
        // Inquiries need no log-in here, and a token that is passed all the same gives no more.
        fields.optional("authInfo")?;
        let qualifiers = match fields.optional("findQualifiers")? {
            Some(list) => Qualifiers::read(list)?,
            None => Qualifiers::default(),
        };
        let within = match entity {
            Entity::Service => element.attribute("", "businessKey"),
            Entity::Binding => element.attribute("", "serviceKey"),
            Entity::Business | Entity::TModel => None,
        };
        let mut find = Self {
            qualifiers,
            within: within.map(collapse).filter(|key| !key.is_empty()),
            names: Vec::new(),
            identifiers: Vec::new(),
            categories: Vec::new(),
            tmodels: Vec::new(),
            find_tmodel: None,
            head: number(element, "listHead")?.unwrap_or(1),
            rows: number(element, "maxRows")?.unwrap_or(MOST_ROWS).min(MOST_ROWS),
        };
        // Each inquiry is a sequence of the same parts; which of them it has differs, and so does the order.
        match entity {
            Entity::Business => {
                find.read_names(&mut fields, MOST_NAMES)?;
                find.identifiers = read_bag(&mut fields, "identifierBag")?;
                find.categories = read_bag(&mut fields, "categoryBag")?;
                find.read_fingerprint(&mut fields)?;
                unsupported(&mut fields, &["discoveryURLs", "find_relatedBusinesses"])?;
            }
            Entity::Service => {
                find.read_names(&mut fields, MOST_NAMES)?;
                find.categories = read_bag(&mut fields, "categoryBag")?;
                find.read_fingerprint(&mut fields)?;
            }
            Entity::Binding => {
                find.read_fingerprint(&mut fields)?;
                find.categories = read_bag(&mut fields, "categoryBag")?;
            }
            Entity::TModel => {
                find.read_names(&mut fields, 1)?;
                find.identifiers = read_bag(&mut fields, "identifierBag")?;
                find.categories = read_bag(&mut fields, "categoryBag")?;
            }
        }
        fields.finish()?;
        Ok(find)
    }

    fn read_names(&mut self, fields: &mut Fields<'_, '_, '_>, most: usize) -> Result<(), Disposition> {
        for name in fields.repeated("name", most)? {
            let text = collapsed(name)?;
            if text.chars().count() > LONGEST_TEXT {
                return Err(Disposition::NameTooLong);
            }
            let language = name.attribute("http://www.w3.org/XML/1998/namespace", "lang");
            self.names.push(NamePattern { language: language.map(str::to_owned), text });
        }
        Ok(())
    }

    fn read_fingerprint(&mut self, fields: &mut Fields<'_, '_, '_>) -> Result<(), Disposition> {
        if let Some(bag) = fields.optional("tModelBag")? {
            let mut keys = bag.fields(NAMESPACE)?;
            let all = keys.repeated("tModelKey", MOST_KEYS)?;
            keys.finish()?;
            self.tmodels = all.into_iter().map(collapsed).collect::<Result<_, _>>()?;
        }
        if let Some(embedded) = fields.optional("find_tModel")? {
            self.find_tmodel = Some(Box::new(Self::read(Entity::TModel, embedded)?));
        }
        Ok(())
    }
}

fn read_bag(fields: &mut Fields<'_, '_, '_>, name: &str) -> Result<Vec<KeyedReference>, Disposition> {
    let Some(bag) = fields.optional(name)? else { return Ok(Vec::new()) };
    let mut references = bag.fields(NAMESPACE)?;
    let all = references.repeated("keyedReference", MOST_KEYS)?;
    unsupported(&mut references, &["keyedReferenceGroup"])?;
    references.finish()?;
    let read = |reference: Element<'_, '_>| {
        let required = |name: &str| {
            let value = reference.attribute("", name).map(collapse);
            value.ok_or_else(|| reference.fault(Problem::Attribute(format!("{name} is missing"))))
        };
        Ok(KeyedReference {
            tmodel_key: required("tModelKey")?,
            key_name: reference.attribute("", "keyName").map(collapse).unwrap_or_default(),
            key_value: required("keyValue")?,
        })
    };
    all.into_iter().map(read).collect()
}

fn unsupported(fields: &mut Fields<'_, '_, '_>, names: &[&str]) -> Result<(), Disposition> {
    for name in names {
        if fields.optional(name)?.is_some() {
            return Err(Disposition::Unsupported((*name).to_owned()));
        }
    }
    Ok(())
}

fn number(element: Element<'_, '_>, name: &str) -> Result<Option<usize>, Disposition> {
    let Some(text) = element.attribute("", name) else { return Ok(None) };
    match text.trim().parse::<u32>() {
        Ok(number) if number > 0 => Ok(usize::try_from(number).ok()),
        _ => Err(element.fault(Problem::Attribute(format!("{name} is not a positive number"))).into()),
    }
}

fn collapsed(element: Element<'_, '_>) -> Result<String, Disposition> {
    Ok(collapse(element.text()?))
}

/// White space as the schema's types have it: none at the ends, one space inside.
fn collapse(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Qualifiers that exclude one another (UDDI 3.0.2, 5.1.6).
const EXCLUSIVE: &[&[&str]] = &[
    &["andAllKeys", "orAllKeys", "orLikeKeys"],
    &["sortByNameAsc", "sortByNameDesc"],
    &["sortByDateAsc", "sortByDateDesc"],
    &["combineCategoryBags", "serviceSubset", "bindingSubset"],
    &["exactMatch", "approximateMatch"],
    &["exactMatch", "caseInsensitiveMatch"],
    &["caseSensitiveMatch", "caseInsensitiveMatch"],
];

/// Qualifiers that are understood and change nothing: they ask for what is done anyhow. Everything is
/// registered at once, so all dates are equal; nothing is projected.
const GRANTED: &[&str] = &[
    "exactMatch",
    "caseSensitiveMatch",
    "diacriticSensitiveMatch",
    "binarySort",
    "sortByNameAsc",
    "sortByDateAsc",
    "sortByDateDesc",
    "suppressProjectedServices",
];

impl Qualifiers {
    fn read(list: Element<'_, '_>) -> Result<Self, Disposition> {
        let mut fields = list.fields(NAMESPACE)?;
        let all = fields.repeated("findQualifier", MOST_QUALIFIERS)?;
        fields.finish()?;
        let passed = all.into_iter().map(collapsed).collect::<Result<Vec<_>, _>>()?;
        let has = |word: &str| passed.iter().any(|qualifier| is_qualifier(qualifier, word));
        for group in EXCLUSIVE {
            let mut present = group.iter().filter(|word| has(word));
            if let (Some(one), Some(other)) = (present.next(), present.next()) {
                return Err(Disposition::InvalidCombination(one, other));
            }
        }
        let mut qualifiers = Self::default();
        for qualifier in &passed {
            qualifiers.take(qualifier)?;
        }
        Ok(qualifiers)
    }

    fn take(&mut self, qualifier: &str) -> Result<(), Disposition> {
        let is = |word: &str| is_qualifier(qualifier, word);
        match () {
            () if is("approximateMatch") => self.approximate = true,
            () if is("caseInsensitiveMatch") => self.ignores_case = true,
            () if is("andAllKeys") => self.keys = Some(Keys::And),
            () if is("orAllKeys") => self.keys = Some(Keys::Or),
            () if is("orLikeKeys") => self.keys = Some(Keys::OrLike),
            () if is("combineCategoryBags") => self.scope = Scope::Combined,
            () if is("serviceSubset") => self.scope = Scope::Services,
            () if is("bindingSubset") => self.scope = Scope::Bindings,
            () if is("sortByNameDesc") => self.descending = true,
            () if GRANTED.iter().any(|word| is(word)) => {}
            () => return Err(Disposition::Unsupported(qualifier.chars().take(LONGEST_TEXT).collect())),
        }
        Ok(())
    }
}

/// A qualifier is named by its word or by its tModel's key; case does not matter in either.
fn is_qualifier(passed: &str, word: &str) -> bool {
    let start = passed.get(..QUALIFIER_KEY.len()).filter(|start| start.eq_ignore_ascii_case(QUALIFIER_KEY));
    start.map_or(passed, |start| &passed[start.len()..]).eq_ignore_ascii_case(word)
}
