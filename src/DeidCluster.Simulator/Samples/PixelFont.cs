namespace DeidCluster.Simulator;

/// <summary>Letters of five by seven dots, to burn text into pixels. Letters that are not A to Z or a digit are drawn as a box.</summary>
internal static class PixelFont
{
    private const int Width = 5;
    private const int Height = 7;
    private const int Advance = Width + 1;

    // Seven rows of five bits a letter, written as two hexadecimal digits a row.
    private static readonly Dictionary<char, string> Rows = new()
    {
        ['A'] = "0E11111F111111", ['B'] = "1E11111E11111E", ['C'] = "0E11101010110E", ['D'] = "1E11111111111E", ['E'] = "1F10101E10101F",
        ['F'] = "1F10101E101010", ['G'] = "0E11101711110F", ['H'] = "1111111F111111", ['I'] = "0E04040404040E", ['J'] = "0702020202120C",
        ['K'] = "11121418141211", ['L'] = "1010101010101F", ['M'] = "111B1515111111", ['N'] = "11111915131111", ['O'] = "0E11111111110E",
        ['P'] = "1E11111E101010", ['Q'] = "0E11111115120D", ['R'] = "1E11111E141211", ['S'] = "0F10100E01011E", ['T'] = "1F040404040404",
        ['U'] = "1111111111110E", ['V'] = "11111111110A04", ['W'] = "11111115151B11", ['X'] = "11110A040A1111", ['Y'] = "11110A04040404",
        ['Z'] = "1F01020408101F", ['0'] = "0E11131519110E", ['1'] = "040C040404040E", ['2'] = "0E11010204081F", ['3'] = "1F02040201110E",
        ['4'] = "02060A121F0202", ['5'] = "1F101E0101110E", ['6'] = "0608101E11110E", ['7'] = "1F010204080808", ['8'] = "0E11110E11110E",
        ['9'] = "0E11110F01020C", [' '] = "00000000000000",
    };

    /// <summary>Calls <paramref name="dot"/> for each dot of <paramref name="text"/> that lies inside the image.</summary>
    public static void Draw(string text, int left, int top, int columns, int rows, Action<int, int> dot)
    {
        for (int i = 0; i < text.Length; i++)
        {
            byte[] letter = Convert.FromHexString(Rows.GetValueOrDefault(char.ToUpperInvariant(text[i]), "1F11111111111F"));
            for (int y = 0; y < Height; y++)
            {
                for (int x = 0; x < Width; x++)
                {
                    int column = left + (i * Advance) + x;
                    if ((letter[y] & (0x10 >> x)) != 0 && column < columns && top + y < rows)
                    {
                        dot(column, top + y);
                    }
                }
            }
        }
    }
}
