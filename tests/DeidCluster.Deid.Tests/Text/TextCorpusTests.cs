using System.Globalization;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Deid.Tests.Text;

/// <summary>Reports and descriptions that a seed makes, with identifiers planted in them: none may stay, and the clinical words should.</summary>
public class TextCorpusTests
{
    private const int Seed = 20261121;
    private const double KeptShareMin = 0.97;
    private static readonly int TextsPerRun = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? 100_000 : 4_000;

    private static readonly string[] Families =
    [
        "Przybylska", "O'Connor", "van der Velden", "Müller-Lüdenscheidt", "García Márquez", "Nguyễn", "Øster", "Brown", "Young", "Long", "Hand", "White", "Stone", "Kowalczyk", "de la Cruz",
        "Abu-Bakr", "D'Angelo", "McAllister", "Li", "Ng", "Papadopoulou", "Fairweather", "St. John", "Þórsdóttir", "Şahin", "Quartermain", "Tkachenko", "Okonkwo", "Bhattacharya", "Yamamoto",
    ];

    private static readonly string[] Givens =
        ["Małgorzata", "Jean-Luc", "Sinéad", "Xóchitl", "Bob", "Mary Ann", "Jörg", "Ngozi", "Wei", "Aleksandra", "Tom", "Ibrahim", "Siobhan", "Rosalind", "Kwame", "Hiroshi", "Lettice", "Zbigniew"];

    /// <summary>Strangers: nobody told of them. Their names are no words.</summary>
    private static readonly string[] Strangers = ["Whitcombe", "Delacroix", "Szymborska", "Adeyemi", "Thistlewood", "Rasmussen", "Kuznetsov", "Petrakis", "Featherstone", "Lindqvist"];

    /// <summary>{n} stands for a planted identifier; all other words are clinical or everyday ones.</summary>
    private static readonly string[] Templates =
    [
        "CT CHEST WITH CONTRAST {name}", "{family} MR BRAIN AXIAL T2 FLAIR", "{mrn} abdomen and pelvis portal venous phase", "Scout {family}_{given}", "{FAMILY}^{GIVEN} lumbar spine lateral",
        "Patient {name}, 54 year old female with chest pain and shortness of breath. Compared with the study of {date}. No pulmonary embolism.",
        "Findings: the liver is enlarged. Two small cysts in the left kidney, 12 mm. Discussed with Dr. {stranger} on {date} by telephone {phone}.",
        "Impression: no acute fracture of the right hip. Signed by: {stranger}, radiologist. Accession {acc}.",
        "Mr {family} was seen at {hospital}. Mild degenerative change of the cervical spine, no cord compression.",
        "Referred by Dr {physician} for evaluation of a pulmonary nodule. MRN: {mrn}. Please call {phone} or write to {mail}.",
        "{given} {family} ({mrn}) : normal examination of the left shoulder, no rotator cuff tear",
        "Reported for {initial}. {family} by Prof. {stranger}. Address: {address}. Stable appearance of the aorta.",
        "left knee, {name}, series 3, image 12", "Follow up of hepatic lesion, prior {date}, see {uid}", "chest x-ray of {FAMILY}, {GIVEN} shows clear lungs and a normal heart",
        "Dictated by {stranger}/transcribed by {stranger}. Moderate pleural effusion on the right.", "{family}'s brain: no midline shift, normal ventricles", "Routine thorax {acc}",
    ];

    [Fact]
    public void Clean_GeneratedTexts_LoseEveryPlantedIdentifierAndKeepTheClinicalWords()
    {
        Random random = new(Seed);
        long words = 0;
        long kept = 0;
        List<string> leaks = [];
        Dictionary<string, int> lost = [];
        for (int i = 0; i < TextsPerRun; i++)
        {
            Person person = new(random);
            string template = Templates[random.Next(Templates.Length)];
            List<string> planted = [];
            string text = person.Fill(template, planted);
            string clean = person.Cleaner().Clean(text) ?? "";

            HashSet<string> left = [.. Words(clean)];
            leaks.AddRange(planted.SelectMany(Words).Where(word => word.Length > (word.All(char.IsDigit) ? 2 : 1) && left.Contains(word) && !Words(Bare(template)).Contains(word)).Select(word => $"seed {Seed}, text {i}, template '{template}': a word of {word.Length} letters"));
            foreach (string word in Words(Bare(template)).Where(word => word.Length > 1 && !planted.SelectMany(Words).Contains(word)))
            {
                words++;
                bool stays = left.Contains(word);
                kept += stays ? 1 : 0;
                if (!stays)
                {
                    lost[word] = lost.GetValueOrDefault(word) + 1;
                }
            }
        }

        double share = (double)kept / words;
        string worst = string.Join(", ", lost.OrderByDescending(entry => entry.Value).Take(12).Select(entry => $"{entry.Key} {entry.Value}"));
        Assert.True(leaks.Count == 0, $"{leaks.Count} left: {string.Join("; ", leaks.Distinct().Take(8))}");
        Assert.True(share >= KeptShareMin, $"kept {share:P2}; lost: {worst}");
        Facts.Say(FormattableString.Invariant($"free text: {TextsPerRun} generated texts, 0 planted identifiers left, {100 * share:F1} % of {words} clinical words kept"));
    }

