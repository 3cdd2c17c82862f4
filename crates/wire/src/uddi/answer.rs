//! Answers, written as the messages of UDDI.
//!
//! Source: UDDI 3.0.2, 3 and 5.1.

use terms::{Language, Trilingual};
use xml::{ToElement, Writer};

use super::registry::{BindingTemplate, BusinessEntity, BusinessService, KeyedReference, TModel};
use super::{LONGEST_TEXT, NAMESPACE};

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<'r> {
    /// `businessList`, to `find_business`.
    BusinessList(Found<'r, BusinessEntity>),
    /// `serviceList`, to `find_service`.
    ServiceList(Found<'r, BusinessService>),
    /// `bindingDetail` with a description of the list, to `find_binding`.
    BindingList(Found<'r, BindingTemplate>),
    /// `tModelList`, to `find_tModel`.
    TModelList(Found<'r, TModel>),
    /// `businessDetail`, to `get_businessDetail`.
    BusinessDetail(Vec<&'r BusinessEntity>),
    /// `serviceDetail`, to `get_serviceDetail`.
    ServiceDetail(Vec<&'r BusinessService>),
    /// `bindingDetail`, to `get_bindingDetail`.
    BindingDetail(Vec<&'r BindingTemplate>),
    /// `tModelDetail`, to `get_tModelDetail`.
    TModelDetail(Vec<&'r TModel>),
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'r, T> {
    /// The entries listed.
    pub rows: Vec<&'r T>,
    /// How many match in all.
    pub actual: usize,
    /// The place of the first one listed among them, from 1.
    pub head: usize,
}

impl<T> Default for Found<'_, T> {
    fn default() -> Self {
        Self { rows: Vec::new(), actual: 0, head: 1 }
    }
}

impl<T> Found<'_, T> {
    /// Whether more match than are listed up to here.
    pub fn is_truncated(&self) -> bool {
        self.head - 1 + self.rows.len() < self.actual
    }

    fn start(&self, writer: &mut Writer, name: &str) {
        writer.start(NAMESPACE, name);
        if self.is_truncated() {
            writer.attribute("truncated", "true");
        }
        writer.start(NAMESPACE, "listDescription");
        for (name, count) in
            [("includeCount", self.rows.len()), ("actualCount", self.actual), ("listHead", self.head)]
        {
            writer.start(NAMESPACE, name).display(count).end();
        }
        writer.end();
    }
}

impl ToElement for Answer<'_> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::BusinessList(found) => {
                found.start(writer, "businessList");
                write_all(writer, "businessInfos", &found.rows, |w, business| business_info(w, business));
            }
            Self::ServiceList(found) => {
                found.start(writer, "serviceList");
                write_all(writer, "serviceInfos", &found.rows, |w, service| service_info(w, service));
            }
            Self::BindingList(found) => {
                found.start(writer, "bindingDetail");
                found.rows.iter().for_each(|binding| binding.write(writer));
            }
            Self::TModelList(found) => {
                found.start(writer, "tModelList");
                write_all(writer, "tModelInfos", &found.rows, |w, tmodel| tmodel_info(w, tmodel));
            }
            Self::BusinessDetail(all) => {
                writer.start(NAMESPACE, "businessDetail");
                all.iter().for_each(|business| business.write(writer));
            }
            Self::ServiceDetail(all) => {
                writer.start(NAMESPACE, "serviceDetail");
                all.iter().for_each(|service| service.write(writer));
            }
            Self::BindingDetail(all) => {
                writer.start(NAMESPACE, "bindingDetail");
                all.iter().for_each(|binding| binding.write(writer));
            }
            Self::TModelDetail(all) => {
                writer.start(NAMESPACE, "tModelDetail");
                all.iter().for_each(|tmodel| tmodel.write(writer));
            }
        }
        writer.end();
    }
}

impl ToElement for BusinessEntity {
    fn write(&self, writer: &mut Writer) {
        writer.start(NAMESPACE, "businessEntity").attribute("businessKey", &self.key);
        write_names(writer, &self.names);
        write_all(writer, "businessServices", &self.services, |w, service| service.write(w));
        write_bag(writer, "identifierBag", &self.identifiers);
        writer.end();
    }
}

impl ToElement for BusinessService {
    fn write(&self, writer: &mut Writer) {
        writer.start(NAMESPACE, "businessService");
        writer.attribute("serviceKey", &self.key).attribute("businessKey", &self.business_key);
        write_names(writer, &self.names);
        write_description(writer, &self.description);
        write_all(writer, "bindingTemplates", &self.bindings, |w, binding| binding.write(w));
        write_bag(writer, "categoryBag", &self.categories);
        writer.end();
    }
}

impl ToElement for BindingTemplate {
    fn write(&self, writer: &mut Writer) {
        writer.start(NAMESPACE, "bindingTemplate");
        writer.attribute("bindingKey", &self.key).attribute("serviceKey", &self.service_key);
        write_description(writer, &self.description);
        writer.start(NAMESPACE, "accessPoint").attribute("useType", "endPoint");
        writer.text(&self.access_point).end();
        writer.start(NAMESPACE, "tModelInstanceDetails").start(NAMESPACE, "tModelInstanceInfo");
        writer.attribute("tModelKey", &self.tmodel_key).start(NAMESPACE, "instanceDetails");
        write_wsdl(writer, &self.wsdl);
        writer.leaf(NAMESPACE, "instanceParms", &self.port).end().end().end();
        write_bag(writer, "categoryBag", &self.categories);
        writer.end();
    }
}

impl ToElement for TModel {
    fn write(&self, writer: &mut Writer) {
        writer.start(NAMESPACE, "tModel").attribute("tModelKey", &self.key);
        writer.leaf(NAMESPACE, "name", clipped(&self.name));
        write_description(writer, &self.description);
        if let Some(wsdl) = &self.wsdl {
            write_wsdl(writer, wsdl);
        }
        write_bag(writer, "categoryBag", &self.categories);
        writer.end();
    }
}

fn business_info(writer: &mut Writer, business: &BusinessEntity) {
    writer.start(NAMESPACE, "businessInfo").attribute("businessKey", &business.key);
    write_names(writer, &business.names);
    write_all(writer, "serviceInfos", &business.services, service_info);
    writer.end();
}

fn service_info(writer: &mut Writer, service: &BusinessService) {
    writer.start(NAMESPACE, "serviceInfo");
    writer.attribute("serviceKey", &service.key).attribute("businessKey", &service.business_key);
    write_names(writer, &service.names);
    writer.end();
}

fn tmodel_info(writer: &mut Writer, tmodel: &TModel) {
    writer.start(NAMESPACE, "tModelInfo").attribute("tModelKey", &tmodel.key);
    writer.leaf(NAMESPACE, "name", clipped(&tmodel.name));
    write_description(writer, &tmodel.description);
    writer.end();
}

/// A list inside its element; the schema has no empty ones.
fn write_all<T>(writer: &mut Writer, name: &str, all: &[T], write: impl Fn(&mut Writer, &T)) {
    if all.is_empty() {
        return;
    }
    writer.start(NAMESPACE, name);
    all.iter().for_each(|one| write(writer, one));
    writer.end();
}

fn write_bag(writer: &mut Writer, name: &str, references: &[KeyedReference]) {
    write_all(writer, name, references, |writer, reference| {
        writer.start(NAMESPACE, "keyedReference").attribute("tModelKey", &reference.tmodel_key);
        writer.attribute("keyName", &reference.key_name).attribute("keyValue", &reference.key_value).end();
    });
}

fn write_names(writer: &mut Writer, names: &Trilingual) {
    for language in Language::ALL {
        writer.start(NAMESPACE, "name").attribute("xml:lang", language.tag());
        writer.text(clipped(names.get(language))).end();
    }
}

fn write_description(writer: &mut Writer, text: &str) {
    writer.start(NAMESPACE, "description").attribute("xml:lang", "en").text(clipped(text)).end();
}

fn write_wsdl(writer: &mut Writer, address: &str) {
    writer.start(NAMESPACE, "overviewDoc").start(NAMESPACE, "overviewURL");
    writer.attribute("useType", "wsdlInterface").text(address).end().end();
}

fn clipped(text: &str) -> &str {
    text.char_indices().nth(LONGEST_TEXT).map_or(text, |(end, _)| &text[..end])
}
