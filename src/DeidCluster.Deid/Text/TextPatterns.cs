using System.Text.RegularExpressions;

namespace DeidCluster.Deid;

/// <summary>What identifies by its form alone, wherever it stands in text.</summary>
internal static partial class TextPatterns
{
    /// <summary>Numbers of digits and dots that can be a UID (PS3.5 9.1) or the address of a host.</summary>
    [GeneratedRegex(@"(?<![\p{L}\p{Nd}.])[0-9]+(?:\.[0-9]+){3,}(?![\p{Nd}])", RegexOptions.CultureInvariant)]
    public static partial Regex Uid();

    /// <summary>E-mail addresses, addresses of the web, paths of files, hosts.</summary>
    [GeneratedRegex(
        @"(?<![^\s@<>,;:()])[^\s@<>,;:()]{1,256}@[^\s@<>,;:()]{1,255}|\b(?:https?|ftp|file|dicom|ldap|urn):[^\s]{1,2000}|\bwww\.[^\s]{1,2000}|\\\\[^\s]{1,255}|\b[A-Za-z]:\\[^\s]{1,255}|(?<![\p{L}\p{Nd}])/(?:[\w.\-]{1,64}/)+[\w.\-]{0,64}",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    public static partial Regex Address();

    /// <summary>Telephone and other numbers in groups: seven digits or more.</summary>
    [GeneratedRegex(@"(?<![\p{L}\p{Nd}.])\+?\(?[0-9](?:[ \t]?[-/.()]?[ \t]?[0-9]){6,}(?![\p{Nd}])", RegexOptions.CultureInvariant)]
    public static partial Regex Telephone();

    /// <summary>A number that its label tells: of a patient, an order, a room, a telephone.</summary>
    [GeneratedRegex(
        @"\b(?:mrn|m\.?r\.?n|pid|pat(?:ient)?\s?(?:id|no|number|nr)|id|i\.d|identifier|accession|acc|acc\.?\s?(?:no|nr)|ssn|nhs|nin|hkid|nric|case|visit|encounter|order|record|chart|unit|policy|account|acct|licen[cs]e|serial|plate"
        + @"|room|rm|bed|ward|bay|floor|phone|telephone|tel|mobile|cell|fax|pager|bleep|beeper|ext|extension|dob|d\.o\.b|born|birth\s?date|zip|postcode|box)\b\.?\s{0,2}(?:no\.?|nr\.?|number|num|\#|id)?\s{0,2}[:=\#\-]{0,2}\s{0,2}"
        + @"(?<value>(?:[A-Za-z]{0,6}[-/. ]?[0-9]|[A-Za-z]{1,4}[0-9])[\w\-/.]{0,40})",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    public static partial Regex LabelledNumber();

    /// <summary>A house and a street, a post code with its place.</summary>
    [GeneratedRegex(
        @"(?<![\p{L}\p{Nd}])[0-9]{1,5}[A-Za-z]?,?\s(?:[\p{L}.'\-]{1,30}\s){1,4}(?:street|str|road|rd|avenue|ave|lane|ln|drive|court|ct|way|close|crescent|place|square|sq|terrace|boulevard|blvd|highway|hwy|parkway|pkwy|circle|trail|gardens|grove|mews|row)\b\.?"
        + @"|(?<![\p{L}\-])[\p{L}\-]{2,40}(?:stra(?:ss|ß)e|strasse|str\.|gasse|weg|platz|allee|laan|straat|plein|gatan|vej)\s{0,2}[0-9]{1,4}[a-z]?\b"
        + @"|\b(?:rue|avenue|boulevard|via|viale|piazza|calle|carrer|rua|avenida|plaza)\s(?:[\p{L}.'\-]{1,30}\s?){1,4},?\s?[0-9]{0,4}\b"
        + @"|\bp\.?\s?o\.?\s?box\s?[0-9]{1,8}\b"
        + @"|\b[A-Z]{1,2}[0-9][A-Z0-9]?\s?[0-9][A-Z]{2}\b"
        + @"|\b[A-Z]{2}\s[0-9]{5}(?:-[0-9]{4})?\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    public static partial Regex Street();

    /// <summary>A time of day.</summary>
    [GeneratedRegex(@"(?<![\p{L}\p{Nd}:.])(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?:\s?[ap]\.?m\.?)?(?![\p{Nd}:])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    public static partial Regex Clock();

    /// <summary>An age in years, of three digits or from 90 on.</summary>
    [GeneratedRegex(
        @"(?<![\p{L}\p{Nd}.])(?<value>9[0-9]|1[0-4][0-9])(?=[ \-]{0,2}(?:years?|yrs?|y\.?\s?o\.?|y/o|yo|y|jahre?|jährig\w{0,2}|ans|anni|años|jaar)\b)|(?<=\b(?:aged?|age:|aged:|age\ of|alter|alter:)\s{0,2})(?<value>9[0-9]|1[0-4][0-9])(?![\p{Nd}.])",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    public static partial Regex HighAge();
}
