namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>Mutants of what each reader reads. See <see cref="Oracle"/> for what must hold.</summary>
public class MutantTests
{
    [Fact]
    public Task DataSets_InEverySyntax_AreReadOrRefused() => FuzzRun.GoAsync("data sets", 14_000, 600_000, random =>
    {
        TransferSyntax syntax = Seeds.Syntaxes[random.Next(Seeds.Syntaxes.Count)];
        byte[] mutant = Mutator.Elements(Seeds.DataSet(random, syntax), Seeds.DataSet(random, syntax), 0, syntax.IsExplicitVr, syntax.IsBigEndian, random);
        return Oracle.DataSetIn(syntax, mutant);
    });

    [Fact]
    public Task DataSets_ReadInAnotherSyntaxThanTheirs_AreReadOrRefused() => FuzzRun.GoAsync("data sets in a wrong syntax", 3_000, 100_000, random =>
    {
        TransferSyntax syntax = Seeds.Syntaxes[random.Next(Seeds.Syntaxes.Count)];
        return Oracle.DataSetIn(Seeds.Syntaxes[random.Next(Seeds.Syntaxes.Count)], Seeds.DataSet(random, syntax));
    });

    [Fact]
    public Task Files_OfEverySyntax_AreReadOrRefused() => FuzzRun.GoAsync("files", 5_000, 250_000, random =>
    {
        const int MetaAt = 132;
        byte[] file = Seeds.OneFile(random);
        return Oracle.File(file.Length > MetaAt
            ? Mutator.Elements(file, Seeds.OneFile(random), MetaAt, isExplicit: true, isBigEndian: false, random)
            : Mutator.AnyBytes(file, random));
    });

    [Fact]
    public Task DeflatedFiles_MutatedInsideTheirStreamOrBefore_AreReadOrRefused() => FuzzRun.GoAsync("deflated files", 2_000, 50_000, random =>
    {
        TransferSyntax syntax = TransferSyntax.ExplicitVrLittleEndian;
        byte[] dataSet = Seeds.DataSet(random, syntax);
        byte[] stream = random.Next(2) == 0
            ? Seeds.Deflated(Mutator.Elements(dataSet, dataSet, 0, isExplicit: true, isBigEndian: false, random))
            : Mutator.AnyBytes(Seeds.Deflated(dataSet), random);
        return Oracle.File(Seeds.OfParts(Uids.DeflatedExplicitVrLittleEndian, stream));
    });

    [Fact]
    public Task Pdus_OfEveryType_AreReadOrRefused() => FuzzRun.GoAsync("PDUs", 6_000, 200_000, random =>
        Oracle.OnePdu(Mutator.Pdu(Seeds.OnePdu(random), Seeds.OnePdu(random), random)));

    [Fact]
    public Task CommandSets_OfEveryOperation_AreReadOrRefused() => FuzzRun.GoAsync("command sets", 6_000, 200_000, random =>
        Oracle.Command(Mutator.Elements(Seeds.OneCommand(random), Seeds.OneCommand(random), 0, isExplicit: false, isBigEndian: false, random)));
}
