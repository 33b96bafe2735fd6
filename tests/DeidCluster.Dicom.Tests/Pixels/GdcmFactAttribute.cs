using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Pixels;

/// <summary>A test that needs GDCM's binding, and perhaps tools on the PATH: without them it is skipped and says which one is missing.</summary>
public sealed class GdcmFactAttribute : FactAttribute
{
    public GdcmFactAttribute(params string[] tools)
    {
        string[] missing = [.. tools.Where(tool => PeerProcess.Find(tool) is null), .. GdcmLibrary.Find() is null ? [GdcmLibrary.Package] : Array.Empty<string>()];
        if (missing.Length > 0)
        {
            Skip = $"The real peer {string.Join(", ", missing)} is not installed (./test.sh installs it with apt when it may).";
        }
    }
}
