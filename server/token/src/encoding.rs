//! A token as text: `tgp1.<links>.<signature>`, both in base64 for URLs. One token has one encoding.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use tgp_model::Timestamp;

use crate::grant::Grant;
use crate::token::{Budget, TokenClaims, TokenKey};
use tgp_capability::TargetKind;

/// What a token's text begins with.
const PREFIX: &str = "tgp1.";
/// Longest text of a token, in bytes.
const LONGEST: usize = 32 * 1024;
/// Longest chain.
pub(crate) const MOST_LINKS: usize = 8;
/// Most grants of a link, and most globs of a kind.
pub(crate) const MOST_GRANTS: usize = 64;
/// What is signed first, so that no other use of the key can pass for a token.
const DOMAIN: &[u8] = b"tgp token 1";

/// Kinds by their number in the encoding.
const KINDS: [TargetKind; 8] = [
    TargetKind::Path,
    TargetKind::Command,
    TargetKind::Host,
    TargetKind::Sql,
    TargetKind::Table,
    TargetKind::Branch,
    TargetKind::Tool,
    TargetKind::Agent,
];

/// Writes and signs a chain.
pub(crate) fn write(key: &TokenKey, chain: &[TokenClaims]) -> String {
    let links: Vec<Vec<u8>> = chain.iter().map(encode).collect();
    let signature = sign_state(key, links.iter().map(Vec::as_slice)).finalize().into_bytes();
    let mut body = Vec::new();
    for link in &links {
        put(&mut body, link);
    }
    format!("{PREFIX}{}.{}", URL_SAFE_NO_PAD.encode(body), URL_SAFE_NO_PAD.encode(signature))
}

/// Checks the signature, in constant time, and reads the chain. Nothing is read that was not signed.
pub(crate) fn read(key: &TokenKey, text: &str) -> Result<Vec<TokenClaims>, &'static str> {
    let rest = text.strip_prefix(PREFIX).ok_or("it does not begin as a token does")?;
    if text.len() > LONGEST {
        return Err("it is too long");
    }
    let (body, signature) = rest.split_once('.').ok_or("it has no signature")?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "it is not base64");
    let (body, signature) = (decode(body)?, decode(signature)?);
    let mut reader = Reader(&body);
    let mut links = Vec::new();
    while !reader.0.is_empty() {
        if links.len() == MOST_LINKS {
            return Err("its chain is too long");
        }
        links.push(reader.bytes().ok_or("it is cut off")?);
    }
    if links.is_empty() || signature.len() != 32 {
        return Err("it is cut off");
    }
    let computed = sign_state(key, links.iter().copied());
    computed.verify_slice(&signature).map_err(|_| "its signature is not ours")?;
    links.into_iter().map(|link| decode_link(link).ok_or("it cannot be read")).collect()
}

/// The state whose end is the signature: each link is signed together with the signature of the link before it.
fn sign_state<'a>(key: &TokenKey, links: impl Iterator<Item = &'a [u8]>) -> hmac::Hmac<sha2::Sha256> {
    let mut state = key.0.clone();
    state.update(DOMAIN);
    for (number, link) in links.enumerate() {
        if number > 0 {
            let before = state.finalize().into_bytes();
            state = key.0.clone();
            state.update(&before);
        }
        state.update(&(link.len() as u64).to_be_bytes());
        state.update(link);
    }
    state
}

fn encode(claims: &TokenClaims) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, claims.id.as_bytes());
    put(&mut out, claims.agent.as_str().as_bytes());
    put(&mut out, claims.session.map(|id| id.to_string()).unwrap_or_default().as_bytes());
    out.extend(claims.expires.0.to_be_bytes());
    out.extend(claims.nonce.to_be_bytes());
    for (_, most) in claims.budget.figures() {
        out.push(u8::from(most.is_some()));
        out.extend(most.unwrap_or_default().to_be_bytes());
    }
    out.extend((claims.grants.len() as u64).to_be_bytes());
    for grant in &claims.grants {
        put(&mut out, grant.capability.as_bytes());
        out.extend((grant.targets.len() as u64).to_be_bytes());
        for (kind, globs) in &grant.targets {
            let number = KINDS.iter().position(|known| known == kind).unwrap_or(KINDS.len());
            out.push(u8::try_from(number).unwrap_or(u8::MAX));
            out.extend((globs.len() as u64).to_be_bytes());
            for glob in globs {
                put(&mut out, glob.as_bytes());
            }
        }
    }
    out
}

fn decode_link(bytes: &[u8]) -> Option<TokenClaims> {
    let mut reader = Reader(bytes);
    let id = reader.text()?;
    let agent = reader.text()?.parse().ok()?;
    let session = match reader.text()?.as_str() {
        "" => None,
        text => Some(text.parse().ok()?),
    };
    let expires = Timestamp(reader.number()?.cast_signed());
    let nonce = reader.number()?;
    let mut figure = || -> Option<Option<u64>> {
        let is_set = reader.byte()? == 1;
        let most = reader.number()?;
        Some(is_set.then_some(most))
    };
    let budget = Budget { actions: figure()?, bytes: figure()?, rows: figure()?, milliseconds: figure()? };
    let grants = (0..reader.count()?).map(|_| reader.grant()).collect::<Option<Vec<_>>>()?;
    reader.0.is_empty().then_some(TokenClaims { id, agent, session, grants, budget, expires, nonce })
}

fn put(out: &mut Vec<u8>, part: &[u8]) {
    out.extend((part.len() as u64).to_be_bytes());
    out.extend(part);
}

/// Reads what [`encode`] wrote; anything else is none.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn number(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_be_bytes)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    fn text(&mut self) -> Option<String> {
        std::str::from_utf8(self.bytes()?).ok().map(str::to_owned)
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|count| *count <= MOST_GRANTS)
    }

    fn grant(&mut self) -> Option<Grant> {
        let mut grant = Grant::of(&self.text()?);
        for _ in 0..self.count()? {
            let kind = *KINDS.get(usize::from(self.byte()?))?;
            let globs = (0..self.count()?).map(|_| self.text()).collect::<Option<Vec<_>>>()?;
            grant.targets.insert(kind, globs);
        }
        Some(grant)
    }
}
