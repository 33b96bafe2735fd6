using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Births beside the days of an examination: an age over 89 identifies (45 CFR 164.514(b)(2)(i)(C)), also when it must be computed.</summary>
internal static class BirthDates
{
    private static readonly Tag[] Examinations = [Tags.StudyDate, Tags.SeriesDate, Tags.AcquisitionDate, Tags.ContentDate, Tags.AcquisitionDateTime, Tags.InstanceCreationDate];

    /// <summary>The patient's birth date; null when none is known.</summary>
    public static DateOnly? Of(DataSet instance) => instance.GetString(Tags.PatientBirthDate) is { } text ? DateValues.DayOf(Vr.DA, text) : null;

    /// <summary>
    /// <paramref name="birth"/>, or the first of January ninety years before the examination's year when the patient was older than 89 in it.
    /// What is malformed stays so.
    /// </summary>
    public static string Capped(string birth, DataSet instance)
    {
        if (DateValues.DayOf(Vr.DA, birth) is not { } born || LastExamination(instance) is not { } day)
        {
            return birth;
        }

        int age = day.Year - born.Year - (day < born.AddYears(day.Year - born.Year) ? 1 : 0);
        return age < RuleAction.AgeBand.AgeCapYears ? birth
            : new DateOnly(Math.Max(1, day.Year - RuleAction.AgeBand.AgeCapYears), 1, 1).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
    }

    private static DateOnly? LastExamination(DataSet instance)
    {
        DateOnly? last = null;
        foreach (Tag tag in Examinations)
        {
            if (instance.GetString(tag) is { } text && DateValues.DayOf(DicomDictionary.Find(tag)!.Vr, text) is { } day && (last is null || day > last))
            {
                last = day;
            }
        }

        return last;
    }
}
