using System.Globalization;

namespace DeidCluster.Simulator;

/// <summary>An invented person. None of it is true of anybody; all of it must be gone from what is delivered.</summary>
public sealed record SamplePatient
{
    private static readonly (string Name, string CharacterSet, string Sex)[] People =
    [
        ("Quenneville^Marguerite^Odile", "ISO_IR 100", "F"),
        ("Thistlewood^Barnaby", "ISO_IR 100", "M"),
        ("Müller-Lüdenscheidt^Jürgen^^Dr.", "ISO_IR 100", "M"),
        ("Oyelaran^Folasade", "ISO_IR 192", "F"),
        ("Brzęczyszczykiewicz^Grzegorz", "ISO_IR 192", "M"),
        ("Jääskeläinen^Aino", "ISO_IR 100", "F"),
        ("Wang^XiaoDong=王^小东", "ISO_IR 192", "M"),
        ("Featherstonehaugh^Cordelia", "ISO_IR 100", "F"),
        ("Papadimitriou^Θεόδωρος", "ISO_IR 192", "M"),
        ("Ballesteros^Inés^María", "ISO_IR 100", "F"),
    ];

    private static readonly string[] Streets =
        ["Larkspur Crescent", "Cobblers Yard", "Old Tannery Walk", "Heronsgate Road", "Pilgrims Rise", "Gallows Corner", "Wharfedale Mews"];

    /// <summary>Patient's Name (0010,0010) as it stands in the file, components separated by ^.</summary>
    public required string Name { get; init; }

    /// <summary>Specific Character Set (0008,0005) in which the name can be written.</summary>
    public required string CharacterSet { get; init; }

    /// <summary>Patient ID (0010,0020), the hospital's number.</summary>
    public required string PatientId { get; init; }

    /// <summary>A number of another authority.</summary>
    public required string OtherPatientId { get; init; }

    /// <summary>Patient's Birth Date (0010,0030).</summary>
    public required DateOnly BirthDate { get; init; }

    /// <summary>Patient's Sex (0010,0040).</summary>
    public required string Sex { get; init; }

    /// <summary>Patient's Address (0010,1040).</summary>
    public required string Address { get; init; }

    /// <summary>Patient's Telephone Numbers (0010,2154).</summary>
    public required string Phone { get; init; }

    /// <summary>Patient's Mother's Birth Name (0010,1060).</summary>
    public required string MotherBirthName { get; init; }

    /// <summary>The family name as a person writes it.</summary>
    public string FamilyName => Name.Split('^')[0];

    /// <summary>Every text that identifies this person, in the forms in which it stands in the files.</summary>
    public IEnumerable<string> Identifiers =>
        Name.Split('^', '=').Where(part => part.Length >= SampleStudy.TokenLengthMin)
            .Append(PatientId).Append(OtherPatientId).Append(Dicom(BirthDate)).Append(Address).Append(Phone)
            .Append(MotherBirthName.Split('^')[0]);

    /// <summary>The person number <paramref name="number"/> of a seed; the same number is the same person.</summary>
    public static SamplePatient Create(int seed, int number)
    {
        (string name, string characterSet, string sex) = People[number % People.Length];
        int round = number / People.Length;
        Random random = new((seed * 7919) + (number * 104729));
        return new SamplePatient
        {
            Name = round == 0 ? name : InsertIntoFamilyName(name, round),
            CharacterSet = characterSet,
            PatientId = Invariant($"MRN{seed % 100:D2}{number:D4}{random.Next(100):D2}"),
            OtherPatientId = Invariant($"NH{random.Next(1000, 9999)}{random.Next(100000, 999999)}"),
            BirthDate = new DateOnly(1932, 1, 1).AddDays(random.Next(70 * 365)),
            Sex = sex,
            Address = Invariant($"{random.Next(1, 200)} {Streets[random.Next(Streets.Length)]} Wexcombe"),
            Phone = Invariant($"+44 7700 9{random.Next(10000, 99999)}"),
            MotherBirthName = Invariant($"Hollingberry{number}^Rosalind"),
        };
    }

    /// <summary>Redacted, as a real person's would be.</summary>
    public override string ToString() => "SamplePatient (identifiers redacted)";

    internal static string Dicom(DateOnly date) => date.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static string InsertIntoFamilyName(string name, int round)
    {
        int end = name.IndexOf('^', StringComparison.Ordinal);
        return name[..end] + "-Alder" + round.ToString(CultureInfo.InvariantCulture) + name[end..];
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
