using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// De-identifies instances by a project's profile: the Basic Application Level Confidentiality Profile of PS3.15 Annex E at every
/// depth, the project's own rules before it. The result is a pure function of the file, the profile, the key and the identity.
/// Safe for use by several threads.
/// </summary>
public sealed class Deidentifier
{
    // Basic directory: names many instances and is none itself (PS3.3 Annex F).
    private const string MediaDirectory = "1.2.840.10008.1.3.10";

    /// <summary>Instances choose their modules, and with their values the rules; so many choices are remembered.</summary>
    private const int PlansMax = 256;

    private static readonly Dictionary<string, string> NotCombined = [];

    private static readonly ProfileOption[] Implied =
        [ProfileOption.RetainLongitudinalFullDates, ProfileOption.RetainLongitudinalModifiedDates, ProfileOption.CleanPixelData];

    private static readonly Tag[] IdentityUids = [Tags.SOPClassUID, Tags.SOPInstanceUID, Tags.SeriesInstanceUID, Tags.StudyInstanceUID];

    private readonly ProjectProfile profile;
    private readonly Selector selector;
    private readonly ProfileTable table;
    private readonly HashSet<ProfileOption> options;
    private readonly RuleSet rules;
    private readonly ConcurrentDictionary<(IodView View, string Rules), LevelPlan> plans = new();

    /// <summary>A de-identifier for one project.</summary>
    /// <exception cref="ArgumentException">The profile asks for something that cannot be done.</exception>
    public Deidentifier(ProjectProfile profile, ProjectKeys keys)
    {
        if (Problem(profile) is { } problem)
        {
            throw new ArgumentException(problem, nameof(profile));
        }

        this.profile = profile;
        Identities = new IdentityDeriver(keys, profile);
        selector = new Selector(profile.Selection);
        table = ProfileTable.Of(profile.Edition);
        options = [.. profile.Options, .. ImpliedOptions(profile.Dates)];
        rules = RuleSet.Of(profile);
    }

    /// <summary>Derives the identities and UIDs of the project.</summary>
    public IdentityDeriver Identities { get; }

    /// <summary>Why a profile cannot be carried out; null when it can.</summary>
    public static string? Problem(ProjectProfile profile)
    {
        if (!ProjectProfile.Editions.Contains(profile.Edition))
        {
            return $"the edition '{profile.Edition}' of PS3.15 is not built in";
        }

        if (profile.Options.FirstOrDefault(Implied.Contains, (ProfileOption)(-1)) is var implied && implied >= 0)
        {
            return $"the option {implied} is implied by the dates or the pixel rules, and is not chosen beside them";
        }

        return profile.Dates.Problem() ?? profile.Pseudonym.Problem();
    }

    /// <summary>Whether the project wants what <paramref name="header"/> describes; see <see cref="Selector.Judge"/>.</summary>
    public SelectionVerdict Select(DataSet header, bool isComplete = true) => selector.Judge(header, isComplete);

    /// <summary>Whom the instance is about.</summary>
    public SubjectReading ReadSubject(DataSet header) => Identities.Read(header);

    /// <summary>
    /// Blanks the pixels of <paramref name="source"/>, or codes them as the project wants them, where that needs them decoded; null where it does not, or where the instance is not wanted. The answer
    /// goes with the source into <see cref="Deidentify"/>, and is disposed when the result is written.
    /// </summary>
    public async Task<PixelRedaction?> RedactAsync(DicomFile source, FrameCodecs codecs, CancellationToken cancellation) =>
        PixelPlan.Make(source.DataSet, profile.PixelRules, out _) is { } plan && plan.NeedsFrames(source, OutputSyntax(source)) && WhyRejected(source.DataSet, source.TransferSyntax) is null
            ? await PixelRedaction.MakeAsync(source, plan, WantedSyntax, codecs, cancellation)
            : null;

    /// <summary>De-identifies one instance.</summary>
    /// <param name="source">Stays open until the result's segments are written.</param>
    /// <param name="identity">The subject's identity record.</param>
    /// <param name="combinedUids">Source Study Instance UIDs that leave under a common one, if any.</param>
    /// <param name="redaction">What <see cref="RedactAsync"/> answered; without it, an instance that needs it is held.</param>
    /// <param name="givenIdentifiers">Identifiers that came with the request and may stand in text.</param>
    public DeidentifyResult Deidentify(
        DicomFile source, Identity identity, IReadOnlyDictionary<string, string>? combinedUids = null, PixelRedaction? redaction = null,
        IReadOnlyList<string>? givenIdentifiers = null) =>
        Treat(source, identity, combinedUids, redaction, givenIdentifiers ?? [], note: null);

