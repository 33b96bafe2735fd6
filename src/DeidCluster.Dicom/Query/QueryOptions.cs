namespace DeidCluster.Dicom;

/// <summary>What SOP Class Extended Negotiation may add to a query (PS3.4 C.5.1.1). Everything is off unless both sides agreed.</summary>
public sealed record QueryOptions
{
    /// <summary>The baseline behaviour: hierarchical, each attribute matched on its own.</summary>
    public static QueryOptions Baseline { get; } = new();

    /// <summary>Relational queries: unique keys of the levels above may be absent, and keys of every level above count (PS3.4 C.4.1.3.2).</summary>
    public bool Relational { get; init; }

    /// <summary>The ranges of a date and of its time are one range of moments (PS3.4 C.2.2.2.5).</summary>
    public bool CombinedDateTime { get; init; }

    /// <summary>
    /// Names match when each word of the key begins a word of the stored name, in any order: the meaning that we give to "fuzzy semantic
    /// matching", which the standard leaves to the implementation.
    /// </summary>
    public bool FuzzyNames { get; init; }

    /// <summary>Dates and times of the archive are seen in the query's Timezone Offset From UTC (PS3.4 C.2.2.2.5, C.4.1.1.3).</summary>
    public bool TimezoneAdjustment { get; init; }

    /// <summary>A key of two quotation marks matches what is absent or empty (PS3.4 C.2.2.2.7).</summary>
    public bool EmptyValues { get; init; }

    /// <summary>Reads the application information of the extended negotiation of a query SOP class, one byte each (PS3.4 table C.5-1).</summary>
    public static QueryOptions FromNegotiation(ReadOnlySpan<byte> information)
    {
        bool[] asked = new bool[7];
        for (int i = 0; i < Math.Min(asked.Length, information.Length); i++)
        {
            asked[i] = information[i] == 1;
        }

        return new QueryOptions { Relational = asked[0], CombinedDateTime = asked[1], FuzzyNames = asked[2], TimezoneAdjustment = asked[3], EmptyValues = asked[5] };
    }

    /// <summary>What was agreed for <paramref name="sopClassUid"/> on an association.</summary>
    public static QueryOptions Agreed(AssociationRequest association, string sopClassUid) =>
        association.ExtendedNegotiations.FirstOrDefault(agreed => agreed.SopClassUid == sopClassUid) is ExtendedNegotiation negotiation
            ? FromNegotiation(negotiation.Information.Span)
            : Baseline;

    /// <summary>A provider's answer that grants whatever of these options a peer asks for; null for SOP classes that do not query or retrieve. See <see cref="ListenerOptions.AnswersExtended"/>.</summary>
    public static ExtendedNegotiation? Answer(ExtendedNegotiation asked) =>
        QueryModel.Of(asked.SopClassUid) is null ? null : asked with { Information = FromNegotiation(asked.Information.Span).ToNegotiation() };

    /// <summary>The application information that answers for these options; the fifth byte is enhanced multi-frame conversion, the seventh multiple values, which always match.</summary>
    public byte[] ToNegotiation() => [Bit(Relational), Bit(CombinedDateTime), Bit(FuzzyNames), Bit(TimezoneAdjustment), 0, Bit(EmptyValues), 1];

    private static byte Bit(bool value) => value ? (byte)1 : (byte)0;
}
