namespace DeidCluster.Simulator;

/// <summary>
/// Makes sample studies without any file from outside, the same for the same options everywhere. A study is named by its patient's number and its
/// own: asked again, the same study comes out, byte for byte.
/// </summary>
public sealed class SampleStudies(SampleOptions options)
{
    /// <summary>Two CT series, the structure set drawn on the first and the report on both.</summary>
    public SampleStudy Ct(int patient, int study, string? accessionNumber = null)
    {
        SampleVisit visit = new(options, patient, study, accessionNumber);
        SampleInstance[] thin = [.. CtSample.Series(visit, 1, "Thorax thin")];
        SampleInstance[] thick = [.. CtSample.Series(visit, 2, "Thorax thick")];
        SampleInstance structures = RtStructSample.StructureSet(visit, 3, thin);
        SampleInstance report = SrSample.Report(visit, 4, [.. thin, .. thick]);
        return visit.ToStudy("CT with structure set and report", [.. thin, .. thick, structures, report]);
    }

    /// <summary>Two MR series in implicit VR.</summary>
    public SampleStudy Mr(int patient, int study, string? accessionNumber = null)
    {
        SampleVisit visit = new(options, patient, study, accessionNumber);
        return visit.ToStudy("MR", [.. MrSample.Series(visit, 1, "T1 sagittal"), .. MrSample.Series(visit, 2, "T2 sagittal")]);
    }

    /// <summary>One digital X-ray image.</summary>
    public SampleStudy Dx(int patient, int study, string? accessionNumber = null)
    {
        SampleVisit visit = new(options, patient, study, accessionNumber);
        return visit.ToStudy("DX", [DxSample.Image(visit, 1)]);
    }

    /// <summary>Ultrasound images with the patient's name and number burned in above the ultrasound region.</summary>
    public SampleStudy Us(int patient, int study, string? accessionNumber = null)
    {
        SampleVisit visit = new(options, patient, study, accessionNumber);
        return visit.ToStudy("US with burned-in text", [UsSample.Image(visit, 1, 1), UsSample.Image(visit, 1, 2)]);
    }

    /// <summary>
    /// <paramref name="count"/> studies of all kinds in turn; patients have three each, the first patient's number is <paramref name="firstPatient"/>.
    /// </summary>
    public IEnumerable<SampleStudy> Mixed(int count, int firstPatient = 0)
    {
        for (int i = 0; i < count; i++)
        {
            (int patient, int study) = (firstPatient + (i / 3), i % 3);
            yield return (i % 4) switch
            {
                0 => Ct(patient, study),
                1 => Mr(patient, study),
                2 => Dx(patient, study),
                _ => Us(patient, study),
            };
        }
    }
}
