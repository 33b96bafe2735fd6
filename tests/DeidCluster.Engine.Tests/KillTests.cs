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
    private static readonly CancellationToken None = CancellationToken.None;

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
        await using ActorSystem system = BankProcess.Host(store);
        system.Start();
        int[] shards = [.. Enumerable.Range(0, store.ShardCount)];
        await BankHost.UntilAsync(
            async () => system.IsReady && await store.NextDueAsync(shards, None) is null && system.EffectsRunning.Count == 0
                && (await Task.WhenAll(shards.Select(shard => store.ReadActiveAsync(shard, None)))).All(active => active.Count == 0),
            "all mail is consumed and all effects are done");
        Assert.Empty(await store.ReadQuarantineAsync(1, None));

        Books books = await Books.ReadAsync(store);
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
        Take(first, accepted);
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            Take(line, accepted);
        }

        await death;
        await process.WaitForExitAsync();
    }

    private static void Take(string? line, HashSet<Guid> accepted)
    {
        // A last line may have been cut in the middle.
        if (line is not null && line.StartsWith(BankProcess.Accepted, StringComparison.Ordinal)
            && Guid.TryParseExact(line[BankProcess.Accepted.Length..], "n", out Guid deposit))
        {
            accepted.Add(deposit);
        }
    }

    private static async Task KillLaterAsync(Process process)
    {
        await Task.Delay(Random.Shared.Next(LongestLifeMilliseconds));
        process.Kill();
    }

    /// <summary>All journals, added up.</summary>
    private sealed class Books
    {
        private long balances;
        private long deposited;
        private long sent;
        private long received;
        private long worksStarted;
        private long remindersSet;
        private long remindersHeard;

        private readonly HashSet<long> tokens = [];

        public HashSet<Guid> Deposits { get; } = [];

        public int Events { get; private set; }

        public int Transfers { get; private set; }

        public int WorksDone { get; private set; }

        public int Tokens => tokens.Count;

        public static async Task<Books> ReadAsync(IActorStore store)
        {
            Books books = new();
            for (int account = 0; account < BankProcess.Accounts; account++)
            {
                await books.AddAsync(store, BankHost.Account(BankProcess.Name(account)));
            }

            return books;
        }

        public void AssertBalanced()
        {
            Assert.Equal(sent, received);
            Assert.Equal(deposited + (WorksDone * Interest.Earned), balances);
            Assert.Equal(worksStarted, WorksDone);
            Assert.Equal(remindersSet, remindersHeard);
        }

        private async Task AddAsync(IActorStore store, ActorId account)
        {
            MessageTypes types = AccountDecider.Types();
            AccountDecider rules = new();
            Account state = rules.Initial(account);
            IReadOnlyList<JournalRow> rows = await store.ReadJournalAsync(account, 0, int.MaxValue, None);
            HashSet<Guid> causes = [];
            foreach (JournalRow row in rows)
            {
                Assert.Equal(state.Version + 1, row.Version);
                Assert.True(causes.Add(row.Cause), "One mail makes one event here: it was consumed twice.");
                IEvent happened = (IEvent)types.Read(row.Body);
                state = rules.Evolve(state, happened);
                Add(happened, row);
            }

            Events += rows.Count;
            balances += state.Balance;
        }

        private void Add(IEvent happened, JournalRow row)
        {
            tokens.Add(row.Token);
            switch (happened)
            {
                case Deposited deposit:
                    Deposits.Add(row.Cause);
                    deposited += deposit.Amount;
                    break;
                case Sent transfer:
                    Transfers++;
                    sent += transfer.Amount;
                    break;
                case Received transfer:
                    received += transfer.Amount;
                    break;
                case WorkStarted:
                    worksStarted++;
                    break;
                case WorkFinished:
                    WorksDone++;
                    break;
                case ReminderSet:
                    remindersSet++;
                    break;
                case Reminded:
                    remindersHeard++;
                    break;
            }
        }
    }
}
