using System.Diagnostics;

namespace DeidCluster.Engine;

/// <summary>A mail whose handling threw so often that it was set aside; its actor goes on without it. Types and places only, never a message that may identify a person.</summary>
/// <param name="MailId">The mail.</param>
/// <param name="ExceptionType">The type of what was thrown, with those inside it.</param>
/// <param name="Where">Type and method.</param>
/// <param name="Trace">The methods on the way there, innermost first.</param>
/// <param name="Tries">How often it was tried.</param>
/// <param name="At">When it was set aside.</param>
public sealed record Poison(Guid MailId, string ExceptionType, string Where, string Trace, int Tries, DateTimeOffset At)
{
    private const int FramesMax = 12;

    internal static Poison Of(Guid mailId, Exception failure, int tries, DateTimeOffset at)
    {
        List<string> types = [];
        for (Exception? inner = failure; inner is not null && types.Count < FramesMax; inner = inner.InnerException)
        {
            types.Add(inner.GetType().Name);
        }

        IEnumerable<string> frames = new StackTrace(failure).GetFrames().Take(FramesMax)
            .Select(frame => frame.GetMethod() is { } method ? $"{method.DeclaringType?.Name}.{method.Name}" : "?");
        return new Poison(mailId, string.Join(" < ", types), RuleFailure.WhereOf(failure), string.Join(" < ", frames), tries, at);
    }
}

/// <summary>Mail that was set aside as poison, and what was decided about it.</summary>
/// <param name="Actor">The actor that it is for.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Poison">Why it was set aside.</param>
/// <param name="Verdict">What was decided; null while it waits for that.</param>
public sealed record PoisonedMail(ActorId Actor, string Kind, Poison Poison, PoisonVerdict? Verdict);

/// <summary>What somebody decided about a poisoned mail.</summary>
public sealed record PoisonVerdict(bool IsDropped, string By, string Why, DateTimeOffset At);

/// <summary>Poisoned mail, for operators. Implemented by each store driver; the rows stay after the verdict, as its record.</summary>
public interface IPoisonCabinet
{
    /// <summary>Poisoned mail that waits for a verdict, oldest first, or all of it, latest first; at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<PoisonedMail>> ReadPoisonAsync(bool withVerdicts, int limit, CancellationToken cancellation);

    /// <summary>The body of a poisoned mail, which may identify a person; null when there is none that waits for a verdict.</summary>
    Task<MessageBody?> ReadPoisonBodyAsync(Guid mailId, CancellationToken cancellation);

    /// <summary>Puts a poisoned mail back into its mailbox, or deletes it; false when there is none that waits for a verdict.</summary>
    Task<bool> JudgePoisonAsync(Guid mailId, PoisonVerdict verdict, CancellationToken cancellation);
}
