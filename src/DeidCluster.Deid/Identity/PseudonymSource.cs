using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace DeidCluster.Deid;

/// <summary>
/// Asks a service of the site for a subject's pseudonym: POST with {"project", "patientId", "issuer"}, answered by 200 with {"pseudonym"}. The
/// request identifies a person: it is a POST, no redirect is followed, and nothing of it stands in an error.
/// </summary>
public sealed class PseudonymSource : IDisposable
{
    /// <summary>A larger answer is refused. Bytes.</summary>
    public const int AnswerBytesMax = 64 * 1024;

    private readonly HttpClient client;
    private readonly PseudonymSourceSettings settings;

    /// <summary>The service of <paramref name="settings"/>.</summary>
    /// <exception cref="ProjectKeyException">Its token cannot be read.</exception>
    public PseudonymSource(PseudonymSourceSettings settings)
    {
        this.settings = settings;
        client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = settings.Timeout })
        {
            Timeout = settings.Timeout,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
        if (settings.TokenFile is { } file)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ReadToken(file));
        }
    }

    /// <summary>The pseudonym of <paramref name="subject"/>.</summary>
    /// <exception cref="PseudonymSourceException">It gave none: it is down, slow, refuses, does not know the subject, or answers nonsense.</exception>
    public async Task<string> AskAsync(string project, SubjectReading subject, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage answer = await client.PostAsJsonAsync(
                settings.Url, new Question(project, subject.IdPatient.Trim(), subject.IdIssuer?.Trim() ?? ""), JsonSerializerOptions.Web, cancellation).ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                bool mayPass = (int)answer.StatusCode >= 500 || answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;
                throw new PseudonymSourceException(
                    answer.StatusCode == HttpStatusCode.NotFound ? "the service of pseudonyms does not know the subject" : $"the service of pseudonyms answered {(int)answer.StatusCode}", mayPass);
            }

            string? pseudonym = (await answer.Content.ReadFromJsonAsync<Answer>(JsonSerializerOptions.Web, cancellation).ConfigureAwait(false))?.Pseudonym?.Trim();
            return pseudonym is not null && IdentityDeriver.CanBePatientId(pseudonym)
                ? pseudonym
                : throw new PseudonymSourceException("the service of pseudonyms answered with something that cannot be a Patient ID", mayPass: false);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new PseudonymSourceException("the service of pseudonyms gives no answer", mayPass: true, failure);
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException)
        {
            throw new PseudonymSourceException("the service of pseudonyms answered something else than JSON", mayPass: false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static string ReadToken(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() is { Length: > 0 and <= AnswerBytesMax } token ? token : throw new ProjectKeyException(path, "the file holds no token");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ProjectKeyException(path, "the file cannot be read", failure);
        }
    }

    private sealed record Question(string Project, string PatientId, string Issuer);

    private sealed record Answer(string? Pseudonym);
}

/// <summary>How a service of pseudonyms is reached.</summary>
/// <param name="Url">Its address; https, or http to this machine.</param>
/// <param name="Timeout">How long an answer may take.</param>
/// <param name="TokenFile">A file with a bearer token; null without one.</param>
public sealed record PseudonymSourceSettings(Uri Url, TimeSpan Timeout, string? TokenFile);

/// <summary>A service gave no pseudonym. The message holds nothing of the subject.</summary>
public sealed class PseudonymSourceException(string problem, bool mayPass, Exception? inner = null) : Exception(problem, inner)
{
    /// <summary>True when asking again later may help.</summary>
    public bool MayPass { get; } = mayPass;
}
