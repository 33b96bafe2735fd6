using DeidCluster.Engine.Tests.Toys;

namespace DeidCluster.Engine.Tests;

/// <summary>What runs when a test starts this assembly as a process: a bank to be killed.</summary>
public static class Program
{
    public static Task Main(string[] arguments) => BankProcess.RunAsync(storeName: arguments[0]);
}
