using System.Collections.Concurrent;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// The decisions about one level of nesting, made when they are first asked for and kept for all instances of one SOP class that hold
/// the same modules and to which the same rules apply. Thread safe.
/// </summary>
internal sealed class LevelPlan
{
    private readonly ConcurrentDictionary<(uint Tag, Vr Vr, string? Creator), ElementDecision> decisions = new();

    private LevelPlan(ElementDecider decider, IodLevel level, ElementPlace? parent, bool cleansText) =>
        (Decider, Level, Parent, CleansText, HoldsContent) = (decider, level, parent, cleansText, cleansText && ContentItems.Holds(parent));

    /// <summary>Makes the decisions.</summary>
    public ElementDecider Decider { get; }

    /// <summary>What the IOD says of this level.</summary>
    public IodLevel Level { get; }

    /// <summary>The sequence whose items these are; null at the top.</summary>
    public ElementPlace? Parent { get; }

    /// <summary>True inside a sequence that a cleaning option keeps: its words are cleaned.</summary>
    public bool CleansText { get; }

    /// <summary>True inside a content tree that is cleaned: concept names decide about values.</summary>
    public bool HoldsContent { get; }

    /// <summary>The top level.</summary>
    public static LevelPlan Top(ElementDecider decider, IodView view) => new(decider, view.Top, parent: null, cleansText: false);

    /// <summary>What is done with an element of this level.</summary>
    public ElementDecision Decide(Tag tag, Vr vr, string? creator)
    {
        (uint, Vr, string?) key = (tag.Value, vr, creator);
        if (decisions.TryGetValue(key, out ElementDecision? decision))
        {
            return decision;
        }

        decision = Decider.Decide(this, new ElementPlace(tag, vr, creator, Parent));
        return Decider.MayRemember() ? decisions.GetOrAdd(key, decision) : decision;
    }

    /// <summary>The level inside the items of the sequence that <paramref name="decision"/> is about.</summary>
    public LevelPlan Inside(ElementDecision decision) => new(
        Decider, Level.Inside(decision.Place.Tag), decision.Place, CleansText || decision.Wanted.Settled == Treatment.CleanText);
}
