//! Which addresses a name may lead to: only those of the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address belongs to that no name of the outside world may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKind {
    /// This machine: `127.0.0.0/8`, `::1`.
    Loopback,
    /// No address at all: `0.0.0.0/8`, `::`.
    Unspecified,
    /// The network this machine stands in: `10.0.0.0/8`, `192.168.0.0/16`, `fc00::/7`, and shared `100.64.0.0/10`.
    Private,
    /// The same cable, and the metadata service of most clouds: `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// The metadata service of a cloud at an address of its own.
    CloudMetadata,
    /// Many machines at once: `224.0.0.0/4`, `ff00::/8`, `255.255.255.255`.
    Multicast,
    /// Kept back for documentation, measuring, tunnels or the future.
    Reserved,
}

impl AddressKind {
    /// A word for it, for messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Unspecified => "unspecified",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::CloudMetadata => "cloud metadata",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
        }
    }
}

/// What forbids this address; none for one of the public internet.
pub(crate) fn forbidden(address: IpAddr) -> Option<AddressKind> {
    match address {
        IpAddr::V4(v4) => forbidden_v4(v4),
        IpAddr::V6(v6) => forbidden_v6(v6),
    }
}

/// Clouds that answer metadata questions outside the link-local range: Azure, Alibaba, Oracle.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192)];
/// Amazon's metadata service over IPv6, and Google's.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];
/// The one address most clouds share for it.
const METADATA_LINK_LOCAL: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

fn forbidden_v4(address: Ipv4Addr) -> Option<AddressKind> {
    if address == METADATA_LINK_LOCAL || METADATA_V4.contains(&address) {
        return Some(AddressKind::CloudMetadata);
    }
    // The registry of special-purpose addresses (RFC 6890 and its updates).
    match address.octets() {
        [127, ..] => Some(AddressKind::Loopback),
        [0, ..] => Some(AddressKind::Unspecified),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Some(AddressKind::Private),
        [169, 254, ..] => Some(AddressKind::LinkLocal),
        [224..=239, ..] | [255, 255, 255, 255] => Some(AddressKind::Multicast),
        [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18..=19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [240..=255, ..] => Some(AddressKind::Reserved),
        _ => None,
    }
}

fn forbidden_v6(address: Ipv6Addr) -> Option<AddressKind> {
    if METADATA_V6.contains(&address) {
        return Some(AddressKind::CloudMetadata);
    }
    if address == Ipv6Addr::LOCALHOST {
        return Some(AddressKind::Loopback);
    }
    if address == Ipv6Addr::UNSPECIFIED {
        return Some(AddressKind::Unspecified);
    }
    match address.segments() {
        // An IPv4 address in other clothes: mapped, compatible, translated (RFC 6052). What it stands for counts.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            forbidden_v4(embedded(high, low))
        }
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Some(AddressKind::Private),
        [0xfe80..=0xfebf, ..] => Some(AddressKind::LinkLocal),
        [0xff00..=0xffff, ..] => Some(AddressKind::Multicast),
        // Tunnels (Teredo, 6to4) carry an IPv4 address that nobody checks; 2001:db8 and 3fff are documentation.
        [0x2001, 0x0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0x0..=0xfff, ..] => {
            Some(AddressKind::Reserved)
        }
        // Everything global and given out so far lies in 2000::/3.
        [0x2000..=0x3fff, ..] => None,
        _ => Some(AddressKind::Reserved),
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<AddressKind> {
        forbidden(text.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_free() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }

    #[test]
    fn every_range_inside_the_machine_or_its_network_is_forbidden() {
        let table = [
            ("127.0.0.1", AddressKind::Loopback),
            ("127.255.1.2", AddressKind::Loopback),
            ("::1", AddressKind::Loopback),
            ("0.0.0.0", AddressKind::Unspecified),
            ("0.1.2.3", AddressKind::Unspecified),
            ("::", AddressKind::Unspecified),
            ("10.1.2.3", AddressKind::Private),
            ("172.16.0.1", AddressKind::Private),
            ("172.31.255.255", AddressKind::Private),
            ("192.168.1.1", AddressKind::Private),
            ("100.64.0.1", AddressKind::Private),
            ("fd12:3456::1", AddressKind::Private),
            ("fec0::1", AddressKind::Private),
            ("169.254.0.1", AddressKind::LinkLocal),
            ("fe80::1", AddressKind::LinkLocal),
            ("224.0.0.1", AddressKind::Multicast),
            ("255.255.255.255", AddressKind::Multicast),
            ("ff02::1", AddressKind::Multicast),
            ("192.0.2.1", AddressKind::Reserved),
            ("198.18.0.1", AddressKind::Reserved),
            ("240.0.0.1", AddressKind::Reserved),
            ("2001:db8::1", AddressKind::Reserved),
            ("2001::1", AddressKind::Reserved),
            ("100::1", AddressKind::Reserved),
        ];
        for (text, expected) in table {
            assert_eq!(kind(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn cloud_metadata_addresses_are_forbidden() {
        for text in ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192"] {
            assert_eq!(kind(text), Some(AddressKind::CloudMetadata), "{text}");
        }
    }

    #[test]
    fn an_ipv4_address_inside_an_ipv6_address_is_judged_as_what_it_is() {
        assert_eq!(kind("::ffff:127.0.0.1"), Some(AddressKind::Loopback));
        assert_eq!(kind("::ffff:169.254.169.254"), Some(AddressKind::CloudMetadata));
        assert_eq!(kind("::10.0.0.1"), Some(AddressKind::Private));
        assert_eq!(kind("64:ff9b::a00:1"), Some(AddressKind::Private));
        assert_eq!(kind("2002:7f00:1::"), Some(AddressKind::Reserved));
    }
}