    /// <summary>De-identifies one instance and tells what became of each of its elements, and why.</summary>
    public (DeidentifyResult Result, IReadOnlyList<ElementExplanation> Elements) Explain(DicomFile source, Identity identity, PixelRedaction? redaction = null)
    {
        List<ElementExplanation> elements = [];
        return (Treat(source, identity, combinedUids: null, redaction, [], elements.Add), elements);
    }

    private DeidentifyResult Treat(
        DicomFile source, Identity identity, IReadOnlyDictionary<string, string>? combinedUids, PixelRedaction? redaction,
        IReadOnlyList<string> givenIdentifiers, Action<ElementExplanation>? note)
    {
        DataSet header = source.DataSet;
        RuleChoice choice;
        try
        {
            if (WhyRejected(header, source.TransferSyntax) is { } reason)
            {
                return new DeidentifyResult.Rejected(reason);
            }

            choice = rules.Choose(header);
        }
        catch (RegexMatchTimeoutException)
        {
            return new DeidentifyResult.Held("a pattern of the project's rules takes too long on one of its values");
        }

        if (WhyDiscarded(choice) is { } discarded)
        {
            return new DeidentifyResult.Rejected(discarded);
        }

        if (WhyHeld(source, identity) is { } held)
        {
            return new DeidentifyResult.Held(held);
        }

        if (PixelPlan.Make(header, profile.PixelRules, out DeidentifyResult? refusal) is not { } plan)
        {
            return refusal!;
        }

        TransferSyntax syntax = OutputSyntax(source);
        if (PixelChange.Of(plan, source, syntax, redaction, out string? pixelProblem) is not { } pixels)
        {
            return new DeidentifyResult.Held(pixelProblem!);
        }

        DataSetCleaner cleaner = new(new InstanceContext
        {
            Plan = PlanFor(header, choice),
            RuleCount = profile.Rules.Count,
            Identity = identity,
            Deriver = Identities.For(identity.KeyId)!,
            CombinedUids = combinedUids ?? NotCombined,
            Source = source.Source,
            Dates = profile.Dates,
            RetainsUids = options.Contains(ProfileOption.RetainUids),
            Header = header,
            GivenIdentifiers = givenIdentifiers,
            Note = note,
        });
        try
        {
            DataSet result = cleaner.Clean(header);
            return IdentityUids.All(tag => result.GetString(tag) is not null)
                ? new DeidentifyResult.Done(Finish(source, result, cleaner.Counts, identity, pixels, syntax))
                : new DeidentifyResult.Held("a rule of the project takes out its UIDs");
        }
        catch (CharacterSetException unwritable)
        {
            return new DeidentifyResult.Held(unwritable.Message); // a replacement or a pseudonym in other letters than the instance's
        }
    }

    private LevelPlan PlanFor(DataSet header, RuleChoice choice)
    {
        Iod iod = Iod.Find(header.GetString(Tags.SOPClassUID)!)!;
        IodView view = iod.For(header);
        if (plans.TryGetValue((view, choice.Key), out LevelPlan? plan))
        {
            return plan;
        }

        plan = LevelPlan.Top(new ElementDecider(table, options, iod, choice.Rules), view);
        return plans.Count < PlansMax ? plans.GetOrAdd((view, choice.Key), plan) : plan;
    }

    private string? WhyHeld(DicomFile source, Identity identity) =>
        Identities.For(identity.KeyId) is null ? "its subject's identity was derived with a key that the project does not have"
        : profile.Dates.Treatment == DateTreatment.Shift && identity.ShiftDays == 0 ? "its subject's identity was fixed without a shift of dates"
        : ReadSubject(source.DataSet).Problem
        ?? PixelLayout.Problem(source);

    // An instance that the project's labels do not take is left out: without labels of its own a project takes what it selects.
    private string? WhyDiscarded(RuleChoice choice) =>
        profile.Selection.ExceptLabels.FirstOrDefault(choice.Labels.Contains) is { } except ? $"it has the label '{except}', which is not taken"
        : profile.Labels.Count > 0 && !profile.Selection.Labels.Any(choice.Labels.Contains) ? "it has no label that is taken"
        : null;

