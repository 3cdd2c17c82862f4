//! A person with a browser: opens pages, fills in forms, reads what they say.

use anyhow::{Context, Result, bail};
use terms::{Language, PaymentCode};
use transport::{Browser, Identity, Page, TlsRoots};

use super::html;
use crate::country::Country;

/// A person at a screen.
pub(crate) struct Person {
    browser: Browser,
    pub(crate) page: Page,
}

impl Person {
    /// Opens the first page of a site, with a certificate on the key carrier where one is named.
    pub(crate) async fn at(country: &Country, url: &str, certificate: Option<&str>) -> Result<Self> {
        let folder = country.folder().join("people");
        let roots = TlsRoots::from_pem_file(&folder.join("national-ca.pem"))?;
        let identity = match certificate {
            Some(files) => {
                let file = |ending| folder.join(format!("{files}.{ending}"));
                Some(Identity::from_pem_files(&file("pem"), &file("key"))?)
            }
            None => None,
        };
        let mut browser = Browser::new(identity.as_ref(), &roots)?;
        browser.prefer(Language::Ru);
        let page = browser.get(url).await.with_context(|| format!("opening {url}"))?;
        Ok(Self { browser, page })
    }

    /// Opens another page.
    pub(crate) async fn open(&mut self, address: &str) -> Result<()> {
        self.page = self.browser.get(address).await.with_context(|| format!("opening {address}"))?;
        Ok(())
    }

    /// Opens the same page again.
    pub(crate) async fn refresh(&mut self) -> Result<()> {
        let url = self.page.url.clone();
        self.open(&url).await
    }

    /// Fills in the form with this id and sends it.
    pub(crate) async fn send(&mut self, id: &str, fields: &[(&str, &str)]) -> Result<()> {
        let form = html::form(&self.page.body, id).with_context(|| self.says())?;
        let mut all: Vec<(&str, &str)> =
            form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend_from_slice(fields);
        self.page =
            self.browser.post_form(&form.action, &all).await.with_context(|| format!("sending `{id}`"))?;
        Ok(())
    }

    /// The value of a cookie that the browser would send to this address.
    pub(crate) fn cookie(&self, address: &str, name: &str) -> Option<&str> {
        self.browser.cookie(address, name)
    }

    /// Whether the page has a form.
    pub(crate) fn can_send(&self, id: &str) -> bool {
        html::has_form(&self.page.body, id)
    }

    /// What the page says for machines.
    pub(crate) fn mark(&self, id: &str, name: &str) -> Option<String> {
        html::mark(&self.page.body, id, name)
    }

    /// The outcome the page names.
    pub(crate) fn result(&self) -> String {
        self.mark("result", "result").unwrap_or_default()
    }

    /// The outcome must be this one.
    pub(crate) fn expect(&self, result: &str) -> Result<()> {
        let said = self.result();
        if said == result {
            Ok(())
        } else {
            bail!("the page says «{said}» instead of «{result}»: {}", self.says())
        }
    }

    /// The text must be on the page.
    pub(crate) fn sees(&self, text: &str) -> Result<()> {
        let words = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
        if words(&self.page.body).contains(&words(text)) {
            Ok(())
        } else {
            bail!("«{text}» is not shown: {}", self.says())
        }
    }

    /// The code the page shows.
    pub(crate) fn code(&self) -> Result<PaymentCode> {
        let digits = self
            .mark("payment-code", "code")
            .with_context(|| format!("no code is shown: {}", self.says()))?;
        Ok(digits.parse()?)
    }

    /// What a machine printed.
    pub(crate) fn slip(&self) -> Result<String> {
        html::printed(&self.page.body).with_context(|| format!("no slip is printed: {}", self.says()))
    }

    /// The address of a link.
    pub(crate) fn link(&self, part: &str) -> Result<String> {
        html::link(&self.page.body, part).with_context(|| format!("no link to {part}: {}", self.says()))
    }

    /// The page in words.
    pub(crate) fn says(&self) -> String {
        format!("{} {}: {}", self.page.status.as_u16(), self.page.url, html::text(&self.page.body))
    }
}
