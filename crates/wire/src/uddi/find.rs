//! Which entries an inquiry finds.
//!
//! Source: UDDI 3.0.2, 5.1. Names are matched as written unless `approximateMatch` makes `%` and `_`
//! wildcards; lists are sorted by name, by the code points of the first name.

use std::iter;

use terms::Language;

use super::answer::{Answer, Found};
use super::disposition::Disposition;
use super::inquiry::{Entity, Find, Inquiry, Keys, Scope};
use super::registry::{BindingTemplate, BusinessEntity, BusinessService, KeyedReference, Registry, TModel};
use super::{LONGEST_TEXT, well_known};

impl Registry {
    /// Answers an inquiry.
    ///
    /// # Errors
    /// [`Disposition::InvalidKey`] for the first key that names nothing.
    pub fn answer(&self, inquiry: &Inquiry) -> Result<Answer<'_>, Disposition> {
        match inquiry {
            Inquiry::Find(Entity::Business, find) => self.find_business(find).map(Answer::BusinessList),
            Inquiry::Find(Entity::Service, find) => self.find_service(find).map(Answer::ServiceList),
            Inquiry::Find(Entity::Binding, find) => self.find_binding(find).map(Answer::BindingList),
            Inquiry::Find(Entity::TModel, find) => Ok(Answer::TModelList(self.find_tmodel(find))),
            Inquiry::Get(entity, keys) => self.get(*entity, keys),
        }
    }

    fn get(&self, entity: Entity, keys: &[String]) -> Result<Answer<'_>, Disposition> {
        Ok(match entity {
            Entity::Business => Answer::BusinessDetail(all_of(self.businesses(), entity, keys)?),
            Entity::Service => Answer::ServiceDetail(all_of(self.services(), entity, keys)?),
            Entity::Binding => Answer::BindingDetail(all_of(self.bindings(), entity, keys)?),
            Entity::TModel => Answer::TModelDetail(all_of(self.tmodels(), entity, keys)?),
        })
    }

    fn find_business(&self, find: &Find) -> Result<Found<'_, BusinessEntity>, Disposition> {
        let Some(fingerprint) = self.fingerprint(find) else { return Ok(Found::default()) };
        let found = self.businesses().iter().filter(|business| {
            let bindings = || business.services.iter().flat_map(|service| &service.bindings);
            let of_services = || business.services.iter().flat_map(|service| &service.categories);
            let of_bindings = || bindings().flat_map(|binding| &binding.categories);
            let categories: Vec<_> = match find.qualifiers.scope {
                // A participant has no categories of its own.
                Scope::Own => Vec::new(),
                Scope::Combined => of_services().chain(of_bindings()).collect(),
                Scope::Services => of_services().collect(),
                Scope::Bindings => of_bindings().collect(),
            };
            find.names_match(names(&business.names))
                && find.identified(&business.identifiers)
                && find.categorised(&categories)
                && find.reached(&fingerprint, bindings())
        });
        Ok(find.page(by_name(found.collect(), find, |business| &business.names.kk)))
    }

    fn find_service(&self, find: &Find) -> Result<Found<'_, BusinessService>, Disposition> {
        let business = match &find.within {
            Some(key) => Some(one_of(self.businesses(), Entity::Business, key)?),
            None => None,
        };
        let Some(fingerprint) = self.fingerprint(find) else { return Ok(Found::default()) };
        let found = self.services().filter(|service| {
            let of_bindings = service.bindings.iter().flat_map(|binding| &binding.categories);
            let categories: Vec<_> = match find.qualifiers.scope {
                Scope::Own | Scope::Services => service.categories.iter().collect(),
                Scope::Combined => service.categories.iter().chain(of_bindings).collect(),
                Scope::Bindings => of_bindings.collect(),
            };
            business.is_none_or(|business| business.key == service.business_key)
                && find.names_match(names(&service.names))
                && find.categorised(&categories)
                && find.reached(&fingerprint, service.bindings.iter())
        });
        Ok(find.page(by_name(found.collect(), find, |service| &service.names.kk)))
    }

    fn find_binding(&self, find: &Find) -> Result<Found<'_, BindingTemplate>, Disposition> {
        let service = match &find.within {
            Some(key) => Some(one_of(self.services(), Entity::Service, key)?),
            None => None,
        };
        let Some(fingerprint) = self.fingerprint(find) else { return Ok(Found::default()) };
        let found = self.bindings().filter(|binding| {
            service.is_none_or(|service| service.key == binding.service_key)
                && find.categorised(&binding.categories.iter().collect::<Vec<_>>())
                && find.reached(&fingerprint, iter::once(*binding))
        });
        Ok(find.page(found.collect()))
    }

    fn find_tmodel(&self, find: &Find) -> Found<'_, TModel> {
        let found = self.tmodels().iter().filter(|tmodel| {
            find.names_match([(None, tmodel.name.as_str())])
                && find.identified(&[])
                && find.categorised(&tmodel.categories.iter().collect::<Vec<_>>())
        });
        find.page(by_name(found.collect(), find, |tmodel| &tmodel.name))
    }

    /// The tModels asked for, those that the embedded inquiry finds included; `None` where that finds none,
    /// because then nothing can match.
    fn fingerprint(&self, find: &Find) -> Option<Vec<String>> {
        let mut keys = find.tmodels.clone();
        if let Some(embedded) = &find.find_tmodel {
            let found = self.find_tmodel(embedded);
            if found.rows.is_empty() {
                return None;
            }
            keys.extend(found.rows.iter().map(|tmodel| tmodel.key.clone()));
        }
        Some(keys)
    }
}

