namespace DeidCluster.Dicom.Tests.Web;

public class MediaTypeTests
{
    [Theory]
    [InlineData("multipart/related; type=\"application/dicom\"; boundary=abc", "multipart/related", "application/dicom")]
    [InlineData("multipart/related;type=application/dicom;boundary=abc", "multipart/related", "application/dicom")]
    [InlineData("Multipart/Related ; Type = \"application/\\\"dicom\" ; BOUNDARY=\"abc\"", "multipart/related", "application/\"dicom")]
    public void Parse_TypeWithParameters_ReadsQuotedAndUnquotedValues(string text, string name, string type)
    {
        MediaType read = MediaType.Parse(text)!;
        Assert.Equal(name, read.Name);
        Assert.Equal(type, read.Parameter("type"));
        Assert.Equal("abc", read.Parameter("boundary"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("dicom")]
    [InlineData("/json")]
    [InlineData("application/")]
    [InlineData("a/b/c")]
    [InlineData("appli cation/json")]
    public void Parse_WhatIsNoMediaType_IsNull(string? text) => Assert.Null(MediaType.Parse(text));

    [Fact]
    public void ParseList_AcceptWithQualities_SplitsOutsideQuotesOnly()
    {
        IReadOnlyList<MediaType> types = MediaType.ParseList("multipart/related; type=\"a,b\"; transfer-syntax=*;q=0.5, application/dicom+json ,*/*;q=x,,nothing");
        Assert.Equal(["multipart/related", "application/dicom+json", "*/*"], types.Select(type => type.Name));
        Assert.Equal([0.5, 1, 0], types.Select(type => type.Quality));
        Assert.Equal("a,b", types[0].Parameter("type"));
    }

    [Theory]
    [InlineData("*/*", true)]
    [InlineData("application/*", true)]
    [InlineData("application/dicom", true)]
    [InlineData("application/dicom+json", false)]
    [InlineData("image/*", false)]
    public void Includes_Range_MatchesAsRfc9110Says(string range, bool isIn) => Assert.Equal(isIn, MediaType.Parse(range)!.Includes(MediaType.Dicom));

    [Fact]
    public void ToString_OfAParameterThatIsNoToken_QuotesIt() =>
        Assert.Equal("multipart/related; type=\"application/dicom\"; boundary=abc", MediaType.Parse("multipart/related;type=application/dicom;boundary=abc")!.ToString());
}
