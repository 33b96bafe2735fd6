namespace DeidCluster.Deid;

/// <summary>Finds what a person probably meant by a misspelt word.</summary>
public static class NearestWord
{
    /// <summary>Words further apart than this share of their length are not offered.</summary>
    private const double DistanceShareMax = 0.4;

    /// <summary>" (did you mean 'x'?)" for the known word nearest to <paramref name="word"/>, or nothing when none is near.</summary>
    public static string Suggest(string word, IEnumerable<string> known)
    {
        string? nearest = Find(word, known);
        return nearest is null ? "" : $" (did you mean '{nearest}'?)";
    }

    /// <summary>The known word nearest to <paramref name="word"/>, or null when none is near.</summary>
    public static string? Find(string word, IEnumerable<string> known)
    {
        string? nearest = null;
        int least = int.MaxValue;
        foreach (string candidate in known)
        {
            if (Math.Abs(candidate.Length - word.Length) >= least)
            {
                continue;
            }

            int distance = Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < least)
            {
                (nearest, least) = (candidate, distance);
            }
        }

        return nearest is not null && least <= Math.Max(1, DistanceShareMax * Math.Max(word.Length, nearest.Length)) ? nearest : null;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn <paramref name="a"/> into <paramref name="b"/>.</summary>
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            cost[i, 0] = i;
        }

        for (int j = 0; j <= b.Length; j++)
        {
            cost[0, j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = a[i - 1] == b[j - 1] ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j] + 1, cost[i, j - 1] + 1), cost[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
