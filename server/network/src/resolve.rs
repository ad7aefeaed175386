//! From a name to the addresses that may be connected to.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::address::forbidden;
use crate::allowed::Destination;
use crate::error::FetchError;

/// Most addresses of one name that are tried; the client's own bound.
const MOST_ADDRESSES: usize = 16;

/// Asks for the addresses of a name. The system's answer, and in tests a fixed table.
pub(crate) type Lookup = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// Asks the system.
pub(crate) fn system_lookup() -> Lookup {
    Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
}

/// Gives the client the addresses of one destination, looked up once and checked; the client connects to these and
/// asks nobody again, so that the name cannot lead elsewhere between check and connection.
pub(crate) struct CheckedResolver {
    pub(crate) destination: Destination,
    pub(crate) port: u16,
    pub(crate) lookup: Lookup,
}

impl CheckedResolver {
    fn addresses(&self) -> Result<Vec<SocketAddr>, FetchError> {
        let name = match &self.destination {
            Destination::Literal(address) => return Ok(vec![SocketAddr::new(*address, self.port)]),
            Destination::Localhost => {
                let both = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
                return Ok(both.map(|address| SocketAddr::new(address, self.port)).to_vec());
            }
            Destination::Name(name) => name,
        };
        let found =
            (self.lookup)(name, self.port).map_err(|_| FetchError::HostNotFound { host: name.clone() })?;
        if found.is_empty() {
            return Err(FetchError::HostNotFound { host: name.clone() });
        }
        // One forbidden address among good ones is not chance: the whole name is refused.
        for address in &found {
            if let Some(kind) = forbidden(address.ip()) {
                return Err(FetchError::AddressForbidden { host: name.clone(), address: address.ip(), kind });
            }
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address.ip(), self.port)).collect())
    }
}

impl Resolver for CheckedResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = self.addresses().map_err(|problem| ureq::Error::Other(Box::new(problem)))?;
        let mut checked = self.empty();
        for address in addresses.into_iter().take(MOST_ADDRESSES) {
            checked.push(address);
        }
        Ok(checked)
    }
}

impl fmt::Debug for CheckedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedResolver")
            .field("destination", &self.destination)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
