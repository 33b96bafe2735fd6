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

    /// <summary>Adds them to <paramref name="verb"/>.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(root);
        verb.Add(tokenFile);
    }

    /// <summary>What was given.</summary>
    public DicomWebOptions Options(ParseResult parsed)
    {
        if (!Uri.TryCreate(parsed.GetValue(root), UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new UsageException("URL is the root of a DICOMweb service and begins with http:// or https://.");
        }

        string? token = parsed.GetValue(tokenFile) is string path ? File.ReadAllText(path).Trim() : Environment.GetEnvironmentVariable(TokenVariable);
        return new DicomWebOptions
        {
            Root = uri,
            Authorization = string.IsNullOrEmpty(token) ? null : _ => ValueTask.FromResult<AuthenticationHeaderValue?>(new AuthenticationHeaderValue("Bearer", token)),
        };
    }
}
