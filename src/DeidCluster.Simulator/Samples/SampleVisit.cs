using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Simulator;

/// <summary>One visit of a patient: what all instances of the study share, people, places and devices included.</summary>
internal sealed class SampleVisit
{
    public const string Institution = "Northgate Royal Infirmary";
    public const string InstitutionAddress = "Bellfounders Lane Wexcombe";
    public const string ReferringPhysician = "Ravenscroft^Leopold^^Dr";
    public const string PerformingPhysician = "Delacroix^Honorine";
    public const string Operator = "Underhill^Peregrine";
    public const string Radiologist = "Szymborska^Wislawa";
    public const string StationName = "NRIXRAY07";
    public const string PhysicianPhone = "+44 1632 960417";
    public const string SourceAeTitle = "WARD7NORTHGATE";

    private static readonly DateOnly FirstDay = new(2019, 2, 11);
    private readonly int seed;
    private readonly HashSet<string> uids = [];

    public SampleVisit(SampleOptions options, int patient, int study, string? accessionNumber)
    {
        Options = options;
        seed = options.Seed;
        Patient = SamplePatient.Create(options.Seed, patient);
        Key = Invariant($"{patient}.{study}");
        AccessionNumber = accessionNumber ?? Invariant($"ACC{seed % 100:D2}{patient:D4}{study:D3}X");
        Date = FirstDay.AddDays((patient * 53) + (study * 131));
        DeviceSerialNumber = Invariant($"SN-{seed % 100:D2}77{patient:D3}41");
        StudyInstanceUid = Uid("study");
    }

    public SampleOptions Options { get; }

    public SamplePatient Patient { get; }

    /// <summary>Names the visit among all visits of a seed.</summary>
    public string Key { get; }

    public string AccessionNumber { get; }

    public DateOnly Date { get; }

    public string DeviceSerialNumber { get; }

    public string StudyInstanceUid { get; }

    /// <summary>The UID of this visit's <paramref name="what"/>; asked again it is the same.</summary>
    public string Uid(string what)
    {
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(Invariant($"sample {seed} {Key} {what}")));
        string uid = "2.25." + new BigInteger(digest.AsSpan(0, 16), isUnsigned: true, isBigEndian: true).ToString(CultureInfo.InvariantCulture);
        uids.Add(uid);
        return uid;
    }

    /// <summary>The finished study of <paramref name="instances"/>.</summary>
    public SampleStudy ToStudy(string kind, IReadOnlyList<SampleInstance> instances) => new()
    {
        Kind = kind,
        Modalities = [.. instances.Select(instance => instance.DataSet.GetString(Dicom.Tags.Modality)!).Distinct()],
        Patient = Patient,
        StudyInstanceUid = StudyInstanceUid,
        AccessionNumber = AccessionNumber,
        StudyDate = Date,
        Instances = instances,
        PlantedIdentifiers = new HashSet<string>(
        [
            .. Patient.Identifiers, .. uids, AccessionNumber, DeviceSerialNumber, Institution, InstitutionAddress, StationName, PhysicianPhone, SourceAeTitle,
            .. new[] { ReferringPhysician, PerformingPhysician, Operator, Radiologist }.Select(name => name.Split('^')[0]),
        ]),
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
