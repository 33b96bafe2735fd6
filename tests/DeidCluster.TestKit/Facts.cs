namespace DeidCluster.TestKit;

/// <summary>Numbers that a test found, for people: lines that begin with "[fact] ", which the test command shows after a run.</summary>
public static class Facts
{
    public static void Say(string fact) => Console.WriteLine($"[fact] {fact}");
}