/// What has a key.
trait Keyed {
    fn key(&self) -> &str;
}

macro_rules! keyed {
    ($($kind:ty),*) => {$(
        impl Keyed for $kind {
            fn key(&self) -> &str {
                &self.key
            }
        }
    )*};
}
keyed!(BusinessEntity, BusinessService, BindingTemplate, TModel);

fn one_of<'r, T: Keyed>(
    entries: impl IntoIterator<Item = &'r T>,
    kind: Entity,
    key: &str,
) -> Result<&'r T, Disposition> {
    let unknown = || Disposition::InvalidKey { kind, key: key.chars().take(LONGEST_TEXT).collect() };
    entries.into_iter().find(|entry| entry.key().eq_ignore_ascii_case(key)).ok_or_else(unknown)
}

fn all_of<'r, T: Keyed>(
    entries: impl IntoIterator<Item = &'r T> + Clone,
    kind: Entity,
    keys: &[String],
) -> Result<Vec<&'r T>, Disposition> {
    keys.iter().map(|key| one_of(entries.clone(), kind, key)).collect()
}

fn by_name<'r, T>(mut rows: Vec<&'r T>, find: &Find, name: impl Fn(&T) -> &str) -> Vec<&'r T> {
    rows.sort_by(|one, other| name(one).cmp(name(other)));
    if find.qualifiers.descending {
        rows.reverse();
    }
    rows
}

fn names(names: &terms::Trilingual) -> impl Iterator<Item = (Option<Language>, &str)> {
    Language::ALL.into_iter().map(|language| (Some(language), names.get(language)))
}