    private TransferSyntax? WantedSyntax => profile.OutputTransferSyntax is { } uid ? TransferSyntax.Find(uid) : null;

    // What has no pixels cannot be compressed; big endian is retired, and deflated data is inflated to be cleaned.
    private TransferSyntax OutputSyntax(DicomFile source) => WantedSyntax switch
    {
        { IsEncapsulated: true } when !PixelFrames.ArePresent(source.DataSet) => TransferSyntax.ExplicitVrLittleEndian,
        { } wanted => wanted,
        _ => source.TransferSyntax is { IsBigEndian: true } or { IsDeflated: true } ? TransferSyntax.ExplicitVrLittleEndian : source.TransferSyntax,
    };

    private string? WhyRejected(DataSet header, TransferSyntax transferSyntax)
    {
        string sopClassUid = header.GetString(Tags.SOPClassUID) ?? "";
        bool isAskedFor = profile.Selection.SopClassUids.Contains(sopClassUid);
        return sopClassUid.Length == 0 ? "it has no SOP Class UID"
            : sopClassUid == MediaDirectory ? "it is a media directory"
            : Iod.Find(sopClassUid) is null ? "its SOP class is unknown"
            : PixelGuard.IsDocument(sopClassUid) && !isAskedFor ? "its SOP class carries documents or video and is not selected"
            : PixelGuard.IsVideo(transferSyntax) && !isAskedFor ? "it is a video and its SOP class is not selected"
            : header.GetString(Tags.SOPInstanceUID) is null ? "it has no SOP Instance UID"
            : header.GetString(Tags.SeriesInstanceUID) is null ? "it has no Series Instance UID"
            : header.GetString(Tags.StudyInstanceUID) is null ? "it has no Study Instance UID"
            : selector.Judge(header).Reason;
    }

    private DeidentifiedInstance Finish(DicomFile source, DataSet result, DeidentifyCounts counts, Identity identity, PixelChange pixels, TransferSyntax wanted)
    {
        foreach (Tag tag in (ReadOnlySpan<Tag>)[Tags.PatientName, Tags.PatientID])
        {
            if (!result.Contains(tag) && !source.DataSet.Contains(tag))
            {
                result.SetString(tag, identity.Pseudonym);
            }
        }

        // Without it the pixels mean something else, whether the SOP class knows of frames or not.
        if (source.DataSet.GetInt(Tags.NumberOfFrames) is > 1 and { } frames && !result.Contains(Tags.NumberOfFrames))
        {
            result.SetString(Tags.NumberOfFrames, frames.ToString(CultureInfo.InvariantCulture));
        }

        Markers.Write(result, profile.Edition, pixels.Plan.Area is null ? options : options.Append(ProfileOption.CleanPixelData), profile.Dates.Treatment);
        if (pixels.Plan.IsKnownClean)
        {
            Markers.WriteNoBurnedInText(result);
        }

        ByteSource bytes = pixels.PutInto(result, source);
        TransferSyntax syntax = pixels.TransferSyntax ?? wanted;
        string sopClassUid = result.GetString(Tags.SOPClassUID)!;
        string sopInstanceUid = result.GetString(Tags.SOPInstanceUID)!;
        DataSet meta = FileMetaInformation.Build(sopClassUid, sopInstanceUid, syntax.Uid);
        return new DeidentifiedInstance
        {
            FileMeta = meta,
            DataSet = result,
            TransferSyntax = syntax,
            Segments = pixels.Masked(DicomFileWriter.Segments(meta, result, syntax, bytes), result),
            SopClassUid = sopClassUid,
            SopInstanceUid = sopInstanceUid,
            SeriesInstanceUid = result.GetString(Tags.SeriesInstanceUID)!,
            StudyInstanceUid = result.GetString(Tags.StudyInstanceUID)!,
            PixelsMasked = pixels.Plan.IsChange,
            Counts = counts,
        };
    }

    private static IEnumerable<ProfileOption> ImpliedOptions(DatePolicy dates) => dates.Treatment switch
    {
        DateTreatment.Shift or DateTreatment.Floor => [ProfileOption.RetainLongitudinalModifiedDates],
        DateTreatment.Keep => [ProfileOption.RetainLongitudinalFullDates],
        _ => [],
    };
}
