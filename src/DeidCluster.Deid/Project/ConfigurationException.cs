namespace DeidCluster.Deid;

/// <summary>One thing that is wrong in a configuration file, and where. Line and column count from 1.</summary>
public sealed record ConfigurationProblem(string File, int Line, int Column, string Problem)
{
    /// <summary>"file:line:column: problem", which editors and terminals turn into a link.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {Problem}";
}

/// <summary>A configuration file that cannot be used. The message has one line for each problem, in the order of the file.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>All <paramref name="problems"/> of one file; at least one.</summary>
    public ConfigurationException(IReadOnlyList<ConfigurationProblem> problems)
        : base(string.Join('\n', problems)) => Problems = problems;

    /// <summary>One problem.</summary>
    public ConfigurationException(string file, int line, int column, string problem)
        : this([new ConfigurationProblem(file, line, column, problem)]) { }

    /// <summary>What is wrong, in the order of the file.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; }
}
