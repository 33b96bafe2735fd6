namespace DeidCluster.Dicom.Tests.Data;

public class PersonNameTests
{
    [Theory]
    [InlineData("Adams^John Robert Quincy^^Rev.^B.A. M.Div.", "Adams^John Robert Quincy^^Rev.^B.A. M.Div.")]
    [InlineData("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada^Tarou=山田^太郎=やまだ^たろう")]
    [InlineData("=山田^太郎", "=山田^太郎")]
    [InlineData("Doe^^^^", "Doe")]
    [InlineData("Doe^Jane==", "Doe^Jane")]
    [InlineData("^", "")]
    [InlineData("==", "")]
    [InlineData("", "")]
    [InlineData("A=B=C=D", "A=B=C=D")]
    [InlineData("a^b^c^d^e^f", "a^b^c^d^e^f")]
    public void Parse_AnyCountOfGroupsAndComponents_LosesNothingButTrailingDelimiters(string value, string expected) =>
        Assert.Equal(expected, PersonName.Parse(value).ToValue());

    [Fact]
    public void Parse_FullName_HasItsParts()
    {
        PersonName name = PersonName.Parse("Morrison-Jones^Susan^^^Ph.D.=張^小東");

        Assert.Equal(new PersonNameGroup("Morrison-Jones", "Susan", "", "", "Ph.D."), name.Alphabetic);
        Assert.Equal("小東", name.Ideographic!.GivenName);
        Assert.Null(name.Phonetic);
        Assert.DoesNotContain("Susan", $"{name} {name.Alphabetic}", StringComparison.Ordinal);
    }
}
