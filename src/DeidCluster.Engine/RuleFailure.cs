namespace DeidCluster.Engine;

/// <summary>Why an actor must be set aside: types and places only, since a message may hold an identifying value.</summary>
internal sealed record RuleFailure(ActorId Actor, long Token, Guid MailId, string Type, string Where)
{
    public static RuleFailure Of(ActorId actor, long token, Guid mailId, Exception failure) =>
        new(actor, token, mailId, failure.GetType().Name, WhereOf(failure));

    public static string WhereOf(Exception failure) => $"{failure.TargetSite?.DeclaringType?.Name}.{failure.TargetSite?.Name}";
}
