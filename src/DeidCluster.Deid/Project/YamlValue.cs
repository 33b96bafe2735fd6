namespace DeidCluster.Deid;

/// <summary>One value of a strict YAML file: a scalar, a list or a map, with its place in the file.</summary>
public abstract class YamlValue
{
    private protected YamlValue(YamlSource source, int line, int column)
    {
        Source = source;
        Line = line;
        Column = column;
    }

    /// <summary>Line in the file, from 1.</summary>
    public int Line { get; }

    /// <summary>Column in the line, from 1.</summary>
    public int Column { get; }

    /// <summary>"text", "a list" or "a map", for messages.</summary>
    internal abstract string Kind { get; }

    /// <summary>True once this value was noted as wrong, so that what is inside it need not be judged.</summary>
    internal bool HasFailed { get; private set; }

    private protected YamlSource Source { get; }

    /// <summary>Notes that this value is wrong; <see cref="YamlMap.Finish"/> reports it together with all others.</summary>
    public void Fail(string problem)
    {
        HasFailed = true;
        Source.Add(Line, Column, problem);
    }
}

/// <summary>A scalar: its text, and whether it stood in quotes.</summary>
public sealed class YamlScalar : YamlValue
{
    internal YamlScalar(YamlSource source, int line, int column, string text, bool quoted)
        : base(source, line, column)
    {
        Text = text;
        Quoted = quoted;
    }

    /// <summary>The text as YAML reads it, quotes and escapes resolved. Nothing is expanded.</summary>
    public string Text { get; }

    /// <summary>True for 'text' and "text", which is never a number, a boolean or null.</summary>
    public bool Quoted { get; }

    /// <summary>True for nothing, ~ or null without quotes.</summary>
    public bool IsNull => !Quoted && Text is "" or "~" or "null";

    internal override string Kind => IsNull ? "nothing" : "text";
}

/// <summary>A list of values.</summary>
public sealed class YamlList : YamlValue
{
    internal YamlList(YamlSource source, int line, int column, IReadOnlyList<YamlValue> values)
        : base(source, line, column) => Values = values;

    /// <summary>The values in order.</summary>
    public IReadOnlyList<YamlValue> Values { get; }

    internal override string Kind => "a list";
}

/// <summary>The file that values come from, and what has been found wrong in it.</summary>
internal sealed class YamlSource(string file)
{
    private readonly List<ConfigurationProblem> problems = [];

    /// <summary>The line behind the last value, where what is missing could stand.</summary>
    public int EndLine { get; set; } = 1;

    public void Add(int line, int column, string problem) => problems.Add(new ConfigurationProblem(file, line, column, problem));

    public void ThrowIfAny()
    {
        if (problems.Count > 0)
        {
            throw new ConfigurationException([.. problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)]);
        }
    }
}
