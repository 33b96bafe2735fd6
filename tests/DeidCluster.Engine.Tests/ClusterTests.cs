using System.Diagnostics;
using DeidCluster.Engine.Tests.Toys;
using DeidCluster.Store.Postgres;
using DeidCluster.TestKit;

namespace DeidCluster.Engine.Tests;

/// <summary>
/// Three processes on one PostgreSQL server. Processes are killed and started, stopped for longer than their lease and woken, and the
/// server itself is killed, at random; then the books must balance.
/// </summary>
public class ClusterTests
{
    private const int Members = 3;
    private const int BlowsBounded = 10;
    private const int BlowsFull = 200;
    private const int LongestPeaceMilliseconds = 1_000;

    private static readonly int Blows = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? BlowsFull : BlowsBounded;

    [PostgresFact]
    public async Task Cluster_StruckAgainAndAgain_LosesNothingAndCountsNothingTwice()
    {
        await using PostgresPeer server = await PostgresPeer.StartAsync();
        int seed = int.TryParse(Environment.GetEnvironmentVariable("DEID_SEED"), out int given) ? given : Random.Shared.Next();
        Random random = new(seed);
        List<BankMember> members = [.. Enumerable.Range(0, Members).Select(_ => BankMember.Start(server.ConnectionString))];
        HashSet<Guid> accepted = [];
        int kills = 0, pauses = 0, crashes = 0;
        for (int blow = 0; blow < Blows; blow++)
        {
            await Task.Delay(random.Next(LongestPeaceMilliseconds));
            int victim = random.Next(Members);
            switch (random.Next(6))
            {
                case 0 or 1 or 2:
                    kills++;
                    accepted.UnionWith(await members[victim].KillAsync());
                    members[victim] = BankMember.Start(server.ConnectionString);
                    break;
                case 3 or 4:
                    pauses++;
                    members[victim].Signal("STOP");
                    await Task.Delay(BankProcess.Lease + TimeSpan.FromMilliseconds(random.Next(LongestPeaceMilliseconds)));
                    members[victim].Signal("CONT");
                    break;
                default:
                    crashes++;
                    await server.KillAsync();
                    await server.StartAgainAsync();
                    break;
            }
        }

        foreach (BankMember member in members)
        {
            accepted.UnionWith(await member.KillAsync());
        }

        await using PostgresStore store = (PostgresStore)await BankProcess.OpenAsync(server.ConnectionString);
        Books books = await Books.CloseAsync(store);
        List<Guid> lost = [.. accepted.Where(deposit => !books.Deposits.Contains(deposit))];
        Facts.Say(
            $"cluster of {Members} on PostgreSQL (seed {seed}): {kills} kills, {pauses} pauses beyond the lease, {crashes} crashes of the server; "
            + $"{accepted.Count} deposits accepted, {lost.Count} lost; {books.Events} events, {books.Transfers} transfers, {books.WorksDone} effects booked, {books.Tokens} owners");
        Assert.True(accepted.Count > 0, "Nothing was accepted at all.");
        Assert.Empty(lost);
        books.AssertBalanced();
    }

    /// <summary>A bank in a process of its own.</summary>
    private sealed class BankMember
    {
        private readonly Process process;
        private readonly Task<HashSet<Guid>> accepted;
        private readonly Task<string> errors;

        private BankMember(Process process)
        {
            this.process = process;
            accepted = ListenAsync();
            errors = process.StandardError.ReadToEndAsync();
        }

        public static BankMember Start(string connection)
        {
            string assembly = typeof(Program).Assembly.Location;
            return new BankMember(Process.Start(new ProcessStartInfo("dotnet", [assembly, connection]) { RedirectStandardOutput = true, RedirectStandardError = true })!);
        }

        public void Signal(string name)
        {
            using Process kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
            kill.WaitForExit();
        }

        /// <summary>Kills it; what it had accepted. It may end by itself only where the store was away while it started.</summary>
        public async Task<HashSet<Guid>> KillAsync()
        {
            if (process.HasExited)
            {
                string output = await errors;
                Assert.True(output.Contains(nameof(StoreUnavailableException), StringComparison.Ordinal), $"A member ended by itself: {output}");
            }
            else
            {
                process.Kill();
            }

            HashSet<Guid> result = await accepted;
            await process.WaitForExitAsync();
            process.Dispose();
            return result;
        }

        private async Task<HashSet<Guid>> ListenAsync()
        {
            HashSet<Guid> deposits = [];
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                BankProcess.Take(line, deposits);
            }

            return deposits;
        }
    }
}
