//! A root and a signing certificate of our own making, for who has bought none: files are valid, and trusted where the root is.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};

/// PEM texts.
pub struct DevelopmentIdentity {
    /// The root that others must trust.
    pub root: String,
    /// The signing certificate and its root, in that order.
    pub chain: String,
    /// The signing key (PKCS #8). Whoever has it signs as you.
    pub key: String,
}

/// Makes an ES256 signing certificate under a root of its own. The root's key is thrown away: it signs nothing else.
///
/// # Errors
/// What the certificate library said, in words.
pub fn development_identity(organisation: &str) -> Result<DevelopmentIdentity, String> {
    make(organisation).map_err(|error| error.to_string())
}

fn make(organisation: &str) -> Result<DevelopmentIdentity, rcgen::Error> {
    let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut root = params(organisation, "PhotoGen development root");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root_certificate = root.self_signed(&root_key)?;

    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut leaf = params(organisation, "PhotoGen development signer");
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    leaf.use_authority_key_identifier_extension = true;
    let issuer = Issuer::from_params(&root, &root_key);
    let certificate = leaf.signed_by(&key, &issuer)?;
    let root = root_certificate.pem();
    Ok(DevelopmentIdentity {
        chain: format!("{}{root}", certificate.pem()),
        root,
        key: key.serialize_pem(),
    })
}

fn params(organisation: &str, name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, organisation);
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2045, 1, 1);
    params
}
