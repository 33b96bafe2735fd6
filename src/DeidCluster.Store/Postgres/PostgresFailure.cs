using System.Net.Sockets;
using DeidCluster.Engine;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>Tells failures of the world (connection, fail-over, time-out, disk) from our own mistakes (a wrong statement, a broken constraint).</summary>
internal static class PostgresFailure
{
    // https://www.postgresql.org/docs/15/errcodes-appendix.html: connection, authorization, transaction rolled back, resources, intervention, system.
    private static readonly string[] ClassesOfTheWorld = ["08", "28", "40", "53", "57", "58"];

    // A read-only transaction (a standby took over elsewhere), idle in transaction too long, a lock that was not to be had, an unknown prepared statement after a fail-over.
    private static readonly string[] StatesOfTheWorld = ["25006", "25P03", "55P03", "26000"];

    private const int RunsMax = 3;

    /// <summary>
    /// Runs <paramref name="work"/> and turns failures of the world into <see cref="StoreUnavailableException"/>. What the server rolled back for the sake
    /// of other transactions (deadlock) is tried again.
    /// </summary>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        for (int run = 1; ; run++)
        {
            try
            {
                return await work();
            }
            catch (PostgresException failure) when (failure.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure && run < RunsMax)
            {
                continue;
            }
            catch (Exception failure) when (IsOfTheWorld(failure))
            {
                throw Unavailable(failure);
            }
        }
    }

    public static bool IsOfTheWorld(Exception failure) => failure switch
    {
        PostgresException answer => ClassesOfTheWorld.Any(answer.SqlState.StartsWith) || StatesOfTheWorld.Contains(answer.SqlState),
        NpgsqlException or SocketException or IOException or TimeoutException => true,

        // What Npgsql says of a connection that was lost since the last command on it.
        InvalidOperationException { Source: nameof(Npgsql) } => true,
        _ => false,
    };

    public static StoreUnavailableException Unavailable(Exception failure) =>
        new(failure is PostgresException answer ? $"PostgreSQL answered {answer.SqlState}." : $"PostgreSQL cannot be reached ({failure.GetType().Name}).", failure);
}
