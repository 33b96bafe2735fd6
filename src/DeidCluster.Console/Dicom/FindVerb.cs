using System.CommandLine;
using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom find`: asks a peer what it holds (C-FIND).</summary>
internal static class FindVerb
{
    /// <summary>A longer value is cut in the table. Characters.</summary>
    private const int ColumnCharactersMax = 64;

    public static Command Create()
    {
        PeerArguments peer = new();
        QueryArguments query = new();
        Option<bool> json = new("--json") { Description = "Write each match as DICOM JSON, one on a line." };
        Command verb = new("find", "Ask a peer what it holds (C-FIND). Example: deid dicom find 127.0.0.1 4242 --called VNA -k PatientID=MRN* -k StudyDate=20240101- -k StudyDescription");
        peer.AddTo(verb);
        query.AddTo(verb);
        verb.Add(json);
        verb.SetAction(async (parsed, ct) =>
        {
            DataSet identifier = query.Identifier(parsed);
            string sopClass = query.Model(parsed).Find;
            TextWriter output = parsed.InvocationConfiguration.Output;
            await using ScuAssociation association = await ScuAssociation.ConnectAsync(peer.Options(parsed, ProposedContext.InMemory(sopClass)), ct);
            List<string[]> rows = [];
            Tag[] columns = [.. identifier.Where(key => key.Tag != Tags.QueryRetrieveLevel && key.Tag != Tags.SpecificCharacterSet).Select(key => key.Tag)];
            await foreach (DataSet match in association.FindAsync(sopClass, identifier, ct))
            {
                if (parsed.GetValue(json))
                {
                    output.WriteLine(Encoding.UTF8.GetString(DicomJson.ToBytes(match)));
                }

                rows.Add([.. columns.Select(tag => match.Find(tag) is Element element ? DataSetText.Value(match, element, ColumnCharactersMax) : "")]);
            }

            await association.ReleaseAsync(ct);
            if (!parsed.GetValue(json))
            {
                WriteTable(output, [.. columns.Select(tag => DicomDictionary.Find(tag)?.Keyword ?? tag.ToString())], rows);
                output.WriteLine($"{rows.Count} {(rows.Count == 1 ? "match" : "matches")}");
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static void WriteTable(TextWriter output, string[] heads, List<string[]> rows)
    {
        int[] widths = [.. heads.Select((head, column) => rows.Select(row => row[column].Length).Append(head.Length).Max())];
        foreach (string[] row in rows.Prepend(heads))
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
