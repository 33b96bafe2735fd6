namespace DeidCluster.Dicom;

/// <summary>An information model of the Query/Retrieve service class (PS3.4 C.6): the levels that it has, the widest first.</summary>
public sealed record QueryModel
{
    private QueryModel(string name, string find, string move, string get, params QueryLevel[] levels) =>
        (Name, Find, Move, Get, Levels) = (name, find, move, get, levels);

    /// <summary>Patient, study, series, instance (PS3.4 C.6.1).</summary>
    public static QueryModel PatientRoot { get; } = new(
        "Patient Root", Uids.PatientRootQueryRetrieveInformationModelFind, Uids.PatientRootQueryRetrieveInformationModelMove,
        Uids.PatientRootQueryRetrieveInformationModelGet, QueryLevel.Patient, QueryLevel.Study, QueryLevel.Series, QueryLevel.Image);

    /// <summary>Study, series, instance; what is known of the patient belongs to the study (PS3.4 C.6.2).</summary>
    public static QueryModel StudyRoot { get; } = new(
        "Study Root", Uids.StudyRootQueryRetrieveInformationModelFind, Uids.StudyRootQueryRetrieveInformationModelMove,
        Uids.StudyRootQueryRetrieveInformationModelGet, QueryLevel.Study, QueryLevel.Series, QueryLevel.Image);

    /// <summary>Patient and study only; retired, and still asked for by old workstations (PS3.4-2004 C.6.3).</summary>
    public static QueryModel PatientStudyOnly { get; } = new(
        "Patient/Study Only", Uids.PatientStudyOnlyQueryRetrieveInformationModelFind, Uids.PatientStudyOnlyQueryRetrieveInformationModelMove,
        Uids.PatientStudyOnlyQueryRetrieveInformationModelGet, QueryLevel.Patient, QueryLevel.Study);

    /// <summary>The three models.</summary>
    public static IReadOnlyList<QueryModel> All { get; } = [PatientRoot, StudyRoot, PatientStudyOnly];

    /// <summary>Its name in the standard.</summary>
    public string Name { get; }

    /// <summary>The SOP class of its C-FIND.</summary>
    public string Find { get; }

    /// <summary>The SOP class of its C-MOVE.</summary>
    public string Move { get; }

    /// <summary>The SOP class of its C-GET.</summary>
    public string Get { get; }

    /// <summary>Its levels, the widest first.</summary>
    public IReadOnlyList<QueryLevel> Levels { get; }

    /// <summary>The model that <paramref name="sopClassUid"/> queries or retrieves from; null when it is no SOP class of any.</summary>
    public static QueryModel? Of(string sopClassUid) =>
        All.FirstOrDefault(model => model.Find == sopClassUid || model.Move == sopClassUid || model.Get == sopClassUid);

    /// <summary>Its name.</summary>
    public override string ToString() => Name;
}
