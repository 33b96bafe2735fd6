using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Http.Headers;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>How a verb is told which DICOMweb server it speaks to, the same for each.</summary>
internal sealed class WebServerArguments
{
    private const string TokenVariable = "DEID_DICOMWEB_TOKEN";

    private readonly Argument<string> root = new("URL") { Description = "The root of the service, such as http://127.0.0.1:8042/dicom-web." };
    private readonly Option<string?> tokenFile = new("--token-file") { Description = $"A file that holds a bearer token; without it {TokenVariable} of the environment is taken, if set." };

    private readonly Option<string?> user = new("--user") { Description = "Who we are in basic authorization, with --password-file." };
    private readonly Option<string?> passwordFile = new("--password-file") { Description = "A file that holds the user's password." };
    private readonly TlsArguments tls = new();

    /// <summary>Adds them to <paramref name="verb"/>.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(root);
        verb.Add(tokenFile);
        verb.Add(user);
        verb.Add(passwordFile);
        tls.AddToWeb(verb);
    }

    /// <summary>What was given.</summary>
    public DicomWebOptions Options(ParseResult parsed)
    {
        if (!Uri.TryCreate(parsed.GetValue(root), UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new UsageException("URL is the root of a DICOMweb service and begins with http:// or https://.");
        }

        return new DicomWebOptions { Root = uri, Tls = tls.WebOptions(parsed, uri), Authorization = Authorization(parsed) };
    }

    private Func<CancellationToken, ValueTask<AuthenticationHeaderValue?>>? Authorization(ParseResult parsed)
    {
        string? name = parsed.GetValue(user);
        string? password = parsed.GetValue(passwordFile);
        string? token = parsed.GetValue(tokenFile);
        if ((name is null) != (password is null) || (name is not null && token is not null))
        {
            throw new UsageException("give --user with --password-file, or --token-file");
        }

        return name is not null ? WebCredentials.Basic(name, password!)
            : token is not null ? WebCredentials.Bearer(token)
            : Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } set ? _ => ValueTask.FromResult<AuthenticationHeaderValue?>(new AuthenticationHeaderValue("Bearer", set))
            : null;
    }
}
