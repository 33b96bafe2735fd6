using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DeidCluster.Deid;

/// <summary>
/// Reads a configuration file into a <see cref="YamlMap"/> and refuses what can hide a mistake: duplicate keys, anchors, aliases,
/// tags, several documents, and anything beyond the limits. Nothing is expanded or inferred.
/// </summary>
public static class StrictYaml
{
    /// <summary>A larger file is refused. Bytes.</summary>
    public const int FileBytesMax = 4 * 1024 * 1024;

    /// <summary>Deeper nesting is refused. Levels.</summary>
    public const int DepthMax = 32;

    /// <summary>More values are refused.</summary>
    public const int ValuesMax = 200_000;

    /// <summary>The map that the file at <paramref name="path"/> holds; problems are reported under <paramref name="path"/> as given.</summary>
    /// <exception cref="ConfigurationException">The file is missing, too large or not strict YAML.</exception>
    public static YamlMap ReadFile(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > FileBytesMax)
            {
                throw new ConfigurationException(path, 1, 1, $"the file is larger than {FileBytesMax} bytes");
            }

            using StreamReader reader = new(stream);
            return Parse(reader.ReadToEnd(), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(path, 1, 1, e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : "the file cannot be read");
        }
    }

    /// <summary>The map that <paramref name="text"/> holds; <paramref name="file"/> names it in problems.</summary>
    public static YamlMap Parse(string text, string file)
    {
        try
        {
            return new Reading(text, file).Document();
        }
        catch (YamlException e)
        {
            throw new ConfigurationException(file, (int)e.Start.Line, (int)e.Start.Column, $"this is not YAML: {Reason(e)}");
        }
    }

    private static string Reason(YamlException e) => e.Message.ReplaceLineEndings(" ").TrimEnd('.');

    /// <summary>One pass over the events of a parser.</summary>
    private sealed class Reading(string text, string file)
    {
        private readonly Parser parser = new(new StringReader(text));
        private readonly YamlSource source = new(file);
        private int values;

        public YamlMap Document()
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                throw new ConfigurationException(file, 1, 1, "the file is empty");
            }

            parser.Consume<DocumentStart>();
            YamlValue root = Value(depth: 0);
            source.EndLine = (int)parser.Consume<DocumentEnd>().Start.Line;
            if (!parser.Accept<StreamEnd>(out _))
            {
                throw Refused(parser.Current!, "only one document is allowed in a file");
            }

            source.ThrowIfAny();
            return root as YamlMap ?? throw new ConfigurationException(file, root.Line, root.Column, "a map of keys is expected here");
        }

        private YamlValue Value(int depth)
        {
            ParsingEvent start = parser.Consume<ParsingEvent>();
            if (++values > ValuesMax)
            {
                throw Refused(start, $"the file has more than {ValuesMax} values");
            }

            if (depth > DepthMax)
            {
                throw Refused(start, $"values are nested deeper than {DepthMax} levels");
            }

            RefuseIndirection(start);
            (int line, int column) = Place(start);
            return start switch
            {
                Scalar scalar => new YamlScalar(source, line, column, scalar.Value, scalar.Style != ScalarStyle.Plain),
                SequenceStart => new YamlList(source, line, column, Items(depth)),
                MappingStart => new YamlMap(source, line, column, Entries(depth)),
                _ => throw Refused(start, "a value is expected here"),
            };
        }

        private List<YamlValue> Items(int depth)
        {
            List<YamlValue> items = [];
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Value(depth + 1));
            }

            return items;
        }

        private List<YamlEntry> Entries(int depth)
        {
            List<YamlEntry> entries = [];
            HashSet<string> seen = new(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (Value(depth + 1) is not YamlScalar key)
                {
                    throw Refused(parser.Current!, "a key must be text");
                }

                if (!seen.Add(key.Text))
                {
                    key.Fail($"key '{key.Text}' stands here a second time");
                }

                entries.Add(new YamlEntry(key, Value(depth + 1)));
            }

            return entries;
        }

        private void RefuseIndirection(ParsingEvent start)
        {
            if (start is AnchorAlias)
            {
                throw Refused(start, "aliases (*name) are not allowed");
            }

            if (start is NodeEvent node && !node.Anchor.IsEmpty)
            {
                throw Refused(start, "anchors (&name) are not allowed");
            }

            if (start is NodeEvent { Tag.IsEmpty: false, Tag.IsNonSpecific: false })
            {
                throw Refused(start, "tags (!name) are not allowed");
            }
        }

        private ConfigurationException Refused(ParsingEvent at, string problem)
        {
            (int line, int column) = Place(at);
            return new ConfigurationException(file, line, column, problem);
        }

        private static (int Line, int Column) Place(ParsingEvent at) => ((int)at.Start.Line, (int)at.Start.Column);
    }
}