    private static string Bare(string template) => System.Text.RegularExpressions.Regex.Replace(template, @"\{\w+\}", " ");

    private static IEnumerable<string> Words(string text)
    {
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || !char.IsLetterOrDigit(text[i]))
            {
                if (i > start)
                {
                    yield return text[start..i].ToUpperInvariant();
                }

                start = i + 1;
            }
        }
    }

    /// <summary>A made-up patient, as a data set knows them.</summary>
    private sealed class Person
    {
        private readonly Random random;
        private readonly string family;
        private readonly string given;
        private readonly string physician;
        private readonly string mrn;
        private readonly string accession;
        private readonly string phone;
        private readonly string address;

        public Person(Random random)
        {
            this.random = random;
            family = Families[random.Next(Families.Length)];
            given = Givens[random.Next(Givens.Length)];
            physician = Families[random.Next(Families.Length)];
            mrn = random.Next(3) switch { 0 => $"{random.Next(1_000_000, 9_999_999)}", 1 => $"MRN-{random.Next(1000, 9999)}-{random.Next(10, 99)}", _ => $"P{random.Next(10, 99)}/{random.Next(100, 999)}" };
            accession = random.Next(2) == 0 ? $"ACC{random.Next(100_000, 999_999)}" : $"{random.Next(10_000_000, 99_999_999)}";
            phone = $"+{random.Next(10, 99)} {random.Next(100, 9999)} {random.Next(100_000, 999_999)}";
            address = $"{random.Next(1, 200)} Elderberry Lane, Ashford";
        }

        public TextCleaner Cleaner()
        {
            DataSet source = [];
            source.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
            source.SetString(Tags.PatientName, $"{family}^{given}");
            source.SetString(Tags.PatientID, mrn);
            source.SetString(Tags.AccessionNumber, accession);
            source.SetString(Tags.ReferringPhysicianName, physician);
            source.SetString(Tags.PatientTelephoneNumbers, phone);
            source.SetString(Tags.PatientAddress, address);
            source.SetString(Tags.InstitutionName, "St. Odile Infirmary North");
            return new TextCleaner(new KnownIdentifiers(source, ProfileTable.Of("2026d"), []), new DatePolicy(DateTreatment.Shift), -77, _ => "2.25.1");
        }

        public string Fill(string template, List<string> planted)
        {
            DateTime day = new DateTime(2015, 1, 1).AddDays(random.Next(3000));
            string date = day.ToString(new[] { "yyyy-MM-dd", "yyyyMMdd", "dd.MM.yyyy", "d MMM yyyy", "MMMM d, yyyy" }[random.Next(5)], CultureInfo.InvariantCulture);
            string stranger = Strangers[random.Next(Strangers.Length)];
            string uid = $"1.2.840.{random.Next(100_000, 999_999)}.{random.Next(1, 99)}.{random.Next(1_000_000, 9_999_999)}";
            (string Slot, string Value)[] values =
            [
                ("name", random.Next(4) switch { 0 => $"{given} {family}", 1 => $"{family}, {given}", 2 => $"{family} {given[0]}.", _ => $"{given[0]}. {family}" }),
                ("family", random.Next(3) == 0 ? family.ToUpperInvariant() : family), ("given", given), ("FAMILY", family.ToUpperInvariant()), ("GIVEN", given.ToUpperInvariant()),
                ("mrn", random.Next(3) == 0 ? mrn.Replace("-", " ", StringComparison.Ordinal) : mrn), ("acc", accession), ("phone", phone), ("address", address), ("mail", "jane.whitcombe@example.org"),
                ("hospital", "St. Odile Infirmary North"), ("physician", physician), ("stranger", stranger), ("initial", given[..1]), ("uid", uid),
            ];
            string text = template;
            foreach ((string slot, string value) in values)
            {
                if (text.Contains($"{{{slot}}}", StringComparison.Ordinal))
                {
                    planted.Add(value);
                    text = text.Replace($"{{{slot}}}", value, StringComparison.Ordinal);
                }
            }

            // A date moves: what must not stay is the day as it was.
            if (text.Contains("{date}", StringComparison.Ordinal))
            {
                planted.AddRange(date.Length == 8 ? [date] : []);
                text = text.Replace("{date}", date, StringComparison.Ordinal);
            }

            return text;
        }
    }
}
