using System.CommandLine;
using System.CommandLine.Parsing;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>How a verb is told which DIMSE peer it speaks to, the same for each.</summary>
internal sealed class PeerArguments
{
    private readonly Argument<string> host = new("HOST") { Description = "Name or address of the peer." };
    private readonly Argument<int> port = new("PORT") { Description = "Its TCP port." };
    private readonly Option<string> called = new("--called") { Description = "The peer's AE title.", DefaultValueFactory = _ => "ANY-SCP" };
    private readonly Option<string> calling = new("--calling") { Description = "Our AE title.", DefaultValueFactory = _ => "DEID" };
    private readonly TlsArguments tls = new();

    /// <summary>Adds them to <paramref name="verb"/>.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(host);
        verb.Add(port);
        verb.Add(called);
        verb.Add(calling);
        tls.AddTo(verb);
    }

    /// <summary>What was given, to propose <paramref name="contexts"/>.</summary>
    public AssociationOptions Options(ParseResult parsed, params IReadOnlyList<ProposedContext> contexts) => new()
    {
        Host = parsed.GetValue(host)!,
        Port = parsed.GetValue(port),
        CalledAeTitle = parsed.GetValue(called)!,
        CallingAeTitle = parsed.GetValue(calling)!,
        PresentationContexts = contexts,
        Tls = tls.Options(parsed),
    };
}
