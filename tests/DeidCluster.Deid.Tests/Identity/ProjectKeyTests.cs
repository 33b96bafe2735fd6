namespace DeidCluster.Deid.Tests;

public class ProjectKeyTests
{
    [Fact]
    public void Parse_WhatGenerateWrote_GivesTheSameKey()
    {
        ProjectKey key = ProjectKey.Generate("site-1");
        ProjectKey read = ProjectKey.Parse("# a remark\n\n" + key.ToFileText(), "file");

        Assert.Equal("site-1", read.KeyId);
        Assert.Equal(key.ToFileText(), read.ToFileText());
    }

    [Fact]
    public void Parse_Base64_ReadsTheSameSecretAsHexadecimal()
    {
        string base64 = Convert.ToBase64String(Convert.FromHexString(new string('a', 64)));
        Assert.Equal(Make.Key().ToFileText(), ProjectKey.Parse($"key-a {base64}", "file").ToFileText());
    }

    [Theory]
    [InlineData("")]
    [InlineData("only-an-id")]
    [InlineData("id aaaa")]
    [InlineData("id !!!!")]
    [InlineData("bad/id aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("a b c")]
    public void Parse_NoUsableKey_IsRefusedWithoutShowingIt(string text)
    {
        ProjectKeyException refusal = Assert.Throws<ProjectKeyException>(() => ProjectKey.Parse(text, "file.key"));
        Assert.StartsWith("file.key: ", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("aaaa", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingFile_IsRefused() =>
        Assert.Throws<ProjectKeyException>(() => ProjectKeys.Read(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));
}
