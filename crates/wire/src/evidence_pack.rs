//! The manifest of a payment's evidence pack: what the gateway signs. How a pack is made and checked is the gateway's.

use terms::{Bin, Moment, PaymentCode};
use xml::{Element, FieldError, FromElement, Problem, ToElement, Writer};

/// The namespace of the manifest.
const NAMESPACE: &str = "urn:tolem:evidence-pack:1";

/// The most files that a pack has.
pub const MAX_FILES: usize = 4096;

/// What the gateway signs: which files the pack has, and of which payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The payment.
    pub code: PaymentCode,
    /// The gateway that made the pack.
    pub gateway: Bin,
    /// When.
    pub made_at: Moment,
    /// Every file but the manifest itself.
    pub files: Vec<Listed>,
}

/// A file by its name, and SHA-256 of it in hexadecimal, as `sha256sum` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path in the pack.
    pub name: String,
    /// Its digest.
    pub sha256: String,
}

impl ToElement for Manifest {
    fn write(&self, writer: &mut Writer) {
        writer.start(NAMESPACE, "EvidencePack");
        writer.leaf(NAMESPACE, "paymentCode", &self.code.digits());
        writer.leaf(NAMESPACE, "gateway", &self.gateway.to_string());
        writer.leaf(NAMESPACE, "madeAt", &self.made_at.to_string());
        for file in &self.files {
            writer.start(NAMESPACE, "file");
            writer.leaf(NAMESPACE, "name", &file.name);
            writer.leaf(NAMESPACE, "sha256", &file.sha256);
            writer.end();
        }
        writer.end();
    }
}

impl FromElement for Manifest {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        element.expect(NAMESPACE, "EvidencePack")?;
        let mut fields = element.fields(NAMESPACE)?;
        let code = fields.required("paymentCode")?;
        let gateway = fields.required("gateway")?.parse()?;
        let made_at = fields.required("madeAt")?.parse()?;
        let mut files = Vec::new();
        for file in fields.repeated("file", MAX_FILES)? {
            let mut fields = file.fields(NAMESPACE)?;
            let name = fields.required("name")?.text()?.to_owned();
            let sha256 = fields.required("sha256")?.text()?.to_owned();
            fields.finish()?;
            files.push(Listed { name, sha256 });
        }
        fields.finish()?;
        let code =
            code.text()?.parse().map_err(|_| code.fault(Problem::Text("no payment code".to_owned())))?;
        Ok(Self { code, gateway, made_at, files })
    }
}
