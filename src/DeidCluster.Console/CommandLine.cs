using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Node;

namespace DeidCluster.Console;

/// <summary>Thrown by a verb whose arguments are well formed but cannot be used; the text is shown as it is.</summary>
public class UsageException(string message) : Exception(message);

/// <summary>Runs a verb and turns what went wrong into one line on standard error and an exit code.</summary>
public static class CommandLine
{
    /// <summary>After SIGINT or SIGTERM a verb may take so long to stop; a node drains, which takes as long as its configuration says.</summary>
    private static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(NodeSettings.DrainSecondsMax + 25);

    /// <summary>Parses <paramref name="args"/>, runs the verb they name, and answers its exit code.</summary>
    public static async Task<int> RunAsync(RootCommand root, string[] args, TextWriter? output = null, TextWriter? error = null)
    {
        output ??= System.Console.Out;
        error ??= System.Console.Error;
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync($"deid: {UsageProblem(parsed)} Try '{CommandName(parsed)} --help'.");
            return ExitCode.Failed;
        }

        InvocationConfiguration configuration = new()
        {
            EnableDefaultExceptionHandler = false, Output = output, Error = error, ProcessTerminationTimeout = StopTimeMax,
        };
        try
        {
            return await parsed.InvokeAsync(configuration);
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("deid: cancelled");
            return ExitCode.Cancelled;
        }
        catch (Exception e) when (Explain(e) is { } explanation)
        {
            await error.WriteLineAsync(explanation);
            return ExitCode.Failed;
        }
    }

    /// <summary>The text for a failure whose cause lies outside this program; null for our own mistakes, which end the process with their trace.</summary>
    private static string? Explain(Exception e) => e switch
    {
        ConfigurationException => e.Message,
        UsageException or ProjectKeyException or NodeStartException or DicomFormatException or CodecException or TlsConfigurationException or DicomNetworkException or DimseStatusException or IOException or UnauthorizedAccessException or HttpRequestException => $"deid: {e.Message}",
        _ => null,
    };

    private static string UsageProblem(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count == 0)
        {
            return WrongValue(parsed.Errors[0].SymbolResult) ?? parsed.Errors[0].Message;
        }

        Command command = parsed.CommandResult.Command;
        IEnumerable<string> known = command.Subcommands.Select(verb => verb.Name).Concat(command.Options.Select(option => option.Name));
        return $"'{parsed.UnmatchedTokens[0]}' is no verb or option here{NearestWord.Suggest(parsed.UnmatchedTokens[0], known)}.";
    }

    /// <summary>What an option or argument takes, when it was given something else; the library would name our types.</summary>
    private static string? WrongValue(SymbolResult? at)
    {
        (string Name, Type Type)? symbol = at switch
        {
            OptionResult { Tokens.Count: > 0 } option => (option.Option.Name, option.Option.ValueType),
            ArgumentResult { Parent: OptionResult option } => (option.Option.Name, option.Option.ValueType),
            ArgumentResult { Tokens.Count: > 0 } argument => (argument.Argument.Name, argument.Argument.ValueType),
            _ => null,
        };
        if (symbol is not { } found)
        {
            return null;
        }

        Type type = found.Type.GetElementType() ?? Nullable.GetUnderlyingType(found.Type) ?? found.Type;
        return type.IsEnum ? $"{found.Name} takes one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName))}."
            : type == typeof(int) ? $"{found.Name} takes a whole number."
            : null;
    }

    private static string CommandName(ParseResult parsed)
    {
        List<string> names = [];
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? "deid" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
