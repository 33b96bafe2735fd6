using System.Net.Http.Headers;
using DeidCluster.Deid;
using DeidCluster.Dicom;

namespace DeidCluster.Node;

/// <summary>The keys of a DICOMweb server: where it is, and who we are to it.</summary>
internal static class WebSection
{
    private static readonly Uri Nowhere = new("https://localhost/");

    /// <summary>The key "url": the root of the service.</summary>
    public static Uri ReadRoot(YamlMap entry)
    {
        YamlScalar? url = entry.RequiredScalar("url");
        if (url is null)
        {
            return Nowhere;
        }

        if (Uri.TryCreate(url.Text, UriKind.Absolute, out Uri? root) && (root.Scheme == Uri.UriSchemeHttps || root.Scheme == Uri.UriSchemeHttp)
            && root.Query.Length == 0 && root.Fragment.Length == 0 && root.UserInfo.Length == 0)
        {
            return root;
        }

        url.Fail("the root of a DICOMweb service, such as https://archive.example/dicom-web, is expected here; who we are stands in files");
        return Nowhere;
    }

    /// <summary>The keys "user" with "password-file", or "token-file"; null without. Secrets do not leave this machine in the clear.</summary>
    public static Func<CancellationToken, ValueTask<AuthenticationHeaderValue?>>? ReadAuthorization(YamlMap entry, Uri root, string folder)
    {
        YamlScalar? user = entry.OptionalScalar("user");
        YamlScalar? password = entry.OptionalScalar("password-file");
        YamlScalar? token = entry.OptionalScalar("token-file");
        if ((user is null) != (password is null))
        {
            (user ?? password)!.Fail("user and password-file belong together");
        }

        if (user?.Text.Contains(':') == true)
        {
            user.Fail("a user has no ':' in basic authorization"); // RFC 7617 2
        }

        if (user is not null && token is not null)
        {
            token.Fail("either a user with a password-file or a token-file");
        }

        if ((token ?? password) is { } secret && root.Scheme == Uri.UriSchemeHttp && !root.IsLoopback)
        {
            secret.Fail("credentials are sent through https only");
        }

        _ = PasswordFile.Read(password ?? token, folder); // so that a missing one is told now
        return token is not null ? WebCredentials.Bearer(NodeFile.PathOf(token.Text, folder))
            : user is not null && password is not null ? WebCredentials.Basic(user.Text, NodeFile.PathOf(password.Text, folder))
            : null;
    }

    /// <summary>The section "tls", which belongs to https.</summary>
    public static TlsOptions? ReadTls(YamlMap entry, Uri root, string folder)
    {
        TlsOptions? tls = TlsSection.ReadPeer(entry.OptionalMap("tls"), folder);
        if (tls is not null && root.Scheme == Uri.UriSchemeHttp)
        {
            entry.Fail("tls belongs to an https url");
        }

        return tls;
    }
}
