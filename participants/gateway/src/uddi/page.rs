//! The registry as a page: who takes part, which services, where, described by what.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{StatusCode, Uri};
use pages::part::{DataTable, Panel, Tone, link};
use pages::{ChosenLanguage, Html, LanguageSwitch, Markup, Shell, say};
use terms::Language;
use wire::uddi::{BindingTemplate, BusinessEntity, BusinessService, Registry};

/// `/uddi`.
pub(super) fn routes(registry: Arc<Registry>) -> Router {
    Router::new().route("/uddi", get(show)).with_state(registry)
}

async fn show(
    State(registry): State<Arc<Registry>>,
    ChosenLanguage(language): ChosenLanguage,
    uri: Uri,
) -> Response {
    let title = say(language, "uddi-title").to_string();
    let panel = Panel::new(Tone::Plain, &title).line(say(language, "uddi-about"));
    pages::page(&Shell {
        language,
        title: &title,
        service: &say(language, "site-gateway").to_string(),
        state: None,
        invalid: false,
        switch: LanguageSwitch::Links(&uri),
        signed_in: None,
        help: None,
        demonstration: true,
        status: StatusCode::OK,
        body: Html::join([panel.html(), services(language, &registry), tmodels(language, &registry)]),
    })
}

fn services(language: Language, registry: &Registry) -> Html {
    let mut table = DataTable::new(say(language, "uddi-service"))
        .column(say(language, "uddi-service"))
        .column(say(language, "uddi-business"))
        .column(say(language, "uddi-binding"))
        .column(say(language, "uddi-wsdl"))
        .column(say(language, "uddi-tmodel"))
        .column(say(language, "uddi-key"));
    for business in registry.businesses() {
        for service in &business.services {
            table.row(service_row(language, business, service));
        }
    }
    table.html()
}

/// The versions of SOAP share one address and one WSDL, so one row says it all.
fn service_row(language: Language, business: &BusinessEntity, service: &BusinessService) -> [Html; 6] {
    let of_first =
        |cell: fn(&BindingTemplate) -> Html| service.bindings.first().map(cell).unwrap_or_default();
    [
        Html::text(service.names.get(language)),
        Html::text(business.names.get(language)),
        of_first(|binding| Html::text(&binding.access_point)),
        of_first(|binding| link(&binding.wsdl, &binding.wsdl)),
        of_first(|binding| Html::text(&binding.tmodel_key)),
        Html::text(&service.key),
    ]
}

fn tmodels(language: Language, registry: &Registry) -> Html {
    let mut table = DataTable::new(say(language, "uddi-tmodel"))
        .column(say(language, "uddi-tmodel"))
        .column(say(language, "uddi-wsdl"))
        .column(say(language, "uddi-key"));
    for tmodel in registry.tmodels() {
        let wsdl = tmodel.wsdl.as_ref().map(|wsdl| link(wsdl, wsdl)).unwrap_or_default();
        table.row([Html::text(&tmodel.name), wsdl, Html::text(&tmodel.key)]);
    }
    table.html()
}
