using System.Text;
using DeidCluster.Deid;

namespace DeidCluster.Console.Api;

/// <summary>One cell of a CSV file and where it begins, counted from 1.</summary>
internal readonly record struct CsvCell(string Text, int Line, int Column);

/// <summary>
/// Reads CSV as RFC 4180 writes it: cells separated by commas, quoted where they hold a comma, a quote or a line break, a quote inside quotes doubled,
/// lines ended by CRLF or LF. Anything else is refused where it stands.
/// </summary>
internal sealed class CsvReader(TextReader text, string file)
{
    /// <summary>A longer cell is refused. Characters.</summary>
    public const int CellLengthMax = 16 * 1024;

    /// <summary>What the decoder puts where bytes are no letter. As part of an identifier it would find nothing, or somebody else.</summary>
    private const char Unreadable = '\uFFFD';

    private int line = 1;
    private int column = 1;

    /// <summary>The cells of the next line that is not empty; null at the end of the file.</summary>
    public IReadOnlyList<CsvCell>? ReadRow()
    {
        while (text.Peek() is '\r' or '\n')
        {
            TakeLineEnd();
        }

        if (text.Peek() < 0)
        {
            return null;
        }

        List<CsvCell> cells = [];
        while (true)
        {
            cells.Add(text.Peek() == '"' ? ReadQuoted() : ReadPlain());
            if (text.Peek() == ',')
            {
                Take();
                continue;
            }

            if (text.Peek() >= 0)
            {
                TakeLineEnd();
            }

            return cells;
        }
    }

    private CsvCell ReadPlain()
    {
        (int startLine, int startColumn) = (line, column);
        StringBuilder cell = new();
        while (text.Peek() is >= 0 and not ',' and not '\r' and not '\n')
        {
            if (text.Peek() == '"')
            {
                throw Problem("a quote inside a cell that does not begin with one");
            }

            Append(cell, Take());
        }

        return new CsvCell(cell.ToString(), startLine, startColumn);
    }

    private CsvCell ReadQuoted()
    {
        (int startLine, int startColumn) = (line, column);
        StringBuilder cell = new();
        Take();
        while (true)
        {
            if (text.Peek() < 0)
            {
                throw new ConfigurationException(file, startLine, startColumn, "the quote that begins this cell is never closed");
            }

            char letter = Take();
            if (letter != '"')
            {
                Append(cell, letter);
            }
            else if (text.Peek() == '"')
            {
                Append(cell, Take());
            }
            else
            {
                return text.Peek() is < 0 or ',' or '\r' or '\n'
                    ? new CsvCell(cell.ToString(), startLine, startColumn)
                    : throw Problem("text behind the closing quote of a cell");
            }
        }
    }

    private void Append(StringBuilder cell, char letter)
    {
        if (letter == Unreadable)
        {
            throw new ConfigurationException(file, line, column - 1, "a byte that is not UTF-8; save the file as CSV UTF-8");
        }

        if (cell.Length == CellLengthMax)
        {
            throw Problem($"a cell of more than {CellLengthMax} characters");
        }

        cell.Append(letter);
    }

    private void TakeLineEnd()
    {
        if (Take() == '\r' && text.Peek() != '\n')
        {
            throw Problem("a carriage return without a line feed");
        }

        if (column != 1)
        {
            Take();
        }
    }

    private char Take()
    {
        char letter = (char)text.Read();
        (line, column) = letter == '\n' ? (line + 1, 1) : (line, column + 1);
        return letter;
    }

    private ConfigurationException Problem(string problem) => new(file, line, column, problem);
}
