using DeidCluster.Deid;

namespace DeidCluster.Node;

/// <summary>The files that keep passwords out of the configuration.</summary>
internal static class PasswordFile
{
    /// <summary>The password in the file that <paramref name="file"/> names, counted from <paramref name="folder"/>; null, with the problem noted, when there is none.</summary>
    public static string? Read(YamlScalar? file, string folder)
    {
        if (file is null)
        {
            return null;
        }

        try
        {
            string password = File.ReadAllText(NodeFile.PathOf(file.Text, folder)).TrimEnd('\r', '\n');
            if (password.Length > 0)
            {
                return password;
            }

            file.Fail("this file is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file.Fail("this file cannot be read");
        }

        return null;
    }
}
