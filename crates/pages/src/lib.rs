//! What every page is made of: the HTML shell, form elements, texts in Kazakh, Russian and English, the style
//! sheet, security headers, cookies and tokens against forged forms.
//!
//! No rules and no decisions: what may be done and what happened is settled elsewhere and shown here. No
//! script anywhere: a page works as plain HTML, and the content security policy refuses anything else.
//!
//! How a participant makes a page: render the inner part with its own askama template, whose fields are
//! [`Texts`] and [`Html`] pieces from [`form`] and [`part`], turn it into [`Html`] by [`Html::render`], and
//! hand it to [`page`]. The router gets [`assets`] merged in and [`with_worded_refusals`],
//! [`with_security_headers`] and [`with_remembered_language`] put around it. A form with card data or a PIN is read as a [`SecretForm`].
//! Source: Instruction № 491, annex tables 1–7 (what people see); the manner is ours.

mod chart;
mod collate;
mod cookies;
mod csrf;
pub mod form;
mod headers;
mod html;
mod language;
pub mod part;
mod refusal;
mod secret_form;
mod shell;
mod style;
mod text;

pub use chart::Chart;
pub use collate::collate_kk;
pub use cookies::{CookieName, CookieReach, read_cookie};
pub use csrf::{CsrfKey, CsrfMismatch};
pub use files::written;
pub use files::written::{channel as channel_name, date, date_time, money, on_date, time};
pub use headers::{HeaderPolicy, with_security_headers};
pub use html::{Html, Markup};
pub use language::{ChosenLanguage, choose_language, with_remembered_language};
pub use refusal::{Refusal, with_worded_refusals};
pub use secret_form::{SecretForm, Unreadable};
pub use shell::{LanguageSwitch, Shell, SignedIn, page};
pub use style::{STYLE_PATH, assets};
pub use text::{Arg, MoneyState, Text, Texts, has_text, say};
