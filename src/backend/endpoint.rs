//! Which instance, and where: what every error names.

use std::fmt;

/// An instance's name and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The name in the configuration.
    pub name: Box<str>,
    /// `host:port`.
    pub address: Box<str>,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "instance '{}' ({})", self.name, self.address)
    }
}
