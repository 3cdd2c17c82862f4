//! QR codes: modules for paper, SVG for screens. What the text means is settled by whoever hands it in.

use fast_qr::{ECL, QRBuilder};

/// The longest text of a QR code, in octets. Denser codes are hard to read off a worn slip.
pub const QR_LONGEST: usize = 600;

/// The margin of light modules that readers need on each side (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// Why a text makes no QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// Longer than [`QR_LONGEST`].
    #[error("the text of a QR code is longer than {QR_LONGEST} octets")]
    TooLong,
}

/// A QR code as a square of modules, without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrModules {
    size: usize,
    dark: Vec<bool>,
}

impl QrModules {
    /// Modules on a side.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether a module is dark; everything outside is light.
    pub fn is_dark(&self, row: usize, column: usize) -> bool {
        row < self.size && column < self.size && self.dark[row * self.size + column]
    }

    /// Runs of dark modules as (row, first column, length), from top left to bottom right.
    pub fn runs(&self) -> Vec<(usize, usize, usize)> {
        let mut runs = Vec::new();
        for row in 0..self.size {
            let mut column = 0;
            while column < self.size {
                let length = (column..self.size).take_while(|at| self.is_dark(row, *at)).count();
                if length > 0 {
                    runs.push((row, column, length));
                }
                column += length + 1;
            }
        }
        runs
    }
}

/// The modules of a QR code with medium error correction.
///
/// # Errors
/// [`QrError::TooLong`] above [`QR_LONGEST`].
pub fn qr_modules(text: &str) -> Result<QrModules, QrError> {
    if text.len() > QR_LONGEST {
        return Err(QrError::TooLong);
    }
    let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| QrError::TooLong)?;
    let size = code.size;
    let dark = (0..size).flat_map(|row| code[row][..size].iter().map(|module| module.value())).collect();
    Ok(QrModules { size, dark })
}

/// A QR code as an SVG element, black on white, quiet zone included, without a size of its own.
///
/// # Errors
/// As [`qr_modules`].
pub fn qr_svg(text: &str) -> Result<String, QrError> {
    let modules = qr_modules(text)?;
    let side = modules.size() + 2 * QUIET_ZONE;
    let mut path = String::new();
    for (row, column, length) in modules.runs() {
        path.push_str(&format!("M{} {}h{length}v1h-{length}z", column + QUIET_ZONE, row + QUIET_ZONE));
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_finders_and_an_exact_svg() {
        let modules = qr_modules("https://127.0.0.1:8081/v/0123456789abcdef0123456789abcdef").unwrap();
        let last = modules.size() - 7;
        for (row, column) in [(0, 0), (0, last), (last, 0)] {
            assert!((0..7).all(|i| modules.is_dark(row, column + i) && modules.is_dark(row + i, column)));
            assert!(!modules.is_dark(row + 1, column + 1));
        }
        assert!(!modules.is_dark(modules.size(), 0));
        let dark: usize = modules.runs().iter().map(|(_, _, length)| length).sum();
        assert_eq!(dark, modules.dark.iter().filter(|dark| **dark).count());
        assert_eq!(qr_svg("x").unwrap(), qr_svg("x").unwrap());
    }

    #[test]
    fn a_text_too_long_is_refused() {
        assert!(qr_modules(&"a".repeat(QR_LONGEST)).is_ok());
        assert_eq!(qr_modules(&"a".repeat(QR_LONGEST + 1)), Err(QrError::TooLong));
    }
}
