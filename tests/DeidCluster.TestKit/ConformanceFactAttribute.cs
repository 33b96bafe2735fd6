using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace DeidCluster.TestKit;

/// <summary>A test of a suite that several classes inherit: skipped in a class whose <see cref="RequiresAttribute"/> misses something.</summary>
[XunitTestCaseDiscoverer("DeidCluster.TestKit.ConformanceFactDiscoverer", "DeidCluster.TestKit")]
public sealed class ConformanceFactAttribute : FactAttribute;

/// <summary>What a class of tests needs beside itself.</summary>
[AttributeUsage(AttributeTargets.Class)]
public abstract class RequiresAttribute : Attribute
{
    /// <summary>Why the tests cannot run here; null when they can.</summary>
    public abstract string? Missing { get; }
}

/// <summary>The class needs a PostgreSQL server.</summary>
public sealed class RequiresPostgresAttribute : RequiresAttribute
{
    /// <inheritdoc/>
    public override string? Missing => PostgresPeer.Missing;
}

/// <summary>Makes a test case of each <see cref="ConformanceFactAttribute"/>.</summary>
public sealed class ConformanceFactDiscoverer(IMessageSink messages) : IXunitTestCaseDiscoverer
{
    /// <inheritdoc/>
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions options, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        Type? type = testMethod.TestClass.Class.ToRuntimeType();
        string? missing = type?.GetCustomAttributes(typeof(RequiresAttribute), inherit: true).Cast<RequiresAttribute>().Select(requirement => requirement.Missing).FirstOrDefault(why => why is not null);
        TestMethodDisplay display = options.MethodDisplayOrDefault();
        TestMethodDisplayOptions displayOptions = options.MethodDisplayOptionsOrDefault();
        yield return missing is null
            ? new XunitTestCase(messages, display, displayOptions, testMethod)
            : new SkippedTestCase(messages, display, displayOptions, testMethod, missing);
    }
}

/// <summary>A test that is not run, and says why.</summary>
public sealed class SkippedTestCase : XunitTestCase
{
    private string reason = "";

    /// <summary>For deserialization.</summary>
    [Obsolete("Called by the deserializer only.")]
    public SkippedTestCase() { }

    /// <summary>A test case of <paramref name="testMethod"/> that is skipped for <paramref name="reason"/>.</summary>
    public SkippedTestCase(IMessageSink messages, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod testMethod, string reason)
        : base(messages, display, displayOptions, testMethod) => this.reason = reason;

    /// <inheritdoc/>
    public override void Serialize(IXunitSerializationInfo data)
    {
        base.Serialize(data);
        data.AddValue(nameof(reason), reason);
    }

    /// <inheritdoc/>
    public override void Deserialize(IXunitSerializationInfo data)
    {
        reason = data.GetValue<string>(nameof(reason));
        base.Deserialize(data);
    }

    /// <inheritdoc/>
    protected override string GetSkipReason(IAttributeInfo factAttribute) => reason;
}