impl Find {
    fn page<'r, T>(&self, all: Vec<&'r T>) -> Found<'r, T> {
        let actual = all.len();
        let rows = all.into_iter().skip(self.head - 1).take(self.rows).collect();
        Found { rows, actual, head: self.head }
    }

    /// Whether one of the names asked for is one of these. A name without a language counts in each.
    fn names_match<'n>(&self, names: impl IntoIterator<Item = (Option<Language>, &'n str)>) -> bool {
        if self.names.is_empty() {
            return true;
        }
        names.into_iter().any(|(language, text)| {
            self.names.iter().any(|pattern| {
                let asked = pattern.language.as_deref().zip(language);
                asked.is_none_or(|(asked, language)| asked.eq_ignore_ascii_case(language.tag()))
                    && self.text_matches(&pattern.text, text)
            })
        })
    }

    fn text_matches(&self, pattern: &str, text: &str) -> bool {
        let fold = |text: &str| if self.qualifiers.ignores_case { text.to_lowercase() } else { text.into() };
        if self.qualifiers.approximate {
            like(&fold(pattern), &fold(text))
        } else {
            fold(pattern) == fold(text)
        }
    }

    fn identified(&self, identifiers: &[KeyedReference]) -> bool {
        self.bag_matches(&self.identifiers, &identifiers.iter().collect::<Vec<_>>(), Keys::Or)
    }

    fn categorised(&self, categories: &[&KeyedReference]) -> bool {
        self.bag_matches(&self.categories, categories, Keys::And)
    }

    fn bag_matches(&self, asked: &[KeyedReference], held: &[&KeyedReference], default: Keys) -> bool {
        let alike = |one: &KeyedReference, other: &KeyedReference| {
            one.tmodel_key.eq_ignore_ascii_case(&other.tmodel_key)
        };
        let has = |asked: &KeyedReference| {
            held.iter().any(|held| alike(asked, held) && self.value_matches(asked, held))
        };
        match self.qualifiers.keys.unwrap_or(default) {
            _ if asked.is_empty() => true,
            Keys::And => asked.iter().all(has),
            Keys::Or => asked.iter().any(has),
            Keys::OrLike => asked.iter().all(|one| asked.iter().filter(|other| alike(one, other)).any(has)),
        }
    }

    /// A value that is itself a tModel's key is compared as keys are, whatever its case.
    fn value_matches(&self, asked: &KeyedReference, held: &KeyedReference) -> bool {
        let is_key = [well_known::WSDL_PROTOCOL, well_known::WSDL_TRANSPORT].contains(&&*held.tmodel_key);
        (is_key && asked.key_value.eq_ignore_ascii_case(&held.key_value))
            || self.text_matches(&asked.key_value, &held.key_value)
    }

    /// Whether one of the bindings has the tModels asked for.
    fn reached<'r>(
        &self,
        fingerprint: &[String],
        mut bindings: impl Iterator<Item = &'r BindingTemplate>,
    ) -> bool {
        let any_key = matches!(self.qualifiers.keys, Some(Keys::Or | Keys::OrLike));
        fingerprint.is_empty()
            || bindings.any(|binding| {
                let mut has = fingerprint.iter().map(|key| binding.tmodel_key.eq_ignore_ascii_case(key));
                if any_key { has.any(|has| has) } else { has.all(|has| has) }
            })
    }
}

enum Piece {
    /// `%`: any text.
    Any,
    /// `_`: any character.
    One,
    Char(char),
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut characters = pattern.chars();
    iter::from_fn(|| {
        Some(match characters.next()? {
            '%' => Piece::Any,
            '_' => Piece::One,
            '\\' => Piece::Char(characters.next().unwrap_or('\\')),
            other => Piece::Char(other),
        })
    })
    .collect()
}

/// Matches with wildcards. Going back to the last `%` is enough, so the work is bounded by the product of
/// the two lengths, whatever pattern a stranger sends.
fn like(pattern: &str, text: &str) -> bool {
    let pieces = pieces(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut piece, mut at) = (0, 0);
    let mut resume = None;
    while at < text.len() {
        match pieces.get(piece) {
            Some(Piece::Any) => {
                piece += 1;
                resume = Some((piece, at));
            }
            Some(Piece::One) => (piece, at) = (piece + 1, at + 1),
            Some(Piece::Char(c)) if *c == text[at] => (piece, at) = (piece + 1, at + 1),
            _ => match resume {
                Some((after, from)) => {
                    resume = Some((after, from + 1));
                    (piece, at) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pieces[piece..].iter().all(|piece| matches!(piece, Piece::Any))
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn wildcards_match_as_in_sql() {
        for (pattern, text) in [
            ("%", ""),
            ("%", "Банк"),
            ("Ала%", "Алатау Банк"),
            ("%Банк", "Алатау Банк"),
            ("%т_у%", "Алатау Банк"),
            ("%a%b%c", "xxaxxbxxbcc"),
            ("100\\%", "100%"),
            ("Банк", "Банк"),
            ("", ""),
        ] {
            assert!(like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "Банк"),
            ("_", ""),
            ("Банк", "Алатау Банк"),
            ("Ала%x", "Алатау Банк"),
            ("100\\%", "100 "),
            ("%a%b%c", "xxaxxbxxb"),
            ("\\", "Банк"),
        ] {
            assert!(!like(pattern, text), "{pattern} {text}");
        }
    }
}
