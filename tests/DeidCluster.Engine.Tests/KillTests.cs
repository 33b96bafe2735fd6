using System.Diagnostics;
using DeidCluster.Engine.Tests.Toys;
using DeidCluster.Store.Sqlite;
using DeidCluster.TestKit;

namespace DeidCluster.Engine.Tests;

/// <summary>A bank is killed (SIGKILL) at random moments, again and again, over one store; then its books must balance.</summary>
public class KillTests
{
    private const int KillsBounded = 10;
    private const int KillsFull = 200;
    private const int LongestLifeMilliseconds = 1_500;

    private static readonly int Kills = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? KillsFull : KillsBounded;

    [Fact]
    public async Task Bank_KilledAgainAndAgain_LosesNothingAndCountsNothingTwice()
    {
        using TestFolder folder = new();
        string path = folder.File("store.db");
        HashSet<Guid> accepted = [];
        for (int kill = 0; kill < Kills; kill++)
        {
            await LiveAndDieAsync(path, accepted);
        }

        await using SqliteStore store = await SqliteStore.OpenAsync(path);
        Books books = await Books.CloseAsync(store);
        List<Guid> lost = [.. accepted.Where(deposit => !books.Deposits.Contains(deposit))];
        Facts.Say(
            $"engine kill -9 loop: {Kills} kills, {accepted.Count} deposits accepted, {lost.Count} lost; {books.Events} events, {books.Transfers} transfers, "
            + $"{books.WorksDone} effects booked, {books.Tokens} owners");
        Assert.True(accepted.Count > 0);
        Assert.Empty(lost);
        books.AssertBalanced();
    }

    private static async Task LiveAndDieAsync(string path, HashSet<Guid> accepted)
    {
        string assembly = typeof(Program).Assembly.Location;
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [assembly, path]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        // Some die before they have opened the store, most in the middle of work.
        bool isNewborn = Random.Shared.Next(5) == 0;
        string? first = isNewborn ? null : await process.StandardOutput.ReadLineAsync();
        Assert.True(isNewborn || first is not null, first is null && process.HasExited ? await errors : "");
        Task death = KillLaterAsync(process);
        BankProcess.Take(first, accepted);
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            BankProcess.Take(line, accepted);
        }

        await death;
        await process.WaitForExitAsync();
    }

    private static async Task KillLaterAsync(Process process)
    {
        await Task.Delay(Random.Shared.Next(LongestLifeMilliseconds));
        process.Kill();
    }
}
