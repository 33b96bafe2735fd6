using System.Text;

namespace DeidCluster.Dicom;

/// <summary>How a user proves who he is (PS3.7 table D.3-14).</summary>
public enum UserIdentityType : byte
{
    /// <summary>A name, in UTF-8.</summary>
    Username = 1,

    /// <summary>A name and a passcode, in UTF-8.</summary>
    UsernameAndPasscode = 2,

    /// <summary>A Kerberos service ticket (RFC 4120).</summary>
    Kerberos = 3,

    /// <summary>A SAML assertion.</summary>
    Saml = 4,

    /// <summary>A JSON Web Token (RFC 7519), as in an HTTP bearer header.</summary>
    Jwt = 5,
}

/// <summary>Who the requestor's user is (PS3.7 D.3.3.7). What it holds is secret: it never stands in a message or in <see cref="ToString"/>.</summary>
/// <param name="Type">How it is told.</param>
/// <param name="Primary">The name, ticket, assertion or token.</param>
/// <param name="Secondary">The passcode; empty unless the type has one.</param>
/// <param name="AsksForResponse">True when the acceptor is asked to confirm that it checked the identity; one that cannot says nothing.</param>
public sealed record UserIdentity(UserIdentityType Type, ReadOnlyMemory<byte> Primary, ReadOnlyMemory<byte> Secondary, bool AsksForResponse)
{
    /// <summary>A name and nothing that proves it.</summary>
    public static UserIdentity Username(string name, bool asksForResponse = false) =>
        new(UserIdentityType.Username, Encoding.UTF8.GetBytes(name), default, asksForResponse);

    /// <summary>A name and its passcode, which TLS should protect.</summary>
    public static UserIdentity UsernameAndPasscode(string name, string passcode, bool asksForResponse = true) =>
        new(UserIdentityType.UsernameAndPasscode, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(passcode), asksForResponse);

    /// <summary>A JSON Web Token.</summary>
    public static UserIdentity Jwt(string token, bool asksForResponse = true) =>
        new(UserIdentityType.Jwt, Encoding.ASCII.GetBytes(token), default, asksForResponse);

    /// <summary>A SAML assertion.</summary>
    public static UserIdentity Saml(string assertion, bool asksForResponse = true) =>
        new(UserIdentityType.Saml, Encoding.UTF8.GetBytes(assertion), default, asksForResponse);

    /// <summary>A Kerberos service ticket; a positive response brings the server's ticket.</summary>
    public static UserIdentity Kerberos(ReadOnlyMemory<byte> ticket, bool asksForResponse = true) =>
        new(UserIdentityType.Kerberos, ticket, default, asksForResponse);

    /// <summary>The type, and nothing of what it holds.</summary>
    public override string ToString() => $"{Type}, {Primary.Length} bytes{(AsksForResponse ? ", asks for a response" : "")}";
}

/// <summary>What a provider makes of an identity (PS3.7 D.3.3.7).</summary>
public readonly record struct IdentityVerdict
{
    private IdentityVerdict(bool isRefused, ReadOnlyMemory<byte>? response) => (IsRefused, Response) = (isRefused, response);

    /// <summary>Identities are not looked at here: the association goes on without a response.</summary>
    public static readonly IdentityVerdict Ignored;

    /// <summary>It was checked and does not permit an association: that is rejected for good.</summary>
    public static readonly IdentityVerdict Refused = new(isRefused: true, response: null);

    /// <summary>It was checked and permits the association.</summary>
    /// <param name="response">The server's Kerberos ticket or SAML response; empty for the other types.</param>
    public static IdentityVerdict Confirmed(ReadOnlyMemory<byte> response = default) => new(isRefused: false, response);

    /// <summary>True when the association is to be rejected.</summary>
    public bool IsRefused { get; }

    /// <summary>The positive response, sent when it was asked for; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Response { get; }
}
