using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Studies;

/// <summary>How often and how soon a failed step is tried again: exponential back-off with a cap, and a jitter that spreads studies that failed together.</summary>
/// <param name="AttemptsMax">After so many failures of one step the study is held.</param>
/// <param name="FirstDelay">The wait after the first failure; it doubles with each further one.</param>
/// <param name="DelayMax">The longest wait, before jitter.</param>
public sealed record RetryPolicy(int AttemptsMax, TimeSpan FirstDelay, TimeSpan DelayMax)
{
    /// <summary>What a project has that says nothing else: about an hour and a half of patience.</summary>
    public static readonly RetryPolicy Default = new(10, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(15));

    /// <summary>At most this share is added to a wait.</summary>
    public const double JitterShare = 0.2;

    private const int DoublingsMax = 30;

    /// <summary>The wait after failure number <paramref name="attempts"/> (from 1): the same whenever and wherever it is computed.</summary>
    public TimeSpan Delay(string studyId, int attempts)
    {
        double seconds = FirstDelay.TotalSeconds * Math.Pow(2, Math.Clamp(attempts - 1, 0, DoublingsMax));
        return TimeSpan.FromSeconds(Math.Min(seconds, DelayMax.TotalSeconds) * (1 + (JitterShare * Fraction(studyId, attempts))));
    }

    private static double Fraction(string studyId, int attempts)
    {
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{studyId}/{attempts}"));
        return BinaryPrimitives.ReadUInt32BigEndian(digest) / (double)uint.MaxValue;
    }
}
